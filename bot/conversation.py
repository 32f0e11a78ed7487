"""A channel's history for one request: from the store where an admin keeps it, else live from the platform."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import TypeAlias

from bot.platform import Platform
from bot.request import Message, Request

Kept: TypeAlias = Callable[[datetime | None, int], Awaitable[list[Message]]]
"""The last messages that the store keeps of the channel: since a time, at most so many."""

MOST = 10_000
"""More messages than this are never read for one answer."""


class ChannelHistory:
    """The `History` of the channel a request was made in.

    Args:
        request: It is itself left out.
        platform: Asked where nothing is kept.
        kept: Asks the store; None where no history is kept.
    """

    def __init__(self, request: Request, platform: Platform, kept: Kept | None) -> None:
        self._request = request
        self._platform = platform
        self._kept = kept

    async def recent(self, limit: int = 50) -> list[Message]:
        """The last `limit` messages."""
        return await self._read(None, limit)

    async def since(self, when: datetime, limit: int = 1000) -> list[Message]:
        """The messages sent at or after `when`; the last `limit` of them."""
        return await self._read(when, limit)

    async def between(self, start: datetime, end: datetime, limit: int = 1000) -> list[Message]:
        """The messages sent from `start` up to but not at `end`; the last `limit` of them."""
        found = await self._read(start, MOST)
        return [message for message in found if message.sent < end][-limit:]

    async def _read(self, since: datetime | None, limit: int) -> list[Message]:
        # One more, for the request's own message is left out.
        wanted = min(limit, MOST) + 1
        if self._kept is not None:
            found = await self._kept(since, wanted)
        else:
            found = await self._platform.history(self._request.channel.id, since, wanted)
        own = self._request.origin.message
        return [message for message in found if message.id != own][-limit:]
