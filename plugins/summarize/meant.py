"""What a short text means that stands where a text to summarize is expected: a number of messages, or a time."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, tzinfo

from bot import UserError

from .sentences import size_in_words

SHORT = 5
"""Words; from so many on it is a text."""

MOST = 1000
"""Messages that are summarized at most."""

_NUMBER = re.compile(r"(?:the )?(?:last )?(\d{1,9})(?: messages?)?", re.IGNORECASE)
_SINCE = re.compile(r"(?:since|from) ", re.IGNORECASE)


def meant(text: str, zone: tzinfo, now: datetime) -> int | datetime | None:
    """How many of the last messages, or since when, a text says; None for a text to summarize.

    Args:
        text: As typed: `20`, `last 50 messages`, `yesterday`, `since monday 9am`.
        zone: The person's.
        now: When they typed it.

    Raises:
        UserError: It is too short to be a text, and says neither.
    """
    text = " ".join(text.split())
    if size_in_words(text) >= SHORT:
        return None
    if number := _NUMBER.fullmatch(text):
        if not 1 <= int(number[1]) <= MOST:
            raise UserError(f"I can summarize the last 1 to {MOST:,} messages, not {int(number[1]):,}.")
        return int(number[1])
    if since := _read_time(_SINCE.sub("", text, count=1), zone, now):
        return since
    raise UserError(
        f"“{text[:60]}” is too short to summarize. Give me a longer text, or say which messages: "
        "`/summarize last:20` or `/summarize since:yesterday`."
    )


def _read_time(text: str, zone: tzinfo, now: datetime) -> datetime | None:
    import dateparser

    here = now.astimezone(zone)
    found = dateparser.parse(
        text,
        settings={
            "RELATIVE_BASE": here.replace(tzinfo=None),
            "PREFER_DATES_FROM": "past",
            "TIMEZONE": str(zone),
            "RETURN_AS_TIMEZONE_AWARE": True,
        },
    )
    if found is None or found > now or now - found > timedelta(days=36_500):
        return None
    # “Today” is the time it is now to the parser, and to people the day.
    start = here.replace(hour=0, minute=0, second=0, microsecond=0) if now - found < timedelta(minutes=1) else found
    return start.astimezone(UTC)
