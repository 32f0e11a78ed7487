"""Follows work in a model's thread from the event loop: its progress as it comes, then what it made."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import suppress
from typing import TypeAlias, TypeVar

from bot.body import Progress

T = TypeVar("T")

Tell: TypeAlias = Callable[[Progress], None]
"""Called by the thread that works, after a step."""

Step: TypeAlias = Callable[[int, int], None]
"""Called by a thread that draws: the steps done, and the steps in all."""


def picture_steps(tell: Tell, number: int, count: int) -> Step:
    """What the steps of one of several pictures are told to, as progress with all of them.

    Args:
        tell: Told the progress.
        number: Of the picture, from 0.
        count: How many there are.
    """
    which = f"picture {number + 1} of {count}, " if count > 1 else ""
    return lambda done, total: tell(Progress((number + done / total) / count, f"{which}step {done} of {total}"))


async def following(begin: Callable[[Tell], Awaitable[T]]) -> AsyncGenerator[Progress | T, None]:
    """Follow a piece of work; closing the iterator cancels it.

    Args:
        begin: Begins it, and is handed what it tells its progress to.

    Yields:
        Each progress as it is told, then the result.
    """
    loop = asyncio.get_running_loop()
    told: asyncio.Queue[Progress | None] = asyncio.Queue()

    def tell(progress: Progress) -> None:
        # The loop is gone when Atelier was stopped hard.
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(told.put_nowait, progress)

    work = asyncio.ensure_future(begin(tell))
    work.add_done_callback(lambda _: told.put_nowait(None))
    try:
        while (progress := await told.get()) is not None:
            yield progress
        yield await work
    finally:
        work.cancel()
