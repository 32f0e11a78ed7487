"""What `/time`, `/calculate`, `/convert` and `/date` say."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bot.body import State
from bot.testing import Testbed

# The clock of the tests shows Monday, 2 March 2026, 9:30 UTC.


async def test_the_time_here_and_elsewhere(atelier: Testbed) -> None:
    unknown = await atelier.say("/time")
    assert "UTC: **09:30** Mon 2 Mar (UTC)\nI do not know your time zone" in unknown.text
    await atelier.say("/profile set name:zone value:Berlin")
    assert "Berlin: **10:30** Mon 2 Mar (UTC+1)" == (await atelier.say("/time")).text
    assert "Tokyo: **18:30** Mon 2 Mar (UTC+9)" == (await atelier.say("/time in:Tokyo")).text
    several = await atelier.say("/time in:Tokyo, New York and Kathmandu at:15:00 from:Berlin")
    assert [
        "When it is 15:00 Mon 2 Mar in Berlin:",
        "Tokyo: **23:00** Mon 2 Mar (UTC+9)",
        "New York: **09:00** Mon 2 Mar (UTC-5)",
        "Kathmandu: **19:45** Mon 2 Mar (UTC+5:45)",
    ] == several.text.splitlines()
    assert (
        "Auckland: **03:00** Tue 3 Mar (UTC+13), the day after" in (await atelier.say("/time in:Auckland at:3pm")).text
    )
    elsewhere = await atelier.say("/time in:India, san francisco at:12:00 from:munich")
    assert [
        "When it is 12:00 Mon 2 Mar in Munich (Europe/Berlin):",
        "India (Asia/Kolkata): **16:30** Mon 2 Mar (UTC+5:30)",
        "San Francisco (America/Los_Angeles): **03:00** Mon 2 Mar (UTC-8)",
    ] == elsewhere.text.splitlines()
    assert (
        "Honolulu: **21:30** Sun 1 Mar (UTC-10), the day before"
        in (await atelier.say("/time in:Honolulu at:8:30 from:Berlin")).text
    )


async def test_a_time_that_the_clocks_skip_comes_when_they_have_moved_on(atelier: Testbed) -> None:
    atelier.clock.now = datetime(2026, 3, 29, 0, 10, tzinfo=UTC)
    assert (
        "When it is 03:30 Sun 29 Mar in Berlin:\nUTC: **01:30**"
        in (await atelier.say("/time in:UTC at:02:30 from:Berlin")).text
    )


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("/time in:Nowhere", "No time zone is called “Nowhere”"),
        ("/time in:" + ",".join(["Tokyo"] * 11), "At most 10 places"),
        ("/calculate 1/0", "Nothing can be divided by zero."),
        ("/convert 5 kg to m", "do not measure the same"),
        ("/date day:whenever", "is no date"),
    ],
)
async def test_what_cannot_be_reckoned_is_said_in_one_line(atelier: Testbed, line: str, says: str) -> None:
    body = await atelier.say(line)
    assert State.FAILED is body.state
    assert says in body.text


async def test_sums_units_and_days_are_told(atelier: Testbed) -> None:
    assert "`15% of 80` = **12**" == (await atelier.say("/calculate 15% of 80")).text
    assert "`1/3` ≈ **0.333333333333333**" == (await atelier.say("/calculate expression:1/3 =")).text
    assert "5 miles = **8.04672** km" == (await atelier.say("/convert 5 miles to km")).text
    assert "**Monday, 13 April 2026** is in 42 days (6 weeks)" in (await atelier.say("/date in 6 weeks")).text
    assert "**60 days**" in (await atelier.say("/date day:today until:1 May")).text
    await atelier.say("/profile set name:zone value:Auckland")
    atelier.clock.now = datetime(2026, 3, 2, 23, 0, tzinfo=UTC)
    assert "**Tuesday, 3 March 2026** is today" in (await atelier.say("/date")).text
