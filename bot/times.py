"""When something that is set to a time of day, or to a line of crontab, comes next."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from bot.errors import PluginError

if TYPE_CHECKING:
    from apscheduler.triggers.base import BaseTrigger

_NAMES = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
"""Weekdays as crontab counts them."""


def next_run(at: time, days: frozenset[int], zone: ZoneInfo, after: datetime) -> datetime:
    """The first moment later than `after` when it is `at` in `zone` on one of `days`.

    A time that the clocks skip comes when they have moved on, as much later as they skip; a time that they show
    twice comes the first time. So every such day has one run. APScheduler's CronTrigger runs twice on the latter.

    Args:
        at: Local time of day.
        days: Weekdays, Monday is 0; at least one.
        zone: The zone of `at`.
        after: An aware time.

    Returns:
        UTC.
    """
    # Yesterday's time may come today when the clocks skip it at midnight.
    day = after.astimezone(zone).date() - timedelta(days=1)
    while True:
        if day.weekday() in days:
            moment = _moment(datetime.combine(day, at), zone)
            if moment > after:
                return moment
        day += timedelta(days=1)


def last_run(at: time, days: frozenset[int], zone: ZoneInfo, until: datetime) -> datetime:
    """The last moment not later than `until` when it is `at` in `zone` on one of `days`; otherwise as `next_run`."""
    day = until.astimezone(zone).date() + timedelta(days=1)
    while True:
        if day.weekday() in days:
            moment = _moment(datetime.combine(day, at), zone)
            if moment <= until:
                return moment
        day -= timedelta(days=1)


def _moment(local: datetime, zone: ZoneInfo) -> datetime:
    # With fold=0 a skipped time is counted by the offset before the gap, a repeated one by the first (PEP 495).
    return local.replace(tzinfo=zone, fold=0).astimezone(UTC)


def crontab(fields: str) -> BaseTrigger:
    """What crontab means by five fields, in UTC.

    APScheduler 3 counts weekdays from Monday where crontab counts them from Sunday, and wants both the day of the
    month and of the week to match where crontab is content with either.

    Raises:
        PluginError: They cannot be read.
    """
    from apscheduler.triggers.combining import OrTrigger
    from apscheduler.triggers.cron import CronTrigger

    try:
        minute, hour, day, month, weekday = fields.split()
        dates = {"month": month, "hour": hour, "minute": minute, "timezone": UTC}
        by_weekday = CronTrigger(day_of_week=_weekdays(weekday), **dates)
        if weekday == "*":
            return CronTrigger(day=day, **dates)
        if day == "*":
            return by_weekday
        return OrTrigger([CronTrigger(day=day, **dates), by_weekday])
    except ValueError as error:
        raise PluginError(f"the times “{fields}” are no five fields of crontab: {error}") from None


def _weekdays(field: str) -> str:
    """A weekday field as APScheduler reads it: names instead of numbers."""
    names: list[str] = []
    for part in field.split(","):
        span, _, step = part.partition("/")
        first, _, last = span.partition("-")
        if not first.isdecimal():
            names.append(part)
            continue
        stop = int(last or first) if last or not step else 7
        if not 0 <= int(first) <= stop <= 7 or step == "0":
            raise ValueError(f"“{part}” is no weekday")
        names += [_NAMES[number % 7] for number in range(int(first), stop + 1, int(step or 1))]
    return ",".join(names)
