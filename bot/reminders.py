"""What people asked to be reminded of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time
from enum import StrEnum
from typing import Protocol
from zoneinfo import ZoneInfo

from bot.request import Channel, Person
from bot.times import next_run


class Repeat(StrEnum):
    """How often a reminder comes again."""

    DAILY = "daily"
    WEEKDAYS = "weekdays"
    WEEKLY = "weekly"


@dataclass(frozen=True, slots=True)
class Reminder:
    """Words that are posted for one person when their time has come.

    Attributes:
        id: To change it by.
        text: What to remember, in the person's own words.
        due: When it comes next, UTC.
        at: Local time of day at which it repeats.
        zone: The zone of `at`.
        repeat: How often it comes again; None for once.
        platform: Where it is posted.
        person: Who asked for it.
        channel: Where it is posted.
        waiting: Whether it is still to come.
        tried: Whether a process that died may have told it.
    """

    id: str
    text: str
    due: datetime
    at: time
    zone: ZoneInfo
    repeat: Repeat | None
    platform: str
    person: Person
    channel: Channel
    waiting: bool = True
    tried: bool = False

    def following(self, after: datetime) -> datetime | None:
        """When it comes again after a time, UTC; None when it came once for all.

        At the same local time of day, also when the clocks change.
        """
        match self.repeat:
            case None:
                return None
            case Repeat.DAILY:
                days = frozenset(range(7))
            case Repeat.WEEKDAYS:
                days = frozenset(range(5))
            case Repeat.WEEKLY:
                days = frozenset({self.due.astimezone(self.zone).weekday()})
        return next_run(self.at, days, self.zone, max(after, self.due))


class Reminders(Protocol):
    """The reminders of the person who asks: in a server those of that server, in a direct conversation all.

    When one falls due the command `reminder post` runs as a request by that person, in the channel it was asked for in,
    with the options `id` and `due`: once for each time, whatever restarts.
    """

    async def add(self, text: str, due: datetime, zone: ZoneInfo, repeat: Repeat | None = None) -> Reminder:
        """Remind the person, here.

        Args:
            text: What of.
            due: When it comes first.
            zone: The zone whose time of day it keeps when it repeats.
            repeat: How often it comes again.

        Raises:
            UserError: The person has too many already.
        """

    async def all(self) -> Sequence[Reminder]:
        """Those still to come, the next one first."""

    async def get(self, reminder_id: str) -> Reminder | None:
        """One of them, also one that came or was removed within two weeks."""

    async def remove(self, reminder_id: str) -> Reminder | None:
        """Drop one that is still to come; it can be restored for two weeks."""

    async def restore(self, reminder_id: str) -> Reminder | None:
        """Take back that one was removed.

        Raises:
            UserError: The person has too many already.
        """

    async def snooze(self, reminder_id: str, until: datetime) -> Reminder | None:
        """Let one come once more at a time; one that repeats goes on besides.

        Raises:
            UserError: The person has too many already.
        """
