"""Days: how far they are from each other, their weekday and week."""

from __future__ import annotations

from calendar import monthrange
from datetime import date

from bot import count


def about_day(day: date, today: date) -> str:
    """A day in words: its weekday, how far it is, its week and its place in the year."""
    distance = (day - today).days
    if distance == 0:
        far = "today"
    elif abs(distance) == 1:
        far = "tomorrow" if distance > 0 else "yesterday"
    elif distance > 0:
        far = f"in {count(distance, 'day')}{_weeks(distance)}"
    else:
        far = f"{count(-distance, 'day')} ago{_weeks(-distance)}"
    week = day.isocalendar()
    return f"**{say_day(day)}** is {far}: week {week.week} of {week.year}, day {day.timetuple().tm_yday} of the year."


def between(start: date, end: date) -> str:
    """How long it is from a day to another."""
    first, last = min(start, end), max(start, end)
    days = (last - first).days
    spans = [f"**{count(days, 'day')}**{_weeks(days)}"]
    if days > 31:
        spans.append(_calendar(first, last))
    working = working_days(first, last)
    return (
        f"From {say_day(start)} to {say_day(end)}: {', or '.join(spans)}; "
        f"{count(working, 'working day')} (Monday to Friday, the last day not counted)."
    )


def working_days(first: date, last: date) -> int:
    """The days from Monday to Friday, from the first on and before the last."""
    weeks, rest = divmod((last - first).days, 7)
    return weeks * 5 + sum((first.weekday() + step) % 7 < 5 for step in range(rest))


def say_day(day: date) -> str:
    """A day with its weekday: `Thursday, 24 December 2026`."""
    return f"{day:%A}, {day.day} {day:%B} {day.year}"


def months_between(first: date, last: date) -> tuple[int, int]:
    """Whole months from a day to a later one, and the days that remain."""
    months = (last.year - first.year) * 12 + last.month - first.month
    if _later(first, months) > last:
        months -= 1
    return months, (last - _later(first, months)).days


def _later(day: date, months: int) -> date:
    """So many months later; the last of the month where that has no such day."""
    years, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + years, month + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def _calendar(first: date, last: date) -> str:
    months, days = months_between(first, last)
    years, months = divmod(months, 12)
    parts = [(years, "year"), (months, "month"), (days, "day")]
    *most, last_part = [count(number, thing) for number, thing in parts if number]
    return f"{', '.join(most)} and {last_part}" if most else last_part


def _weeks(days: int) -> str:
    weeks, rest = divmod(days, 7)
    if weeks == 0:
        return ""
    return f" ({' and '.join([count(weeks, 'week'), *([count(rest, 'day')] if rest else [])])})"
