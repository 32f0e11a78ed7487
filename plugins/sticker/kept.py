"""What the buttons under a sticker need later, also after a restart: kept for the person who asked."""

from __future__ import annotations

from base64 import b64decode, b64encode
from typing import Literal, NamedTuple, TypeAlias

from pydantic import BaseModel, ConfigDict

from bot import Image, Recent, Shelf, UserError

MOST = 10
"""Drawings that are kept of each person in each server; older ones go."""

NOTHING_YET = "You have drawn nothing here yet; `/sticker make` followed by what you want to see begins."

Engine: TypeAlias = Literal["auto", "diffusion", "gan"]


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
        image: The picture it started from, in base64; of an avatar only whose it is.
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

    def sticker(self, number: int | None) -> Sticker:
        """One of the pictures, counted from 1; None where there is only one.

        Raises:
            UserError: There are not so many, or there are several and none is named.
        """
        if number is None and len(self.stickers) > 1:
            count = len(self.stickers)
            raise UserError(f"That drawing has {count} pictures; choose one under it, or name it with `picture:1`.")
        number = number or 1
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


def unpacked(picture: str) -> bytes:
    """The picture of what is kept."""
    return b64decode(picture)


async def keep(shelf: Shelf, drawing: Drawing) -> Kept:
    """Keep a drawing on the person's shelf, and let the oldest go."""
    return Kept(await Recent(shelf, Drawing, MOST).keep(drawing), drawing)


async def find(shelf: Shelf, key: str) -> Kept:
    """A drawing of the person's.

    Args:
        shelf: The person's.
        key: Which; the latest when it is empty.

    Raises:
        UserError: It is not kept, or was another person's.
    """
    kept = Recent(shelf, Drawing, MOST)
    if not (wanted := key.strip() or next(iter(await kept.keys()), "")):
        raise UserError(NOTHING_YET)
    if (drawing := await kept.find(wanted)) is None:
        raise UserError(
            f"I keep no such drawing of yours: only your last {MOST} here can be gone on with. "
            "`/sticker make` draws anew."
        )
    return Kept(wanted, drawing)


async def latest(shelf: Shelf, most: int) -> list[tuple[Sticker, Drawing]]:
    """The person's last stickers, each with the drawing that it is of; of a sheet only what was chosen, if any was.

    Args:
        shelf: The person's.
        most: How many at most.

    Raises:
        UserError: There are none.
    """
    kept = Recent(shelf, Drawing, MOST)
    found: list[tuple[Sticker, Drawing]] = []
    for key in await kept.keys():
        # One that went in this moment is no mistake of the person's.
        if len(found) < most and (drawing := await kept.find(key)) is not None:
            taken = {sticker.png for sticker, _ in found}
            if taken.isdisjoint(sticker.png for sticker in drawing.stickers):
                found += [(sticker, drawing) for sticker in drawing.stickers]
    if not found:
        raise UserError(NOTHING_YET)
    return found[:most]
