"""When something that is set to a time of day comes next: right in every zone, when the clocks change as well."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.errors import PluginError
from bot.times import crontab, last_run, next_run

EVERY_DAY = frozenset(range(7))
BERLIN = ZoneInfo("Europe/Berlin")

zones = st.sampled_from(sorted(available_timezones() - {"Factory", "localtime"})).map(ZoneInfo)
# Before 1973 some offsets had seconds, which a look at every minute would miss.
seconds = (int(datetime(year, 1, 1, tzinfo=UTC).timestamp()) for year in (1973, 2037))
moments = st.integers(*seconds).map(lambda second: datetime.fromtimestamp(second, UTC))
times = st.times().map(lambda at: at.replace(second=0, microsecond=0))
weekdays = st.frozensets(st.integers(0, 6), min_size=1)


def local(moment: datetime, zone: ZoneInfo) -> str:
    return f"{moment.astimezone(zone):%Y-%m-%d %H:%M}"


def test_a_time_the_clocks_skip_comes_once_when_they_have_moved_on() -> None:
    at = time(2, 30)
    first = next_run(at, EVERY_DAY, BERLIN, datetime(2026, 3, 28, 12, tzinfo=UTC))
    assert local(first, BERLIN) == "2026-03-29 03:30"
    assert local(next_run(at, EVERY_DAY, BERLIN, first), BERLIN) == "2026-03-30 02:30"


def test_a_time_the_clocks_show_twice_comes_once() -> None:
    at = time(2, 30)
    first = next_run(at, EVERY_DAY, BERLIN, datetime(2026, 10, 24, 12, tzinfo=UTC))
    assert datetime(2026, 10, 25, 0, 30, tzinfo=UTC) == first
    assert datetime(2026, 10, 26, 1, 30, tzinfo=UTC) == next_run(at, EVERY_DAY, BERLIN, first)


def test_a_time_skipped_at_midnight_is_not_lost() -> None:
    # In Nuuk 23:00 on 28 March 2026 is followed by 0:00 on the 29th.
    nuuk = ZoneInfo("America/Nuuk")
    saturdays = frozenset({5})
    found = next_run(time(23, 30), saturdays, nuuk, datetime(2026, 3, 29, 1, 15, tzinfo=UTC))
    assert local(found, nuuk) == "2026-03-29 00:30"


def test_a_day_that_a_zone_left_out_has_no_second_run_on_the_next() -> None:
    # Samoa went from 29 to 31 December 2011.
    apia = ZoneInfo("Pacific/Apia")
    first = next_run(time(9), EVERY_DAY, apia, datetime(2011, 12, 29, 19, tzinfo=UTC))
    assert local(first, apia) == "2011-12-31 09:00"
    assert local(next_run(time(9), EVERY_DAY, apia, first), apia) == "2012-01-01 09:00"


@given(times, zones, moments)
@example(time(2, 30), BERLIN, datetime(2026, 3, 28, 20, tzinfo=UTC))
@example(time(2, 30), BERLIN, datetime(2026, 10, 24, 20, tzinfo=UTC))
@example(time(0), ZoneInfo("America/Sao_Paulo"), datetime(2018, 11, 3, 20, tzinfo=UTC))
@example(time(1, 45), ZoneInfo("Australia/Lord_Howe"), datetime(2026, 4, 4, 0, tzinfo=UTC))
def test_each_day_has_one_run_at_the_first_moment_the_clocks_show_the_time(
    at: time, zone: ZoneInfo, after: datetime
) -> None:
    shown: dict[date, datetime] = {}
    begin = after.replace(second=0, microsecond=0)
    for minute in range(3 * 24 * 60):
        moment = begin + timedelta(minutes=minute)
        wall = moment.astimezone(zone)
        if wall.time() == at and wall.fold == 0:
            shown.setdefault(wall.date(), moment)
    runs = [next_run(at, EVERY_DAY, zone, after)]
    while runs[-1] < begin + timedelta(days=3):
        runs.append(next_run(at, EVERY_DAY, zone, runs[-1]))
    expected = {moment for moment in shown.values() if moment > after}
    assert expected <= set(runs)
    # What is left are times that the clocks skipped: never two runs for one day.
    skipped = [run for run in runs[:-1] if run not in expected]
    assert all(run.astimezone(zone).time() != at for run in skipped)
    assert len(skipped) <= 1
    assert all(timedelta(hours=20) < later - earlier for earlier, later in pairwise(runs))


@given(times, weekdays, zones, moments)
def test_the_last_run_and_the_next_are_neighbours(
    at: time, days: frozenset[int], zone: ZoneInfo, moment: datetime
) -> None:
    last, following = last_run(at, days, zone, moment), next_run(at, days, zone, moment)
    assert last <= moment < following
    assert following == next_run(at, days, zone, last)
    assert last == last_run(at, days, zone, following - timedelta(microseconds=1))
    assert following == last_run(at, days, zone, following)


@given(times, weekdays, moments)
def test_only_the_chosen_days_have_runs(at: time, days: frozenset[int], moment: datetime) -> None:
    assert next_run(at, days, ZoneInfo("UTC"), moment).weekday() in days


def fires(line: str, after: datetime, count: int) -> list[datetime]:
    trigger = crontab(line)
    found: list[datetime] = []
    while len(found) < count:
        after = trigger.get_next_fire_time(None, after + timedelta(seconds=1))
        found.append(after)
    return found


WEDNESDAY = datetime(2026, 3, 4, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("weekday", "days"),
    [
        ("0", [6]),
        ("7", [6]),
        ("1", [0]),
        ("1-5", [0, 1, 2, 3, 4]),
        ("0-2", [0, 1, 6]),
        ("5-7", [4, 5, 6]),
        ("1,3", [0, 2]),
        ("1-5/2", [0, 2, 4]),
        ("2/2", [1, 3, 5]),
        ("mon-fri", [0, 1, 2, 3, 4]),
        ("*", [0, 1, 2, 3, 4, 5, 6]),
    ],
)
def test_weekdays_are_counted_as_crontab_counts_them(weekday: str, days: list[int]) -> None:
    found = fires(f"30 9 * * {weekday}", WEDNESDAY, 7)
    assert days == sorted({moment.weekday() for moment in found})
    assert {(9, 30)} == {(moment.hour, moment.minute) for moment in found}


def test_a_day_of_the_month_or_a_weekday_is_enough() -> None:
    found = fires("0 9 15 * 1", WEDNESDAY, 3)
    assert [datetime(2026, 3, day, 9, tzinfo=UTC) for day in (9, 15, 16)] == found


def test_steps_and_months_are_understood() -> None:
    assert [datetime(2026, 6, 1, 0, minute, tzinfo=UTC) for minute in (0, 20, 40)] == fires(
        "*/20 0 1 6 *", WEDNESDAY, 3
    )


@pytest.mark.parametrize(
    "line", ["", "* * * *", "* * * * * *", "61 * * * *", "0 9 * * 8", "0 9 * * 5-1", "0 9 * * 1/0", "a b c d e"]
)
def test_what_is_no_line_of_crontab_is_refused_in_one_line(line: str) -> None:
    with pytest.raises(PluginError, match="no five fields of crontab"):
        crontab(line)
