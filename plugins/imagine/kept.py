"""What the buttons under a picture need later, also after a restart: kept for the person who asked."""

from __future__ import annotations

import asyncio
import io
import secrets
from base64 import b64decode, b64encode

from pydantic import BaseModel, ConfigDict, JsonValue, TypeAdapter, ValidationError

from bot import Shelf, UserError

MOST = 10
"""Drawings that are kept of each person in each server; older ones go."""

SIDE = 1024
"""Pixels; pictures that people gave are kept no larger."""

_RECENT = "recent"
_KEYS = TypeAdapter(list[str])


class Drawing(BaseModel):
    """What was asked for, and the pictures that came of it.

    Attributes:
        prompt: In the person's words.
        negative: Likewise.
        style: A look by its name.
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
    size: str = ""
    count: int = 1
    strength: float | None = None
    image: str = ""
    mask: str = ""
    seeds: tuple[int, ...] = ()
    pictures: tuple[str, ...] = ()

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
    key = secrets.token_hex(4)
    await shelf.put(key, drawing.model_dump(mode="json"))
    gone: list[str] = []

    def remember(recent: JsonValue) -> JsonValue:
        keys = [key, *_KEYS.validate_python(recent or [])]
        gone[:] = keys[MOST:]
        return [*keys[:MOST]]

    # In one go, so that no drawing that is done at the same moment is forgotten.
    await shelf.change(_RECENT, remember)
    for old in gone:
        await shelf.delete(old)
    return key


async def find(shelf: Shelf, key: str) -> Drawing:
    """A drawing of the person's.

    Args:
        shelf: The person's.
        key: Which; the latest when it is empty.

    Raises:
        UserError: It is not kept, or was another person's.
    """
    wanted = key.strip().casefold() or next(iter(_KEYS.validate_python(await shelf.get(_RECENT) or [])), "")
    if not wanted:
        raise UserError("You have drawn nothing here yet; `/imagine` followed by what you want to see begins.")
    try:
        return Drawing.model_validate(await shelf.get(wanted))
    except ValidationError:
        raise UserError(
            f"I keep no such drawing of yours: only your last {MOST} here can be gone on with. `/imagine` draws anew."
        ) from None


async def packed(data: bytes, *, exact: bool = False, side: int | None = None) -> str:
    """A picture as it is kept.

    Args:
        data: The picture.
        exact: Whether each of its pixels matters, as in a mask.
        side: Pixels that neither side may have more of; None leaves it as large as it is.
    """
    return b64encode(await asyncio.to_thread(_to_webp, data, exact=exact, side=side)).decode()


def _to_webp(data: bytes, *, exact: bool, side: int | None) -> bytes:
    from PIL import Image, ImageOps

    with Image.open(io.BytesIO(data)) as opened:
        turned = ImageOps.exif_transpose(opened).convert("RGBA")
    if side is not None:
        turned.thumbnail((side, side), Image.Resampling.NEAREST if exact else Image.Resampling.LANCZOS)
    out = io.BytesIO()
    turned.save(out, "WEBP", quality=95, lossless=exact)
    return out.getvalue()
