"""The conversation a command may read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.request import Message


@dataclass(frozen=True, slots=True)
class Wanted:
    """What messages are looked for.

    Attributes:
        words: All of them are in the text, whatever their case.
        author: Who wrote it (`Person.id`); None for anyone.
        since: It was sent then or later.
        until: It was sent before.
    """

    words: Sequence[str] = ()
    author: str | None = None
    since: datetime | None = None
    until: datetime | None = None

    def fits(self, message: Message) -> bool:
        """Whether a message is one of them."""
        text = message.text.casefold()
        return (
            all(word.casefold() in text for word in self.words)
            and self.author in (None, message.author)
            and (self.since is None or message.sent >= self.since)
            and (self.until is None or message.sent < self.until)
        )


class History(Protocol):
    """The messages of a channel or thread, oldest first; injected, those of the one the request was made in.

    They come from the store where an admin enabled history, else live from the platform.
    The request itself is left out.
    """

    async def recent(self, limit: int = 50) -> list[Message]:
        """The last `limit` messages."""

    async def since(self, when: datetime, limit: int = 1000) -> list[Message]:
        """The messages sent at or after `when`; the last `limit` of them."""

    async def between(
        self, start: datetime, end: datetime, limit: int = 1000, *, threads: bool = False
    ) -> list[Message]:
        """The messages sent from `start` up to but not at `end`; the last `limit` of them.

        Args:
            start: In UTC.
            end: In UTC.
            limit: At most so many.
            threads: With those of the channel's threads, as far as everyone may read them who may read the channel.
        """

    async def search(self, wanted: Wanted, limit: int = 20) -> list[Message]:
        """The last `limit` messages by people that are wanted: of all that is kept, else of the last thousand."""
