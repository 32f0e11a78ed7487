"""Which stretch of time a digest tells of, in every zone, whatever was missed and however it waited."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.schedule import Subscription, Times, Window, due_window
from tests.bot.digests import DAY, NINE, UTC_ZONE, order, subscription

ZONES = st.sampled_from(
    [
        "UTC",
        "Europe/Berlin",
        "America/New_York",
        "America/Santiago",  # the clocks skip midnight
        "Australia/Lord_Howe",  # half an hour of summer time
        "Pacific/Apia",  # once skipped a whole day
        "Asia/Kathmandu",
        "Africa/Cairo",
    ]
).map(ZoneInfo)
ATS = st.one_of(st.sampled_from([time(0), time(0, 30), time(1, 30), time(2, 30), time(3)]), st.times())
DAYS = st.frozensets(st.integers(0, 6), min_size=1)
TIMES = st.builds(Times, ATS.map(lambda at: at.replace(second=0, microsecond=0)), DAYS, ZONES)
STARTS = st.integers(0, 15 * 365 * 24 * 60).map(
    lambda minutes: datetime(2011, 12, 25, tzinfo=UTC) + timedelta(minutes=minutes)
)


def weekly(day: int = 0) -> Times:
    return Times(time(9), frozenset({day}), UTC_ZONE)


def test_nothing_is_due_before_its_time() -> None:
    assert due_window(subscription(), None, NINE - timedelta(seconds=1)) is None


def test_the_first_window_reaches_back_to_the_time_before() -> None:
    assert Window(NINE - DAY, NINE) == due_window(subscription(), None, NINE)
    mondays = subscription(order(times=weekly()))
    assert Window(NINE - 7 * DAY, NINE) == due_window(mondays, None, NINE + timedelta(hours=3))


def test_what_would_have_come_before_it_was_switched_on_is_not_made_up_for() -> None:
    assert due_window(subscription(since=NINE + timedelta(minutes=1)), None, NINE + timedelta(hours=5)) is None


@pytest.mark.parametrize("last", [None, NINE])
def test_however_many_were_missed_make_one_window(last: datetime | None) -> None:
    start = last or NINE - DAY
    assert Window(start, NINE + 3 * DAY) == due_window(subscription(), last, NINE + 3 * DAY + timedelta(hours=2))


def test_what_was_missed_while_it_waited_is_not_made_up_for() -> None:
    waits = replace(subscription(), paused=True)
    assert due_window(waits, NINE, NINE + 5 * DAY) is None
    on_again = waits.begun(NINE + 3 * DAY + timedelta(hours=4))
    assert due_window(on_again, NINE, NINE + 3 * DAY + timedelta(hours=5)) is None
    assert Window(NINE + 3 * DAY, NINE + 4 * DAY) == due_window(on_again, NINE, NINE + 4 * DAY)


def test_what_waits_until_a_time_goes_on_by_itself() -> None:
    until = NINE + 2 * DAY + timedelta(hours=1)
    waits = replace(subscription(), paused=True, until=until)
    assert due_window(waits, NINE, until) is None
    assert waits.coming(NINE) == NINE + 3 * DAY
    assert Window(NINE + 2 * DAY, NINE + 3 * DAY) == due_window(waits, NINE, NINE + 3 * DAY)
    assert not waits.awake(until).paused
    assert replace(waits, until=None).coming(NINE) is None


@given(STARTS, TIMES, st.lists(st.integers(1, 60 * 24 * 10), min_size=1, max_size=12))
def test_windows_follow_each_other_without_gap_or_overlap(start: datetime, times: Times, minutes: list[int]) -> None:
    digest = subscription(order(times=times), since=start)
    windows = _posted(digest, start, minutes)
    assert [window.end for window in windows[:-1]] == [window.start for window in windows[1:]]
    for window in windows[:1]:
        assert window.start == times.last(start)
        assert window.end > start


@given(STARTS, TIMES, st.lists(st.integers(1, 60 * 24 * 10), min_size=1, max_size=12))
def test_every_time_that_has_come_is_told_of(start: datetime, times: Times, minutes: list[int]) -> None:
    windows = _posted(subscription(order(times=times), since=start), start, minutes)
    now = start + timedelta(minutes=sum(minutes))
    last = times.last(now)
    assert (windows[-1].end if windows else None) == (last if last > start else None)


@given(
    STARTS,
    TIMES,
    st.lists(
        st.tuples(st.sampled_from(["run", "pause", "pause until", "resume"]), st.integers(1, 60 * 24 * 5)), max_size=20
    ),
)
def test_waiting_leaves_out_what_came_meanwhile_and_nothing_is_told_twice(
    start: datetime, times: Times, steps: list[tuple[str, int]]
) -> None:
    digest, last, now = subscription(order(times=times), since=start), None, start
    slept: list[tuple[datetime, datetime]] = []
    windows: list[Window] = []
    began = start
    for step, minutes in steps:
        now += timedelta(minutes=minutes)
        # It is looked every minute; what is due before the step is posted before.
        window = due_window(digest, last, now)
        if window is not None:
            windows.append(window)
            last = window.end
        was = digest.paused and digest.until is None
        digest = digest.awake(now)
        if step == "resume" and digest.paused:
            digest = digest.begun(now)
            if was:
                slept.append((began, now))
        elif step == "pause" and not digest.paused:
            digest, began = replace(digest, paused=True), now
        elif step == "pause until" and not digest.paused:
            digest = replace(digest, paused=True, until=now + timedelta(days=2))
    for before, after in pairwise(windows):
        assert before.end <= after.start < after.end
    for window in windows:
        assert not any(begin < window.end <= end for begin, end in slept)
        assert window.end == times.last(window.end)


@given(STARTS, TIMES)
def test_the_next_time_is_later_and_the_last_is_not(now: datetime, times: Times) -> None:
    following, last = times.next(now), times.last(now)
    assert last <= now < following
    assert times.next(last) == following
    assert times.last(following) == following
    assert following - last <= timedelta(days=9)


@given(STARTS, ATS, ZONES)
def test_a_weekly_digest_comes_once_in_every_week(now: datetime, at: time, zone: ZoneInfo) -> None:
    times = Times(at.replace(second=0, microsecond=0), frozenset({2}), zone)
    found = [times.next(now)]
    for _ in range(60):
        found.append(times.next(found[-1]))
    weeks = [moment.astimezone(zone).date() for moment in found]
    # Where a whole day was skipped, its time came on the day after.
    assert all(timedelta(days=6) <= after - before <= timedelta(days=8) for before, after in pairwise(weeks))


def _posted(digest: Subscription, start: datetime, minutes: list[int]) -> list[Window]:
    """What is posted where it is looked after each of these times."""
    now, last = start, None
    windows: list[Window] = []
    for step in minutes:
        now += timedelta(minutes=step)
        window = due_window(digest, last, now)
        if window is not None:
            assert window.start < window.end <= now
            assert due_window(digest, window.end, now) is None
            windows.append(window)
            last = window.end
    return windows
