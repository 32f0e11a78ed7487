"""The last few things of a shelf."""

from __future__ import annotations

import asyncio
from pathlib import Path

from pydantic import BaseModel

from bot import Plugin, Recent, Storage
from bot.testing import Testbed


class Note(BaseModel):
    """Something that is kept."""

    text: str


plugin = Plugin("notes", "Keeps the last three notes.", group=True)


@plugin.command
async def keep(text: str, storage: Storage) -> str:
    """Keep a note."""
    return await Recent(storage.person, Note, 3).keep(Note(text=text))


@plugin.command
async def find(key: str, storage: Storage) -> str:
    """Find a note again."""
    note = await Recent(storage.person, Note, 3).find(key)
    return "nothing" if note is None else note.text


@plugin.command
async def keys(storage: Storage) -> str:
    """Tell the keys of all notes."""
    return " ".join(await Recent(storage.person, Note, 3).keys()) or "none"


@plugin.command
async def spoil(key: str, storage: Storage) -> str:
    """Keep what is no note."""
    await storage.person.put(key, {"words": "of another version"})
    return key


async def test_finds_what_is_kept_by_its_key_however_it_is_written(tmp_path: Path) -> None:
    async with Testbed(tmp_path, plugin) as bed:
        key = (await bed.say("/notes keep text:milk")).text
        assert "milk" == (await bed.say(f"/notes find key:{key.upper()}")).text
        assert "nothing" == (await bed.say("/notes find key:0000")).text


async def test_lets_the_oldest_go(tmp_path: Path) -> None:
    async with Testbed(tmp_path, plugin) as bed:
        kept = [(await bed.say(f"/notes keep text:{number}")).text for number in range(5)]
        assert " ".join(reversed(kept[2:])) == (await bed.say("/notes keys")).text
        assert "nothing" == (await bed.say(f"/notes find key:{kept[1]}")).text


async def test_forgets_nothing_of_what_is_kept_at_the_same_moment(tmp_path: Path) -> None:
    async with Testbed(tmp_path, plugin) as bed:
        kept = await asyncio.gather(*(bed.say(f"/notes keep text:{number}") for number in range(3)))
        assert {answer.text for answer in kept} == set((await bed.say("/notes keys")).text.split())


async def test_takes_what_another_version_kept_for_nothing(tmp_path: Path) -> None:
    async with Testbed(tmp_path, plugin) as bed:
        assert "none" == (await bed.say("/notes keys")).text
        await bed.say("/notes spoil key:abcd")
        assert "nothing" == (await bed.say("/notes find key:abcd")).text
