"""Days of the week, as people type them."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import UserError
from plugins.digest.days import NAMES, parse_days, say_days


@pytest.mark.parametrize(
    ("typed", "days"),
    [
        ("mon-fri", {0, 1, 2, 3, 4}),
        ("Mon–Fri", {0, 1, 2, 3, 4}),
        ("monday to friday", {0, 1, 2, 3, 4}),
        ("weekdays", {0, 1, 2, 3, 4}),
        ("mon,wed", {0, 2}),
        ("Mon, Wed and Fri", {0, 2, 4}),
        ("tue thu", {1, 3}),
        ("tues. & thurs.", {1, 3}),
        ("sat - mon", {5, 6, 0}),
        ("fri-fri", {4}),
        ("mondays", {0}),
        ("weekends, mon", {5, 6, 0}),
        ("daily", set(range(7))),
        ("every  day", set(range(7))),
        (" SUN ", {6}),
    ],
)
def test_days_are_read_as_people_type_them(typed: str, days: set[int]) -> None:
    assert parse_days(typed) == days


@pytest.mark.parametrize(
    "typed", ["", ",", "m", "t", "someday", "mon-", "-fri", "mon-fri-sun", "mon-xyz", "0", "sunny"]
)
def test_what_names_no_days_is_refused_with_examples(typed: str) -> None:
    with pytest.raises(UserError, match="names no days; write mon-fri"):
        parse_days(typed)


@pytest.mark.parametrize(
    ("days", "words"),
    [
        ({0, 1, 2, 3, 4}, "Mon–Fri"),
        ({0, 2}, "Mon, Wed"),
        ({5, 6}, "Sat, Sun"),
        ({0, 1, 2, 5}, "Mon–Wed, Sat"),
        (set(range(7)), "daily"),
    ],
)
def test_days_are_said_briefly(days: set[int], words: str) -> None:
    assert say_days(frozenset(days)) == words


@given(st.frozensets(st.integers(0, 6), min_size=1))
def test_what_is_said_reads_back_as_the_same_days(days: frozenset[int]) -> None:
    assert parse_days(say_days(days)) == days


@given(st.integers(0, 6), st.integers(0, 6), st.integers(2, 9), st.sampled_from(["-", "–", " to ", " - "]))
def test_a_span_goes_from_its_first_day_to_its_last(first: int, last: int, letters: int, between: str) -> None:
    found = parse_days(f"{NAMES[first][:letters]}{between}{NAMES[last][:letters]}")
    assert {first, last} <= found
    assert len(found) == (last - first) % 7 + 1


@given(st.text(max_size=30) | st.text("montuewdhfrisa-, ", max_size=30))
def test_any_text_is_days_or_one_clear_line(text: str) -> None:
    with suppress(UserError):
        assert parse_days(text) <= set(range(7))
