"""What a summary may tell of."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import UTC, datetime

from bot.discretion import PeoplesDiscretion
from bot.request import Message

SAID = Message("1", "general", "chat:ana", "Ana", "We ship on Friday", datetime(2026, 3, 2, tzinfo=UTC))


class Wishes:
    """Who does not want to be quoted, and how often that was asked."""

    def __init__(self, *accounts: str) -> None:
        self.accounts = accounts
        self.asked = 0

    async def __call__(self) -> Collection[str]:
        self.asked += 1
        return self.accounts


async def test_only_what_people_say_to_each_other_may_be_told() -> None:
    said = [
        SAID,
        replace(SAID, id="2", from_bot=True),
        replace(SAID, id="3", text="/summarize"),
        replace(SAID, id="4", text=" "),
        replace(SAID, id="5", text="password: hunter2"),
        replace(SAID, id="6", author="chat:ben"),
        replace(SAID, id="7"),
    ]
    assert [said[0], said[-1]] == await PeoplesDiscretion(Wishes("chat:ben")).open(said)


async def test_who_does_not_want_to_be_quoted_is_asked_for_once() -> None:
    wishes = Wishes()
    assert [SAID] * 1000 == await PeoplesDiscretion(wishes).open([SAID] * 1000)
    assert [] == await PeoplesDiscretion(wishes).open([replace(SAID, from_bot=True)])
    assert 1 == wishes.asked
