"""Which messages summaries and quotations may tell of."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence
from typing import Protocol

from bot.request import Message
from bot.wording import is_command


class Discretion(Protocol):
    """Leaves out what summaries and quotations must not tell of."""

    async def open(self, messages: Sequence[Message]) -> list[Message]:
        """Those that may be told of, in order.

        They are by people, who want to be quoted, and are no commands; nothing in them looks like a key, a token or a
        password. Who does not want to be quoted is still told of in answers that only they themselves see.
        """


def by_people(messages: Iterable[Message]) -> list[Message]:
    """What people said to each other: without bots, commands and messages that have no words."""
    return [each for each in messages if not each.from_bot and each.text.strip() and not is_command(each.text)]


class PeoplesDiscretion:
    """What a command is handed for `Discretion`.

    Args:
        unquoted: Tells which accounts must not be quoted in this answer.
    """

    def __init__(self, unquoted: Callable[[], Awaitable[Collection[str]]]) -> None:
        self._unquoted = unquoted

    async def open(self, messages: Sequence[Message]) -> list[Message]:
        """Those that may be told of, in order; see `Discretion`."""
        # What secrets look like is compiled where it is first needed: a start has no time for it.
        from bot.safety.secrets import has_secret

        said = by_people(messages)
        if not said:
            return []
        unquoted = await self._unquoted()
        quotable = [each for each in said if each.author not in unquoted]
        return await asyncio.to_thread(lambda: [each for each in quotable if not has_secret(each.text)])
