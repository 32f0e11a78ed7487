"""What the buttons under a picture need later, also after a restart: kept for the person who asked."""

from __future__ import annotations

import asyncio
import io
from base64 import b64decode, b64encode

from pydantic import BaseModel, ConfigDict

from bot import Recent, Shelf, UserError, read_picture

MOST = 10
"""Drawings that are kept of each person in each server; older ones go."""

SIDE = 1024
"""Pixels; pictures that people gave are kept no larger."""


class Drawing(BaseModel):
    """What was asked for, and the pictures that came of it.

    Attributes:
        prompt: In the person's words.
        negative: Likewise.
        style: A look by its name, or in the person's own words.
        own: Whether that is the one of their profile.
        in_style: Whether the model could follow it.
        size: As typed.
        count: How many pictures.
        strength: How much of `image` was changed.
        image: The picture it started from, WebP in base64.
        mask: Where that was drawn anew, likewise.
        seeds: Of each picture.
        pictures: Likewise WebP in base64.
    """

    model_config = ConfigDict(frozen=True)

    prompt: str
    negative: str = ""
    style: str | None = None
    own: bool = False
    in_style: bool = True
    size: str = ""
    count: int = 1
    strength: float | None = None
    image: str = ""
    mask: str = ""
    seeds: tuple[int, ...] = ()
    pictures: tuple[str, ...] = ()

    @property
    def shown_style(self) -> str:
        """The style that the pictures have; empty for none."""
        return self.style if self.style and self.in_style else ""

    def picture(self, number: int) -> bytes:
        """One of the pictures, counted from 1.

        Raises:
            UserError: There are not so many.
        """
        if number > len(self.pictures):
            there = "is only one picture" if len(self.pictures) == 1 else f"are only {len(self.pictures)} pictures"
            raise UserError(f"There {there}; `picture` says which.")
        return b64decode(self.pictures[number - 1])


async def keep(shelf: Shelf, drawing: Drawing) -> str:
    """Keep a drawing, and let the oldest go.

    Args:
        shelf: The person's.
        drawing: What was drawn.

    Returns:
        A short key to find it by.
    """
    return await Recent(shelf, Drawing, MOST).keep(drawing)


async def find(shelf: Shelf, key: str) -> Drawing:
    """A drawing of the person's.

    Args:
        shelf: The person's.
        key: Which; the latest when it is empty.

    Raises:
        UserError: It is not kept, or was another person's.
    """
    kept = Recent(shelf, Drawing, MOST)
    if not (wanted := key.strip() or next(iter(await kept.keys()), "")):
        raise UserError("You have drawn nothing here yet; `/imagine` followed by what you want to see begins.")
    if (drawing := await kept.find(wanted)) is None:
        raise UserError(
            f"I keep no such drawing of yours: only your last {MOST} here can be gone on with. `/imagine` draws anew."
        )
    return drawing


async def packed(data: bytes, *, exact: bool = False, side: int | None = None) -> str:
    """A picture as it is kept.

    Args:
        data: The picture.
        exact: Whether each of its pixels matters, as in a mask.
        side: Pixels that neither side may have more of; None leaves it as large as it is.
    """
    return b64encode(await asyncio.to_thread(_to_webp, data, exact=exact, side=side)).decode()


def _to_webp(data: bytes, *, exact: bool, side: int | None) -> bytes:
    from PIL import Image

    turned = read_picture(data, "The picture", side=None if exact else side)
    if exact and side is not None:
        turned.thumbnail((side, side), Image.Resampling.NEAREST)
    out = io.BytesIO()
    turned.save(out, "WEBP", quality=95, lossless=exact)
    return out.getvalue()
