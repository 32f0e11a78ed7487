"""Digests come once for each window, whatever restarts or fails."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import structlog
from sqlalchemy import select

from bot.body import Body, State
from bot.digesting import NOT_POSTED, PAUSES, UNKNOWN, Digesting, request_for
from bot.errors import UserError
from bot.platform import MessageRef
from bot.platforms.memory import MemoryPlatform
from bot.request import Channel, ChannelDeleted, ChannelKind, Event, Origin, Person, Request
from bot.schedule import Subscription, Window
from bot.store.database import Database
from bot.store.digests import FORGOTTEN, Digests
from bot.store.tables_digests import DigestRunRow
from bot.testing import FakeClock
from tests.bot.digests import DAY, GENERAL, MONDAY, NINE, Answers, order, subscription


async def ignore(event: Event) -> None:
    pass


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(MONDAY)


@pytest.fixture
async def db(tmp_path: Path, clock: FakeClock) -> AsyncIterator[Database]:
    database = await Database.open(f"sqlite+aiosqlite:///{tmp_path / 'atelier.db'}", clock=clock)
    await database.migrate()
    yield database
    await database.close()


@pytest.fixture
def digests(db: Database) -> Digests:
    return Digests(db)


@pytest.fixture
async def platform() -> MemoryPlatform:
    platform = MemoryPlatform()
    await platform.start(ignore)
    return platform


async def runs_kept(db: Database) -> list[tuple[str, str, str | None]]:
    async with db.read() as session:
        rows = await session.scalars(select(DigestRunRow).order_by(DigestRunRow.window_end))
        return [(row.subscription, row.state, row.message) for row in rows]


async def test_a_digest_is_posted_once_when_its_time_has_come(
    db: Database, digests: Digests, platform: MemoryPlatform
) -> None:
    await digests.replace(subscription())
    answers = Answers()
    digesting = Digesting(digests, answers, {"test": platform})
    for now in (MONDAY, NINE, NINE, NINE + PAUSES[0]):
        await digesting.run_due(now)
    [request] = answers.requests
    assert request.command == "digest post"
    assert request.options == {"id": "one", "start": NINE - DAY, "end": NINE}
    assert Person("test:ana", "ana") == request.person
    assert Channel("general", "test:server", ChannelKind.CHANNEL, "general") == request.channel
    assert request.received == NINE
    assert request.first_asked is None
    assert await runs_kept(db) == [("one", "posted", "message-1")]


async def test_a_personal_digest_comes_as_a_direct_message(digests: Digests, platform: MemoryPlatform) -> None:
    await digests.replace(subscription(order(to=None)))
    answers = Answers()
    await Digesting(digests, answers, {"test": platform}).run_due(NINE)
    [request] = answers.requests
    assert await platform.direct("test:ana") == request.channel


async def test_two_processes_post_a_window_once(digests: Digests, platform: MemoryPlatform) -> None:
    await digests.replace(subscription())
    answers = Answers()
    several = [Digesting(digests, answers, {"test": platform}) for _ in range(5)]
    await asyncio.gather(*(each.run_due(NINE) for each in several))
    assert len(answers.requests) == 1


async def test_days_without_atelier_are_caught_up_in_one_digest(digests: Digests, platform: MemoryPlatform) -> None:
    await digests.replace(subscription())
    answers = Answers()
    for now in (NINE, NINE + 4 * DAY):
        await Digesting(digests, answers, {"test": platform}).run_due(now)
    assert [(NINE - DAY, NINE), (NINE, NINE + 4 * DAY)] == [
        (request.options["start"], request.options["end"]) for request in answers.requests
    ]


async def test_a_digest_of_a_platform_that_is_not_connected_waits(
    db: Database, digests: Digests, platform: MemoryPlatform
) -> None:
    await digests.replace(subscription())
    await platform.stop()
    answers = Answers()
    digesting = Digesting(digests, answers, {"test": platform, "elsewhere": MemoryPlatform()})
    await digesting.run_due(NINE)
    assert not answers.requests
    assert not await runs_kept(db)
    await platform.start(ignore)
    await digesting.run_due(NINE + DAY / 24)
    assert len(answers.requests) == 1


async def test_one_digest_that_fails_leaves_the_others_alone(
    db: Database, digests: Digests, platform: MemoryPlatform
) -> None:
    await digests.replace(subscription())
    await digests.replace(subscription(order(to=None), id="two"))
    answers = Answers()

    async def handle(request: Request) -> tuple[Body, MessageRef | None]:
        if request.channel.id == "general":
            raise RuntimeError("no")
        return await answers(request)

    await Digesting(digests, handle, {"test": platform}).run_due(NINE)
    assert {("one", "failed", None), ("two", "posted", "message-1")} == set(await runs_kept(db))
    [trouble] = [each.trouble for each in await digests.all_for("test", "test:server", "test:ana") if each.id == "one"]
    assert re.fullmatch(UNKNOWN.format("[0-9a-f]{8}"), trouble)


@pytest.mark.parametrize(
    ("answers", "reason"),
    [
        (Answers(State.FAILED, "No model is installed."), "No model is installed."),
        (Answers(State.FAILED, ""), NOT_POSTED),
    ],
)
async def test_a_digest_that_fails_is_tried_again_after_a_while_and_not_for_ever(
    digests: Digests, platform: MemoryPlatform, clock: FakeClock, answers: Answers, reason: str
) -> None:
    await digests.replace(subscription())
    clock.now = NINE
    for pause in PAUSES:
        await Digesting(digests, answers, {"test": platform}).run_due(clock.now)
        clock.now += pause / 2
        await Digesting(digests, answers, {"test": platform}).run_due(clock.now)
        clock.now += pause / 2
    assert len(answers.requests) == len(PAUSES)
    await Digesting(digests, answers, {"test": platform}).run_due(clock.now)
    [one] = await digests.all_for("test", "test:server", "test:ana")
    assert one.trouble == reason
    clock.now = NINE + DAY * 0.99
    await Digesting(digests, answers, {"test": platform}).run_due(clock.now)
    assert len(answers.requests) == len(PAUSES) + 1
    # One that may have been shown is looked for, and edited.
    assert [None, NINE, NINE, NINE] == [request.first_asked for request in answers.requests]
    clock.now = NINE + DAY
    answers = Answers()
    await Digesting(digests, answers, {"test": platform}).run_due(clock.now)
    assert [NINE - DAY] == [request.options["start"] for request in answers.requests]
    [one] = await digests.all_for("test", "test:server", "test:ana")
    assert not one.trouble


async def test_what_the_platform_did_not_take_is_not_posted(
    db: Database, digests: Digests, platform: MemoryPlatform, clock: FakeClock
) -> None:
    await digests.replace(subscription())

    tried: list[Request] = []

    async def handle(request: Request) -> tuple[Body, MessageRef | None]:
        tried.append(request)
        return Body("A digest.", state=State.DONE), None

    clock.now = NINE
    await Digesting(digests, handle, {"test": platform}).run_due(clock.now)
    assert await runs_kept(db) == [("one", "failed", None)]
    # As long as its delivery is tried, nobody makes another one.
    clock.now = NINE + PAUSES[-1] * 0.99
    await Digesting(digests, handle, {"test": platform}).run_due(clock.now)
    assert len(tried) == 1
    clock.now = NINE + PAUSES[-1]
    await Digesting(digests, handle, {"test": platform}).run_due(clock.now)
    assert len(tried) == 2


async def test_silence_is_an_end(db: Database, digests: Digests, platform: MemoryPlatform) -> None:
    await digests.replace(subscription())
    answers = Answers(text="")
    for now in (NINE, NINE + PAUSES[0]):
        await Digesting(digests, answers, {"test": platform}).run_due(now)
    assert await runs_kept(db) == [("one", "posted", None)]
    assert len(answers.requests) == 1


async def test_a_direct_message_that_cannot_be_opened_fails_clearly(
    db: Database, digests: Digests, platform: MemoryPlatform
) -> None:
    await digests.replace(subscription(order(to=None)))
    platform.shut.add("test:ana")
    answers = Answers()
    await Digesting(digests, answers, {"test": platform}).run_due(NINE)
    assert not answers.requests
    [one] = await digests.all_for("test", None, "test:ana")
    assert one.trouble == "You take no direct messages; allow them and try again."


async def test_who_switched_it_on_is_told_once_what_is_left_out(digests: Digests, platform: MemoryPlatform) -> None:
    await digests.replace(subscription())
    answers = Answers()

    async def handle(request: Request) -> tuple[Body, MessageRef | None]:
        if request.command == "digest post":
            await digests.leave_out("one", [GENERAL])
        return await answers(request)

    for now in (NINE, NINE + DAY):
        await Digesting(digests, handle, {"test": platform}).run_due(now)
    assert ["digest post", "digest left-out", "digest post"] == [request.command for request in answers.requests]
    told = answers.requests[1]
    assert told.channel == await platform.direct("test:ana")
    assert told.options == {"channels": "#general", "to": "general"}
    platform.shut.add("test:ana")
    await digests.leave_out("one", [])
    await Digesting(digests, handle, {"test": platform}).run_due(NINE + 2 * DAY)
    assert len(answers.requests) == 4


async def test_a_store_that_cannot_be_read_is_no_end(db: Database, platform: MemoryPlatform) -> None:
    class Flaky(Digests):
        broken = True

        async def all_active(self) -> list[Subscription]:
            if self.broken:
                raise OSError("the disk is away")
            return await super().all_active()

        async def last_window_end(self, subscription_id: str) -> None:
            raise UserError("The store does not answer.")

    digests, answers = Flaky(db), Answers()
    await digests.replace(subscription())
    digesting = Digesting(digests, answers, {"test": platform})
    await digesting.run_due(NINE)
    digests.broken = False
    await digesting.run_due(NINE)
    assert not answers.requests
    await Digesting(Digests(db), answers, {"test": platform}).run_due(NINE)
    assert len(answers.requests) == 1


async def test_where_nothing_can_be_due_the_store_is_not_asked(db: Database, platform: MemoryPlatform) -> None:
    asked: list[str] = []

    class Counted(Digests):
        async def last_window_end(self, subscription_id: str) -> datetime | None:
            asked.append(subscription_id)
            return await super().last_window_end(subscription_id)

    digests = Counted(db)
    await digests.replace(subscription())
    digesting = Digesting(digests, Answers(), {"test": platform})
    for minute in range(60):
        await digesting.run_due(MONDAY + timedelta(minutes=minute))
    assert not asked
    for minute in range(60):
        await digesting.run_due(NINE + timedelta(minutes=minute))
    assert len(asked) == 2


async def test_a_digest_that_is_being_posted_is_not_begun_again(digests: Digests, platform: MemoryPlatform) -> None:
    await digests.replace(subscription())
    begun, finish = asyncio.Event(), asyncio.Event()
    count = 0

    async def handle(request: Request) -> tuple[Body, MessageRef | None]:
        nonlocal count
        count += 1
        begun.set()
        await finish.wait()
        return Body("A digest.", state=State.DONE), MessageRef("general", "m1")

    digesting = Digesting(digests, handle, {"test": platform})
    first = asyncio.create_task(digesting.run_due(NINE))
    await begun.wait()
    await digesting.run_due(NINE + DAY)
    finish.set()
    await first
    assert count == 1


async def test_a_digest_that_takes_long_is_begun_by_nobody_else(
    db: Database, platform: MemoryPlatform, clock: FakeClock
) -> None:
    held, troubles = asyncio.Event(), [OSError("the disk is away")]

    class Watched(Digests):
        async def hold(self, subscription_id: str, window_start: datetime) -> None:
            if troubles:
                raise troubles.pop()
            await super().hold(subscription_id, window_start)
            held.set()

    digests, others = Watched(db), Answers()
    await digests.replace(subscription())
    clock.now = NINE

    async def handle(request: Request) -> tuple[Body, MessageRef | None]:
        for _ in range(3):
            clock.now += FORGOTTEN
            held.clear()
            await held.wait()
            await Digesting(Digests(db), others, {"test": platform}).run_due(clock.now)
        return Body("A digest.", state=State.DONE), MessageRef("general", "m1")

    await Digesting(digests, handle, {"test": platform}, held=0.001).run_due(NINE)
    assert await runs_kept(db) == [("one", "posted", "m1")]
    assert not others.requests


async def test_what_is_cut_off_when_atelier_stops_is_posted_at_the_next_start(
    db: Database, digests: Digests, platform: MemoryPlatform, clock: FakeClock
) -> None:
    await digests.replace(subscription())
    clock.now = NINE
    begun = asyncio.Event()

    async def handle(request: Request) -> tuple[Body, MessageRef | None]:
        begun.set()
        await asyncio.Event().wait()
        raise AssertionError

    task = asyncio.create_task(Digesting(digests, handle, {"test": platform}).run_due(NINE))
    await begun.wait()
    task.cancel()
    await asyncio.wait([task])
    assert await runs_kept(db) == [("one", "failed", None)]
    answers = Answers()
    await Digesting(digests, answers, {"test": platform}).run_due(NINE)
    assert [NINE] == [request.first_asked for request in answers.requests]


def test_a_digests_request_has_the_id_of_its_window() -> None:
    place = Channel("dm", None, ChannelKind.DM, "Ana")
    request = request_for(subscription(order(to=None)), Window(NINE - DAY, NINE), place, NINE)
    assert request.scheduled
    assert request.id == "digest-one-20260302T090000"
    assert request.channel == place


async def test_who_cannot_be_told_that_a_digest_ended_is_named_in_the_log(
    digests: Digests, platform: MemoryPlatform
) -> None:
    await digests.replace(subscription())
    platform.shut.add("test:ana")
    answers = Answers()
    place = Channel("general", "test:server", ChannelKind.CHANNEL, "general")
    with structlog.testing.capture_logs() as logs:
        await Digesting(digests, answers, {"test": platform}).end(ChannelDeleted(Origin("test"), place), NINE)
    assert not answers.requests
    assert [None, "digest ended"] == [log.get("about") for log in logs]
    assert [] == await digests.all_active()
