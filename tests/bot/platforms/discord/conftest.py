"""A Discord of our own, and the platform connected to it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from pydantic import SecretStr

from bot.platforms.discord.platform import Discord
from bot.testing import FakeClock
from tests.bot.platforms.discord.meeting import Meeting, words
from tests.servers.discord import discord_server


@pytest.fixture
async def meeting() -> AsyncIterator[Meeting]:
    async with discord_server() as server:
        server.limits.seconds = 0.05
        guild = server.guild("Fox Club", "general", "den")
        ana = server.person("Ana", guild)
        clock = FakeClock()
        platform = Discord(
            token=SecretStr(server.token), api_url=server.api_url, gateway_url=server.gateway_url, clock=clock
        )
        meeting = Meeting(server, platform, clock, guild, guild.channels[0], ana)
        await platform.start(meeting.receive)
        await platform.publish(list(words().commands.values()))
        await server.until(lambda: platform._connection.client.guilds)
        yield meeting
        await platform.stop()
