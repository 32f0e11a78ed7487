"""The conversation a command may read."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from bot.request import Message


class History(Protocol):
    """The messages of the channel or thread the request was made in, oldest first.

    They come from the store where an admin enabled history, else live from the platform.
    The request itself is left out.
    """

    async def recent(self, limit: int = 50) -> list[Message]:
        """The last `limit` messages."""

    async def since(self, when: datetime, limit: int = 1000) -> list[Message]:
        """The messages sent at or after `when`; the last `limit` of them."""

    async def between(self, start: datetime, end: datetime, limit: int = 1000) -> list[Message]:
        """The messages sent from `start` up to but not at `end`; the last `limit` of them."""
