"""Amounts in other units."""

from __future__ import annotations

import re
from contextlib import suppress

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot import UserError
from plugins.reckoning.units import convert


@pytest.mark.parametrize(
    ("amount", "to", "told"),
    [
        ("5 miles", "km", "5 miles = **8.04672** km"),
        ("72F", "C", "72 °F ≈ **22.22222** °C"),
        ("-40 C", "F", "-40 °C = **-40** °F"),
        ("20 degrees celsius", "kelvin", "20 degrees celsius = **293.15** K"),
        ("5 ft 3 in", "cm", "5 ft 3 in = **160.02** cm"),
        ("5'3\"", "cm", "5'3\" = **160.02** cm"),
        ("1 hour and 30 minutes", "min", "1 hour and 30 minutes = **90** min"),
        ("-1 h 30 min", "min", "-1 h 30 min = **-90** min"),
        ("2 GB", "MiB", "2 GB ≈ **1,907.349** MiB"),
        ("500 mb", "GB", "500 mb = **0.5** GB"),
        ("1/2 cup", "ml", "1/2 cup ≈ **118.2941** ml"),
        ("2 1/2 weeks", "hours", "2 1/2 weeks = **420** hours"),
        ("½ km", "m", "½ km = **500** m"),
        ("half a mile", "m", "half a mile = **804.672** m"),
        ("100 m2", "sq ft", "100 m2 ≈ **1,076.391** sq ft"),
        ("1 km²", "ha", "1 km² = **100** ha"),
        ("10 m/s^2", "ft/s^2", "10 m/s^2 ≈ **32.8084** ft/s^2"),
        ("30 mpg", "l/100km", "30 mpg ≈ **7.840486** l/100km"),
        ("12 fl oz", "ml", "12 fl oz ≈ **354.8824** ml"),
        ("1,500 g", "kg", "1,500 g = **1.5** kg"),
        ("10 metres per second", "km per hour", "10 metres per second = **36** km per hour"),
        ("5 µm", "nm", "5 µm = **5,000** nm"),
        ("convert 12 inches into cm?", "", "12 inches = **30.48** cm"),
        ("5 ft 3 in in cm", "", "5 ft 3 in = **160.02** cm"),
        ("how many is a mile in meters", "", "a mile = **1,609.344** meters"),
        ("180 °", "rad", "180 ° ≈ **3.141593** rad"),
    ],
)
def test_amounts_are_read_as_people_write_them(amount: str, to: str, told: str) -> None:
    assert told == convert(amount, to)


@pytest.mark.parametrize(
    ("amount", "to", "problem"),
    [
        ("5 dollars", "euro", "I convert no money"),
        ("5 USD", "EUR", "I convert no money"),
        ("$5", "€", "I convert no money"),
        ("5 pounds", "euros", "I convert no money"),
        ("5 kg", "m", "do not measure the same"),
        ("5 ft 3 kg", "m", "I know no unit"),
        ("5", "km", "no number with a unit"),
        ("km", "m", "no number with a unit"),
        ("5 bananas", "km", "I know no unit “bananas”"),
        ("5 km", "m^99999", "I know no unit"),
        ("5 km", "__import__", "I know no unit"),
        ("5 km", "(((m", "I know no unit"),
        ("1/0 km", "m", "no number that I can convert"),
        ("1e308 km", "mm", "too large"),
        ("1,5 km", "m", "commas only between thousands"),
        ("1 " + "per " * 24 + "!", "m", "I know no unit"),
        ("5 km", "", "Into which unit?"),
        ("5 km", "m" * 101, "at most 100 characters"),
    ],
)
def test_what_cannot_be_converted_is_refused_in_one_line(amount: str, to: str, problem: str) -> None:
    with pytest.raises(UserError, match=re.escape(problem)) as raised:
        convert(amount, to)
    assert "\n" not in str(raised.value)


@given(st.integers(-(10**6), 10**6), st.sampled_from([("km", "mi"), ("kg", "lb"), ("C", "F"), ("l", "gallons")]))
@settings(deadline=None)
def test_there_and_back_is_the_same(number: int, units: tuple[str, str]) -> None:
    one, other = units
    there = convert(f"{number} {one}", other).partition("**")[2].partition("**")[0]
    back = convert(f"{there} {other}", one).partition("**")[2].partition("**")[0]
    assert float(back.replace(",", "")) == pytest.approx(number, rel=1e-5, abs=1e-5)


@settings(deadline=None, max_examples=60)
@given(
    st.text(max_size=40) | st.text("0123456789 /^*.()kmgftinCF°'\"", max_size=30),
    st.text(max_size=20) | st.sampled_from(["m", "kg", "C", ""]),
)
@example("0A/", "0")
def test_any_text_is_converted_or_refused_in_one_clear_line(amount: str, to: str) -> None:
    with suppress(UserError):
        assert "**" in convert(amount, to)
