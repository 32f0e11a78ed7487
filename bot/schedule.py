"""Commands that run by themselves at set times: digests."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time
from typing import Literal, Protocol, TypeAlias
from zoneinfo import ZoneInfo

from bot.profile import Length
from bot.times import last_run, next_run
from bot.values import ChannelRef

Quiet: TypeAlias = Literal["say", "silent"]
"""What a digest does when there is nothing to tell: say so in a line, or nothing at all."""


@dataclass(frozen=True, slots=True)
class Times:
    """A local time of day on some weekdays.

    Attributes:
        at: The time of day.
        days: Weekdays, Monday is 0; at least one.
        zone: The zone of `at`.
    """

    at: time
    days: frozenset[int]
    zone: ZoneInfo

    def next(self, after: datetime) -> datetime:
        """The first of them later than `after`, UTC."""
        return next_run(self.at, self.days, self.zone, after)

    def last(self, until: datetime) -> datetime:
        """The last of them not later than `until`, UTC."""
        return last_run(self.at, self.days, self.zone, until)


@dataclass(frozen=True, slots=True)
class Order:
    """What somebody wants at set times.

    Attributes:
        command: The command that makes the digest.
        times: When it comes.
        channels: What it reads; none for the direct conversation that it comes in.
        to: The channel it is posted in; None for a direct message to whoever switches it on.
        length: How long it is; None as the person's profile or the command says.
        quiet: What it does when there is nothing to tell.
    """

    command: str
    times: Times
    channels: tuple[ChannelRef, ...]
    to: ChannelRef | None = None
    length: Length | None = None
    quiet: Quiet = "say"


@dataclass(frozen=True, slots=True)
class Subscription:
    """A digest that comes at set times.

    Attributes:
        id: To change it by.
        platform: Where it comes.
        server: The server it was switched on in, or None in a direct message.
        person: Who switched it on, `Person.id`.
        order: What they wanted.
        since: When it was switched on or resumed, UTC; what would have come before is not made up for.
        covered: Until when nothing is told of, because it was not on then, UTC.
        paused: Whether it waits.
        until: When one that waits goes on by itself, UTC; None for when somebody says so.
        off: When it was switched off, UTC; None while it is on.
        left_out: Channels that the last one could not tell of.
        trouble: Why the last one did not come; empty where it did.
        number: What a person may call it by, from 1; 0 where nobody looks.
        next_run: UTC; None where that is not known, or while it waits.
    """

    id: str
    platform: str
    server: str | None
    person: str
    order: Order
    since: datetime
    covered: datetime
    paused: bool = False
    until: datetime | None = None
    off: datetime | None = None
    left_out: tuple[ChannelRef, ...] = ()
    trouble: str = ""
    number: int = 0
    next_run: datetime | None = None

    @property
    def personal(self) -> bool:
        """Whether it is a direct message to the person who switched it on."""
        return self.order.to is None

    def awake(self, now: datetime) -> Subscription:
        """As it is at a time: what waited until before then has gone on."""
        if not self.paused or self.until is None or now < self.until:
            return self
        return self.begun(self.until)

    def begun(self, when: datetime) -> Subscription:
        """As it is when it goes on from a time: what would have come before is not made up for."""
        covered = max(self.covered, self.order.times.last(when))
        return replace(self, paused=False, until=None, since=when, covered=covered)

    def coming(self, now: datetime) -> datetime | None:
        """When it comes next, UTC; None while nobody knows."""
        current = self.awake(now)
        if not current.paused:
            return current.order.times.next(now)
        return None if current.until is None else current.order.times.next(current.until)


@dataclass(frozen=True, slots=True)
class Window:
    """The stretch of time one digest covers: from `start` up to, but not at, `end`. Both UTC."""

    start: datetime
    end: datetime


def due_window(subscription: Subscription, last_end: datetime | None, now: datetime) -> Window | None:
    """The window that should have been posted by now and was not; None when there is none.

    However many were missed while Atelier was down, they make one window.

    Args:
        subscription: When it is posted.
        last_end: Where its last window ended.
        now: UTC.
    """
    current = subscription.awake(now)
    end = current.order.times.last(now)
    if current.paused or end <= current.since or (last_end is not None and end <= last_end):
        return None
    return Window(max(last_end or current.covered, current.covered), end)


class Schedule(Protocol):
    """The digests that the person may know of: their own, and those of the channel or, for admins, of the server.

    When one falls due its command runs as a request by the person who switched it on, in the channel it is posted in,
    with the options `id`, `start` and `end` (the window): once for each window, whatever restarts.
    """

    async def subscribe(self, order: Order) -> tuple[Subscription, Subscription | None]:
        """Post at those times from now on.

        Returns:
            What is on now, and what it replaces: an earlier one of the same channels in the same place.

        Raises:
            UserError: The person may not, or not everyone who would read it may read those channels.
        """

    async def all(self) -> Sequence[Subscription]:
        """Those that are on, by their numbers; also those that wait."""

    async def get(self, subscription_id: str) -> Subscription | None:
        """One of them, also one that was switched off within a day."""

    async def off(self, subscription_id: str) -> Subscription:
        """Stop one; for a day it can be restored.

        Raises:
            UserError: There is none, or it is not the person's to change. So do those that follow.
        """

    async def restore(self, subscription_id: str) -> Subscription:
        """Take back that one was switched off."""

    async def pause(self, subscription_id: str, until: datetime | None) -> Subscription:
        """Let one wait until a time, or until it is resumed."""

    async def resume(self, subscription_id: str) -> Subscription:
        """Let one go on that waits."""

    async def window(self, subscription: Subscription) -> Window:
        """The stretch of time that the next one tells of, as far as it is over."""

    async def leave_out(self, subscription_id: str, channels: Sequence[ChannelRef]) -> None:
        """Note which channels the digest that is being made cannot tell of; who switched it on is told once."""
