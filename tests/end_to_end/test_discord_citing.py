"""Answers on Discord that tell of messages, and what is kept of long ones."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from pydantic import SecretStr

from bot import Channels, Cited, Plugin
from bot.app import App
from bot.config import Config, ModelsConfig, PluginsConfig, Store
from bot.platforms.discord.platform import Discord
from bot.store.places import Place
from tests.servers.discord import MANAGE_GUILD, Channel, DiscordPerson, DiscordServer, Role, discord_server

OTHERS = [folder.name for folder in Path("plugins").iterdir() if folder.is_dir()]


def gazette(gates: Sequence[asyncio.Event]) -> Plugin:
    plugin = Plugin("gazette", "For tests.")

    @plugin.command
    async def abroad(channels: Channels) -> AsyncIterator[str | Cited]:
        """Tell what is said elsewhere."""
        yield "Abroad:\n"
        for channel in await channels.all():
            for message in await (await channels.history(channel.id)).recent(10):
                if not message.from_bot and "/" not in message.text:
                    yield Cited(f"- {message.text}\n", (message,))

    @plugin.command
    async def tell() -> AsyncIterator[str]:
        """Tell a long story, part by part."""
        yield "Part 0.\n\n"
        for number, gate in enumerate(gates, 1):
            await gate.wait()
            yield f"Part {number}." + " It went on and on." * 60 + "\n\n"

    return plugin


@dataclass
class House:
    """Atelier on a Discord whose server keeps the history of two channels."""

    server: DiscordServer
    app: App
    hall: Channel
    team: Channel
    chief: DiscordPerson
    gates: Sequence[asyncio.Event]

    async def keep_history(self) -> None:
        """Switch history on in the hall."""
        assert self.hall.guild is not None
        place = Place("discord", f"discord:{self.hall.guild.id}", self.hall.id)
        await self.app.store.settings.change(place, {"history": True})

    async def ended(self) -> None:
        """Wait until all answers are kept."""
        for running in list(self.app.dispatcher._running.values()):
            await self.app.dispatcher.ended(running.request.id)

    async def until_kept(self, holds: Callable[[list[str]], bool]) -> None:
        """Wait until what is kept of Atelier's own messages in the hall is what stands there, and is so."""
        async with asyncio.timeout(10):
            while True:
                found = await self.app.store.messages.recent("discord", self.hall.id)
                texts = [message.text for message in found if message.own]
                if texts and texts == self.posted() and holds(texts):
                    return
                await asyncio.sleep(0)

    def posted(self) -> list[str]:
        return [message.content for message in self.server.messages(self.hall)]


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with discord_server() as server:
        server.limits.seconds = 0.05
        guild = server.guild("Fox Club", "hall", "team")
        chief = server.person("Chief", guild, Role("boss", MANAGE_GUILD))
        platform = Discord(token=SecretStr(server.token), api_url=server.api_url, gateway_url=server.gateway_url)
        config = Config(
            store=Store(url=f"sqlite+aiosqlite:///{tmp_path / 'atelier.db'}"),
            models=ModelsConfig(dir=tmp_path / "models"),
            plugins=PluginsConfig(disabled=OTHERS),
        )
        app = App(config, lambda app: [platform])
        await app.start()
        gates = [asyncio.Event() for _ in range(3)]
        await app.plugins.add(gazette(gates))
        await server.until(lambda: platform._missed.connected)
        hall, team = guild.channels
        yield House(server, app, hall, team, chief, gates)
        await app.stop(grace=1)


async def test_what_was_said_in_a_channel_that_is_deleted_vanishes_from_an_answer_elsewhere(house: House) -> None:
    thread = house.server.world.channel(house.team.guild, "plans", parent=house.team)  # type: ignore[arg-type]
    await house.server.gateway.dispatch("THREAD_CREATE", lambda session: thread.payload())
    await house.chief.says(house.team, "Cake on Friday")
    await house.chief.says(house.hall, "Tea on Monday")
    await house.chief.mentions_bot(house.hall, "/abroad")
    await house.server.until(lambda: any("Cake on Friday" in text for text in house.posted()))
    await house.ended()
    await house.server.remove(house.team)
    await house.server.until(lambda: ["Abroad:\n- Tea on Monday"] == house.posted())


async def test_a_long_answer_is_kept_as_it_stands_also_when_a_part_of_it_goes(house: House) -> None:
    await house.keep_history()
    for number in range(4):
        await house.chief.says(house.team, f"{number} goes on " + "and on " * 120)
    gone = await house.chief.says(house.team, "Cake on Friday")
    await house.chief.mentions_bot(house.hall, "/abroad")
    await house.until_kept(lambda texts: len(texts) == 2 and "Cake on Friday" in texts[1])
    await house.chief.deletes(gone)
    await house.until_kept(lambda texts: len(texts) == 2 and "Cake on Friday" not in texts[1])


async def test_a_long_answer_that_was_streamed_is_kept_whole(house: House) -> None:
    await house.keep_history()
    await house.chief.mentions_bot(house.hall, "/tell")
    for number in range(3):
        await house.server.until(lambda: any(f"Part {number}." in text for text in house.posted()))  # noqa: B023
        house.gates[number].set()
    await house.until_kept(lambda texts: "Part 1." in texts[0] and "Part 3." in texts[-1])
