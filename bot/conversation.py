"""A channel's history for one request: from the store where an admin keeps it, and live from the platform."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import TypeAlias

from bot.platform import Platform
from bot.request import Message, Request

Kept: TypeAlias = Callable[[datetime | None, datetime | None, int], Awaitable[list[Message]]]
"""The last messages that the store keeps of the channel: from a time on, before another, at most so many."""

MOST = 10_000
"""More messages than this are never read for one answer."""


class ChannelHistory:
    """The `History` of the channel a request was made in.

    Args:
        request: It is itself left out.
        platform: Asked for what is not kept.
        kept: Asks the store; None where no history is kept.
    """

    def __init__(self, request: Request, platform: Platform, kept: Kept | None) -> None:
        self._request = request
        self._platform = platform
        self._kept = kept

    async def recent(self, limit: int = 50) -> list[Message]:
        """The last `limit` messages."""
        return await self._read(None, None, limit)

    async def since(self, when: datetime, limit: int = 1000) -> list[Message]:
        """The messages sent at or after `when`; the last `limit` of them."""
        return await self._read(when, None, limit)

    async def between(self, start: datetime, end: datetime, limit: int = 1000) -> list[Message]:
        """The messages sent from `start` up to but not at `end`; the last `limit` of them."""
        return await self._read(start, end, limit)

    async def _read(self, since: datetime | None, until: datetime | None, limit: int) -> list[Message]:
        # One more, for the request's own message is left out.
        wanted = min(limit, MOST) + 1
        found = {} if self._kept is None else {each.id: each for each in await self._kept(since, until, wanted)}
        if len(found) < wanted:
            # What was written before an admin enabled history is on the platform only; and it knows the latest edits.
            asked = wanted if until is None else MOST
            live = await self._platform.history(self._request.channel.id, since, asked)
            found |= {each.id: each for each in live if until is None or each.sent < until}
        found.pop(self._request.origin.message or "", None)
        return sorted(found.values(), key=lambda message: (message.sent, message.id))[-limit:]
