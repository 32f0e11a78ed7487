"""What a short text means that stands where a text to summarize is expected: a number of messages, or a time."""

from __future__ import annotations

import re
from datetime import UTC, datetime, tzinfo

from bot import UserError, find_moment

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
    found = find_moment(text, zone, now)
    return found.astimezone(UTC) if found is not None and found <= now else None
