from __future__ import annotations

import io
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from PIL import Image

from bot import Language, Profile
from plugins.summarize.activity import activity_picture, counted
from plugins.summarize.wording import Reader
from tests.plugins.conversation import request
from tests.plugins.summarize.busy import DAY

BERLIN = ZoneInfo("Europe/Berlin")
END = datetime(2026, 3, 3, 20, tzinfo=UTC)


def _reader(language: str = "en") -> Reader:
    return Reader.of(replace(request(), received=END), Profile(zone=BERLIN, language=Language(language)))


def test_counts_by_the_hour_of_the_zone() -> None:
    start = datetime(2026, 3, 3, 10, 30, tzinfo=UTC)
    times = [start, start + timedelta(minutes=29), start + timedelta(minutes=30)]
    bars = counted(times, start, start + timedelta(hours=1, minutes=30), BERLIN, hourly=True)

    assert [(10, 2), (11, 1)] == [(when.hour, number) for when, number in bars]


def test_the_days_on_which_clocks_change_are_days_too() -> None:
    start, end = datetime(2026, 3, 27, 23, tzinfo=UTC), datetime(2026, 3, 31, 22, tzinfo=UTC)
    bars = counted([start, end - timedelta(seconds=1)], start, end, BERLIN, hourly=False)

    assert [28, 29, 30, 31] == [when.astimezone(BERLIN).day for when, _ in bars]
    assert [0] * 4 == [when.astimezone(BERLIN).hour for when, _ in bars]
    assert [1, 0, 0, 1] == [number for _, number in bars]


def test_an_hour_that_comes_twice_is_two_hours() -> None:
    start, end = datetime(2026, 10, 24, 22, tzinfo=UTC), datetime(2026, 10, 25, 4, tzinfo=UTC)

    assert 6 == len(counted([], start, end, BERLIN, hourly=True))


def test_a_busy_day_is_a_picture_with_the_same_in_words() -> None:
    picture = activity_picture(DAY, END - timedelta(days=1), END, _reader())

    assert picture is not None
    assert "image/png" == picture.media_type
    assert picture.alt.startswith("62 messages by the hour, Mon 21:00 to Tue 21:00 (Europe/Berlin): most, ")
    assert "in the hour from 10:00" in picture.alt
    image = Image.open(io.BytesIO(picture.data))
    assert (960, 225) == image.size
    assert (0, 255) == image.convert("RGBA").getchannel("A").getextrema()


def test_a_longer_stretch_is_told_by_days() -> None:
    spread = [replace(message, sent=END - timedelta(hours=3 * place)) for place, message in enumerate(DAY)]
    week = activity_picture(spread, END - timedelta(days=6), END, _reader("de"))
    month = activity_picture(spread, END - timedelta(days=30), END, _reader())

    assert week is not None
    assert month is not None
    assert "by the day" in week.alt
    assert "on 25 Feb" in month.alt


def test_days_are_told_in_english_as_the_words_around_them() -> None:
    spread = [replace(message, sent=END - timedelta(hours=2 * place)) for place, message in enumerate(DAY)]
    pictures = [activity_picture(spread, END - timedelta(days=5), END, _reader(each)) for each in ("en", "th")]

    assert pictures[0] is not None
    assert pictures[0] == pictures[1]


def test_a_few_messages_or_a_single_hour_are_no_picture() -> None:
    start = END - timedelta(days=1)

    assert activity_picture(DAY[:19], start, END, _reader()) is None
    assert activity_picture([replace(each, sent=END) for each in DAY], start, END, _reader()) is None
