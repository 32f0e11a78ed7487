"""What the buttons under a sticker need later, also after a restart: kept for the person who asked."""

from __future__ import annotations

import secrets
from base64 import b64decode, b64encode
from typing import Literal, NamedTuple, TypeAlias

from pydantic import BaseModel, ConfigDict, JsonValue, TypeAdapter, ValidationError

from bot import Image, Shelf, UserError

MOST = 10
"""Drawings that are kept of each person in each server; older ones go."""

Engine: TypeAlias = Literal["auto", "diffusion", "gan"]

_RECENT = "recent"
_KEYS = TypeAdapter(list[str])


class Sticker(BaseModel):
    """One picture, with what made it.

    Attributes:
        png: In base64.
        seed: Draws it again.
        model: What drew it.
        steps: How often it was refined.
    """

    model_config = ConfigDict(frozen=True)

    png: str
    seed: int
    model: str
    steps: int = 0

    @classmethod
    def of(cls, image: Image) -> Sticker:
        """A picture as it is kept."""
        return cls(png=packed(image.png), seed=image.seed, model=image.model, steps=image.steps)

    @property
    def data(self) -> bytes:
        """The picture."""
        return b64decode(self.png)


class Drawing(BaseModel):
    """What was asked for, and the pictures that came of it.

    Attributes:
        prompt: In the person's words.
        engine: What was to draw it.
        strength: How much of `image` was changed, or the share of `other`.
        image: The picture it started from, in base64.
        other: What that was blended with, likewise.
        stickers: The pictures.
    """

    model_config = ConfigDict(frozen=True)

    prompt: str = ""
    engine: Engine = "auto"
    strength: float = 0.5
    image: str = ""
    other: str = ""
    stickers: tuple[Sticker, ...] = ()

    @property
    def title(self) -> str:
        """What it is called: its words, or how it was made."""
        words = " ".join(self.prompt.split())
        if not words:
            return "A blend of two pictures" if self.other else "A variation"
        return words if len(words) <= 80 else f"{words[:79]}…"

    def sticker(self, number: int) -> Sticker:
        """One of the pictures, counted from 1.

        Raises:
            UserError: There are not so many.
        """
        if number > len(self.stickers):
            there = "is only one picture" if len(self.stickers) == 1 else f"are only {len(self.stickers)} pictures"
            raise UserError(f"There {there}; `picture` says which.")
        return self.stickers[number - 1]


class Kept(NamedTuple):
    """A drawing that is kept.

    Attributes:
        key: Finds it again.
        drawing: What was drawn.
    """

    key: str
    drawing: Drawing


def packed(data: bytes) -> str:
    """A picture as it is kept."""
    return b64encode(data).decode()


def unpacked(picture: str) -> bytes | None:
    """The picture of what is kept; None for none."""
    return b64decode(picture) if picture else None


async def keep(shelf: Shelf, drawing: Drawing) -> Kept:
    """Keep a drawing on the person's shelf, and let the oldest go."""
    key = secrets.token_hex(4)
    await shelf.put(key, drawing.model_dump(mode="json"))
    gone: list[str] = []

    def remember(recent: JsonValue) -> JsonValue:
        keys = [key, *_KEYS.validate_python(recent or [])]
        gone[:] = keys[MOST:]
        return [*keys[:MOST]]

    await shelf.change(_RECENT, remember)
    for old in gone:
        await shelf.delete(old)
    return Kept(key, drawing)


async def find(shelf: Shelf, key: str) -> Kept:
    """A drawing of the person's.

    Args:
        shelf: The person's.
        key: Which; the latest when it is empty.

    Raises:
        UserError: It is not kept, or was another person's.
    """
    wanted = key.strip().casefold() or next(iter(_KEYS.validate_python(await shelf.get(_RECENT) or [])), "")
    if not wanted:
        raise UserError("You have drawn nothing here yet; `/sticker make` followed by what you want to see begins.")
    try:
        return Kept(wanted, Drawing.model_validate(await shelf.get(wanted)))
    except ValidationError:
        raise UserError(
            f"I keep no such drawing of yours: only your last {MOST} here can be gone on with. "
            "`/sticker make` draws anew."
        ) from None


async def latest(shelf: Shelf, most: int) -> list[tuple[Sticker, str]]:
    """The person's last stickers, each with the words it was drawn from.

    Args:
        shelf: The person's.
        most: How many at most.

    Raises:
        UserError: There are none.
    """
    newest, _ = await find(shelf, "")
    keys = _KEYS.validate_python(await shelf.get(_RECENT) or [newest])
    drawings = [(await find(shelf, key)).drawing for key in keys]
    return [(sticker, drawing.prompt) for drawing in drawings for sticker in drawing.stickers][:most]
