"""A person's own emoji, and more in their manner."""

from __future__ import annotations

import asyncio
import io
import zipfile
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass

from bot import File, Image, Progress, StickerMaker, StickerPrompt, UserError
from bot import count as counted
from plugins.sticker.sheets import fitted, sheet, squared

LEAST, MOST = 0.25, 0.65
"""How much the first and the last variation of a picture change: less is the same picture, more another one."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One emoji of a set.

    Attributes:
        png: The picture, 128 pixels wide and high.
        about: What made it, in a line.
    """

    png: bytes
    about: str


async def enlarged(
    stem: str, pictures: Sequence[tuple[bytes, str]], variations: int, maker: StickerMaker
) -> AsyncIterator[str | Progress | File]:
    """A set of pictures and their variations: a sheet to look at, and a zip with a name for every file.

    Args:
        stem: What the names begin with.
        pictures: PNGs, each with what it shows, where the person said it.
        variations: How many of each.
        maker: Draws them.

    Yields:
        Progress, what is to be said of them, and the two files.

    Raises:
        UserError: Not even one can be drawn.
    """
    entries: list[Entry] = []
    async for step in vary_each(pictures, variations, maker):
        if isinstance(step, Entry):
            entries.append(step)
        else:
            yield step
    whole, preview = await asyncio.to_thread(archive, stem, entries, variations)
    sizes = f"{counted(len(entries), 'emoji', 'emoji')}, 128 pixels"
    yield File(f"{stem}.png", preview, "image/png", alt=f"{sizes}: each picture, then its variations", caption=sizes)
    yield File(f"{stem}.zip", whole, "application/zip", alt="The same as files", caption="each under a name of its own")


async def vary_each(
    pictures: Sequence[tuple[bytes, str]], variations: int, maker: StickerMaker
) -> AsyncIterator[Progress | Entry | str]:
    """Each picture, followed by its variations.

    Args:
        pictures: PNGs, each with what it shows, where the person said it.
        variations: How many of each.
        maker: Draws them.

    Yields:
        Progress, every emoji of the set in order, and at last what is to be said of them.

    Raises:
        UserError: Not even one can be drawn.
    """
    total = len(pictures) * variations
    done = 0
    said: dict[str, None] = {}
    for number, (picture, words) in enumerate(pictures, 1):
        square = await asyncio.to_thread(squared, picture)
        yield Entry(square, f"picture {number} as it was given")
        for step in range(variations):
            yield Progress(done / total, f"variation {done + 1} of {total}")
            strength = LEAST + (MOST - LEAST) * step / max(variations - 1, 1)
            prompt = StickerPrompt(words, "diffusion", image=square, strength=strength)
            try:
                image = await _drawn(prompt, maker)
            except UserError as error:
                if not done:
                    raise
                # What is drawn already is a set, too.
                yield " ".join((*said, str(error)))
                return
            said |= {image.note: None} if image.note else {}
            about = f"picture {number} changed by {strength:.0%}, seed {image.seed}, {image.model}"
            yield Entry(await asyncio.to_thread(fitted, image.png), about)
            done += 1
    if said:
        yield " ".join(said)


async def _drawn(prompt: StickerPrompt, maker: StickerMaker) -> Image:
    """The one picture that a prompt asks for."""
    async with aclosing(maker.draw(prompt)) as steps:
        images = [step async for step in steps if isinstance(step, Image)]
    return images[-1]


def archive(name: str, entries: Sequence[Entry], variations: int) -> tuple[bytes, bytes]:
    """A set as a zip and as a sheet.

    Args:
        name: What each emoji's name begins with.
        entries: The emoji.
        variations: How many follow each that was given.

    Returns:
        The zip and the sheet, a PNG.
    """
    out = io.BytesIO()
    lines = []
    # Stored: PNG is packed already.
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as packed:
        for number, entry in enumerate(entries, 1):
            file = f"{name}_{number:02}.png"
            packed.writestr(file, entry.png)
            lines.append(f"{file}: {entry.about}")
        packed.writestr("about.txt", f"{counted(len(entries), 'emoji', 'emoji')} by Atelier\n\n" + "\n".join(lines))
    return out.getvalue(), sheet([entry.png for entry in entries], {"Software": "Atelier"}, columns=variations + 1)
