"""Between pictures and the numbers that the sticker models compute with: colours multiplied by alpha, from -1 to 1.

Torch is imported here: import this module only where a model is loaded.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image, ImageOps
from torch import Tensor
from torch.nn.functional import pixel_shuffle, pixel_unshuffle

from bot.models.stickers.manner import SIDE

FOLD = 2
"""The autoencoder takes so many pixels across and down as channels of one place: it is faster so."""

FOLDED = 4 * FOLD * FOLD
"""Channels of a folded picture."""

CLEAR, SOLID = 20, 244
"""Levels of alpha: what is fainter than the first is transparent, what is denser than the second is opaque."""


def fold(values: Tensor) -> Tensor:
    """Pictures as the autoencoder takes them: half as wide and high, with light and colour apart."""
    apart = torch.einsum("ij,njhw->nihw", _APART.to(values), values)
    return pixel_unshuffle(apart, FOLD).contiguous(memory_format=torch.channels_last)


def unfold(values: Tensor) -> Tensor:
    """What the autoencoder gives, as pictures."""
    apart = pixel_shuffle(values, FOLD)
    return torch.einsum("ij,njhw->nihw", _TOGETHER.to(apart), apart)


def to_pixels(values: Tensor) -> list[NDArray[np.uint8]]:
    """Pictures of height by width by red, green, blue and alpha.

    Args:
        values: Number by four by height by width.
    """
    shares = values.float().clamp(-1, 1).permute(0, 2, 3, 1).cpu().numpy() / 2 + 0.5
    alpha = shares[..., 3:]
    colours = np.divide(shares[..., :3], alpha, out=np.zeros_like(shares[..., :3]), where=alpha > CLEAR / 255)
    levels = np.round(np.concatenate((colours.clip(0, 1), alpha), -1) * 255).astype(np.uint8)
    levels[levels[..., 3] < CLEAR] = 0
    levels[levels[..., 3] > SOLID, 3] = 255
    return list(levels)


def to_values(picture: Image.Image) -> Tensor:
    """A picture as the models see it, fitted into their square: one by four by height by width.

    Args:
        picture: Any picture; what is transparent stays so.
    """
    clear = picture.convert("RGBA")
    # Scaled with its colours multiplied by alpha: else the colour of what cannot be seen would bleed into the edges.
    small = ImageOps.pad(clear.convert("RGBa"), (SIDE, SIDE), Image.Resampling.LANCZOS, color=(0, 0, 0, 0))
    levels = np.array(small, dtype=np.float32)
    return torch.from_numpy(levels).permute(2, 0, 1)[None] / 127.5 - 1


_APART = torch.tensor([[1 / 3, 1 / 3, 1 / 3, 0], [0.75, -0.75, 0, 0], [0.4, 0.4, -0.8, 0], [0, 0, 0, 1]])
"""From red, green, blue and alpha to light, two colours and alpha, each about as wide as the others: in this form
colours are learned as soon as shapes."""

_TOGETHER = torch.linalg.inv(_APART)
