"""Keeps the list of application commands, as people choose from it, up to date."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, cast

import aiohttp
import discord
import structlog

from bot.commands import Command
from bot.platforms.discord.commands import application_commands, unchanged
from bot.platforms.discord.connection import Connection

if TYPE_CHECKING:
    from typing import Any

log = structlog.get_logger(__name__)


class Publishing:
    """Tells Discord of commands, only when something changed.

    Args:
        connection: To Discord.
        guilds: The servers that get the commands, at once; without any they are offered everywhere.
    """

    def __init__(self, connection: Connection, guilds: Sequence[int]) -> None:
        self._connection = connection
        self._guilds = tuple(guilds)
        self._commands: tuple[Command, ...] | None = None
        self._one_at_a_time = asyncio.Lock()
        self._cleared = False

    async def publish(self, commands: Sequence[Command]) -> None:
        """Offer these commands, as soon as there is a connection."""
        self._commands = tuple(commands)
        if self._connection.usable:
            await self.catch_up()

    async def catch_up(self) -> None:
        """Offer what was published before there was a connection."""
        if self._commands is None:
            return
        async with self._one_at_a_time:
            client, application = self._connection.client, self._application()
            here = cast("list[dict[str, Any]]", application_commands(self._commands))
            for guild in self._guilds:
                await _trying(partial(self._offer_in, guild, here), guild)
            # Offered everywhere as well, each would be listed twice.
            everywhere = [] if self._guilds else application_commands(self._commands, everywhere=True)

            async def offer() -> None:
                if not unchanged(everywhere, await client.http.get_global_commands(application)):
                    wanted = cast("list[dict[str, Any]]", everywhere)
                    await client.http.bulk_upsert_global_commands(application, wanted)

            await _trying(offer)

    async def clear(self) -> None:
        """Remove what was offered in servers that are not named any more; once, when all servers are known."""
        client = self._connection.client
        await client.wait_until_ready()
        if self._cleared or client.is_closed():
            return
        self._cleared = True
        async with self._one_at_a_time:
            for guild in client.guilds:
                if guild.id not in self._guilds:
                    await _trying(partial(self._offer_in, guild.id, []), guild.id)

    async def _offer_in(self, guild: int, wanted: list[dict[str, Any]]) -> None:
        http, application = self._connection.client.http, self._application()
        if not unchanged(wanted, await http.get_guild_commands(application, guild)):
            await http.bulk_upsert_guild_commands(application, guild, wanted)

    def _application(self) -> int:
        application = self._connection.client.application_id
        assert application is not None, "logged in, so it is known"
        return application


async def _trying(work: Callable[[], Awaitable[None]], server: int | None = None) -> None:
    """Do what Discord may refuse, which must stop nothing else."""
    try:
        await work()
    except discord.Forbidden as error:
        advice = "commands not published: invite me again, with applications.commands"
        log.warning(advice, server=server, error=error.text)
    except (OSError, aiohttp.ClientError, discord.HTTPException) as error:
        log.warning("commands not published", server=server, error=str(error))
