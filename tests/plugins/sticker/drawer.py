"""A model that draws with Pillow, and a server that keeps emoji in a dictionary."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncGenerator
from functools import cache

from PIL import Image as Pillow
from PIL import ImageDraw
from PIL.PngImagePlugin import PngInfo

from bot import Attachment, Image, Progress, StickerPrompt, UserError

COLOURS = ("tomato", "gold", "yellowgreen", "deepskyblue", "orchid", "sienna", "teal", "hotpink", "slategrey")


@cache
def face(colour: str, side: int = 128, *, mouth: bool = True, seed: int = 0) -> bytes:
    """A round face on a transparent ground, with the text chunks of a drawing."""
    picture = Pillow.new("RGBA", (side, side))
    pen = ImageDraw.Draw(picture)
    unit = side / 128
    pen.ellipse([8 * unit, 8 * unit, 120 * unit, 120 * unit], colour, "black", round(4 * unit))
    for x in (44, 84):
        pen.ellipse([(x - 7) * unit, 42 * unit, (x + 7) * unit, 62 * unit], "black")
    if mouth:
        pen.arc([36 * unit, 40 * unit, 92 * unit, 96 * unit], 20, 160, "black", round(6 * unit))
    chunks = PngInfo()
    chunks.add_itxt("Seed", str(seed))
    out = io.BytesIO()
    picture.save(out, "PNG", pnginfo=chunks)
    return out.getvalue()


def attached(name: str, data: bytes, size: int | None = None) -> Attachment:
    """A file that comes with a message."""

    async def read() -> bytes:
        return data

    return Attachment(name, "image/png", len(data) if size is None else size, read)


class Drawer:
    """Draws faces, a draft without a mouth before each, and notes what it is asked for.

    Attributes:
        asked: Every prompt.
        side: Pixels of a picture.
        refuses: Which picture it will not draw.
        most: How many it draws in all.
        drafted: Set when the drafts were shown.
        go: It goes on after the drafts only while this is set.
        stopped: Set when its work ended or was stopped.
    """

    def __init__(self) -> None:
        self.asked: list[StickerPrompt] = []
        self.side = 128
        self.refuses: int | None = None
        self.most = 1_000
        self.note = ""
        self.drafted = asyncio.Event()
        self.go = asyncio.Event()
        self.go.set()
        self.stopped = asyncio.Event()

    async def draw(self, prompt: StickerPrompt) -> AsyncGenerator[Progress | Image, None]:
        """Draw."""
        self.asked.append(prompt)
        first = 100 if prompt.seed is None else prompt.seed
        numbers = range(prompt.count)
        try:
            if prompt.engine != "diffusion":
                for number in numbers:
                    yield self._image(first + number, draft=prompt.engine == "auto")
                self.drafted.set()
            yield Progress(0.5, "step 1 of 2")
            await self.go.wait()
            if prompt.engine != "gan":
                for number in numbers:
                    if number == self.refuses or len(self.asked) > self.most:
                        raise UserError("There is not enough memory for this picture.")
                    yield self._image(first + number, draft=False)
        finally:
            self.stopped.set()

    def _image(self, seed: int, *, draft: bool) -> Image:
        png = face(COLOURS[seed % len(COLOURS)], self.side, mouth=not draft, seed=seed)
        return Image(png, seed, "drawer", steps=0 if draft else 20, note=self.note, draft=draft)


class Cabinet:
    """Emoji by id, and who may add some.

    Attributes:
        kept: Name and picture by id.
        allowed: Those who may.
        full: Whether there is no room.
        portraits: The colours of people's pictures.
        by_hand: Empty: nobody needs to.
    """

    by_hand = ""

    def __init__(self) -> None:
        self.kept: dict[str, tuple[str, bytes]] = {}
        self.allowed = {"test:ana", "test:omar"}
        self.full = False
        self.portraits = {"test:ana": "gold"}

    async def picture(self, emoji: str) -> bytes | None:
        """A face in the colour that the emoji is called by."""
        colour = emoji.split(":")[1]
        return face(colour) if colour in COLOURS else None

    async def avatar(self, person: str) -> bytes | None:
        """Ana has one."""
        colour = self.portraits.get(person)
        return face(colour, 300) if colour else None

    async def allow(self, server: str | None, person: str) -> None:
        """See who may."""
        if person not in self.allowed:
            raise UserError("You may not add emoji here.")

    async def add(self, server: str | None, person: str, name: str, picture: bytes) -> str:
        """Keep an emoji."""
        await self.allow(server, person)
        if self.full:
            raise UserError("This server has no room for another emoji.")
        id_ = str(len(self.kept) + 1)
        self.kept[id_] = name, picture
        return id_

    async def remove(self, server: str | None, person: str, emoji: str) -> None:
        """Let one go."""
        await self.allow(server, person)
        self.kept.pop(emoji, None)
