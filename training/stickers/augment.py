"""Moves, turns, scales and tints pictures, many at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import affine_grid, grid_sample

from training.stickers.emoji import Pixels

MOVES = 5
"""Numbers that say how a picture was moved: mirrored or not, across, down, larger, turned."""


@dataclass(frozen=True, slots=True)
class Reach:
    """How far pictures are moved at most.

    Attributes:
        across: The share of the side that it moves across and down.
        smallest: What it is made smaller by.
        largest: What it is made larger by.
        turned: Degrees.
    """

    across: float
    smallest: float
    largest: float
    turned: float


SLIGHT = Reach(0.035, 0.88, 1.02, 4)
"""What people take for the same emoji."""

WIDE = Reach(0.12, 0.5, 1.15, 25)
"""What a person may give to be varied."""


def to_tensor(pictures: Sequence[Pixels]) -> Tensor:
    """Pictures as bytes with their colours multiplied by alpha: number by four by height by width."""
    stacked = np.stack(pictures).astype(np.uint16)
    stacked[..., :3] = (stacked[..., :3] * stacked[..., 3:] + 127) // 255
    return torch.from_numpy(stacked.astype(np.uint8)).permute(0, 3, 1, 2).contiguous()


def draw_moves(count: int, turns: Tensor, chance: torch.Generator) -> Tensor:
    """How to move each picture: numbers from -1 to 1, a row for each.

    Args:
        count: How many pictures.
        turns: Which of them may be mirrored.
        chance: Decides.
    """
    moves = torch.rand(count, MOVES, generator=chance) * 2 - 1
    moves[:, 0] = torch.where(turns & (moves[:, 0] < 0), -1.0, 1.0)
    return moves


def moved(pictures: Tensor, moves: Tensor, reach: Reach) -> Tensor:
    """The pictures, moved.

    Args:
        pictures: Bytes as `to_tensor` makes them.
        moves: As `draw_moves` draws them.
        reach: What 1 means.

    Returns:
        Numbers from -1 to 1.
    """
    mirrored, across, down, size, turned = moves.unbind(1)
    middle, half = (reach.largest + reach.smallest) / 2, (reach.largest - reach.smallest) / 2
    scale = 1 / (middle + half * size)
    angle = torch.deg2rad(turned * reach.turned)
    cos, sin = torch.cos(angle) * scale, torch.sin(angle) * scale
    shift_x, shift_y = 2 * reach.across * across, 2 * reach.across * down
    rows = torch.stack((cos * mirrored, -sin * mirrored, shift_x, sin, cos, shift_y), 1).view(-1, 2, 3)
    values = pictures.float() / 255
    grid = affine_grid(rows, list(values.shape), align_corners=False)
    return grid_sample(values, grid, align_corners=False).clamp(0, 1) * 2 - 1


def tinted(values: Tensor, chance: torch.Generator) -> Tensor:
    """A sixth of the pictures with their colours exchanged and their light changed.

    Args:
        values: Numbers from -1 to 1.
        chance: Decides.
    """
    made = values.clone()
    for number in range(len(values)):
        if torch.rand(1, generator=chance) < 1 / 6:
            order = torch.randperm(3, generator=chance)
            light = 0.7 + 0.3 * torch.rand(3, 1, 1, generator=chance)
            made[number, :3] = (values[number, order] + 1) * light - 1
    return made
