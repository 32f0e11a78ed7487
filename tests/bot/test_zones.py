"""Time zones by the names people use."""

from __future__ import annotations

from contextlib import suppress
from zoneinfo import available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.cities import ZONES
from bot.errors import UserError
from bot.zones import find_zone


@pytest.mark.parametrize(
    ("typed", "zone"),
    [
        ("Europe/Berlin", "Europe/Berlin"),
        ("europe/berlin", "Europe/Berlin"),
        ("Berlin", "Europe/Berlin"),
        (" new york ", "America/New_York"),
        ("America/New York", "America/New_York"),
        ("port-au-prince", "America/Port-au-Prince"),
        ("utc", "UTC"),
        ("Etc/GMT-2", "Etc/GMT-2"),
        ("Etc/GMT+2", "Etc/GMT+2"),
        ("San Francisco", "America/Los_Angeles"),
        ("munich", "Europe/Berlin"),
        ("München", "Europe/Berlin"),
        ("São Paulo", "America/Sao_Paulo"),
        ("Zürich", "Europe/Zurich"),
        ("India", "Asia/Kolkata"),
        ("United Kingdom", "Europe/London"),
        ("PST", "America/Los_Angeles"),
        ("UTC+2", "Etc/GMT-2"),
        ("gmt -3", "Etc/GMT+3"),
    ],
)
def test_a_zone_is_found_by_its_name_or_its_city(typed: str, zone: str) -> None:
    assert zone == find_zone(typed).key


def test_a_city_with_two_names_for_one_zone_is_no_question() -> None:
    assert find_zone("Buenos Aires").key == "America/Buenos_Aires"


def test_a_name_that_two_different_zones_have_is_asked_back() -> None:
    with pytest.raises(UserError, match="Did you mean Brazil/West or Australia/West"):
        find_zone("West")


@pytest.mark.parametrize("typed", ["Berln", "Eurpe/Berlin", "berlim"])
def test_a_slip_brings_a_suggestion(typed: str) -> None:
    with pytest.raises(UserError, match="Europe/Berlin"):
        find_zone(typed)


@pytest.mark.parametrize("typed", ["", "xyzzy", "/", "../../etc/passwd", "Factory", "Europe", "UTC+99"])
def test_what_is_near_to_nothing_brings_an_example(typed: str) -> None:
    with pytest.raises(UserError, match="No time zone is called"):
        find_zone(typed)


@given(st.sampled_from(sorted(available_timezones() - {"Factory", "localtime"})))
def test_every_zone_is_found_by_its_full_name_in_any_case(name: str) -> None:
    assert name == find_zone(name.swapcase()).key


@given(st.text(max_size=40))
def test_any_text_is_a_zone_or_one_clear_line(text: str) -> None:
    with suppress(UserError):
        assert find_zone(text).key in available_timezones()


def test_places_lie_in_zones_that_there_are() -> None:
    assert set(ZONES.values()) <= available_timezones()
