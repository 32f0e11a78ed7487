"""Finds a time zone by what people call it: `Europe/Berlin`, `berlin`, `new york`."""

from __future__ import annotations

import difflib
from collections import defaultdict
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from bot.errors import UserError

_NO_ZONES = frozenset({"Factory", "localtime"})
"""Names in the zone database that are no place."""

_SAMPLES = tuple(datetime(year, month, 1, tzinfo=UTC) for year in (2020, 2026) for month in range(1, 13))
"""Two zones that agree at all of these are one zone under two names."""


def find_zone(text: str) -> ZoneInfo:
    """The zone called `text`: its full name, or its city where only one zone has it.

    Raises:
        UserError: No zone is called so, or several are; the text suggests names.
    """
    wanted = _plain(text)
    full, cities = _names()
    if wanted in full:
        return ZoneInfo(full[wanted])
    found = cities.get(wanted.rpartition("/")[2], ()) if "/" not in wanted else ()
    if found and len({_offsets(name) for name in found}) == 1:
        return ZoneInfo(found[0])
    near = list(found) or _near(wanted, full, cities)
    hint = f"Did you mean {_either(near)}?" if near else "It is called after a city, such as Europe/Berlin."
    raise UserError(f"No time zone is called “{text.strip()}”. {hint}")


def _plain(text: str) -> str:
    return "_".join(text.strip().casefold().replace("-", " ").replace("_", " ").split())


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
