"""Pictures that people give, opened without trusting them."""

from __future__ import annotations

import io
import struct
from typing import TYPE_CHECKING

from bot.errors import UserError

if TYPE_CHECKING:
    from PIL.Image import Image

MOST_PIXELS = 50_000_000
"""A picture that is larger is not unpacked: a small file can hold one that fills the memory."""

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


def read_picture(data: bytes, what: str) -> Image:
    """A picture that a person gave, as RGBA, turned as its camera was held.

    Args:
        data: A file in any format that Pillow opens; of an animation the first picture.
        what: What to call it in an error.

    Raises:
        UserError: It is no picture, is broken or too large.
    """
    import PIL.Image
    from PIL import ImageOps, UnidentifiedImageError

    try:
        with PIL.Image.open(io.BytesIO(data)) as opened:
            if opened.width * opened.height > MOST_PIXELS:
                raise _too_large(what)
            opened.draft("RGB", (2048, 2048))
            return ImageOps.exif_transpose(opened).convert("RGBA")
    except (PIL.Image.DecompressionBombError, PIL.Image.DecompressionBombWarning) as error:
        raise _too_large(what) from error
    except UnidentifiedImageError as error:
        raise UserError(f"{what} is no picture that I can open; give a PNG, JPEG or WebP file.") from error
    except BROKEN as error:
        raise UserError(f"{what} is broken; save it once more, as PNG or JPEG.") from error


def _too_large(what: str) -> UserError:
    return UserError(f"{what} has more than {MOST_PIXELS // 1_000_000} million pixels; make it smaller first.")
