"""What it costs that no request is lost: requests a second, and how soon each is acknowledged, with SQLite."""

from __future__ import annotations

import asyncio
import logging
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import structlog

from bot import Plugin
from bot.app import App
from bot.config import Config, Limits, ModelsConfig, PluginsConfig, Store
from bot.platforms.memory import SERVER, MemoryPlatform
from bot.request import Channel, ChannelKind, Origin, Person, Request, new_id

BUNDLED = [path.name for path in Path("plugins").iterdir() if path.is_dir()]
REQUESTS = 2_000
AT_ONCE = 100
"""Requests that are being answered at the same time."""

PACED, PER_SECOND = 400, 200


async def measure() -> dict[str, float]:
    """Requests a second, and the median time to the acknowledgement with and without the inbox."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.INFO))
    async with _atelier() as (app, platform):
        await _all_at_once(app, platform, AT_ONCE)
        rate = REQUESTS / await _all_at_once(app, platform, REQUESTS)
        kept = await _paced(app)
    async with _atelier(keeps=False) as (app, _):
        at_once = await _paced(app)
    return {
        "requests/s, each kept until it is answered (SQLite)": rate,
        "kept, then acknowledged, p50, ms": statistics.median(kept) * 1000,
        "acknowledged without being kept, p50, ms": statistics.median(at_once) * 1000,
    }


async def _all_at_once(app: App, platform: MemoryPlatform, count: int) -> float:
    """Ask so many times, so many at once; returns the seconds until all are answered and noted."""
    turns = asyncio.Semaphore(AT_ONCE)

    async def ask(request: Request) -> None:
        async with turns:
            await app.receive(request)
            await app.dispatcher.ended(request.id)

    requests = [_request() for _ in range(count)]
    platform.shown.clear()
    began = time.perf_counter()
    await asyncio.gather(*map(ask, requests))
    seconds = time.perf_counter() - began
    assert len(platform.shown["general"]) == count
    return seconds


async def _paced(app: App) -> Sequence[float]:
    """Ask at equal distances; returns the seconds until each was acknowledged."""
    loop, seconds = asyncio.get_running_loop(), list[float]()

    async def ask(request: Request) -> None:
        asked = time.perf_counter()

        async def acknowledge() -> None:
            seconds.append(time.perf_counter() - asked)

        await app.receive(replace(request, acknowledge=acknowledge))
        await app.dispatcher.ended(request.id)

    asking = list[asyncio.Task[None]]()
    began = loop.time()
    for number in range(PACED):
        await asyncio.sleep(began + number / PER_SECOND - loop.time())
        asking.append(loop.create_task(ask(_request())))
    await asyncio.gather(*asking)
    return seconds


def _request() -> Request:
    return Request(
        Origin("test", event=new_id(), message=new_id()),
        Person("test:ana", "Ana"),
        Channel("general", SERVER, ChannelKind.CHANNEL, "general"),
        text="/measured hello",
    )


@asynccontextmanager
async def _atelier(*, keeps: bool = True) -> AsyncIterator[tuple[App, MemoryPlatform]]:
    plugin = Plugin("measured", "…")

    @plugin.command(repeatable=True)
    async def measured(text: str) -> str:
        """Say what was said."""
        return text

    with tempfile.TemporaryDirectory() as folder:
        config = Config(
            store=Store(url=f"sqlite+aiosqlite:///{Path(folder) / 'atelier.db'}"),
            models=ModelsConfig(dir=Path(folder) / "models"),
            plugins=PluginsConfig(disabled=BUNDLED),
            limits=Limits(person_per_minute=0, person_per_day=0, server_per_minute=0),
        )
        platform = MemoryPlatform()
        # A process that only asks something keeps nothing.
        app = App(config, lambda app: [platform], jobs=keeps)
        await app.start()
        try:
            await app.plugins.add(plugin)
            yield app, platform
        finally:
            await app.stop(grace=5)
