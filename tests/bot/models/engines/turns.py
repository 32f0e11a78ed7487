"""Lets works of several people wait for one model at the same time."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from typing import TypeVar

import pytest

from bot.asking import ASKING, Asking, Owner, Priority
from bot.models import queue
from bot.models.engines.resident import Resident
from bot.models.pulse import Pulse

SECONDS = 30.0
"""After which a test has failed in which something does not wait."""

M = TypeVar("M")
T = TypeVar("T")


def noted_pauses(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The threads of the works that made room for others; every turn uses up what a round gives to a person.

    To be called before the model is opened, whose queue keeps what a round gives.
    """
    monkeypatch.setattr(queue, "ROUND", 1e-9)
    seen: list[int] = []
    pause = queue.Queue.pause

    def noted(waiting: queue.Queue, pulse: Pulse) -> None:
        seen.append(threading.get_ident())
        pause(waiting, pulse)

    monkeypatch.setattr(queue.Queue, "pause", noted)
    return seen


async def in_turns(resident: Resident[M], *works: Callable[[], Awaitable[T]]) -> list[T]:
    """What works make that all wait when the first begins, each of another person."""
    at_work, go_on = threading.Event(), threading.Event()

    def hold(model: M, stopped: Callable[[], bool]) -> None:
        at_work.set()
        go_on.wait()

    holding = asyncio.create_task(resident.run(hold))
    await asyncio.to_thread(at_work.wait)
    waiting: list[asyncio.Future[T]] = []
    for number, work in enumerate(works):
        ASKING.set(Asking(Owner("home", str(number)), Priority.INTERACTIVE, lambda told: None))
        waiting.append(asyncio.ensure_future(work()))

    def all_wait() -> None:
        with resident._queue._change:
            assert resident._queue._change.wait_for(lambda: len(resident._queue) == len(works), SECONDS)

    await asyncio.to_thread(all_wait)
    go_on.set()
    made = await asyncio.gather(*waiting)
    await holding
    return made
