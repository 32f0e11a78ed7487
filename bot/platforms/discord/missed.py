"""What was asked on Discord while nobody listened, read from the history."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import datetime, timedelta

import discord
import structlog

from bot.platforms.discord.events import Events
from bot.request import Clock

log = structlog.get_logger(__name__)

MOST = 500
"""Messages of a channel that are looked through."""

OVERLAP = timedelta(seconds=10)
"""What was written so shortly before the connection was lost may not have come in any more."""

LONGEST = timedelta(hours=1)
"""How long an interruption may have been whose questions are still answered."""


class Missed:
    """Asks what was asked before a start, and while the connection was interrupted.

    Args:
        events: Asks.
        clock: Tells the time.
    """

    def __init__(self, events: Events, clock: Clock) -> None:
        self._events = events
        self._clock = clock
        self._client: discord.Client | None = None
        self._ready = asyncio.Event()
        self._lost: datetime | None = None

    @property
    def connected(self) -> bool:
        """Whether Discord tells what happens."""
        return self._ready.is_set() and self._lost is None

    async def ready(self, client: discord.Client) -> None:
        """All is known of the servers; what came since an interruption was not told of."""
        self._client = client
        self._ready.set()
        lost, self._lost = self._lost, None
        if lost is not None:
            await self._ask(client, max(lost - OVERLAP, self._clock() - LONGEST))

    def lost(self) -> None:
        """The connection was lost."""
        self._lost = self._lost or self._clock()

    def resumed(self) -> None:
        """The connection was taken up again, and Discord tells what was missed."""
        self._lost = None

    async def catch_up(self, since: datetime) -> None:
        """Ask what was asked in the channels of our servers; direct conversations are not told of.

        Args:
            since: Nothing older is read.
        """
        await self._ready.wait()
        assert self._client is not None, "it is ready"
        await self._ask(self._client, since)

    async def _ask(self, client: discord.Client, since: datetime) -> None:
        me = client.user
        assert me is not None, "it is known once the client is ready"
        after = discord.Object(discord.utils.time_snowflake(since))
        for place in _changed(client, after.id):
            try:
                async for message in place.history(after=after, limit=MOST, oldest_first=True):
                    await self._events.missed(message, me)
            except discord.Forbidden as error:
                log.info("a channel is not caught up", channel=place.id, error=error.text)


def _changed(client: discord.Client, after: int) -> Iterator[discord.TextChannel | discord.Thread]:
    """The channels and threads in which something was written since."""
    for guild in client.guilds:
        places: list[discord.TextChannel | discord.Thread] = [*guild.text_channels, *guild.threads]
        for place in places:
            if place.last_message_id is not None and place.last_message_id > after:
                yield place
