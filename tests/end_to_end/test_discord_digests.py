"""Digests on Discord: posted once, to a channel and as direct messages, and never told to who may not read."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr

from bot.app import App
from bot.config import Config, ModelsConfig, PluginsConfig, Store
from bot.platforms.discord.platform import Discord
from bot.request import utc_now
from bot.testing import FakeClock
from tests.plugins.telling import Telling
from tests.servers.discord import MANAGE_GUILD, Channel, DiscordPerson, DiscordServer, Role, discord_server
from tests.servers.discord.world import VIEW

OTHERS = [folder.name for folder in Path("plugins").iterdir() if folder.is_dir() and folder.name != "digest"]


@dataclass
class House:
    """Atelier on a Discord whose server has a channel for everyone and one that becomes the chief's."""

    server: DiscordServer
    app: App
    clock: FakeClock
    hall: Channel
    team: Channel
    ana: DiscordPerson
    chief: DiscordPerson

    async def order(self, person: DiscordPerson, line: str, answered_in: Channel, containing: str) -> None:
        """Ask by a mention in the hall, and wait for the answer."""
        await person.mentions_bot(self.hall, f"/digest {line}")
        await self.server.until(lambda: self.said(answered_in, containing))

    def said(self, channel: Channel, containing: str) -> list[str]:
        found = [message.content for message in self.server.messages(channel)]
        return [content for content in found if containing in content]

    async def due(self) -> None:
        """The next day, looked at twice."""
        self.clock.advance(timedelta(days=1))
        for _ in range(2):
            await self.app.digesting.run_due(self.clock())


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with discord_server() as server:
        server.limits.seconds = 0.05
        guild = server.guild("Fox Club", "hall", "team")
        ana = server.person("Ana", guild)
        chief = server.person("Chief", guild, Role("boss", MANAGE_GUILD))
        platform = Discord(token=SecretStr(server.token), api_url=server.api_url, gateway_url=server.gateway_url)
        config = Config(
            store=Store(url=f"sqlite+aiosqlite:///{tmp_path / 'atelier.db'}"),
            models=ModelsConfig(dir=tmp_path / "models"),
            plugins=PluginsConfig(disabled=OTHERS),
        )
        clock = FakeClock(utc_now())
        app = App(config, lambda app: [platform], clock=clock)
        await app.start()
        await app.plugins.add(Telling().plugin())
        # Digests wait until all is known of the servers.
        await server.until(lambda: platform._missed.connected)
        hall, team = guild.channels
        yield House(server, app, clock, hall, team, ana, chief)
        await app.stop(grace=1)


async def test_a_channels_digest_is_posted_there_and_a_personal_one_as_a_direct_message(house: House) -> None:
    await house.order(house.chief, "on at:00:00 days:daily", house.hall, "A digest of #hall comes daily")
    await house.order(house.ana, "on at:00:00 days:daily", house.hall, "for admins of this server")
    line = "on at:00:00 days:daily channels:#hall,#team"
    await house.order(house.ana, line, house.ana.dm, "A digest of #hall and #team comes to you daily")
    await house.ana.says(house.team, "The release ships on Thursday.")
    await house.due()
    [text] = house.said(house.hall, "**Digest of #hall**")
    assert "Thursday" not in text
    [text] = house.said(house.ana.dm, "**Your digest of #hall and #team**")
    assert "The release ships on Thursday." in text
    assert not house.said(house.hall, "digest of #hall and #team")


async def test_what_not_everyone_may_read_any_more_is_left_out_and_who_ordered_it_is_told(house: House) -> None:
    line = "on at:00:00 days:daily channels:#hall,#team to:here"
    await house.order(house.chief, line, house.hall, "A digest of #hall and #team in #hall comes daily")
    await house.chief.says(house.team, "The merger is on Thursday.")
    assert house.team.guild is not None
    house.team.overwrite(house.team.guild.roles[0], deny=VIEW)
    house.team.overwrite(house.server.world.me, allow=VIEW)
    house.team.overwrite(house.chief.user, allow=VIEW)
    await house.server.gateway.dispatch("CHANNEL_UPDATE", lambda session: house.team.payload())
    await house.due()
    [text] = house.said(house.hall, "**Digest of #hall**")
    assert "merger" not in text
    assert 1 == len(house.said(house.chief.dm, "comes without #team from now on"))
