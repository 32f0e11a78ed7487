"""What the time is elsewhere."""

from __future__ import annotations

import re
from datetime import datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo

from bot import UserError, find_zone

MOST = 10
"""Places in one answer."""


def find_zones(text: str) -> dict[str, ZoneInfo]:
    """The zones of some places, separated by commas or `and`, by what they are called.

    Raises:
        UserError: One of them is none, or they are too many.
    """
    names = [name for name in re.split(r"\s*(?:[,;&]|\band\b)\s*", text.strip().rstrip("?")) if name]
    if len(names) > MOST:
        raise UserError(f"At most {MOST} places at once.")
    return {called(name, zone): zone for name, zone in ((name, find_zone(name)) for name in names)}


def at_clock(at: time | None, zone: tzinfo, now: datetime) -> datetime:
    """The moment at which it is that time today in a zone; now without a time.

    A time that the clocks skip comes when they have moved on.
    """
    if at is None:
        return now.astimezone(zone)
    today = now.astimezone(zone).date()
    return datetime.combine(today, at.replace(tzinfo=None), tzinfo=zone).astimezone(now.tzinfo).astimezone(zone)


def say_clock(moment: datetime, zone: ZoneInfo, beside: datetime) -> str:
    """What the clocks of a zone show, and the day where that is another one.

    Args:
        moment: When.
        zone: Where.
        beside: The same moment, in the zone that was asked from.
    """
    local = moment.astimezone(zone)
    days = (local.date() - beside.date()).days
    other = {-1: ", the day before", 1: ", the day after"}.get(days, "")
    return f"**{local:%H:%M}** {local:%a} {local.day} {local:%b} ({_offset(local)}){other}"


def called(name: str, zone: ZoneInfo) -> str:
    """What a place is called: after its zone, or with it where that is called after another one."""
    name = name.strip().title() if name.islower() else name.strip()
    known = name.casefold() in zone.key.casefold().replace("_", " ")
    return city(zone) if known else f"{name} ({zone.key})"


def city(zone: ZoneInfo) -> str:
    """What a zone's place is called."""
    return zone.key.rpartition("/")[2].replace("_", " ")


def _offset(local: datetime) -> str:
    offset = local.utcoffset() or timedelta(0)
    sign = "-" if offset < timedelta(0) else "+"
    hours, minutes = divmod(round(abs(offset) / timedelta(minutes=1)), 60)
    return f"UTC{sign}{hours}" + (f":{minutes:02}" if minutes else "") if offset else "UTC"
