"""Commands that run by themselves at set times: digests."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time
from typing import Protocol
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class Subscription:
    """A digest that is posted at set times.

    Attributes:
        id: To switch it off by.
        platform: Where it is posted.
        server: The server, or None in a direct message.
        channel: The channel that is read and posted to.
        channel_name: As people call it.
        person: Who switched it on, `Person.id`.
        at: Local time of day.
        days: Weekdays, Monday is 0.
        zone: The zone of `at`.
        command: The command that makes the digest.
        since: When it was switched on, UTC; what would have come before is not made up for.
        next_run: UTC; None while it is off.
    """

    id: str
    platform: str
    server: str | None
    channel: str
    channel_name: str
    person: str
    at: time
    days: frozenset[int]
    zone: ZoneInfo
    command: str
    since: datetime
    next_run: datetime | None = None


@dataclass(frozen=True, slots=True)
class Window:
    """The stretch of time one digest covers: from `start` up to, but not at, `end`. Both UTC."""

    start: datetime
    end: datetime


class Schedule(Protocol):
    """The subscriptions of the channel that the request came from.

    When one falls due its command runs as a request by the person who switched it on, with the options
    `start` and `end` (the window), and its answer is posted in the channel: once for each window,
    whatever restarts.
    """

    async def subscribe(self, command: str, at: time, days: frozenset[int], zone: ZoneInfo) -> Subscription:
        """Post at those times from now on; a second one for the same channel and command replaces the first."""

    async def unsubscribe(self, command: str) -> bool:
        """Stop; returns whether there was one."""

    async def all(self) -> list[Subscription]:
        """The subscriptions of this server (in a direct message, of that conversation)."""
