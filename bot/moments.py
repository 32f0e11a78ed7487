"""Reads dates and times in words, such as "yesterday 9am" or "gestern"."""

from __future__ import annotations

from datetime import datetime, timedelta, tzinfo

LONGEST = 60
"""Characters of a date in words; looking for one in a long text takes seconds."""

LANGUAGES = ("en", "de", "es", "fr")
"""Dates are understood in these; trying all languages takes seconds."""


def find_moment(text: str, zone: tzinfo, now: datetime, *, past: bool = True) -> datetime | None:
    """The moment that `text` means; a day without a time of day is its midnight.

    It takes some milliseconds, and the first time a second: call it off the event loop.

    Args:
        text: Words or numbers.
        zone: Times are understood in it.
        now: An aware time, for "yesterday".
        past: Whether "Monday" is the last one rather than the next.

    Returns:
        An aware time in `zone`; None when it means none, or one that is over a hundred years away.
    """
    if len(text) > LONGEST:
        return None
    from dateparser.date import DateDataParser

    here = now.astimezone(zone)
    parser = DateDataParser(
        languages=list(LANGUAGES),
        settings={
            "RELATIVE_BASE": here.replace(tzinfo=None),
            "PREFER_DATES_FROM": "past" if past else "future",
            "RETURN_TIME_AS_PERIOD": True,
            "TIMEZONE": str(zone),
            "RETURN_AS_TIMEZONE_AWARE": True,
        },
    )
    found = parser.get_date_data(text)
    moment = found.date_obj
    if moment is None or abs(moment - now) > timedelta(days=36_500):
        return None
    moment = moment.astimezone(zone)
    return moment if found.period == "time" else moment.replace(hour=0, minute=0, second=0, microsecond=0)
