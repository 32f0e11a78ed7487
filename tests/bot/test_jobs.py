"""What runs at set times: one failure stops nothing else, and what was missed comes at the start."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from bot.errors import PluginError
from bot.jobs import Jobs

NINE = datetime(2026, 3, 2, 9, tzinfo=UTC)


async def test_a_job_that_fails_is_tried_again_and_stops_no_other() -> None:
    ran: asyncio.Queue[str] = asyncio.Queue()
    jobs = Jobs()

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
    jobs = Jobs()
    jobs.add("mine", "0 9 * * *", nothing)
    jobs.start()
    jobs.add("mine", "30 10 * * *", nothing)
    following = jobs.times()["mine"]
    assert following is not None
    assert (following.hour, following.minute) == (10, 30)
    jobs.remove("mine")
    jobs.remove("mine")
    assert not jobs.times()
    await jobs.stop()


async def test_what_is_repeated_begins_a_minute_after_the_start() -> None:
    jobs = Jobs()
    jobs.start()
    jobs.repeat("retention", timedelta(hours=6), nothing)
    following = jobs.times()["retention"]
    assert following is not None
    assert timedelta(0) < following - datetime.now(UTC) <= timedelta(minutes=1)
    await jobs.stop()


def test_a_job_at_times_nobody_can_read_is_refused() -> None:
    with pytest.raises(PluginError, match="“often” are no five fields"):
        Jobs().add("mine", "often", nothing)


@pytest.mark.parametrize("every", ["* * * * *", timedelta(seconds=10)])
async def test_what_is_watched_for_begins_at_the_start_and_comes_again(every: str | timedelta) -> None:
    told: asyncio.Queue[datetime] = asyncio.Queue()
    jobs = Jobs(lambda: NINE)

    async def run(now: datetime) -> None:
        told.put_nowait(now)

    jobs.watch("mine", every, run)
    jobs.start()
    assert NINE == await told.get()
    following = jobs.times()["mine"]
    assert following is not None
    assert following - datetime.now(UTC) <= timedelta(minutes=1)
    assert isinstance(every, timedelta) or following.second == 0
    fire(jobs, "mine")
    assert NINE == await told.get()
    await jobs.stop(grace=5)


async def test_stopping_waits_for_what_is_nearly_there() -> None:
    jobs, begun, finish, ended = held()
    jobs.start()
    await begun.wait()
    stopping = asyncio.ensure_future(jobs.stop(grace=30))
    finish.set()
    await stopping
    assert ended == ["well"]


async def test_stopping_ends_what_takes_too_long() -> None:
    jobs, begun, _, ended = held()
    jobs.start()
    await begun.wait()
    await jobs.stop(grace=0)
    assert ended == ["cancelled"]


async def test_stopping_what_never_started_is_no_error() -> None:
    await Jobs().stop()


async def nothing() -> None:
    pass


def fire(jobs: Jobs, name: str) -> None:
    """Let the scheduler find that a job's time has come."""
    jobs._scheduler.modify_job(name, next_run_time=datetime.now(UTC))


def held() -> tuple[Jobs, asyncio.Event, asyncio.Event, list[str]]:
    """Jobs of which one begins, and ends only when told."""
    begun, finish, ended = asyncio.Event(), asyncio.Event(), list[str]()
    jobs = Jobs(lambda: NINE)

    async def run(now: datetime) -> None:
        begun.set()
        try:
            await finish.wait()
            ended.append("well")
        except asyncio.CancelledError:
            ended.append("cancelled")
            raise

    jobs.watch("mine", timedelta(seconds=10), run)
    return jobs, begun, finish, ended
