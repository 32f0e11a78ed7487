"""Kept reminders, on both databases."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import time, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.errors import UserError
from bot.reminders import Reminder, Repeat
from bot.store import Database
from bot.store.reminders import FORGOTTEN, MOST, Reminders
from tests.bot.store.conftest import ANA, BEN, DM, GENERAL, FakeClock

START = FakeClock().now
ONE = Reminder(
    id="one",
    text="call Ana",
    due=START,
    at=time(10, 30),
    zone=ZoneInfo("Europe/Berlin"),
    repeat=Repeat.WEEKLY,
    platform="chat",
    person=replace(ANA, locale=None),
    channel=GENERAL,
)


async def test_a_reminder_comes_back_as_it_was(db: Database) -> None:
    reminders = Reminders(db)
    await reminders.add(ONE)
    in_thread = replace(
        ONE, id="two", channel=replace(DM, parent="general"), repeat=None, due=START + timedelta(days=1)
    )
    await reminders.add(in_thread)
    await reminders.add(replace(ONE, id="three", person=BEN))
    assert [ONE, in_thread] == await reminders.all_of(ANA.id, None)
    assert [ONE] == await reminders.all_of(ANA.id, GENERAL.server)
    assert ONE == await reminders.get(ANA.id, "one")
    assert await reminders.get(BEN.id, "one") is None
    assert ["one", "three"] == [each.id for each in await reminders.due(START, {"chat"})]
    assert [] == await reminders.due(START, {"other"})
    await reminders.claim(ONE)
    assert ["three"] == [each.id for each in await reminders.due(START, {"chat"})]


async def test_of_all_that_claim_one_gets_it_and_a_dead_one_loses_it(db: Database, clock: FakeClock) -> None:
    reminders = Reminders(db)
    await reminders.add(ONE)
    assert [True] == [got for got in await asyncio.gather(*(reminders.claim(ONE) for _ in range(5))) if got]
    clock.advance(seconds=FORGOTTEN.total_seconds() + 1)
    assert await reminders.claim(ONE)
    await reminders.release(ONE)
    assert await reminders.claim(ONE)
    await reminders.finish(ONE, ONE.following(clock()))
    assert not await reminders.claim(ONE)
    [later] = await reminders.all_of(ANA.id, None)
    assert START + timedelta(days=7) == later.due
    await reminders.finish(later, None)
    assert [] == await reminders.all_of(ANA.id, None)
    told = await reminders.get(ANA.id, "one")
    assert told is not None
    assert not told.waiting


async def test_one_that_was_removed_is_not_told_and_comes_back(db: Database) -> None:
    reminders = Reminders(db)
    await reminders.add(ONE)
    assert await reminders.remove(ANA.id, "one") == replace(ONE, waiting=False)
    assert await reminders.remove(ANA.id, "one") is None
    assert not await reminders.claim(ONE)
    assert await reminders.restore(ANA.id, "one") == ONE
    assert await reminders.restore(ANA.id, "one") is None


async def test_one_that_came_can_come_once_more(db: Database) -> None:
    reminders, once = Reminders(db), replace(ONE, repeat=None)
    await reminders.add(once)
    await reminders.claim(once)
    await reminders.finish(once, None)
    later = START + timedelta(minutes=10)
    assert await reminders.tell_again(ANA.id, "one", later) == replace(once, due=later)
    assert await reminders.claim(replace(once, due=later))
    await reminders.add(replace(ONE, id="daily"))
    assert await reminders.tell_again(ANA.id, "daily", later) is None


async def test_a_person_has_a_hundred_and_no_more(db: Database) -> None:
    reminders = Reminders(db)
    for number in range(MOST):
        await reminders.add(replace(ONE, id=f"r{number}"))
    with pytest.raises(UserError, match="100 reminders"):
        await reminders.add(ONE)
    await reminders.add(replace(ONE, person=BEN))
    await reminders.remove(ANA.id, "r5")
    await reminders.add(replace(ONE, id="another"))
    with pytest.raises(UserError, match="100 reminders"):
        await reminders.restore(ANA.id, "r5")


async def test_what_is_over_goes_after_a_while(db: Database, clock: FakeClock) -> None:
    reminders = Reminders(db)
    await reminders.add(ONE)
    await reminders.add(replace(ONE, id="two"))
    await reminders.remove(ANA.id, "two")
    assert 0 == await reminders.prune(clock())
    assert 1 == await reminders.prune(clock.advance(days=1))
    assert await reminders.get(ANA.id, "one") is not None
