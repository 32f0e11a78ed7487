"""Digests and their windows."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select, update

from bot.schedule import Subscription
from bot.store import Database, Digests
from bot.store.tables import DigestRunRow, SubscriptionRow
from tests.bot.store.conftest import FakeClock

START = FakeClock().now
DAY = timedelta(days=1)
NEWS = Subscription(
    id="d1",
    platform="chat",
    server="chat:home",
    channel="general",
    channel_name="general",
    person="chat:ana",
    at=time(8, 30),
    days=frozenset({0, 2, 6}),
    zone=ZoneInfo("Europe/Berlin"),
    command="digest now",
    since=START,
)


async def test_a_subscription_comes_back_as_it_was(db: Database) -> None:
    digests = Digests(db)
    await digests.replace(NEWS)
    assert await digests.all_active() == [NEWS]


async def test_a_second_one_for_the_same_channel_and_command_replaces_the_first(db: Database) -> None:
    digests = Digests(db)
    await digests.replace(NEWS)
    await digests.claim(NEWS.id, START - DAY, START)
    newer = replace(NEWS, id="d2", person="chat:ben", at=time(9), since=START + DAY)
    other = replace(NEWS, id="d3", command="digest week", since=START + 2 * DAY)
    await digests.replace(newer)
    await digests.replace(other)
    assert [newer, other] == await digests.all_active()
    assert await digests.last_window_end(NEWS.id) is None


async def test_replacing_at_once_leaves_one(url: str) -> None:
    async with await Database.open(url) as one, await Database.open(url) as two:
        digests = [Digests(one), Digests(two)]
        new = [replace(NEWS, id=f"d{number}") for number in range(10)]
        await asyncio.gather(*(digests[number % 2].replace(each) for number, each in enumerate(new)))
        (left,) = await digests[0].all_active()
        assert left in new


async def test_the_subscriptions_of_a_server_or_a_conversation(db: Database) -> None:
    digests = Digests(db)
    random = replace(NEWS, id="d2", channel="random", since=START + DAY)
    work = replace(NEWS, id="d3", channel="work", server="chat:work")
    private = replace(NEWS, id="d4", channel="dm-ana", server=None)
    other = replace(NEWS, id="d5", platform="other", channel="dm-ana", server=None)
    for each in (random, NEWS, work, private, other):
        await digests.replace(each)
    assert [NEWS, random] == await digests.all_for("chat", "chat:home", "general")
    assert [private] == await digests.all_for("chat", None, "dm-ana")
    assert await digests.all_for("chat", None, "general") == []


async def test_a_removed_subscription_is_gone_with_its_windows(db: Database) -> None:
    digests = Digests(db)
    await digests.replace(NEWS)
    await digests.claim(NEWS.id, START - DAY, START)
    assert not await digests.remove("chat", "general", "digest week")
    assert await digests.remove("chat", "general", "digest now")
    assert not await digests.remove("chat", "general", "digest now")
    assert await digests.all_active() == []
    assert await digests.last_window_end(NEWS.id) is None


async def test_of_two_processes_that_claim_a_window_exactly_one_wins(url: str) -> None:
    async with await Database.open(url) as one, await Database.open(url) as two:
        digests = [Digests(one), Digests(two)]
        await digests[0].replace(NEWS)
        for day in range(5):
            start = START + day * DAY
            won = await asyncio.gather(*(each.claim(NEWS.id, start, start + DAY) for each in digests * 5))
            assert won.count(True) == 1
            await digests[0].finish(NEWS.id, start, "posted", None)
        assert await digests[1].last_window_end(NEWS.id) == START + 5 * DAY


async def test_a_window_whose_process_died_can_be_taken_again_once(db: Database, clock: FakeClock) -> None:
    digests = Digests(db)
    await digests.replace(NEWS)
    assert await digests.claim(NEWS.id, START, START + DAY)
    assert not await digests.claim(NEWS.id, START, START + DAY)
    clock.advance(minutes=31)
    assert await digests.claim(NEWS.id, START, START + DAY)
    assert not await digests.claim(NEWS.id, START, START + DAY)
    await digests.finish(NEWS.id, START, "posted", "m1")
    clock.advance(minutes=31)
    assert not await digests.claim(NEWS.id, START, START + DAY)


async def test_what_a_failed_window_covered_is_part_of_the_next(db: Database) -> None:
    digests = Digests(db)
    await digests.replace(NEWS)
    assert await digests.claim(NEWS.id, START, START + DAY)
    await digests.finish(NEWS.id, START, "failed", None)
    assert await digests.last_window_end(NEWS.id) is None
    assert not await digests.claim(NEWS.id, START, START + DAY)
    assert await digests.claim(NEWS.id, START, START + 2 * DAY)
    await digests.finish(NEWS.id, START, "posted", "m1")
    assert START + 2 * DAY == await digests.last_window_end(NEWS.id)


async def test_a_window_stays_claimed_however_it_ended(db: Database, clock: FakeClock) -> None:
    digests = Digests(db)
    await digests.replace(NEWS)
    assert await digests.claim(NEWS.id, START - DAY, START)
    await digests.finish(NEWS.id, START - DAY, "failed", None)
    assert not await digests.claim(NEWS.id, START - DAY, START)
    assert await digests.claim(NEWS.id, START, START + DAY)
    await digests.finish(NEWS.id, START, "posted", "m1")
    async with db.read() as session:
        runs = (await session.scalars(select(DigestRunRow).order_by(DigestRunRow.window_start))).all()
    assert [("failed", None, clock()), ("posted", "m1", clock())] == [
        (run.state, run.message, run.claimed) for run in runs
    ]


async def test_nobody_can_claim_for_a_digest_that_was_switched_off(db: Database) -> None:
    digests = Digests(db)
    assert not await digests.claim("gone", START - DAY, START)
    await digests.finish("gone", START - DAY, "posted", "m1")
    assert await digests.last_window_end("gone") is None


async def test_a_zone_that_this_machine_does_not_know_is_utc(db: Database) -> None:
    digests = Digests(db)
    await digests.replace(NEWS)
    async with db.write() as session:
        await session.execute(update(SubscriptionRow).values(zone="Moon/Base"))
    assert [replace(NEWS, zone=ZoneInfo("UTC"))] == await digests.all_active()
