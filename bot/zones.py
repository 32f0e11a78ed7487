"""Finds a time zone by what people call it: `Europe/Berlin`, `berlin`, `Munich`, `India`, `UTC+2`."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections import defaultdict
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from bot.cities import ZONES
from bot.errors import UserError

_NO_ZONES = frozenset({"Factory", "localtime"})
"""Names in the zone database that are no place."""

_OFFSET = re.compile(r"^\s*(?:utc|gmt)\s*([+-])\s*([1-9]\d?)\s*$", re.IGNORECASE)

_SAMPLES = tuple(datetime(year, month, 1, tzinfo=UTC) for year in (2020, 2026) for month in range(1, 13))
"""Two zones that agree at all of these are one zone under two names."""


def find_zone(text: str) -> ZoneInfo:
    """The zone called `text`: its full name, or a place in it where only one zone has that.

    Raises:
        UserError: No zone is called so, or several are; the text suggests names.
    """
    wanted = _plain(_OFFSET.sub(_posix, text))
    full, cities = _names()
    if wanted in full:
        return ZoneInfo(full[wanted])
    found = cities.get(wanted.rpartition("/")[2], ()) if "/" not in wanted else ()
    if found and len({_offsets(name) for name in found}) == 1:
        return ZoneInfo(found[0])
    if elsewhere := _elsewhere(wanted):
        return ZoneInfo(elsewhere)
    near = list(found) or _near(wanted, full, cities)
    hint = f"Did you mean {_either(near)}?" if near else "It is called after a city, such as Europe/Berlin."
    raise UserError(f"No time zone is called “{text.strip()}”. {hint}")


def _plain(text: str) -> str:
    bare = "".join(letter for letter in unicodedata.normalize("NFKD", text) if not unicodedata.combining(letter))
    return "_".join(bare.strip().casefold().replace("-", " ").replace("_", " ").split())


def _posix(offset: re.Match[str]) -> str:
    # The names of these zones count from the place to UTC.
    return f"Etc/GMT{'-' if offset[1] == '+' else '+'}{offset[2]}"


def _elsewhere(wanted: str) -> str | None:
    """The zone of a city that none is called after, or of a country."""
    return _cities().get(wanted) or _countries().get(wanted)


@cache
def _cities() -> Mapping[str, str]:
    return {_plain(place): zone for place, zone in ZONES.items()}


@cache
def _countries() -> Mapping[str, str]:
    """Countries that have one zone, by their English names."""
    from babel import Locale
    from babel.core import get_global

    # Each time it is asked, it reads what is on disk.
    available = available_timezones()
    zones: defaultdict[str, list[str]] = defaultdict(list)
    for zone, country in get_global("zone_territories").items():
        if zone in available:
            zones[country].append(zone)
    names = Locale("en").territories
    return {
        _plain(names[country]): found[0]
        for country, found in zones.items()
        if country in names and len({_offsets(zone) for zone in found}) == 1
    }


@cache
def _names() -> tuple[Mapping[str, str], Mapping[str, tuple[str, ...]]]:
    """Names by their plain form: in full, and by city (shortest first)."""
    names = sorted(available_timezones() - _NO_ZONES, key=lambda name: (len(name), name))
    cities: defaultdict[str, list[str]] = defaultdict(list)
    for name in names:
        cities[_plain(name.rpartition("/")[2])].append(name)
    return {_plain(name): name for name in names}, {city: tuple(found) for city, found in cities.items()}


def _offsets(name: str) -> tuple[object, ...]:
    zone = ZoneInfo(name)
    return tuple(moment.astimezone(zone).utcoffset() for moment in _SAMPLES)


def _near(wanted: str, full: Mapping[str, str], cities: Mapping[str, tuple[str, ...]]) -> list[str]:
    by_city = [name for city in difflib.get_close_matches(wanted, cities, n=3, cutoff=0.7) for name in cities[city]]
    by_name = [full[name] for name in difflib.get_close_matches(wanted, full, n=3, cutoff=0.7)]
    return list(dict.fromkeys([*by_city, *by_name]))[:3]


def _either(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}"
