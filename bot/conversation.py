"""A channel's history for one request: from the store where an admin keeps it, and live from the platform."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TypeAlias

from bot.history import History, Wanted
from bot.platform import MessageRef, Platform
from bot.request import Message, Request

Kept: TypeAlias = Callable[[datetime | None, datetime | None, int], Awaitable[list[Message]]]
"""The last messages that the store keeps of the channel: from a time on, before another, at most so many."""

Search: TypeAlias = Callable[[Wanted, int], Awaitable[list[Message]]]
"""The last messages by people that are wanted, of those that the store keeps of the channel; at most so many."""

Threads: TypeAlias = Callable[[datetime], Awaitable[Sequence[History]]]
"""The histories of the channel's threads in which something was written since then."""

SEARCHED = 1_000
"""How many messages are searched where the platform has them and the store does not."""

MOST = 10_000
"""More messages than this are never read for one answer."""


class ChannelHistory:
    """The `History` of a channel, as one request reads it.

    Args:
        request: It is itself left out, and where it asks once more what came after it was asked first.
        platform: Asked for what is not kept.
        kept: Asks the store; None where no history is kept.
        own: The answer that is being written, as far as it stands there already; it is left out too.
        search: Searches the store; None where no history is kept.
        channel: Which channel, if it is another than the request was made in.
        threads: Finds the histories of its threads; None for a thread.
    """

    def __init__(
        self,
        request: Request,
        platform: Platform,
        kept: Kept | None,
        own: MessageRef | None = None,
        search: Search | None = None,
        channel: str | None = None,
        threads: Threads | None = None,
    ) -> None:
        self._request = request
        self._channel = channel or request.channel.id
        self._left_out = {request.origin.message or "", *((own.id, *own.more) if own else ())}
        self._platform = platform
        self._kept = kept
        self._search = search
        self._threads = threads

    async def recent(self, limit: int = 50) -> list[Message]:
        """The last `limit` messages."""
        return await self._read(None, None, limit)

    async def since(self, when: datetime, limit: int = 1000) -> list[Message]:
        """The messages sent at or after `when`; the last `limit` of them."""
        return await self._read(when, None, limit)

    async def between(
        self, start: datetime, end: datetime, limit: int = 1000, *, threads: bool = False
    ) -> list[Message]:
        """The messages sent from `start` up to but not at `end`; the last `limit` of them."""
        found = await self._read(start, end, limit)
        if not threads or self._threads is None:
            return found
        # What a thread hangs on may be in both.
        known = {each.id: each for each in found}
        for thread in await self._threads(start):
            known |= {each.id: each for each in await thread.between(start, end, limit)}
        return _last(known.values(), limit)

    async def search(self, wanted: Wanted, limit: int = 20) -> list[Message]:
        """The last `limit` messages by people that are wanted."""
        asked = self._request.first_asked
        if asked is not None:
            wanted = replace(wanted, until=asked if wanted.until is None else min(wanted.until, asked))
        found: dict[str, Message] = {}
        if self._search is not None:
            found = {each.id: each for each in await self._search(wanted, limit + len(self._left_out))}
        if len(found) < limit:
            recent = await self._read(wanted.since, wanted.until, SEARCHED)
            found |= {each.id: each for each in recent if not each.from_bot and wanted.fits(each)}
        return _last((message for message in found.values() if message.id not in self._left_out), limit)

    async def _read(self, since: datetime | None, until: datetime | None, limit: int) -> list[Message]:
        asked = self._request.first_asked
        if asked is not None:
            until = asked if until is None else min(until, asked)
        # More, for some are left out.
        wanted = min(limit, MOST) + len(self._left_out)
        found = {} if self._kept is None else {each.id: each for each in await self._kept(since, until, wanted)}
        if len(found) < wanted:
            # What was written before an admin enabled history is on the platform only; and it knows the latest edits.
            found |= {each.id: each for each in await self._live(since, until, wanted)}
        return _last((message for message in found.values() if message.id not in self._left_out), limit)

    async def _live(self, since: datetime | None, until: datetime | None, wanted: int) -> list[Message]:
        """What the platform has; it is asked for the last messages, of which some may be too new."""
        most = wanted if until is None else 2 * wanted
        while True:
            live = await self._platform.history(self._channel, since, most)
            before = [message for message in live if until is None or message.sent < until]
            if len(before) >= wanted or len(live) < most or most >= MOST:
                return before
            most = min(4 * most, MOST)


def _last(messages: Iterable[Message], limit: int) -> list[Message]:
    return sorted(messages, key=lambda message: (message.sent, message.id))[-limit:]
