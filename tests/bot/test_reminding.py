"""Reminders that fall due: each told once, whatever restarts, and by nobody else's hand."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Collection
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.body import Body, State
from bot.jobs import Jobs
from bot.platform import MessageRef
from bot.platforms.memory import MemoryPlatform
from bot.reminders import Reminder, Repeat
from bot.reminding import Reminding, ScopedReminders, request_for
from bot.request import Channel, ChannelDeleted, ChannelKind, Origin, Person, Request
from bot.store.database import Database
from bot.store.reminders import AT_ONCE, FORGOTTEN, Reminders
from bot.testing import FakeClock

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
ANA, BEN = Person("test:ana", "Ana"), Person("test:ben", "Ben")
GENERAL = Channel("general", "test:home", ChannelKind.CHANNEL, "general")
BERLIN = ZoneInfo("Europe/Berlin")


def reminder(**changes: object) -> Reminder:
    usual = Reminder(
        id="one",
        text="call Ana",
        due=NOW,
        at=time(10, 30),
        zone=BERLIN,
        repeat=None,
        platform="test",
        person=ANA,
        channel=GENERAL,
    )
    return replace(usual, **changes)  # type: ignore[arg-type]  # each test names the fields it changes


class Died(BaseException):
    """The process is gone."""


class Telling:
    """Posts what is told, each key once, as platforms do."""

    def __init__(self) -> None:
        self.posted: dict[str, Request] = {}
        self.tries = 0
        self.dies = ""

    async def __call__(self, request: Request) -> tuple[Body, MessageRef | None]:
        self.tries += 1
        if self.dies == "before":
            raise Died
        self.posted.setdefault(request.id, request)
        if self.dies == "after":
            raise Died
        return Body("⏰", state=State.DONE), MessageRef(request.channel.id, request.id)


async def connected() -> dict[str, MemoryPlatform]:
    platform = MemoryPlatform()

    async def receive(event: object) -> None:
        """Nobody says anything."""

    await platform.start(receive)
    return {"test": platform}


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(NOW)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated store without rows."""
    file = tmp_path_factory.mktemp("template") / "atelier.db"

    async def make() -> None:
        async with await Database.open(f"sqlite+aiosqlite:///{file}") as database:
            await database.migrate()

    asyncio.run(make())
    return file


@pytest.fixture
async def store(tmp_path: Path, template: Path, clock: FakeClock) -> AsyncIterator[Reminders]:
    shutil.copy(template, tmp_path / "atelier.db")
    async with await Database.open(f"sqlite+aiosqlite:///{tmp_path / 'atelier.db'}", clock=clock) as database:
        yield Reminders(database)


async def test_a_reminder_is_told_once_when_its_time_has_come(store: Reminders) -> None:
    await store.add(reminder(due=NOW + timedelta(minutes=5)))
    telling = Telling()
    reminding = Reminding(store, telling, await connected())
    for minutes in (0, 4, 5, 5, 6):
        await reminding.run_due(NOW + timedelta(minutes=minutes))
    [request] = telling.posted.values()
    assert 1 == telling.tries
    assert ("reminder post", ANA.id, GENERAL) == (request.command, request.person.id, request.channel)
    assert {"id": "one", "due": (NOW + timedelta(minutes=5)).isoformat()} == request.options
    assert request.scheduled


async def test_several_processes_tell_it_once(store: Reminders) -> None:
    await store.add(reminder())
    telling = Telling()
    several = [Reminding(store, telling, await connected()) for _ in range(5)]
    await asyncio.gather(*(each.run_due(NOW) for each in several))
    assert 1 == telling.tries


async def test_it_waits_for_a_platform_that_is_away(store: Reminders, clock: FakeClock) -> None:
    await store.add(reminder())
    await store.add(reminder(id="two", platform="elsewhere"))
    telling, platforms = Telling(), await connected()
    reminding = Reminding(store, telling, platforms)
    await platforms["test"].stop()
    await reminding.run_due(NOW)
    assert not telling.posted
    platforms = await connected()
    clock.advance(timedelta(hours=3))
    await Reminding(store, telling, platforms).run_due(clock())
    assert [clock()] == [request.received for request in telling.posted.values()]


async def test_one_that_was_missed_for_days_comes_once_and_then_at_its_time(store: Reminders) -> None:
    await store.add(reminder(repeat=Repeat.DAILY))
    telling = Telling()
    await Reminding(store, telling, await connected()).run_due(NOW + timedelta(days=3, hours=1))
    assert 1 == telling.tries
    [left] = await store.all_of(ANA.id, None)
    assert NOW + timedelta(days=4) == left.due


async def test_a_repeating_one_keeps_its_time_of_day_when_the_clocks_change() -> None:
    daily = reminder(repeat=Repeat.DAILY, due=datetime(2026, 3, 28, 1, 30, tzinfo=UTC), at=time(2, 30))
    skipped = daily.following(daily.due)
    assert skipped == datetime(2026, 3, 29, 3, 30, tzinfo=BERLIN)
    assert replace(daily, due=skipped).following(skipped) == datetime(2026, 3, 30, 2, 30, tzinfo=BERLIN)


def test_how_often_it_comes_again() -> None:
    friday = reminder(due=datetime(2026, 3, 6, 9, 30, tzinfo=UTC))
    assert friday.following(friday.due) is None
    assert datetime(2026, 3, 9, 9, 30, tzinfo=UTC) == replace(friday, repeat=Repeat.WEEKDAYS).following(friday.due)
    assert datetime(2026, 3, 13, 9, 30, tzinfo=UTC) == replace(friday, repeat=Repeat.WEEKLY).following(friday.due)


async def test_what_is_being_told_when_atelier_stops_is_told_by_the_next_start(store: Reminders) -> None:
    await store.add(reminder())
    begun = asyncio.Event()

    async def slow(request: Request) -> tuple[Body, MessageRef | None]:
        begun.set()
        await asyncio.Event().wait()
        raise AssertionError

    task = asyncio.create_task(Reminding(store, slow, await connected()).run_due(NOW))
    await begun.wait()
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    telling = Telling()
    await Reminding(store, telling, await connected()).run_due(NOW)
    # Something of it may have been shown: that is looked for.
    assert [NOW] == [request.first_asked for request in telling.posted.values()]


async def test_a_failure_stops_no_other_and_is_tried_again(store: Reminders, clock: FakeClock) -> None:
    await store.add(reminder())
    await store.add(reminder(id="two"))
    telling, failing = Telling(), {"one"}

    async def handle(request: Request) -> tuple[Body, MessageRef | None]:
        if request.options["id"] in failing:
            raise RuntimeError("broken")
        return await telling(request)

    reminding = Reminding(store, handle, await connected())
    await reminding.run_due(NOW)
    assert ["two"] == [request.options["id"] for request in telling.posted.values()]
    failing.clear()
    clock.advance(FORGOTTEN + timedelta(seconds=1))
    await reminding.run_due(clock())
    assert 2 == len(telling.posted)


@pytest.mark.parametrize("state", [State.FAILED, State.CANCELLED])
async def test_what_was_not_shown_is_tried_again_for_a_day(store: Reminders, clock: FakeClock, state: State) -> None:
    await store.add(reminder())
    tried: list[datetime] = []

    async def refuse(request: Request) -> tuple[Body, MessageRef | None]:
        tried.append(request.received)
        return Body(state=state), None

    reminding = Reminding(store, refuse, await connected())
    for minutes in (0, 1, 10, 60 * 24, 60):
        clock.advance(timedelta(minutes=minutes))
        await reminding.run_due(clock())
    assert [timedelta(0), timedelta(minutes=11), timedelta(days=1, minutes=11)] == [when - NOW for when in tried]
    assert [] == await store.all_of(ANA.id, None)


async def test_those_of_a_platform_that_is_gone_keep_no_other_waiting(store: Reminders) -> None:
    for number in range(AT_ONCE):
        person = replace(ANA, id=f"gone:{number}")
        await store.add(reminder(id=f"r{number}", platform="gone", person=person, due=NOW - timedelta(days=9)))
    await store.add(reminder())
    telling = Telling()
    await Reminding(store, telling, await connected()).run_due(NOW)
    assert ["one"] == [request.options["id"] for request in telling.posted.values()]


async def test_a_store_in_trouble_stops_nothing(store: Reminders) -> None:
    class Broken(Reminders):
        async def due(self, now: datetime, platforms: Collection[str]) -> list[Reminder]:
            raise RuntimeError("no store")

    await Reminding(Broken(store._db), Telling(), await connected()).run_due(NOW)


async def test_jobs_look_for_what_was_missed_at_the_start(store: Reminders) -> None:
    await store.add(reminder())
    telling = Telling()
    told = asyncio.Event()

    async def handle(request: Request) -> tuple[Body, MessageRef | None]:
        told.set()
        return await telling(request)

    jobs = Jobs(lambda: NOW)
    jobs.watch("reminders", timedelta(seconds=10), Reminding(store, handle, await connected()).run_due)
    jobs.start()
    await told.wait()
    assert "reminders" in jobs.times()
    await jobs.stop(grace=5)
    assert 1 == len(telling.posted)


async def test_a_person_sees_and_changes_their_own_and_only_here(store: Reminders, clock: FakeClock) -> None:
    def scoped(person: Person = ANA, channel: Channel = GENERAL) -> ScopedReminders:
        return ScopedReminders(store, Request(Origin("test"), person, channel), clock)

    elsewhere = replace(GENERAL, server="test:other")
    dm = Channel("dm-ana", None, ChannelKind.DM, "Ana")
    kept = await scoped().add("call Ana", NOW + timedelta(hours=1), BERLIN)
    assert [kept] == await scoped().all() == await scoped(channel=dm).all()
    for stranger in (scoped(BEN), scoped(channel=elsewhere)):
        assert [] == await stranger.all()
        assert await stranger.get(kept.id) is None
        assert await stranger.remove(kept.id) is None
        assert await stranger.restore(kept.id) is None
        assert await stranger.snooze(kept.id, NOW) is None
    assert await scoped().remove(kept.id) is not None
    assert [] == await scoped().all()
    assert await scoped().restore(kept.id) is not None
    later = await scoped().snooze(kept.id, NOW + timedelta(hours=5))
    assert later is not None
    assert [NOW + timedelta(hours=5)] == [each.due for each in await scoped().all()]
    daily = await scoped().add("stand up", NOW + timedelta(hours=1), BERLIN, Repeat.DAILY)
    await scoped().snooze(daily.id, NOW + timedelta(hours=2))
    assert [Repeat.DAILY, None, None] == [each.repeat for each in await scoped().all()]


Step = tuple[int, str]
STEPS = st.lists(
    st.tuples(st.integers(1, 60 * 40), st.sampled_from(["", "", "before", "after", "restart"])), min_size=1, max_size=8
)
PLANS = st.lists(
    st.tuples(st.integers(0, 60 * 72), st.sampled_from([None, *Repeat])),
    min_size=1,
    max_size=4,
)


@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(PLANS, STEPS)
def test_each_is_told_exactly_once_whatever_dies_and_restarts(
    template: Path, plans: list[tuple[int, Repeat | None]], steps: list[Step]
) -> None:
    async def live(folder: Path) -> None:
        shutil.copy(template, folder / "atelier.db")
        clock, telling = FakeClock(NOW), Telling()
        async with await Database.open(f"sqlite+aiosqlite:///{folder / 'atelier.db'}", clock=clock) as database:
            store, platforms = Reminders(database), await connected()
            for number, (minutes, repeat) in enumerate(plans):
                due = NOW + timedelta(minutes=minutes)
                at = due.astimezone(BERLIN).time()
                await store.add(reminder(id=f"r{number}", due=due, at=at, repeat=repeat))
            reminding = Reminding(store, telling, platforms)
            for minutes, event in [*steps, (5, ""), (5, "")]:
                clock.advance(timedelta(minutes=minutes))
                telling.dies = event if event in ("before", "after") else ""
                with suppress(Died):
                    await reminding.run_due(clock())
                others = asyncio.all_tasks() - {asyncio.current_task()}
                if others:
                    await asyncio.wait(others)
                if event:
                    reminding = Reminding(store, telling, platforms)
            told = [str(request.options["id"]) for request in telling.posted.values()]
            for number, (minutes, repeat) in enumerate(plans):
                came = told.count(f"r{number}")
                if repeat is None:
                    assert came == (NOW + timedelta(minutes=minutes) <= clock())
            assert [] == await store.due(clock(), platforms)
            assert all(each.due > clock() for each in await store.all_of(ANA.id, None))

    with TemporaryDirectory() as folder:
        asyncio.run(live(Path(folder)))


def test_the_request_of_one_that_is_due_is_recognised_again() -> None:
    first, again = request_for(reminder(), NOW), request_for(reminder(), NOW + timedelta(minutes=3))
    assert first.id == again.id
    assert first.origin.event != again.origin.event
    assert first.id != request_for(reminder(due=NOW + timedelta(days=1)), NOW).id


async def test_who_takes_no_direct_messages_keeps_a_reminder_whose_channel_was_deleted(
    store: Reminders,
) -> None:
    await store.add(reminder())
    platforms = await connected()
    platforms["test"].shut.add(ANA.id)
    await Reminding(store, Telling(), platforms).move(ChannelDeleted(Origin("test"), GENERAL))
    assert [GENERAL] == [each.channel for each in await store.all_of(ANA.id, None)]
