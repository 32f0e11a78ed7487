"""Gives a picture another colour: what has its main colour is turned to it, light and shade stay."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from training.stickers.emoji import Pixels

COLOURS = {
    "red": "#e53935", "orange": "#fb8c00", "yellow": "#fdd835", "green": "#43a047", "blue": "#1e88e5",
    "purple": "#8e24aa", "pink": "#f06292", "brown": "#795548", "black": "#3a3a3f", "white": "#f2f2f2",
}  # fmt: skip

GREY = 0.045
"""The chroma below which a colour is a grey."""

NEAR, FAR = 38.0, 52.0
"""Degrees of hue from the main one: up to the first a colour is turned, beyond the second it stays."""


def recoloured(pixels: Pixels, colour: str) -> Pixels:
    """The picture with its main colour replaced.

    Args:
        pixels: The picture.
        colour: One of `COLOURS`.
    """
    lab = to_oklab(pixels[..., :3] / 255)
    share = main_part(lab, pixels[..., 3] / 255)
    target = to_oklab(np.array([[int(COLOURS[colour][at : at + 2], 16) / 255 for at in (1, 3, 5)]]))[0]
    chroma = np.hypot(lab[..., 1], lab[..., 2])
    middle, usual = _median(lab[..., 0], share), _median(chroma, share)
    made = np.empty_like(lab)
    # White and black have little room for light and shade.
    made[..., 0] = target[0] + (lab[..., 0] - middle) * (0.7 if colour in {"white", "black"} else 0.9)
    strength = np.clip(chroma / usual, 0.6, 1.25) if usual > GREY else np.ones_like(chroma)
    made[..., 1:] = target[1:] * strength[..., None]
    mixed = lab + (made - lab) * share[..., None]
    rgb = np.clip(to_rgb(mixed), 0, 1)
    return np.concatenate((np.round(rgb * 255).astype(np.uint8), pixels[..., 3:]), -1)


def main_part(lab: NDArray[np.float64], alpha: NDArray[np.float64]) -> NDArray[np.float64]:
    """How much of each pixel has the picture's main colour, from 0 to 1.

    Args:
        lab: The picture in OKLab.
        alpha: Its opacity.
    """
    chroma = np.hypot(lab[..., 1], lab[..., 2])
    hue = np.degrees(np.arctan2(lab[..., 2], lab[..., 1])) % 360
    coloured = (chroma > GREY) & (alpha > 0)
    if (alpha * coloured).sum() > 0.3 * alpha.sum():
        weight = (alpha * chroma * coloured).ravel()
        counts, _ = np.histogram(hue.ravel(), bins=36, range=(0, 360), weights=weight)
        smooth = counts + np.roll(counts, 1) + np.roll(counts, -1)
        main = 10 * int(smooth.argmax()) + 5
        distance = np.abs((hue - main + 180) % 360 - 180)
        near = np.clip((FAR - distance) / (FAR - NEAR), 0, 1)
        return np.asarray(near * np.clip(chroma / GREY - 0.4, 0, 1))
    light = np.clip((lab[..., 0] - 0.35) / 0.15, 0, 1)
    grey = np.clip(2 - chroma / GREY, 0, 1)
    # What is all dark, such as a bat, is dark in its main part too.
    bright = grey * light
    return np.asarray(bright if (bright * alpha).sum() > 0.25 * alpha.sum() else grey)


def to_oklab(rgb: NDArray[np.float64]) -> NDArray[np.float64]:
    """From sRGB to OKLab (Björn Ottosson, 2020)."""
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    return np.asarray(np.cbrt(linear @ _CONES.T) @ _OPPONENTS.T)


def to_rgb(lab: NDArray[np.float64]) -> NDArray[np.float64]:
    """From OKLab to sRGB; what sRGB cannot show lies outside 0 and 1."""
    linear = (lab @ np.linalg.inv(_OPPONENTS).T) ** 3 @ np.linalg.inv(_CONES).T
    return np.where(linear <= 0.0031308, linear * 12.92, 1.055 * np.maximum(linear, 0) ** (1 / 2.4) - 0.055)


def _median(values: NDArray[np.float64], weights: NDArray[np.float64]) -> float:
    order = values.ravel().argsort()
    total = weights.ravel()[order].cumsum()
    return float(values.ravel()[order][int(np.searchsorted(total, total[-1] / 2))]) if total[-1] else 0.0


_CONES = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)

_OPPONENTS = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)
