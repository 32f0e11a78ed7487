"""Requests per second through the whole path, with few and with many commands, without a store."""

from __future__ import annotations

import logging
import statistics
import time

import structlog

from bot.config import Limits
from bot.plugin import Plugin
from tests.bot.path import Path

COMMANDS = (1, 50, 1000)
REQUESTS = 4000
REPEATS = 5
NO_LIMIT = 1_000_000_000
"""Large, not 0: what is counted costs time."""


def _plugin(count: int) -> Plugin:
    plugin = Plugin("measured", "…")

    async def answer(text: str, times: int = 1) -> str:
        return text

    for number in range(count):
        answer.__name__ = f"command{number}"
        plugin.command(answer)
    return plugin


async def _once(path: Path, count: int) -> float:
    lines = [f"/command{number % count} hello there times:2" for number in range(REQUESTS)]
    requests = [path.request(line, message=f"{time.perf_counter_ns()}-{n}") for n, line in enumerate(lines)]
    began = time.perf_counter()
    for request in requests:
        await path.dispatcher.submit(request).task
    seconds = time.perf_counter() - began
    assert path.platform.states[-1].text == "hello there"
    path.platform.shown.clear()
    path.platform.states.clear()
    return REQUESTS / seconds


async def measure() -> dict[str, float]:
    """Requests per second by number of commands: the median of interleaved repeats."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.INFO))
    limits = Limits(person_per_minute=NO_LIMIT, person_per_day=NO_LIMIT, server_per_minute=NO_LIMIT)
    paths = {count: Path(_plugin(count), limits=limits) for count in COMMANDS}
    rates: dict[int, list[float]] = {count: [] for count in COMMANDS}
    for _ in range(REPEATS):
        for count, path in paths.items():
            rates[count].append(await _once(path, count))
    return {f"requests/s with {count} commands": statistics.median(found) for count, found in rates.items()}
