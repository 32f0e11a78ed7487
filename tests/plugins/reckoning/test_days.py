"""Days and the distance between them, as the standard library has them."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from plugins.reckoning.days import about_day, between, months_between, working_days

DAYS = st.dates(date(1, 2, 1), date(9999, 12, 31))
TODAY = date(2026, 3, 2)


def test_a_day_is_told_with_its_distance_week_and_place_in_the_year() -> None:
    assert (
        "**Thursday, 24 December 2026** is in 297 days (42 weeks and 3 days): week 52 of 2026, day 358 of the year."
        == about_day(date(2026, 12, 24), TODAY)
    )
    assert "is today: week 10" in about_day(TODAY, TODAY)
    assert "is tomorrow" in about_day(date(2026, 3, 3), TODAY)
    assert "is yesterday" in about_day(date(2026, 3, 1), TODAY)
    assert "is 14 days ago (2 weeks)" in about_day(date(2026, 2, 16), TODAY)
    assert "week 53 of 2026, day 1 of" in about_day(date(2027, 1, 1), TODAY)


def test_a_span_is_told_in_days_weeks_months_and_working_days() -> None:
    assert (
        "From Monday, 2 March 2026 to Friday, 1 May 2026: **60 days** (8 weeks and 4 days), or 1 month and 29 days; "
        "44 working days (Monday to Friday, the last day not counted)." == between(TODAY, date(2026, 5, 1))
    )
    assert "**6 days**; 5 working days" in between(date(2026, 3, 8), TODAY)
    assert "2 years, 1 month and 1 day" in between(date(2024, 1, 31), date(2026, 3, 1))


@given(DAYS, st.integers(0, 5000))
def test_working_days_are_those_that_are_no_saturday_or_sunday(first: date, length: int) -> None:
    length = min(length, (date(9999, 12, 31) - first).days)
    counted = sum((first + timedelta(days=step)).weekday() < 5 for step in range(length))
    assert counted == working_days(first, first + timedelta(days=length))


@given(DAYS, DAYS)
def test_months_and_days_lead_from_the_first_day_to_the_last(one: date, other: date) -> None:
    first, last = min(one, other), max(one, other)
    months, days = months_between(first, last)
    assert 0 <= days <= 31
    assert (last - timedelta(days=days)).day == first.day or (last - timedelta(days=days - 1)).day == 1 or days == 0
    assert months // 12 <= last.year - first.year
    assert about_day(first, last)
    assert between(first, last)


@given(DAYS, DAYS)
def test_the_distance_and_weekday_are_the_calendars(day: date, today: date) -> None:
    told = about_day(day, today)
    assert f"{day:%A}" in told
    distance = abs((day - today).days)
    assert distance < 2 or f"{distance:,} days" in told
