"""Two models at work on one machine: what both get done one at a time, and at once.

A language model answers four people, and beside it something is drawn: steps of a network of about the width of a
diffusion model's. What is compared runs in turns in one process, for the machine may be busy otherwise.
"""

from __future__ import annotations

import asyncio
import statistics
import tempfile
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import torch

from bot.asking import ASKING
from bot.models.catalog import Entry
from bot.models.engines.chat import LocalChat
from bot.models.engines.chat_loading import Loaded
from bot.models.engines.resident import Resident
from bot.models.machine import Machine
from bot.models.tasks import Task
from bot.models.turns import Turns
from bot.threads import in_thread
from tests.benchmarks.batching_rig import beside, build, lag, person, question

PEOPLE = 4
WINDOW = 6.0
"""Seconds for which things are counted."""
REPEATS = 5

FIGURES = {
    "one": "two models that compute one at a time: parts of their speeds alone, summed",
    "two": "two models that compute at once: parts of their speeds alone, summed",
    "chat one": "of these, one at a time: part that the language model has",
    "chat two": "of these, at once: part that the language model has",
    "lag": "ms that the event loop lags beside two models at once, 99th percentile",
}


@dataclass
class _Done:
    """What was done within the window."""

    tokens: int = 0
    steps: int = 0
    lags: list[float] = field(default_factory=list)


class _Rig:
    """A language model, and something that draws, of which so many compute at once."""

    def __init__(self, loaded: Loaded, folder: Path, at_once: int) -> None:
        self._chats = Resident("chat", lambda: None, lambda: loaded)
        self._draws = Resident("draws", lambda: None, _network)
        machine = Machine()
        machine.turns = Turns(at_once)
        self._chats.join(machine, 0)
        self._draws.join(machine, 0)
        entry = Entry(name="measured", task=Task.CHAT, kind="folder", source=str(folder))
        self._chat = LocalChat.of(entry, folder, self._chats)

    async def measure(self, *, chat: bool, draw: bool) -> _Done:
        """Let them work for the window."""
        done = _Done()
        works = [self._ask(f"person {number}", done) for number in range(PEOPLE if chat else 0)]
        if draw:
            works.append(self._draw(done))
        async with beside(*works):
            await asyncio.sleep(1)
            done.tokens = done.steps = 0
            async with beside(lag(done.lags)):
                await asyncio.sleep(WINDOW)
            return _Done(done.tokens, done.steps, done.lags)

    async def close(self) -> None:
        """Let both go."""
        await self._chats.close()
        await self._draws.close()

    async def _ask(self, name: str, done: _Done) -> None:
        ASKING.set(person(name))
        for number in count():
            async for _ in self._chat.astream(question(number), temperature=0, max_tokens=64):
                done.tokens += 1

    async def _draw(self, done: _Done) -> None:
        def steps(network: torch.nn.Module, stopped: Callable[[], bool]) -> None:
            noise = torch.randn(1, 320, 64, 64)
            while not stopped():
                with torch.inference_mode():
                    network(noise)
                done.steps += 1

        ASKING.set(person("painter"))
        await self._draws.run(steps)


async def measure(repeats: int = REPEATS) -> dict[str, float]:
    """How much of their speeds two models keep beside each other.

    Args:
        repeats: How often each is measured; the median counts.
    """
    found: dict[str, list[float]] = defaultdict(list)
    with tempfile.TemporaryDirectory() as name:
        loaded = await in_thread(build, Path(name))
        rigs = {"one": _Rig(loaded, Path(name), 1), "two": _Rig(loaded, Path(name), 2)}
        for _ in range(repeats):
            chat = await rigs["one"].measure(chat=True, draw=False)
            draw = await rigs["one"].measure(chat=False, draw=True)
            for key, rig in rigs.items():
                both = await rig.measure(chat=True, draw=True)
                part = both.tokens / chat.tokens
                found[key].append(part + both.steps / draw.steps)
                found[f"chat {key}"].append(part)
            found["lag"].append(1000 * statistics.quantiles(both.lags, n=100)[98])
        for rig in rigs.values():
            await rig.close()
    return {FIGURES[key]: statistics.median(found[key]) for key in FIGURES}


def _network() -> torch.nn.Module:
    return torch.nn.Sequential(*(torch.nn.Conv2d(320, 320, 3, padding=1) for _ in range(4)))
