"""Days of the week: from what people type, and back."""

from __future__ import annotations

import re

from bot import UserError

NAMES = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

_WORDS = {
    "daily": frozenset(range(7)),
    "day": frozenset(range(7)),
    "weekday": frozenset(range(5)),
    "workday": frozenset(range(5)),
    "working day": frozenset(range(5)),
    "work day": frozenset(range(5)),
    "weekend": frozenset({5, 6}),
    "weekly": frozenset({0}),
    "week": frozenset({0}),
}

_EVERY = re.compile(r"^(?:(?:on|every|each)\s+)+")

SHORTEST = 2
"""Letters that tell a day from every other: “mo”, “tu”, “th”."""


def parse_days(text: str) -> frozenset[int]:
    """The weekdays, Monday is 0, in a text such as `mon-fri`, `mon,wed`, `sat to mon`, `daily` or `weekends`.

    `weekly` is on Mondays.

    Raises:
        UserError: It names none, or something that is no day.
    """
    wanted = " ".join(text.casefold().split())
    found: set[int] = set()
    # “sat to mon” and “mon–fri” are spans as “mon-fri” is; commas, “and” and spaces separate.
    spans = re.sub(r"\s*(?:[-–—]|\bto\b)\s*", "-", wanted)
    for part in re.split(r"\s*(?:[,;&+]|\band\b)\s*", spans):
        days = _EVERY.sub("", part)
        if days.removesuffix("s") in _WORDS:
            found |= _WORDS[days.removesuffix("s")]
            continue
        for span in days.split():
            first, dash, last = span.partition("-")
            start = _day(first, text)
            length = (_day(last, text) - start) % 7 if dash else 0
            found |= {(start + step) % 7 for step in range(length + 1)}
    if not found:
        raise _no_days(text)
    return frozenset(found)


def say_days(days: frozenset[int]) -> str:
    """The weekdays in words that `parse_days` understands: `daily`, `Mon–Fri`, `Tue, Thu`.

    Args:
        days: Monday is 0.
    """
    if len(days) == 7:
        return "daily"
    runs: list[list[int]] = []
    for day in sorted(days):
        if runs and runs[-1][-1] == day - 1:
            runs[-1].append(day)
        else:
            runs.append([day])
    return ", ".join(
        f"{_short(run[0])}–{_short(run[-1])}" if len(run) > 2 else ", ".join(map(_short, run)) for run in runs
    )


def _short(day: int) -> str:
    return NAMES[day][:3].capitalize()


def _day(word: str, text: str) -> int:
    # “tues” and “thurs” are said as well; so any beginning of a name will do.
    singular = word.rstrip(".")
    for number, name in enumerate(NAMES):
        if len(singular) >= SHORTEST and (name.startswith(singular) or singular == f"{name}s"):
            return number
    raise _no_days(text)


def _no_days(text: str) -> UserError:
    return UserError(f"“{text.strip()}” names no days; write mon-fri, daily, weekends, or days such as mon,wed.")


def suggest_days(typed: str) -> list[str]:
    """Days that begin with what was typed."""
    usual = ("mon-fri", "daily", "weekends", *(name[:3] for name in NAMES))
    return [days for days in usual if days.startswith(typed.strip().casefold())]
