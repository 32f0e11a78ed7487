"""Sheets of pictures to look at."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from training.stickers.emoji import SIDE, Pixels

PAPER = ((255, 255, 255), (49, 51, 56))
"""The grounds that pictures are shown on in turn: a light and a dark chat."""


def sheet(path: Path, pictures: Sequence[Pixels], columns: int, captions: Sequence[str] = ()) -> None:
    """Write pictures in rows as a PNG, their captions below them.

    Args:
        path: Where to.
        pictures: The pictures, with transparency.
        columns: How many in a row.
        captions: A line for each, or none.
    """
    line = 16 if captions else 0
    rows = -(-len(pictures) // columns)
    canvas = Image.new("RGB", (columns * SIDE, rows * (SIDE + line)), PAPER[0])
    pen = ImageDraw.Draw(canvas)
    for number, pixels in enumerate(pictures):
        left, top = number % columns * SIDE, number // columns * (SIDE + line)
        ground = Image.new("RGBA", (SIDE, SIDE), PAPER[(number // columns) % 2])
        ground.alpha_composite(Image.fromarray(np.ascontiguousarray(pixels)))
        canvas.paste(ground, (left, top))
        if captions:
            pen.text((left + 2, top + SIDE + 1), captions[number][:22], fill="black", font=ImageFont.load_default(11))
    path.parent.mkdir(parents=True, exist_ok=True)
    canvas.save(path)
