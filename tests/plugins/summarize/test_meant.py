from __future__ import annotations

import contextlib
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot import UserError
from plugins.summarize.meant import meant
from tests.plugins.conversation import NOW

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("text", "number"), [("20", 20), (" last 50 messages", 50), ("the last 7", 7), ("1 message", 1), ("1000", 1000)]
)
def test_a_number_is_how_many_messages(text: str, number: int) -> None:
    assert number == meant(text, UTC, NOW)


@pytest.mark.parametrize("text", ["0", "1001", "last 5000 messages"])
def test_a_number_that_cannot_be_is_refused_in_one_line(text: str) -> None:
    with pytest.raises(UserError, match=r"the last 1 to 1,000 messages, not [\d,]+\.$"):
        meant(text, UTC, NOW)


@pytest.mark.parametrize(
    ("text", "when"),
    [
        ("yesterday", datetime(2026, 3, 1, 23, tzinfo=UTC)),
        ("since yesterday 9am", datetime(2026, 3, 2, 8, tzinfo=UTC)),
        ("2 hours ago", datetime(2026, 3, 3, 10, tzinfo=UTC)),
        ("today", datetime(2026, 3, 2, 23, tzinfo=UTC)),
        ("from 2026-03-01", datetime(2026, 2, 28, 23, tzinfo=UTC)),
    ],
)
def test_a_time_is_since_when_in_the_persons_zone(text: str, when: datetime) -> None:
    assert when == meant(text, BERLIN, NOW)


@pytest.mark.parametrize("text", ["the release", "tomorrow", "?", "what happened then"])
def test_what_is_neither_is_met_with_advice(text: str) -> None:
    with pytest.raises(UserError, match="`/summarize last:20`"):
        meant(text, UTC, NOW)


@pytest.mark.parametrize(
    "text", ["We ship the release on Friday.", "金曜日にリリースします。", "20 people came to the fair"]
)
def test_a_text_is_a_text(text: str) -> None:
    assert meant(text, UTC, NOW) is None


# The first call loads what knows the words of two hundred languages.
@settings(deadline=None)
@given(st.text(max_size=30))
def test_no_text_breaks_it(text: str) -> None:
    found: object = None
    with contextlib.suppress(UserError):
        found = meant(text, BERLIN, NOW)

    assert found is None or isinstance(found, int) or (isinstance(found, datetime) and found <= NOW)
