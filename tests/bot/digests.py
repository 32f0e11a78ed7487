"""Digests to test with."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.body import Body, State
from bot.platform import MessageRef
from bot.request import Request
from bot.schedule import Order, Subscription, Times
from bot.values import ChannelRef

MONDAY = datetime(2026, 3, 2, 8, tzinfo=UTC)
NINE = MONDAY.replace(hour=9)
DAY = timedelta(days=1)
UTC_ZONE = ZoneInfo("UTC")
GENERAL = ChannelRef("general", "general")
DAILY = Times(time(9), frozenset(range(7)), UTC_ZONE)


def order(**changes: object) -> Order:
    """A digest of #general, there, daily at nine."""
    usual = Order("digest post", DAILY, (GENERAL,), GENERAL)
    return replace(usual, **changes)  # type: ignore[arg-type]  # each test names the fields it changes


def subscription(wanted: Order | None = None, **changes: object) -> Subscription:
    """A digest that Ana switched on at eight on Monday."""
    wanted = wanted or order()
    since = changes.pop("since", MONDAY)
    assert isinstance(since, datetime)
    usual = Subscription(
        id="one",
        platform="test",
        server="test:server",
        person="test:ana",
        order=wanted,
        since=since,
        covered=wanted.times.last(since),
    )
    return replace(usual, **changes)  # type: ignore[arg-type]  # each test names the fields it changes


class Answers:
    """Answers requests, and remembers them."""

    def __init__(self, state: State = State.DONE, text: str = "A digest.") -> None:
        self.requests: list[Request] = []
        self.answered = asyncio.Event()
        self.state = state
        self.text = text

    async def __call__(self, request: Request) -> tuple[Body, MessageRef | None]:
        self.requests.append(request)
        self.answered.set()
        shown = self.state is State.DONE and self.text
        ref = MessageRef(request.channel.id, f"message-{len(self.requests)}") if shown else None
        return Body(self.text, state=self.state), ref
