"""Pictures at the size of emoji, and several of them on one sheet."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from math import ceil, sqrt
from typing import TYPE_CHECKING

from bot import read_picture

if TYPE_CHECKING:
    from PIL.Image import Image as Picture

SIDE = 128
"""Pixels of an emoji. At that size no PNG reaches the 128 KB that Slack takes, let alone Discord's 256."""

GIVEN_SIDE = 256
"""Pixels; pictures that people gave are kept no larger."""

MOST_PIXELS = 16_000_000
"""Of a picture that people give; what becomes so small need not take up hundreds of megabytes before."""

GAP = 14
ROUND = 18
BADGE = 13
PAPER, EDGE, INK, WHITE = (247, 247, 249, 255), (196, 199, 207, 255), (32, 34, 40, 255), (255, 255, 255, 255)


def given(data: bytes, what: str) -> bytes:
    """A picture that a person gave, as a small PNG.

    Args:
        data: A file in one of the formats that people upload.
        what: What to call it in an error.

    Raises:
        UserError: It is no picture, is broken or too large.
    """
    return _png(read_picture(data, what, side=GIVEN_SIDE, most=MOST_PIXELS), {})


def fitted(png: bytes) -> bytes:
    """A picture at the size of an emoji, with the text chunks it had; one that fits stays as it is."""
    from PIL import Image
    from PIL.PngImagePlugin import PngImageFile

    with Image.open(io.BytesIO(png)) as opened:
        if max(opened.size) <= SIDE:
            return png
        about = dict(opened.text) if isinstance(opened, PngImageFile) else {}
        small = opened.convert("RGBA")
    small.thumbnail((SIDE, SIDE), Image.Resampling.LANCZOS)
    return _png(small, about)


def squared(png: bytes) -> bytes:
    """A picture in the middle of a square, at the size of an emoji; one that is that stays as it is."""
    from PIL import Image, ImageOps

    with Image.open(io.BytesIO(png)) as opened:
        if opened.size == (SIDE, SIDE):
            return png
        return _png(ImageOps.pad(opened.convert("RGBA"), (SIDE, SIDE), Image.Resampling.LANCZOS), {})


def sheet(pictures: Sequence[bytes], about: Mapping[str, str], *, columns: int | None = None) -> bytes:
    """Pictures side by side, each with its number, on cards that show them on dark and on light ground alike.

    Args:
        pictures: PNGs.
        about: Text chunks by keyword.
        columns: How many stand side by side; about as many as there are rows by default.
    """
    from PIL import Image, ImageDraw, ImageFont

    columns = columns or ceil(sqrt(len(pictures)))
    rows = ceil(len(pictures) / columns)
    step = SIDE + 2 * GAP
    whole = Image.new("RGBA", (columns * step + GAP, rows * step + GAP))
    pen = ImageDraw.Draw(whole)
    font = ImageFont.load_default(16)
    for number, png in enumerate(pictures):
        left, top = GAP + number % columns * step, GAP + number // columns * step
        box = (left, top, left + step - GAP, top + step - GAP)
        pen.rounded_rectangle(box, ROUND, PAPER, EDGE, 2)
        with Image.open(io.BytesIO(png)) as opened:
            picture = opened.convert("RGBA")
        picture.thumbnail((SIDE, SIDE), Image.Resampling.LANCZOS)
        middle = (left + (step - GAP - picture.width) // 2, top + (step - GAP - picture.height) // 2)
        whole.alpha_composite(picture, middle)
        centre = (left + BADGE - 2, top + BADGE - 2)
        pen.circle(centre, BADGE, INK, WHITE, 2)
        pen.text(centre, str(number + 1), WHITE, font, anchor="mm")
    return _png(whole, about)


def _png(picture: Picture, about: Mapping[str, str]) -> bytes:
    from PIL.PngImagePlugin import PngInfo

    chunks = PngInfo()
    for keyword, text in about.items():
        chunks.add_itxt(keyword, text)
    out = io.BytesIO()
    picture.save(out, "PNG", pnginfo=chunks)
    return out.getvalue()
