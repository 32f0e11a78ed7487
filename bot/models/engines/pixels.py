"""Pictures that people give and pictures that models draw: from bytes, to size, and back."""

from __future__ import annotations

import io
from collections.abc import Mapping
from math import sqrt
from typing import TYPE_CHECKING

from bot.errors import UserError
from bot.pictures import read_picture

if TYPE_CHECKING:
    from PIL.Image import Image


def read(data: bytes, what: str) -> Image:
    """A picture that a person gave, turned as its camera was held, on white where it is transparent.

    Args:
        data: A file in any format that Pillow opens; of an animation the first picture.
        what: What to call it in an error.

    Raises:
        UserError: It is no picture, is broken or too large.
    """
    import PIL.Image

    clear = read_picture(data, what)
    paper = PIL.Image.new("RGBA", clear.size, "white")
    paper.alpha_composite(clear)
    return paper.convert("RGB")


def fit(picture: Image, size: tuple[int, int], *, mask: bool = False) -> Image:
    """The picture in exactly this size; what stands over on two sides is cut off.

    Args:
        picture: The picture.
        size: Width and height in pixels.
        mask: Whether it is a mask: grey levels with edges that stay sharp.
    """
    import PIL.Image
    from PIL import ImageOps

    if mask:
        return ImageOps.fit(picture.convert("L"), size, PIL.Image.Resampling.NEAREST)
    return ImageOps.fit(picture, size, PIL.Image.Resampling.LANCZOS)


def measure(width: int | None, height: int | None, ratio: float, side: int, multiple: int) -> tuple[int, int]:
    """The size that is drawn: what was asked for, or the model's own area, rounded to what the model can draw.

    Args:
        width: As asked for.
        height: As asked for; one side alone gives the other by the ratio.
        ratio: Width divided by height, where that is open.
        side: The side of the square that the model was made for.
        multiple: Both sides are multiples of it.

    Raises:
        UserError: It is more than twice as wide or high as the model was made for.
    """
    ratio = min(4.0, max(0.25, ratio))
    if width is None and height is None:
        wide, high = side * sqrt(ratio), side / sqrt(ratio)
    else:
        wide = width or (height or 0) * ratio
        high = height or (width or 0) / ratio
    if max(wide, high) > 2 * side:
        raise UserError(f"This model draws pictures of at most {2 * side} × {2 * side} pixels; ask for a smaller one.")
    # Below a quarter of its size a model draws only noise.
    least = -(-side // (4 * multiple)) * multiple
    return max(least, round(wide / multiple) * multiple), max(least, round(high / multiple) * multiple)


def to_png(picture: Image, about: Mapping[str, str]) -> bytes:
    """The picture as PNG, with text chunks that say what made it.

    Args:
        picture: The picture.
        about: Text by keyword; empty texts are left out.
    """
    from PIL.PngImagePlugin import PngInfo

    chunks = PngInfo()
    for keyword, text in about.items():
        if text:
            chunks.add_itxt(keyword, text)
    out = io.BytesIO()
    picture.save(out, "PNG", pnginfo=chunks)
    return out.getvalue()
