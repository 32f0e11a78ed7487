"""How large a picture is to be, from what people type."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot import UserError

SHAPES = {"square": 1.0, "portrait": 2 / 3, "landscape": 3 / 2, "tall": 9 / 16, "wide": 16 / 9}
"""Width divided by height, by name."""

LEAST, MOST = 64, 4096

_PIXELS = re.compile(r"(\d{1,5})\s*[x×*]\s*(\d{1,5})", re.IGNORECASE)
_RATIO = re.compile(r"(\d{1,3})\s*[:/]\s*(\d{1,3})")


@dataclass(frozen=True, slots=True)
class Size:
    """A size in pixels, or a shape whose size is the model's affair; all None leaves both to the model."""

    width: int | None = None
    height: int | None = None
    ratio: float | None = None


def read_size(text: str) -> Size:
    """The size that a text such as `portrait`, `16:9` or `768x512` means.

    Raises:
        UserError: It means none, or one that no model draws.
    """
    wanted = text.strip().casefold()
    if not wanted:
        return Size()
    if wanted in SHAPES:
        return Size(ratio=SHAPES[wanted])
    if ratio := _RATIO.fullmatch(wanted):
        across, down = int(ratio[1]), int(ratio[2])
        if across and down and 1 / 4 <= across / down <= 4:
            return Size(ratio=across / down)
        raise UserError("`size`: the longer side is at most four times the shorter one.")
    if pixels := _PIXELS.fullmatch(wanted):
        width, height = int(pixels[1]), int(pixels[2])
        if LEAST <= width <= MOST and LEAST <= height <= MOST:
            return Size(width, height)
        raise UserError(f"`size`: both sides are from {LEAST} to {MOST} pixels.")
    raise UserError(f"`size` is {', '.join(SHAPES)}, a ratio such as 16:9, or pixels such as 768x512.")


def suggest_sizes(typed: str) -> list[str]:
    """The sizes that begin with what was typed."""
    return [name for name in (*SHAPES, "512x512", "768x512", "1024x1024") if name.startswith(typed.strip().casefold())]
