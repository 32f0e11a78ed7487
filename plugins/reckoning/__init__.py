"""`/time`, `/calculate`, `/convert` and `/date`: what can be reckoned without a model."""

from __future__ import annotations

import asyncio
import datetime as dt
from typing import Annotated

from bot import Plugin, Profile, Range, Request, find_zone, zone_of
from plugins.reckoning.clocks import at_clock, called, city, find_zones, say_clock
from plugins.reckoning.days import about_day, between
from plugins.reckoning.sums import calculate as value_of
from plugins.reckoning.sums import is_rounded, say
from plugins.reckoning.units import convert as converted

plugin = Plugin("reckoning", "Times, days, sums and units.")


@plugin.command(
    examples=[
        "/time in:Tokyo",
        "/time in:Tokyo, New York at:15:00 from:Berlin",
        "what time is it in Tokyo?",
        "when it is 3pm in Berlin, what time is it in New York?",
    ],
    repeatable=True,
)
async def time(
    profile: Profile,
    request: Request,
    in_: Annotated[str, Range(0, 300)] = "",
    at: dt.time | None = None,
    from_: Annotated[str, Range(0, 100)] = "",
) -> str:
    """Tell the time in other places, now or at a time of yours.

    Args:
        in_: Cities or time zones, separated by commas; your own without it.
        at: Time of day today, such as 15:00; now without it.
        from_: Where it is that time; where you are without it.
    """
    own = zone_of(profile)
    here = await asyncio.to_thread(find_zone, from_) if from_.strip() else own
    there = await asyncio.to_thread(find_zones, in_) if in_.strip() else {city(own): own}
    moment = at_clock(at, here, request.received)
    lines = [f"{name}: {say_clock(moment, zone, moment)}" for name, zone in there.items()]
    if at is not None or from_.strip():
        place = called(from_, here) if from_.strip() else city(here)
        lines.insert(0, f"When it is {moment:%H:%M} {moment:%a} {moment.day} {moment:%b} in {place}:")
    elif not in_.strip() and profile.zone is None:
        lines.append("I do not know your time zone; `/profile set name:zone` tells me.")
    return "\n".join(lines)


@plugin.command(
    examples=["/calculate 15% of 80", "/calculate sqrt(2) * (3 + 4)^2", "what is 15% of 80?", "how much is 12 * 7.5?"],
    repeatable=True,
)
def calculate(expression: Annotated[str, Range(1, 500)]) -> str:
    """Do a sum.

    Args:
        expression: Such as `15% of 80`, `2(3 + 4)^2`, `sqrt(2)` or `12!`.
    """
    value = value_of(expression)
    asked = " ".join(expression.split()).rstrip("=? ").replace("`", "")
    return f"`{asked}` {'≈' if is_rounded(value) else '='} **{say(value)}**"


@plugin.command(
    examples=["/convert amount:5 miles to:km", "/convert amount:72 F to:C", "how many cm are 5 ft 3 in?"],
    repeatable=True,
)
def convert(amount: Annotated[str, Range(1, 200)], to: Annotated[str, Range(0, 100)] = "") -> str:
    """Convert an amount into another unit.

    Args:
        amount: Number and unit, such as `5 miles`, `72 F`, `5 ft 3 in` or `2 GB`.
        to: The unit, such as `km`; or write `5 miles to km`.
    """
    return converted(amount, to)


@plugin.command(
    examples=[
        "/date day:24 December",
        "/date day:today until:1 May",
        "how many days until 24 December?",
        "what weekday is 1 May 2027?",
        "which date is in 6 weeks?",
    ],
    repeatable=True,
)
async def date(profile: Profile, request: Request, day: dt.date | None = None, until: dt.date | None = None) -> str:
    """Tell a day's weekday, week and distance, or how long it is from one day to another.

    Args:
        day: Such as `24 December`, `in 6 weeks` or 2026-05-01; today without it.
        until: Another day.
    """
    today = request.received.astimezone(zone_of(profile)).date()
    first = day or today
    return about_day(first, today) if until is None else between(first, until)
