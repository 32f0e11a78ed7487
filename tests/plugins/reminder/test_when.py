"""When a reminder shall come, in the words that people use."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot import Repeat
from plugins.reminder.when import cleaned, find_when, read_when, recurs_otherwise

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 3, 4, 10, 20, tzinfo=UTC)
"""Wednesday, 11:20 in Berlin."""

TIMES = [
    ("tomorrow at 9", "03-05 09:00"),
    ("tomorrow", "03-05 09:00"),
    ("in 2 hours", "03-04 13:20"),
    ("in 10 minutes", "03-04 11:30"),
    ("in half an hour", "03-04 11:50"),
    ("an hour and a half", "03-04 12:50"),
    ("in 1 hour 30 minutes", "03-04 12:50"),
    ("in 1.5 hours", "03-04 12:50"),
    ("friday 15:00", "03-06 15:00"),
    ("on Friday at 3pm", "03-06 15:00"),
    ("9pm", "03-04 21:00"),
    ("at 9", "03-05 09:00"),
    ("at 5", "03-04 17:00"),
    ("at 5 am", "03-05 05:00"),
    ("05:00", "03-05 05:00"),
    ("12 am", "03-05 00:00"),
    ("12 p.m.", "03-04 12:00"),
    ("next monday at 9", "03-09 09:00"),
    ("monday morning at 8:30", "03-09 08:30"),
    ("tomorrow evening", "03-05 18:00"),
    ("tomorrow at 7 in the evening", "03-05 19:00"),
    ("tonight", "03-04 20:00"),
    ("tonight at 8", "03-04 20:00"),
    ("noon", "03-04 12:00"),
    ("midnight", "03-05 00:00"),
    ("in 3 weeks", "03-25 09:00"),
    ("in 2 days at 10", "03-06 10:00"),
    ("2026-03-05 14:00", "03-05 14:00"),
    ("april 3rd at 10am", "04-03 10:00"),
    ("the 15th at 10:00", "03-15 10:00"),
    ("on the 5th", "03-05 09:00"),
    ("the 31st at 8", "03-31 08:00"),
    ("the 4th at 9", "04-04 09:00"),
    ("24.12.", "12-24 09:00"),
    ("24.12. 18:00", "12-24 18:00"),
    ("8.30", "03-05 08:30"),
    ("tomorrow at 5.30", "03-05 17:30"),
    ("morgen um 5.30 Uhr", "03-05 05:30"),
    ("tomorrow at half past eight", "03-05 08:30"),
    ("quarter to nine tomorrow", "03-05 08:45"),
    ("at half past five", "03-04 17:30"),
    ("at half past five in the morning", "03-05 05:30"),
    ("eight o'clock on friday", "03-06 08:00"),
    ("at twelve", "03-04 12:00"),
    ("morgen um 9 Uhr", "03-05 09:00"),
    ("morgen früh", "03-05 09:00"),
    ("heute Abend um 8", "03-04 20:00"),
    ("in einer Stunde", "03-04 12:20"),
    ("übermorgen um 8", "03-06 08:00"),
    ("mañana a las 9", "03-05 09:00"),
    ("mañana por la mañana", "03-05 09:00"),
    ("demain à 9h", "03-05 09:00"),
]


@pytest.mark.parametrize(("words", "local"), TIMES)
def test_times_are_read_as_people_say_them(words: str, local: str) -> None:
    when = read_when(words, BERLIN, NOW)
    assert when is not None
    assert (f"2026-{local}", None) == (f"{when.due.astimezone(BERLIN):%Y-%m-%d %H:%M}", when.repeat)


@pytest.mark.parametrize(
    ("words", "local", "repeat"),
    [
        ("every day at 9", "03-05 09:00", Repeat.DAILY),
        ("daily at 7pm", "03-04 19:00", Repeat.DAILY),
        ("every morning", "03-05 09:00", Repeat.DAILY),
        ("weekdays at 8", "03-05 08:00", Repeat.WEEKDAYS),
        ("every weekday at 8:15", "03-05 08:15", Repeat.WEEKDAYS),
        ("every Monday at 18:30", "03-09 18:30", Repeat.WEEKLY),
        ("every friday afternoon", "03-06 15:00", Repeat.WEEKLY),
        ("weekly", "03-05 09:00", Repeat.WEEKLY),
        ("every Wednesday at 18:30", "03-04 18:30", Repeat.WEEKLY),
        ("every Wednesday at 8", "03-11 08:00", Repeat.WEEKLY),
        ("on Mondays at 9", "03-09 09:00", Repeat.WEEKLY),
        ("jeden Montag um 9", "03-09 09:00", Repeat.WEEKLY),
        ("jeden Tag um 7", "03-05 07:00", Repeat.DAILY),
    ],
)
def test_repeated_times_are_read_too(words: str, local: str, repeat: Repeat) -> None:
    when = read_when(words, BERLIN, NOW)
    assert when is not None
    assert (f"2026-{local}", repeat) == (f"{when.due.astimezone(BERLIN):%Y-%m-%d %H:%M}", when.repeat)


def test_on_a_friday_evening_weekdays_begin_on_monday() -> None:
    when = read_when("weekdays at 8", BERLIN, datetime(2026, 3, 6, 18, tzinfo=UTC))
    assert when is not None
    assert datetime(2026, 3, 9, 7, tzinfo=UTC) == when.due


@pytest.mark.parametrize(
    "words",
    [
        *("", "call Ana", "in 5 apples", "tomorrow at 25", "tomorrow at 9:75", "end of day", "15 pm"),
        *("in 5", "the 9", "the 32nd", "24:30", "every 2 hours", "every other day", "every month", "every 1st"),
    ],
)
def test_what_means_no_time_is_none(words: str) -> None:
    assert read_when(words, BERLIN, NOW) is None


@pytest.mark.parametrize(
    ("sentence", "local", "what"),
    [
        ("remind me tomorrow at 9 to call Ana", "03-05 09:00", "call Ana"),
        ("remind me to call Ana tomorrow at 9", "03-05 09:00", "call Ana"),
        ("remind me tomorrow at half past eight to call Ana", "03-05 08:30", "call Ana"),
        ("remind me at eight tomorrow to buy ten eggs", "03-05 08:00", "buy ten eggs"),
        ("call Ana tomorrow at 9 about the release", "03-05 09:00", "call Ana about the release"),
        ("remind me in 20 minutes that the pizza is ready", "03-04 11:40", "the pizza is ready"),
        ("Please remind me about the meeting on Friday at 3pm", "03-06 15:00", "the meeting"),
        ("buy 2 tickets at the shop tomorrow", "03-05 09:00", "buy 2 tickets at the shop"),
        ("remind me to take the bread out in half an hour please", "03-04 11:50", "take the bread out"),
        ("in 20 minutes <@123> @everyone look", "03-04 11:40", "<@123> @everyone look"),
        ("Erinnere mich morgen um 9 daran, Ana anzurufen", "03-05 09:00", "Ana anzurufen"),
        ("tomorrow at 9", "03-05 09:00", ""),
    ],
)
def test_a_sentence_is_parted_into_time_and_words(sentence: str, local: str, what: str) -> None:
    found = find_when(sentence, BERLIN, NOW)
    assert found is not None
    assert (f"2026-{local}", what) == (f"{found[0].due.astimezone(BERLIN):%Y-%m-%d %H:%M}", found[1])


@pytest.mark.parametrize(
    ("text", "otherwise"),
    [
        ("every 2 hours", True),
        ("remind me every other Friday to submit", True),
        ("pay rent on the 1st of every month", True),
        ("every Monday and Wednesday at 9", True),
        ("every Mon, Wed", True),
        ("every day at 9", False),
        ("every Monday at 18:30", False),
        ("tomorrow water every plant", False),
        ("remind me weekly", False),
    ],
)
def test_what_recurs_as_no_reminder_can_is_recognised(text: str, otherwise: bool) -> None:
    assert otherwise == recurs_otherwise(text)


def test_a_sentence_without_a_time_has_none() -> None:
    assert find_when("remind me to water the plants", BERLIN, NOW) is None
    assert "water the plants" == cleaned(" to water the plants, please")


@given(st.integers(0, 23), st.integers(0, 59), st.sampled_from(["UTC", "Europe/Berlin", "America/New_York"]))
def test_a_time_of_day_is_the_next_such_time(hour: int, minute: int, name: str) -> None:
    zone = ZoneInfo(name)
    when = read_when(f"at {hour:02}:{minute:02}", zone, NOW)
    assert when is not None
    assert (hour, minute) == (when.due.astimezone(zone).hour, when.due.astimezone(zone).minute)
    assert timedelta(0) < when.due - NOW <= timedelta(hours=25)


@given(st.integers(1, 500), st.sampled_from([("minutes", 60), ("min", 60), ("hours", 3600), ("h", 3600)]))
def test_a_length_of_time_is_exactly_so_long(number: int, unit: tuple[str, int]) -> None:
    when = read_when(f"in {number} {unit[0]}", BERLIN, NOW)
    assert when is not None
    assert timedelta(seconds=number * unit[1]) == when.due - NOW


@settings(deadline=None, max_examples=60)
@given(st.text(max_size=60) | st.text("0123456789:. amptoevryinuhd@-", max_size=40))
def test_any_text_is_a_time_or_none(text: str) -> None:
    read_when(text, BERLIN, NOW)
    find_when(text, BERLIN, NOW)
