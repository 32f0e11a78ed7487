"""When a digest comes, in plain words: `every weekday at half past eight`."""

from __future__ import annotations

import re
from datetime import time

from bot import UserError
from plugins.digest.days import parse_days

EARLIEST = 7
"""`at 5` is in the afternoon, `at 7` in the morning; `05:00` and `5 am` are what they say."""

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

_NUMBERS = (
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen twenty"
).split()
_VALUES = {word: number for number, word in enumerate(_NUMBERS, 1)} | {
    "thirty": 30,
    "forty": 40,
    "fifty": 50,
    "twenty five": 25,
    "thirty five": 35,
    "forty five": 45,
    "quarter": 15,
    "half": 30,
}
_WORDS = re.compile(rf"\b(?:{'|'.join(sorted(_VALUES, key=len, reverse=True))})\b")
_SUFFIX = r"(?:\s?(?P<suffix>[ap]m\b|[ap]\.m\.?|o clock\b))?"
_PAST = re.compile(
    rf"\b(?:a )?(?P<minutes>5|10|15|20|25|30)(?: minutes?)? (?P<side>past|after|to|before) (?P<hour>\d+){_SUFFIX}"
)
_HALF = re.compile(rf"\bhalf (?P<hour>\d+){_SUFFIX}")
_CLOCK = re.compile(rf"(?<![\w:.])(?P<hour>\d+)(?:(?P<point>[:.h ])(?P<minutes>[0-5]\d))?{_SUFFIX}(?![\w:])")
_PART = re.compile(rf"\b(?:in the |at |this )?(?P<part>{'|'.join(sorted(PARTS, key=len, reverse=True))})s?\b")
_WEEKLY = re.compile(r"^(?:weekly|(?:once )?(?:a|every|each) week),? (?=\w)")
_FILLER = re.compile(r"\b(?:at|around|about|from now on|please|the|of)\b")


def read_times(text: str) -> tuple[time | None, frozenset[int] | None]:
    """The time of day and the weekdays in a text; None for what it does not say.

    Raises:
        UserError: Something in it is neither.
    """
    words = " ".join(text.casefold().replace("’", " ").replace("'", " ").split())
    at, rest = _time_of_day(_with_digits(words))
    left = _WEEKLY.sub("", " ".join(_FILLER.sub(" ", rest).split()).strip(" ,;"))
    try:
        return at, parse_days(left) if left else None
    except UserError:
        raise UserError(
            f"“{text.strip()}” is no time I understand; write `every weekday at 8:30`, or `at:08:30 days:mon-fri`."
        ) from None


def _with_digits(words: str) -> str:
    # “half eight” is half an hour after eight; “half past eight” is said by its minutes.
    words = re.sub(r"\bhalf (?!past|after)", "half_", words)
    words = re.sub(r"\b(twenty|thirty|forty|fifty)-(?=five\b)", r"\1 ", words)
    return _WORDS.sub(lambda found: str(_VALUES[found[0]]), words.replace("half_", "\0")).replace("\0", "half ")


def _time_of_day(words: str) -> tuple[time | None, str]:
    """The time of day in some words, and the words without it."""
    found = _PAST.search(words) or _HALF.search(words) or _CLOCK.search(words)
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
    minutes = _minutes(found, usual)
    return time(minutes // 60 % 24, minutes % 60), rest


def _minutes(found: re.Match[str], usual: int | None) -> int:
    """Minutes since midnight, which may be of the day before or after.

    Raises:
        UserError: There is no such time.
    """
    parts = found.groupdict()
    hour = int(parts["hour"])
    suffix = (parts["suffix"] or "").replace(".", "")
    minutes = 30 if found.re is _HALF else int(parts.get("minutes") or 0)
    if hour > (12 if suffix in {"am", "pm"} else 23) or minutes > 59:
        raise UserError(f"“{found[0].strip()}” is no time of day; write one such as 08:30.")
    exact = parts.get("point") in {":", "h"} or parts["hour"][0] == "0"
    if suffix in {"am", "pm"}:
        hour = hour % 12 + (12 if suffix == "pm" else 0)
    elif usual is not None:
        hour += 12 if usual >= 15 and 1 <= hour < 12 else 0
    elif not exact and 1 <= hour < EARLIEST:
        hour += 12
    return hour * 60 + (-minutes if parts.get("side") in {"to", "before"} else minutes)
