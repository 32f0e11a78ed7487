"""What a preference may be: from what people type to what is kept."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import time
from enum import StrEnum
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bot.errors import UserError
from bot.profile import Format, Length, Tone
from bot.store.columns import clean
from bot.store.quoting import UNQUOTED
from bot.values import Language
from bot.zones import find_zone


def load_zone(name: str | None) -> ZoneInfo | None:
    """The zone called so; None when there is none."""
    try:
        return None if name is None else ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # OSError: the name of a folder of zones, or a very long one
        return None


def find_language(text: str) -> str:
    """The tag of the language called `text`.

    Raises:
        UserError: No language is called so.
    """
    try:
        # The dictionary of names breaks on control characters, which are in no name.
        return Language.find(text if text.strip().isprintable() else "").tag
    except ValueError:
        raise UserError(
            f"There is no language called “{text}”; write its name or tag, such as German, de or pt-BR.",
        ) from None


def find_time(text: str) -> time:
    """The time of day that `text` is, such as `8:30`, `08.30`, `17h`, `8am` or `8:30 pm`; to the minute.

    Raises:
        UserError: It is none.
    """
    found = _TIME.fullmatch(" ".join(text.casefold().replace(".m", "m").split()).removesuffix("."))
    if found is not None:
        hour, minute, half = int(found["hour"]), int(found["minute"] or 0), found["half"]
        if half and 1 <= hour <= 12:
            hour = hour % 12 + (12 if half == "pm" else 0)
        elif half:
            hour = 24
        if hour < 24 and minute < 60:
            return time(hour, minute)
    raise UserError(f"“{_short(text)}” is no time of day; write it such as 08:30 or 5pm.")


def load_time(text: str | None) -> time | None:
    """The time that is kept so; None when it is none."""
    try:
        return None if text is None else time.fromisoformat(text)
    except ValueError:
        return None


_TIME = re.compile(r"(?a)(?P<hour>\d{1,2})(?:[:.h](?P<minute>\d{2})|h)? ?(?P<half>am|pm)?")


def _one_of(kind: type[StrEnum], called: str = "") -> Callable[[str], str]:
    def find(text: str) -> str:
        allowed = [str(value) for value in kind]
        wanted = text.strip().casefold()
        if wanted not in allowed:
            name = called or kind.__name__
            raise UserError(f"{name} can be {', '.join(allowed[:-1])} or {allowed[-1]}, not “{_short(text)}”.")
        return wanted

    return find


def _yes_or_no(text: str) -> str:
    wanted = text.strip().casefold()
    if wanted in ("yes", "y", "on", "true"):
        return "yes"
    if wanted in (UNQUOTED, "n", "off", "false", "never"):
        return UNQUOTED
    raise UserError(f"Quoted can be yes or no, not “{_short(text)}”.")


def _words(what: str) -> Callable[[str], str]:
    def find(text: str) -> str:
        words = " ".join(clean(text).split())
        if not words:
            raise UserError(f"Say {what}; `none` goes back to the default.")
        if len(words) > LONGEST:
            raise UserError(f"That is too long; say {what}, in at most {LONGEST} characters.")
        return words

    return find


def _short(text: str) -> str:
    """A text as an error shows it: a long one would fill the screen."""
    return text if len(text) <= 60 else f"{text[:60]}…"


LONGEST = 120
"""Characters of a preference in free words; it goes into prompts."""

PREFERENCES: dict[str, Callable[[str], str]] = {
    "language": find_language,
    "zone": lambda text: find_zone(text).key,
    "tone": _one_of(Tone),
    "length": _one_of(Length),
    "format": _one_of(Format),
    "summaries": _one_of(Length, "Summaries"),
    "digest": lambda text: find_time(text).isoformat("minutes"),
    "pictures": _words("a style, such as “watercolour” or “film still, muted colours”"),
    "quoted": _yes_or_no,
    "music": _words("your taste, such as “calm piano” or “jazz with a double bass”"),
}
"""By name, what turns what people type into what is kept."""
