"""Requests that were accepted, until they are answered: what the path of a request wants of the store."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from bot.platform import MessageRef
from bot.request import Request

TRIES = 3
"""How often a request is run whose process dies each time."""

PATIENCE = 20.0
"""Seconds that keeping something may take where no platform waits for it."""


class Stage(StrEnum):
    """How far a request has come, as a later process has to know."""

    ACCEPTED = "accepted"
    BEGUN = "begun"
    SENDING = "sending"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Pending:
    """A request that an earlier process accepted and did not answer.

    Attributes:
        request: As it came in.
        stage: How far it has come.
        ref: Where its answer stands, as far as that was noted.
        tries: How many processes have run it.
    """

    request: Request
    stage: Stage
    ref: MessageRef | None
    tries: int


class Inbox(Protocol):
    """Keeps requests until they are answered."""

    async def accept(self, request: Request, replaces: MessageRef | None = None, wait: float = PATIENCE) -> bool:
        """Keep a request; returns False when this event or message is here already.

        Args:
            request: What is asked.
            replaces: An answer whose place this one takes.
            wait: How many seconds it may take.

        Raises:
            StoreError: It cannot be kept in time.
        """

    async def note(self, request_id: str, stage: Stage) -> None:
        """Note how far a request has come; with `DONE` its words go.

        Raises:
            StoreError: That cannot be kept now.
        """

    async def shown(self, request_id: str, ref: MessageRef) -> None:
        """Note where the answer stands.

        Raises:
            StoreError: That cannot be kept now.
        """

    async def unfinished(self, platforms: Collection[str]) -> Sequence[Pending]:
        """What earlier processes left, oldest first."""

    async def try_again(self, request_ids: Collection[str]) -> None:
        """Note that one more process runs these."""
