"""Times of day as people say them."""

from __future__ import annotations

import pytest

from bot import in_digits


@pytest.mark.parametrize(
    ("said", "written"),
    [
        ("at half past eight", "at 8.30"),
        ("half eight daily", "at 8.30 daily"),
        ("tomorrow at a quarter to nine", "tomorrow at 8.45"),
        ("ten minutes past 9 pm", "at 9.10 pm"),
        ("twenty-five to one", "at 12.35"),
        ("quarter to seven", "at 06.45"),
        ("quarter to 12 p.m.", "at 11.45 am"),
        ("5 to 12 am", "at 11.55 pm"),
        ("at five", "at 5.00"),
        ("eight o'clock", "at 8.00"),
        ("eleven thirty on friday", "at 11.30 on friday"),
        ("six pm", "at 6.00 pm"),
        ("half past 8pm", "at 8.30 pm"),
        ("eighteen, at eight", "eighteen, at 8.00"),
    ],
)
def test_times_in_words_are_written_in_digits(said: str, written: str) -> None:
    assert written == in_digits(said)


@pytest.mark.parametrize(
    "said",
    [
        "10 to 12",
        "in five to ten minutes",
        "in two hours",
        "half an hour",
        "buy ten eggs",
        "ten past midnight",
        "5 past 30",
        "at 8:30",
        "8.30",
    ],
)
def test_all_else_stays_as_it_is(said: str) -> None:
    assert said == in_digits(said)
