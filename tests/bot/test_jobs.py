"""What runs at set times: each window once, whatever restarts, and one failure stops nothing else."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from bot.errors import PluginError
from bot.jobs import Jobs, ScopedSchedule, due_window, request_for
from bot.platform import Body, MessageRef, State
from bot.request import Channel, ChannelKind, Origin, Person, Request
from bot.schedule import Subscription, Window
from bot.store.database import Database
from bot.store.digests import Digests
from bot.store.tables import DigestRunRow

UTC_ZONE = ZoneInfo("UTC")
MONDAY = datetime(2026, 3, 2, 8, tzinfo=UTC)
NINE = MONDAY.replace(hour=9)
DAY = timedelta(days=1)


def subscription(**changes: object) -> Subscription:
    usual = Subscription(
        id="one",
        platform="test",
        server="test:server",
        channel="general",
        channel_name="general",
        person="test:ana",
        at=time(9),
        days=frozenset(range(7)),
        zone=UTC_ZONE,
        command="digest post",
        since=MONDAY,
    )
    return replace(usual, **changes)  # type: ignore[arg-type]  # each test names the fields it changes


class Answers:
    """Answers requests, and remembers them."""

    def __init__(self, state: State = State.DONE) -> None:
        self.requests: list[Request] = []
        self.answered = asyncio.Event()
        self.state = state

    async def __call__(self, request: Request) -> tuple[Body, MessageRef | None]:
        self.requests.append(request)
        self.answered.set()
        return Body("A digest.", state=self.state), MessageRef(request.channel.id, f"message-{len(self.requests)}")


@pytest.fixture
async def db(tmp_path: Path) -> AsyncIterator[Database]:
    database = await Database.open(f"sqlite+aiosqlite:///{tmp_path / 'atelier.db'}", clock=lambda: MONDAY)
    await database.migrate()
    yield database
    await database.close()


@pytest.fixture
def digests(db: Database) -> Digests:
    return Digests(db)


async def runs_kept(db: Database) -> list[tuple[str, str, str | None]]:
    async with db.read() as session:
        rows = await session.scalars(select(DigestRunRow).order_by(DigestRunRow.window_end))
        return [(row.subscription, row.state, row.message) for row in rows]


def test_nothing_is_due_before_its_time() -> None:
    assert due_window(subscription(), None, NINE - timedelta(seconds=1)) is None


def test_the_first_window_reaches_back_to_the_time_before() -> None:
    assert Window(NINE - DAY, NINE) == due_window(subscription(), None, NINE)
    mondays = subscription(days=frozenset({0}))
    assert Window(NINE - 7 * DAY, NINE) == due_window(mondays, None, NINE + timedelta(hours=3))


def test_what_would_have_come_before_it_was_switched_on_is_not_made_up_for() -> None:
    assert due_window(subscription(since=NINE + timedelta(minutes=1)), None, NINE + timedelta(hours=5)) is None


def test_however_many_were_missed_make_one_window() -> None:
    assert Window(NINE, NINE + 3 * DAY) == due_window(subscription(), NINE, NINE + 3 * DAY + timedelta(hours=2))


@given(
    st.lists(st.integers(1, 60 * 24 * 10), min_size=1, max_size=12),
    st.frozensets(st.integers(0, 6), min_size=1),
    st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Pacific/Apia", "Asia/Kathmandu"]).map(ZoneInfo),
)
def test_windows_follow_each_other_without_gap_or_overlap(
    minutes: list[int], days: frozenset[int], zone: ZoneInfo
) -> None:
    digest = subscription(days=days, zone=zone)
    now, last = MONDAY, None
    windows: list[Window] = []
    for step in minutes:
        now += timedelta(minutes=step)
        window = due_window(digest, last, now)
        if window is not None:
            assert window.start < window.end <= now
            assert due_window(digest, window.end, now) is None
            windows.append(window)
            last = window.end
    assert [window.end for window in windows[:-1]] == [window.start for window in windows[1:]]


async def test_a_digest_is_posted_once_when_its_time_has_come(db: Database, digests: Digests) -> None:
    await digests.replace(subscription())
    answers = Answers()
    jobs = Jobs(digests, answers, {"test"}, lambda: MONDAY)
    for now in (MONDAY, NINE, NINE, NINE + timedelta(minutes=1)):
        await jobs.run_due(now)
    [request] = answers.requests
    assert request.command == "digest post"
    assert request.options == {"start": NINE - DAY, "end": NINE}
    assert Person("test:ana", "ana") == request.person
    assert request.received == NINE
    assert await runs_kept(db) == [("one", "posted", "message-1")]


async def test_two_processes_post_a_window_once(db: Database, digests: Digests) -> None:
    await digests.replace(subscription())
    answers = Answers()
    several = [Jobs(digests, answers, {"test"}) for _ in range(5)]
    await asyncio.gather(*(jobs.run_due(NINE) for jobs in several))
    assert len(answers.requests) == 1


async def test_days_without_atelier_are_caught_up_in_one_digest(digests: Digests) -> None:
    await digests.replace(subscription())
    answers = Answers()
    await Jobs(digests, answers, {"test"}).run_due(NINE)
    await Jobs(digests, answers, {"test"}).run_due(NINE + 4 * DAY)
    assert [(request.options["start"], request.options["end"]) for request in answers.requests] == [
        (NINE - DAY, NINE),
        (NINE, NINE + 4 * DAY),
    ]


async def test_a_digest_of_a_platform_that_is_not_connected_waits(db: Database, digests: Digests) -> None:
    await digests.replace(subscription(platform="elsewhere"))
    connected: set[str] = set()
    answers = Answers()
    jobs = Jobs(digests, answers, connected)
    await jobs.run_due(NINE)
    assert not answers.requests
    assert not await runs_kept(db)
    connected.add("elsewhere")
    await jobs.run_due(NINE + timedelta(hours=1))
    assert len(answers.requests) == 1


async def test_one_digest_that_fails_leaves_the_others_alone(db: Database, digests: Digests) -> None:
    await digests.replace(subscription())
    await digests.replace(subscription(id="two", channel="random"))
    answers = Answers()

    async def handle(request: Request) -> tuple[Body, MessageRef | None]:
        if request.channel.id == "general":
            raise RuntimeError("no")
        return await answers(request)

    await Jobs(digests, handle, {"test"}).run_due(NINE)
    assert {("one", "failed", None), ("two", "posted", "message-1")} == set(await runs_kept(db))


async def test_an_answer_that_ends_in_an_apology_is_noted_as_failed(db: Database, digests: Digests) -> None:
    await digests.replace(subscription())
    await Jobs(digests, Answers(State.FAILED), {"test"}).run_due(NINE)
    assert await runs_kept(db) == [("one", "failed", "message-1")]


async def test_a_store_that_cannot_be_read_is_no_end(db: Database) -> None:
    class Flaky(Digests):
        broken = True

        async def all_active(self) -> list[Subscription]:
            if self.broken:
                raise OSError("the disk is away")
            return await super().all_active()

    digests, answers = Flaky(db), Answers()
    await digests.replace(subscription())
    jobs = Jobs(digests, answers, {"test"})
    await jobs.run_due(NINE)
    assert not answers.requests
    digests.broken = False
    await jobs.run_due(NINE)
    assert len(answers.requests) == 1


async def test_what_was_missed_is_posted_when_atelier_starts(digests: Digests) -> None:
    await digests.replace(subscription())
    answers = Answers()
    jobs = Jobs(digests, answers, {"test"}, lambda: NINE)
    jobs.start()
    await answers.answered.wait()
    await jobs.stop(grace=5)
    assert len(answers.requests) == 1


async def test_the_scheduler_looks_for_digests_every_minute(digests: Digests) -> None:
    now = MONDAY
    answers = Answers()
    jobs = Jobs(digests, answers, {"test"}, lambda: now)
    jobs.start()
    await digests.replace(subscription())
    following = jobs.times()["digests"]
    assert following is not None
    assert following.second == 0
    assert following - datetime.now(UTC) <= timedelta(minutes=1)
    now = NINE
    fire(jobs, "digests")
    await answers.answered.wait()
    await jobs.stop(grace=5)


async def test_a_job_that_fails_is_tried_again_and_stops_no_other() -> None:
    ran: asyncio.Queue[str] = asyncio.Queue()
    jobs = Jobs(NoDigests(), Answers(), set())

    async def bad() -> None:
        ran.put_nowait("bad")
        raise RuntimeError("no")

    async def good() -> None:
        ran.put_nowait("good")

    jobs.add("bad", "0 0 1 1 *", bad)
    jobs.repeat("good", timedelta(hours=6), good)
    jobs.start()
    for name in ("bad", "good", "bad"):
        fire(jobs, name)
        assert name == await ran.get()
    await jobs.stop()


async def test_a_job_added_again_replaces_the_first_and_can_be_removed() -> None:
    jobs = Jobs(NoDigests(), Answers(), set())
    jobs.add("mine", "0 9 * * *", nothing)
    jobs.start()
    jobs.add("mine", "30 10 * * *", nothing)
    following = jobs.times()["mine"]
    assert following is not None
    assert (following.hour, following.minute) == (10, 30)
    jobs.remove("mine")
    jobs.remove("mine")
    assert list(jobs.times()) == ["digests"]
    await jobs.stop()


async def test_what_is_repeated_begins_a_minute_after_the_start() -> None:
    jobs = Jobs(NoDigests(), Answers(), set())
    jobs.start()
    jobs.repeat("retention", timedelta(hours=6), nothing)
    following = jobs.times()["retention"]
    assert following is not None
    assert timedelta(0) < following - datetime.now(UTC) <= timedelta(minutes=1)
    await jobs.stop()


def test_a_job_at_times_nobody_can_read_is_refused() -> None:
    with pytest.raises(PluginError, match="“often” are no five fields"):
        Jobs(NoDigests(), Answers(), set()).add("mine", "often", nothing)


async def test_stopping_waits_for_a_digest_that_is_nearly_there(db: Database, digests: Digests) -> None:
    await digests.replace(subscription())
    jobs, begun, finish = held(digests)
    jobs.start()
    await begun.wait()
    stopping = asyncio.ensure_future(jobs.stop(grace=30))
    finish.set()
    await stopping
    assert await runs_kept(db) == [("one", "posted", None)]


async def test_stopping_ends_a_digest_that_takes_too_long_and_notes_it(db: Database, digests: Digests) -> None:
    await digests.replace(subscription())
    jobs, begun, _ = held(digests)
    jobs.start()
    await begun.wait()
    await jobs.stop(grace=0)
    assert await runs_kept(db) == [("one", "failed", None)]


async def test_stopping_what_never_started_is_no_error() -> None:
    await Jobs(NoDigests(), Answers(), set()).stop()


def test_a_digest_of_a_direct_message_is_asked_for_there() -> None:
    request = request_for(subscription(server=None), Window(NINE - DAY, NINE), NINE)
    assert request.channel.kind is ChannelKind.DM
    assert request.scheduled
    assert request.id == "digest-one-20260301T090000"


def asked(
    channel: str = "general", server: str | None = "test:server", kind: ChannelKind = ChannelKind.CHANNEL
) -> Request:
    return Request(Origin("test"), Person("test:ana", "Ana"), Channel(channel, server, kind, channel))


def schedule(digests: Digests, request: Request) -> ScopedSchedule:
    return ScopedSchedule(digests, request, lambda: MONDAY)


async def test_subscribing_says_when_the_next_one_comes_and_replaces_the_one_before(digests: Digests) -> None:
    here = schedule(digests, asked())
    first = await here.subscribe("digest post", time(9), frozenset({0, 2}), ZoneInfo("Europe/Berlin"))
    assert datetime(2026, 3, 4, 8, tzinfo=UTC) == first.next_run
    second = await here.subscribe("digest post", time(9), frozenset({0, 2}), UTC_ZONE)
    assert second.next_run == NINE
    assert [second] == await here.all()
    assert second.since == MONDAY


async def test_a_server_sees_its_own_digests_and_a_conversation_its_own(digests: Digests) -> None:
    places = [
        asked(),
        asked("random"),
        asked("elsewhere", "test:other"),
        asked("dm-ana", None, ChannelKind.DM),
        asked("dm-bo", None, ChannelKind.DM),
    ]
    for place in places:
        await schedule(digests, place).subscribe("digest post", time(9), frozenset({0}), UTC_ZONE)
    seen = [[each.channel for each in await schedule(digests, place).all()] for place in places]
    both = ["general", "random"]
    assert [both, both, ["elsewhere"], ["dm-ana"], ["dm-bo"]] == [sorted(found) for found in seen]


async def test_unsubscribing_says_whether_there_was_one(digests: Digests) -> None:
    here = schedule(digests, asked())
    await here.subscribe("digest post", time(9), frozenset({0}), UTC_ZONE)
    assert await here.unsubscribe("digest post")
    assert not await here.unsubscribe("digest post")
    assert await here.all() == []


class NoDigests:
    """A store in which nobody switched a digest on."""

    async def all_active(self) -> list[Subscription]:
        return []

    async def last_window_end(self, subscription_id: str) -> datetime | None:
        raise NotImplementedError

    async def claim(self, subscription_id: str, window_start: datetime, window_end: datetime) -> bool:
        raise NotImplementedError

    async def finish(self, subscription_id: str, window_start: datetime, state: str, message_id: str | None) -> None:
        raise NotImplementedError


async def nothing() -> None:
    pass


def fire(jobs: Jobs, name: str) -> None:
    """Let the scheduler find that a job's time has come."""
    jobs._scheduler.modify_job(name, next_run_time=datetime.now(UTC))


def held(digests: Digests) -> tuple[Jobs, asyncio.Event, asyncio.Event]:
    """Jobs whose digest begins, and ends only when told."""
    begun, finish = asyncio.Event(), asyncio.Event()

    async def handle(request: Request) -> tuple[Body, MessageRef | None]:
        begun.set()
        await finish.wait()
        return Body("A digest.", state=State.DONE), None

    return Jobs(digests, handle, {"test"}, lambda: NINE), begun, finish
