"""How soon 200 commands in one second are acknowledged, by a whole Atelier with its store.

The server that stands in for the platform runs in the same process and takes its share of the time.
"""

from __future__ import annotations

import asyncio
import logging
import statistics
import tempfile
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, nullcontext
from pathlib import Path

import numpy as np
import structlog
from pydantic import SecretStr

from bot import Plugin
from bot.app import App
from bot.config import Config, Limits, ModelsConfig, PluginsConfig, Store
from bot.platform import Platform
from tests.servers.discord import discord_server
from tests.servers.slack import Delivery, SlackServer

BUNDLED = [path.name for path in Path("plugins").iterdir() if path.is_dir()]

COMMANDS = 200
SECONDS = 1.0
BUSY_SIZE = 2000
"""Rows of the matrices that the busy machine multiplies: each product takes about a second."""


async def measure() -> dict[str, float]:
    """Milliseconds by platform and load: the median and the 95th and 99th of 100."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    return {
        **_figures("Discord", await _discord()),
        **_figures("Discord, machine busy", await _discord(busy=True)),
        **_figures("Slack", await _slack()),
        **_figures("Slack, machine busy", await _slack(busy=True)),
    }


async def _discord(*, busy: bool = False) -> Sequence[float]:
    from bot.platforms.discord.platform import Discord

    async with discord_server() as server:
        guild = server.guild("Measured")
        people = [server.person(f"Person {number}", guild) for number in range(20)]
        platform = Discord(token=SecretStr(server.token), api_url=server.api_url, gateway_url=server.gateway_url)
        async with _atelier(platform):
            await server.until(lambda: server.gateway.sessions)

            async def use(number: int) -> None:
                await people[number % len(people)].uses("measured", guild.channels[0], text="hello")

            with _load() if busy else nullcontext():
                await _spread(use)
                used = server.interactions.all.values()
                await server.until(lambda: all(one.seconds is not None for one in used), seconds=60)
            await server.until(lambda: all(one.original and not one.original.thinking for one in used), seconds=60)
            return [one.seconds for one in used if one.seconds is not None]


async def _slack(*, busy: bool = False) -> Sequence[float]:
    from bot.platforms.slack.platform import Slack

    async with SlackServer() as server:
        # What Slack thinks of so many messages in one channel is not what is measured.
        server.api.burst = 10 * COMMANDS
        platform = Slack(
            bot_token=SecretStr(server.bot_token), app_token=SecretStr(server.app_token), api_url=server.api_url
        )
        async with _atelier(platform):
            deliveries: list[asyncio.Task[Delivery]] = []

            async def use(number: int) -> None:
                user = ("UANA", "UBEN", "UADMIN")[number % 3]
                sent = server.slash(user, "CGENERAL", "/measured", "text:hello")
                deliveries.append(asyncio.get_running_loop().create_task(sent))

            with _load() if busy else nullcontext():
                await _spread(use)
                acknowledged = await asyncio.gather(*deliveries)
            answers = server.workspace.messages["CGENERAL"]
            await server.workspace.until(lambda: len(answers) == COMMANDS, seconds=60)
            assert all(delivery.attempts == 1 for delivery in acknowledged)
            return [delivery.seconds for delivery in acknowledged]


async def _spread(use: Callable[[int], Awaitable[None]]) -> None:
    """Use a command so many times, at equal distances."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    for number in range(COMMANDS):
        await asyncio.sleep(began + number * SECONDS / COMMANDS - loop.time())
        await use(number)


@asynccontextmanager
async def _atelier(platform: Platform) -> AsyncIterator[App]:
    plugin = Plugin("measured", "…")

    @plugin.command
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
        app = App(config, lambda app: [platform])
        await app.start()
        try:
            await app.plugins.add(plugin)
            await app.publish()
            yield app
        finally:
            await app.stop(grace=5)


@contextmanager
def _load() -> Iterator[None]:
    """All cores multiply, as a model does, and a thread computes in Python, as one that prepares its input does."""
    stop = threading.Event()
    matrix = np.random.default_rng(0).standard_normal((BUSY_SIZE, BUSY_SIZE))

    def multiply() -> None:
        while not stop.is_set():
            matrix @ matrix

    def count() -> None:
        while not stop.is_set():
            sum(range(10_000))

    threads = [threading.Thread(target=work) for work in (multiply, count)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def _figures(name: str, seconds: Sequence[float]) -> dict[str, float]:
    hundredths = statistics.quantiles(seconds, n=100)
    return {f"{name}: acknowledged, p{at}, ms": hundredths[at - 1] * 1000 for at in (50, 95, 99)}
