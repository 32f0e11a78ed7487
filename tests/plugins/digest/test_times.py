"""When a digest comes, in plain words."""

from __future__ import annotations

from contextlib import suppress
from datetime import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import UserError
from plugins.digest.days import NAMES, suggest_days
from plugins.digest.times import read_times

WORKDAYS = frozenset(range(5))
DAILY = frozenset(range(7))


@pytest.mark.parametrize(
    ("text", "at", "days"),
    [
        ("every weekday at half past eight", time(8, 30), WORKDAYS),
        ("daily 9", time(9), DAILY),
        ("8:30", time(8, 30), None),
        ("8.30 pm every day", time(20, 30), DAILY),
        ("17h15", time(17, 15), None),
        ("mondays at noon", time(12), {0}),
        ("every Monday and Thursday at a quarter to nine", time(8, 45), {0, 3}),
        ("every evening at 8", time(20), DAILY),
        ("every morning", time(9), DAILY),
        ("twenty-five past ten on fridays", time(10, 25), {4}),
        ("five to twelve", time(11, 55), None),
        ("half eight daily", time(8, 30), DAILY),
        ("eight thirty every working day", time(8, 30), WORKDAYS),
        ("at 5", time(17), None),
        ("at 05:00", time(5), None),
        ("7 o'clock in the evening", time(19), None),
        ("12:30 am", time(0, 30), None),
        ("quarter past twelve at night", time(12, 15), None),
        ("weekly on friday at 4 p.m.", time(16), {4}),
        ("weekly", None, {0}),
        ("once a week on tue at 10", time(10), {1}),
        ("mon-fri 17:30", time(17, 30), WORKDAYS),
        ("weekends at 10 please", time(10), {5, 6}),
        ("tuesdays, thursdays at 16:30", time(16, 30), {1, 3}),
    ],
)
def test_times_are_read_as_people_say_them(text: str, at: time | None, days: set[int] | None) -> None:
    assert read_times(text) == (at, days)


@pytest.mark.parametrize(
    "text",
    ["banana", "every other day at 9", "every two hours", "at 25:00", "13 pm", "8:30 or so", "ten past midnight"],
)
def test_what_is_no_time_is_refused_with_what_to_write(text: str) -> None:
    with pytest.raises(UserError, match="write"):
        read_times(text)


@given(
    st.integers(0, 23),
    st.integers(0, 59),
    st.sampled_from(NAMES),
    st.sampled_from(["{t} on {d}s", "every {d} at {t}", "{d} {t}"]),
)
def test_a_time_and_a_day_are_read_in_any_order(hour: int, minute: int, day: str, form: str) -> None:
    text = form.format(t=f"{hour:02}:{minute:02}", d=day)
    assert read_times(text) == (time(hour, minute), frozenset({NAMES.index(day)}))


@given(st.integers(1, 12), st.sampled_from([5, 10, 15, 20, 25, 30]), st.sampled_from(["am", "pm"]))
def test_minutes_past_and_to_an_hour_are_as_far_from_it(hour: int, minutes: int, half: str) -> None:
    said = {15: "quarter", 30: "half"}.get(minutes, str(minutes))
    full = hour % 12 * 60 + (720 if half == "pm" else 0)
    for word, sign in (("past", 1), ("to", -1)):
        expected = (full + sign * minutes) % 1440
        if (minutes, word) != (30, "to"):
            assert read_times(f"{said} {word} {hour} {half}")[0] == time(expected // 60, expected % 60)


@given(st.text(max_size=40) | st.text("every monday at half past 0123456789:. ", max_size=40))
def test_any_text_is_a_time_or_one_clear_line(text: str) -> None:
    with suppress(UserError):
        at, days = read_times(text)
        assert days is None or days <= DAILY
        assert at is None or at.second == 0


def test_days_are_suggested_by_their_beginning() -> None:
    assert suggest_days(" M") == ["mon-fri", "mon"]
    assert "daily" in suggest_days("")
