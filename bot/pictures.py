"""Pictures that people give, opened without trusting them."""

from __future__ import annotations

import io
import struct
from contextlib import AbstractContextManager, nullcontext
from threading import Lock
from typing import TYPE_CHECKING, cast

from bot.errors import UserError

if TYPE_CHECKING:
    from PIL.Image import Image

FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF", "AVIF")
"""What people upload; of the others Pillow hands some to programs such as Ghostscript."""

MOST_PIXELS = 50_000_000
"""A picture that is larger is not unpacked: a small file can hold one that fills the memory."""

LARGE = 4_000_000
"""Pixels; pictures with more are unpacked one at a time."""

SIDE = 2_048
"""Pixels; a photo that is much larger is unpacked at less than its size."""

# Each format has its own ways to fail at a file that is cut short or made up.
BROKEN = (
    OSError,
    ValueError,
    SyntaxError,
    EOFError,
    IndexError,
    KeyError,
    TypeError,
    OverflowError,
    RuntimeError,
    struct.error,
)
"""What Pillow raises at a broken picture."""


_alone = Lock()


def read_picture(data: bytes, what: str, *, side: int | None = None, most: int = MOST_PIXELS) -> Image:
    """A picture that a person gave, as RGBA, turned as its camera was held.

    Args:
        data: A file in one of the formats that people upload; of an animation the first picture.
        what: What to call it in an error.
        side: Pixels that neither side may have more of; a larger picture is made smaller. None leaves it as it is.
        most: Pixels that may have to be unpacked for it; a JPEG can be unpacked at a part of its size.

    Raises:
        UserError: It is no picture, is broken or too large.
    """
    import PIL.Image
    from PIL import ImageOps, UnidentifiedImageError

    try:
        with PIL.Image.open(io.BytesIO(data), formats=FORMATS) as opened:
            _check(opened, what, MOST_PIXELS)
            # Twice as large, for the last step to be a smooth one.
            opened.draft("RGB", (2 * side, 2 * side) if side else (SIDE, SIDE))
            _check(opened, what, most)
            with _turn(opened):
                ImageOps.exif_transpose(opened, in_place=True)
                picture = _eight_bits(opened).convert("RGBA")
                if side is not None:
                    picture.thumbnail((side, side), PIL.Image.Resampling.LANCZOS)
                return picture
    except (PIL.Image.DecompressionBombError, PIL.Image.DecompressionBombWarning) as error:
        raise _too_large(what, MOST_PIXELS) from error
    except UnidentifiedImageError as error:
        raise UserError(f"{what} is no picture that I can open; give a {_formats()} file.") from error
    except BROKEN as error:
        raise UserError(f"{what} is broken; save it once more, as PNG or JPEG.") from error


def _formats() -> str:
    """The formats as people write them: `PNG, JPEG, WebP or GIF`."""
    *first, last = (name.replace("WEBP", "WebP") for name in FORMATS)
    return f"{', '.join(first)} or {last}"


def _check(picture: Image, what: str, most: int) -> None:
    if picture.width * picture.height > most:
        raise _too_large(what, most)


def _turn(picture: Image) -> AbstractContextManager[object]:
    """Waits while another large picture is unpacked: each takes as much memory as all that it shows."""
    return _alone if picture.width * picture.height > LARGE else nullcontext()


def _eight_bits(picture: Image) -> Image:
    """Grey of more than 8 bits in 8, for Pillow only cuts off what is brighter than 255."""
    if not picture.mode.startswith(("I", "F")):
        return picture
    grey = picture if picture.mode == "F" else picture.convert("I").convert("F")
    if picture.mode.startswith("I;"):
        full = 65_535.0
    else:
        # No file says what it takes for white.
        _, brightest = cast("tuple[float, float]", grey.getextrema())
        full = next((white for white in (1.0, 255.0, 65_535.0) if brightest <= white), brightest)
    return grey.point(lambda level: level * (255 / full) + 0.5).convert("L")


def _too_large(what: str, most: int) -> UserError:
    return UserError(f"{what} has more than {most // 1_000_000} million pixels; make it smaller first.")
