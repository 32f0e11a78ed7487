"""When a digest comes, in plain words: `every weekday at half past eight`."""

from __future__ import annotations

import re
from datetime import time

from bot import EARLIEST_HOUR, SPOKEN_HOURS, UserError, in_digits
from plugins.digest.days import parse_days

PARTS = {
    "morning": 9,
    "noon": 12,
    "midday": 12,
    "lunch": 12,
    "afternoon": 15,
    "evening": 18,
    "night": 21,
    "midnight": 0,
}
"""Parts of the day, and the hour that each means by itself."""

_HOUR = re.compile(rf"\b(?:{'|'.join(SPOKEN_HOURS)})\b")
_CLOCK = re.compile(
    r"(?<![\w:.])(?P<hour>\d+)(?:(?P<point>[:.h ])(?P<minutes>[0-5]\d))?"
    r"(?:\s?(?P<suffix>[ap]m\b|[ap]\.m\.?|o clock\b))?(?![\w:])"
)
_PART = re.compile(rf"\b(?:in the |at |this )?(?P<part>{'|'.join(sorted(PARTS, key=len, reverse=True))})s?\b")
_WEEKLY = re.compile(r"^(?:weekly|(?:once )?(?:a|every|each) week),? (?=\w)")
_FILLER = re.compile(r"\b(?:at|around|about|from now on|please|the|of)\b")


def read_times(text: str) -> tuple[time | None, frozenset[int] | None]:
    """The time of day and the weekdays in a text; None for what it does not say.

    Raises:
        UserError: Something in it is neither.
    """
    words = " ".join(text.casefold().replace("’", " ").replace("'", " ").split())
    at, rest = _time_of_day(_HOUR.sub(lambda found: str(SPOKEN_HOURS[found[0]]), in_digits(words)))
    left = _WEEKLY.sub("", " ".join(_FILLER.sub(" ", rest).split()).strip(" ,;"))
    try:
        return at, parse_days(left) if left else None
    except UserError:
        raise UserError(
            f"“{text.strip()}” is no time I understand; write `every weekday at 8:30`, or `at:08:30 days:mon-fri`."
        ) from None


def _time_of_day(words: str) -> tuple[time | None, str]:
    """The time of day in some words, and the words without it."""
    found = _CLOCK.search(words)
    rest = words if found is None else f"{words[: found.start()]} {words[found.end() :]}"
    part = _PART.search(rest)
    if part is not None:
        rest = f"{rest[: part.start()]} {rest[part.end() :]}"
        if re.search(r"\b(?:every|each)\s*$", rest[: part.start()]):
            # “every morning” says on which days as well.
            rest = f"{rest[: part.start()]} day {rest[part.start() :]}"
    usual = None if part is None else PARTS[part["part"]]
    if found is None:
        return None if usual is None else time(usual), rest
    return _time(found, usual), rest


def _time(found: re.Match[str], usual: int | None) -> time:
    """The time that a clock shows.

    Raises:
        UserError: There is no such time.
    """
    hour, suffix = int(found["hour"]), (found["suffix"] or "").replace(".", "")
    if hour > (12 if suffix in {"am", "pm"} else 23):
        raise UserError(f"“{found[0].strip()}” is no time of day; write one such as 08:30.")
    exact = found["point"] in {":", "h"} or found["hour"][0] == "0"
    if suffix in {"am", "pm"}:
        hour = hour % 12 + (12 if suffix == "pm" else 0)
    elif usual is not None:
        hour += 12 if usual >= 15 and 1 <= hour < 12 else 0
    elif not exact and 1 <= hour < EARLIEST_HOUR:
        hour += 12
    return time(hour, int(found["minutes"] or 0))
