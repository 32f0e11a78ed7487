"""What is told of the older turns of a conversation that is too long for a model."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeAlias

from bot.request import Message


@dataclass(frozen=True, slots=True)
class Recap:
    """The running summary of a conversation.

    Attributes:
        text: What was said, in a few sentences.
        until: When the last message that it tells of was sent, UTC.
        covers: The ids of the messages that it tells of.
    """

    text: str
    until: datetime
    covers: frozenset[str]


Retell: TypeAlias = Callable[[Recap | None], Awaitable[str]]
"""Writes the next recap from the one before; an empty one is not kept."""


class Recaps(Protocol):
    """The recaps of the conversations in the channel or thread of the request.

    A recap goes when a message that it tells of is edited or deleted, or somebody in it has everything erased.
    """

    async def get(self, conversation: str = "") -> Recap | None:
        """What is told of a conversation's older turns.

        Args:
            conversation: Which of those in this place: what a chain of replies or a branch begins with; empty for the
                place itself.
        """

    def fold(self, messages: Sequence[Message], retell: Retell, conversation: str = "") -> None:
        """Have the recap tell of these messages, too; returns at once, and the model is asked in the background.

        Nothing happens while one is being written for this conversation.

        Args:
            messages: What comes after the recap that is there, oldest first; at least one.
            retell: Writes it.
            conversation: See `get`.
        """

    async def drop(self, conversation: str = "") -> None:
        """Forget the recap of a conversation."""
