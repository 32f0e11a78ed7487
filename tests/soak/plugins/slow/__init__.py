"""Commands that take their time, so that there is something to interrupt."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path

from bot import Plugin

WORDS = 8
LONG_WORDS = 120
PAUSE_SECONDS = 0.03

RUNS = Path(os.environ.get("SOAK_RUNS", "runs.txt"))
"""Where each run of a command is noted, one line each: what it costs outside cannot be taken back."""

plugin = Plugin("slow", "Takes its time.")


def note(kind: str, tag: str) -> None:
    with RUNS.open("a", encoding="utf-8") as file:
        file.write(f"{kind} {tag}\n")


async def words(tag: str, count: int, pause: float, padding: str = "") -> AsyncIterator[str]:
    for number in range(count):
        yield f"{tag}-{number}{padding} "
        await asyncio.sleep(pause)
    yield f"{tag}-end"


@plugin.command(repeatable=True)
async def slow(tag: str) -> AsyncIterator[str]:
    """Say a few words.

    Args:
        tag: Stands before each.
    """
    async for word in words(tag, WORDS, PAUSE_SECONDS):
        yield word


@plugin.command(repeatable=True)
async def quick(tag: str) -> str:
    """Say it at once.

    Args:
        tag: Stands before each word.
    """
    return "".join([f"{tag}-{number} " for number in range(WORDS)]) + f"{tag}-end"


@plugin.command(repeatable=True)
async def long(tag: str) -> AsyncIterator[str]:
    """Say what needs several messages.

    Args:
        tag: Stands before each word.
    """
    async for word in words(tag, LONG_WORDS, PAUSE_SECONDS / 10, " and so on, and so on, and so on\n"):
        yield word


@plugin.command(private=True, repeatable=True)
async def whisper(tag: str) -> AsyncIterator[str]:
    """Say it to one person alone.

    Args:
        tag: Stands before each word.
    """
    async for word in words(tag, WORDS, PAUSE_SECONDS):
        yield word


@plugin.command
async def once(tag: str) -> AsyncIterator[str]:
    """Do what must not be done twice.

    Args:
        tag: Stands before each word.
    """
    note("once", tag)
    async for word in words(tag, WORDS, PAUSE_SECONDS):
        yield word


@plugin.command(free_text=True, repeatable=True)
async def talk(tag: str) -> AsyncIterator[str]:
    """Answer what is said.

    Args:
        tag: Stands before each word.
    """
    async for word in words(tag.rsplit(maxsplit=1)[-1], WORDS, PAUSE_SECONDS):
        yield word
