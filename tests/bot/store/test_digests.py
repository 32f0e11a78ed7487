"""Digests and their windows."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, update

from bot.digesting import Digesting, Ended
from bot.errors import UserError
from bot.platforms.memory import MemoryPlatform
from bot.profile import Length
from bot.request import Event
from bot.schedule import Order, Subscription, Times, Window
from bot.store import Database, Digests
from bot.store.digests import FORGOTTEN, MOST, TRIES
from bot.store.tables_digests import DigestRunRow, SubscriptionRow
from bot.values import ChannelRef
from tests.bot.digests import Answers
from tests.bot.store.conftest import FakeClock

START = FakeClock().now
DAY = timedelta(days=1)
HALF_PAST_EIGHT = Times(time(8, 30), frozenset({0, 2, 6}), ZoneInfo("Europe/Berlin"))
GENERAL, RANDOM = ChannelRef("general", "general"), ChannelRef("random", "Random talk")
HERE = Order("digest post", HALF_PAST_EIGHT, (GENERAL,), GENERAL)
NEWS = Subscription("d1", "chat", "chat:home", "chat:ana", HERE, START, START - DAY)
POSTED = Ended(well=True, message="m1")
FAILED = Ended(well=False, reason="no")


def window(start: datetime = START, days: int = 1) -> Window:
    return Window(start, start + days * DAY)


async def test_a_subscription_comes_back_as_it_was(db: Database) -> None:
    digests = Digests(db)
    personal = replace(HERE, to=None, channels=(RANDOM, GENERAL), length=Length.SHORT, quiet="silent")
    own = replace(NEWS, id="d2", order=personal, server=None, since=START + DAY)
    assert (NEWS, None) == await digests.replace(NEWS)
    assert (own, None) == await digests.replace(own)
    assert [NEWS, own] == await digests.all_active()
    assert own == await digests.get("d2")
    assert await digests.get("d3") is None


async def test_a_second_one_for_the_same_channels_and_place_replaces_the_first(db: Database) -> None:
    digests = Digests(db)
    await digests.replace(NEWS)
    await digests.claim(NEWS.id, window(START - DAY))
    await digests.finish(NEWS.id, START - DAY, POSTED)
    at_nine = replace(HERE, times=replace(HALF_PAST_EIGHT, at=time(9)))
    newer = replace(NEWS, id="d2", person="chat:ben", order=at_nine, since=START + DAY, covered=START)
    kept, before = await digests.replace(newer)
    # Its windows go on where those of the one before ended.
    assert kept == replace(newer, id="d1", covered=NEWS.covered)
    assert NEWS == before
    assert await digests.last_window_end("d1") == START
    others = [replace(HERE, channels=(GENERAL, RANDOM)), replace(HERE, to=RANDOM), replace(HERE, command="more")]
    for number, other in enumerate(others):
        _, before = await digests.replace(replace(NEWS, id=f"other-{number}", order=other))
        assert before is None
    assert len(await digests.all_active()) == 4


async def test_the_order_of_the_channels_makes_no_difference(db: Database) -> None:
    digests = Digests(db)
    await digests.replace(replace(NEWS, order=replace(HERE, channels=(GENERAL, RANDOM))))
    _, before = await digests.replace(replace(NEWS, order=replace(HERE, channels=(RANDOM, GENERAL))))
    assert before is not None


async def test_one_that_waited_or_was_off_begins_anew_when_it_is_replaced(db: Database) -> None:
    digests = Digests(db)
    new = replace(NEWS, since=START + 9 * DAY, covered=START + 8 * DAY)
    await digests.replace(NEWS)
    await digests.change(NEWS.id, lambda kept: replace(kept, paused=True))
    kept, before = await digests.replace(new)
    assert before is not None
    assert new == kept
    await digests.change(NEWS.id, lambda kept: replace(kept, off=START))
    assert await digests.all_active() == []
    newest = replace(new, since=START + 19 * DAY, covered=START + 18 * DAY)
    assert (newest, None) == await digests.replace(newest)
    assert [newest] == await digests.all_active()


async def test_replacing_at_once_leaves_one(url: str) -> None:
    async with await Database.open(url) as one, await Database.open(url) as two:
        digests = [Digests(one), Digests(two)]
        new = [replace(NEWS, id=f"d{number}") for number in range(10)]
        await asyncio.gather(*(digests[number % 2].replace(each) for number, each in enumerate(new)))
        assert len(await digests[0].all_active()) == 1


async def test_a_person_has_only_so_many(db: Database) -> None:
    digests = Digests(db)
    for number in range(MOST):
        await digests.replace(
            replace(NEWS, id=f"d{number}", order=replace(HERE, channels=(ChannelRef(f"c{number}", ""),)))
        )
    with pytest.raises(UserError, match=f"You have switched on {MOST} digests"):
        await digests.replace(NEWS)
    await digests.change("d0", lambda kept: replace(kept, off=START))
    await digests.replace(replace(NEWS, id="last"))


async def test_the_digests_of_a_server_and_a_persons_own(db: Database) -> None:
    digests = Digests(db)
    random = replace(NEWS, id="d2", order=replace(HERE, to=RANDOM), since=START + DAY)
    work = replace(NEWS, id="d3", server="chat:work", order=replace(HERE, to=ChannelRef("work", "work")))
    own = replace(NEWS, id="d4", server=None, order=replace(HERE, to=None), since=START + 2 * DAY)
    bens = replace(own, id="d5", person="chat:ben")
    other = replace(own, id="d6", platform="other")
    for each in (random, NEWS, work, own, bens, other):
        await digests.replace(each)
    assert [NEWS, random, own] == await digests.all_for("chat", "chat:home", "chat:ana")
    assert [own] == await digests.all_for("chat", None, "chat:ana")
    assert await digests.all_for("chat", None, "chat:kim") == []


async def test_one_that_is_off_stays_for_a_while_and_goes_with_its_windows(db: Database) -> None:
    digests = Digests(db)
    await digests.replace(NEWS)
    await digests.claim(NEWS.id, window())
    await digests.finish(NEWS.id, START, POSTED)
    off = await digests.change(NEWS.id, lambda kept: replace(kept, off=START))
    assert off == replace(NEWS, off=START)
    assert await digests.claim(NEWS.id, window(START + DAY)) == 0
    assert await digests.prune(START) == 0
    assert await digests.last_window_end(NEWS.id) == START + DAY
    assert await digests.prune(START + DAY) == 1
    assert await digests.last_window_end(NEWS.id) is None
    assert await digests.change(NEWS.id, lambda kept: kept) is None


async def test_what_may_not_be_changed_stays_as_it_is(db: Database) -> None:
    digests = Digests(db)
    await digests.replace(NEWS)

    def refuse(kept: Subscription) -> Subscription:
        raise UserError("no")

    with pytest.raises(UserError, match="no"):
        await digests.change(NEWS.id, refuse)
    assert NEWS == await digests.get(NEWS.id)


async def test_of_two_processes_that_claim_a_window_exactly_one_wins(url: str) -> None:
    async with await Database.open(url) as one, await Database.open(url) as two:
        digests = [Digests(one), Digests(two)]
        await digests[0].replace(NEWS)
        for day in range(5):
            start = START + day * DAY
            won = await asyncio.gather(*(each.claim(NEWS.id, window(start)) for each in digests * 5))
            assert sorted(won) == [0] * 9 + [1]
            await digests[0].finish(NEWS.id, start, POSTED)
        assert await digests[1].last_window_end(NEWS.id) == START + 5 * DAY


async def test_two_processes_on_one_store_post_every_window_once(url: str) -> None:
    async def receive(event: Event) -> None:
        pass

    answers, platform = Answers(), MemoryPlatform()
    await platform.start(receive)
    clock = FakeClock()
    async with await Database.open(url, clock=clock) as one, await Database.open(url, clock=clock) as two:
        times = replace(HALF_PAST_EIGHT, days=frozenset(range(7)))
        orders = [
            replace(HERE, times=times, to=to, channels=channels)
            for to, channels in ((GENERAL, (GENERAL,)), (RANDOM, (GENERAL,)), (None, (GENERAL, RANDOM)))
        ]
        for number, order in enumerate(orders):
            new = Subscription(f"d{number}", "test", "test:server", "test:ana", order, START, times.last(START))
            await Digests(one).replace(new)
        for day in range(4):
            clock.now = START + day * DAY
            # Both are restarted every day, and look several times.
            processes = [Digesting(Digests(each), answers, {"test": platform}) for each in (one, two) for _ in range(3)]
            await asyncio.gather(*(each.run_due(clock.now) for each in processes))
    posted = sorted((str(each.options["id"]), each.options["start"], each.options["end"]) for each in answers.requests)
    days = [(times.last(START) + day * DAY, times.last(START) + (day + 1) * DAY) for day in range(3)]
    assert [(f"d{number}", *day) for number in range(3) for day in days] == posted


async def test_a_window_whose_process_died_can_be_taken_again_but_not_for_ever(db: Database, clock: FakeClock) -> None:
    digests = Digests(db)
    await digests.replace(NEWS)
    for tries in range(1, TRIES + 1):
        assert tries == await digests.claim(NEWS.id, window())
        assert await digests.claim(NEWS.id, window()) == 0
        clock.advance(seconds=FORGOTTEN.total_seconds() + 1)
    assert await digests.claim(NEWS.id, window()) == 0
    assert await digests.claim(NEWS.id, window(days=2)) == 1
    await digests.finish(NEWS.id, START, POSTED)
    clock.advance(seconds=FORGOTTEN.total_seconds() + 1)
    assert await digests.claim(NEWS.id, window(days=2)) == 0


async def test_a_window_that_is_held_is_taken_by_nobody_else(db: Database, clock: FakeClock) -> None:
    digests = Digests(db)
    await digests.replace(NEWS)
    assert await digests.claim(NEWS.id, window()) == 1
    for _ in range(5):
        clock.advance(seconds=FORGOTTEN.total_seconds())
        assert await digests.claim(NEWS.id, window()) == 0
        await digests.hold(NEWS.id, START)
    await digests.finish(NEWS.id, START, POSTED)
    await digests.hold(NEWS.id, START)
    assert START + DAY == await digests.last_window_end(NEWS.id)


async def test_what_a_failed_window_covered_is_part_of_the_next(db: Database) -> None:
    digests = Digests(db)
    await digests.replace(NEWS)
    assert await digests.claim(NEWS.id, window())
    await digests.finish(NEWS.id, START, FAILED)
    assert await digests.last_window_end(NEWS.id) is None
    assert await digests.claim(NEWS.id, window()) == 0
    assert await digests.claim(NEWS.id, window(days=2)) == 1
    await digests.finish(NEWS.id, START, POSTED)
    assert START + 2 * DAY == await digests.last_window_end(NEWS.id)


async def test_a_failed_window_is_tried_again_when_it_is_time_for_that(db: Database, clock: FakeClock) -> None:
    digests = Digests(db)
    await digests.replace(NEWS)
    assert await digests.claim(NEWS.id, window()) == 1
    await digests.finish(NEWS.id, START, replace(FAILED, again=clock() + timedelta(minutes=5)))
    assert await digests.claim(NEWS.id, window()) == 0
    clock.advance(minutes=5)
    assert await digests.claim(NEWS.id, window()) == 2
    async with db.read() as session:
        run = (await session.scalars(select(DigestRunRow))).one()
    assert (run.state, run.tries, run.again, run.claimed) == ("claimed", 2, None, clock())


async def test_why_the_last_one_failed_is_known_until_one_comes(db: Database) -> None:
    digests = Digests(db)
    await digests.replace(NEWS)

    async def trouble() -> list[str]:
        return [each.trouble for each in await digests.all_for("chat", "chat:home", "chat:ana")]

    await digests.claim(NEWS.id, window())
    await digests.finish(NEWS.id, START, FAILED)
    assert ["no"] == await trouble()
    await digests.claim(NEWS.id, window(days=2))
    await digests.finish(NEWS.id, START, POSTED)
    assert [""] == await trouble()


async def test_what_is_left_out_is_to_be_told_once(db: Database) -> None:
    digests = Digests(db)
    await digests.replace(replace(NEWS, order=replace(HERE, channels=(GENERAL, RANDOM))))
    assert await digests.take_untold(NEWS.id) == []
    await digests.leave_out(NEWS.id, [RANDOM])
    assert [RANDOM] == await digests.take_untold(NEWS.id)
    assert await digests.take_untold(NEWS.id) == []
    await digests.leave_out(NEWS.id, [RANDOM, GENERAL])
    assert [GENERAL] == await digests.take_untold(NEWS.id)
    await digests.leave_out(NEWS.id, [])
    await digests.leave_out(NEWS.id, [RANDOM])
    assert [RANDOM] == await digests.take_untold(NEWS.id)
    await digests.leave_out("gone", [RANDOM])
    assert await digests.take_untold("gone") == []


async def test_nobody_can_claim_for_a_digest_that_is_not_there(db: Database) -> None:
    digests = Digests(db)
    assert await digests.claim("gone", window()) == 0
    await digests.finish("gone", START, POSTED)
    assert await digests.last_window_end("gone") is None


async def test_a_zone_that_this_machine_does_not_know_is_utc(db: Database) -> None:
    digests = Digests(db)
    await digests.replace(NEWS)
    async with db.write() as session:
        await session.execute(update(SubscriptionRow).values(zone="Moon/Base"))
    [found] = await digests.all_active()
    assert found.order.times == replace(HALF_PAST_EIGHT, zone=ZoneInfo("UTC"))
