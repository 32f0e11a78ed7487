"""What every command says in the same words, and reads in the same way: times, zones, numbers, names, sentences."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, tzinfo

from bot.profile import Profile
from bot.request import Request
from bot.values import Language

LONGEST_LINE = 4000
"""Characters that are searched for the ends of sentences at once.

What that costs grows with the square of the length, and nothing else runs meanwhile.
"""

_COMMAND = re.compile(r"\s*(?:/[a-z]|![a-z]|@atelier\b)", re.IGNORECASE)
_MARKDOWN = re.compile(r"([\\`*_\[\]<>~|#])")


def size(amount: int) -> str:
    """A number of bytes for people, in decimal units as disks are sold: `12 bytes`, `1.5 kB`, `92 MB`.

    Args:
        amount: Bytes.
    """
    if amount < 1000:
        return count(amount, "byte")
    value = amount / 1000
    for unit in ("kB", "MB"):
        # 999.5 kB would round to 1000 kB, and 9.95 kB to 10.0 kB.
        if value < 999.5:
            return f"{value:.0f} {unit}" if value >= 9.95 else f"{value:.1f} {unit}"
        value /= 1000
    return f"{value:.1f} GB"


def count(number: int, thing: str, things: str | None = None) -> str:
    """A number with its noun: `1 message`, `2,000 messages`.

    Args:
        number: How many.
        thing: The noun in the singular.
        things: In the plural, where that is not just an `s` more.
    """
    return f"{number:,} {thing if number == 1 else things or thing + 's'}"


def in_line(position: int, seconds: float) -> str:
    """How long somebody has to wait: `next in line, about 20 s`, `3rd in line, about 2 min`.

    Args:
        position: 1 for what comes next.
        seconds: Until it begins, as far as can be told.
    """
    if position == 1:
        place = "next"
    else:
        ending = {1: "st", 2: "nd", 3: "rd"}.get(position % 10, "th") if position % 100 not in (11, 12, 13) else "th"
        place = f"{position:,}{ending}"
    length = f"{max(round(seconds), 1)} s" if seconds < 90 else f"{round(seconds / 60)} min"
    return f"{place} in line, about {length}"


def moment(when: datetime, now: datetime, zone: tzinfo, locale: str, *, day: bool = True) -> str:
    """A time in a person's zone and language: `Tue 09:12`, or `3 Mar 09:12` when it is a week away or more.

    Args:
        when: The time.
        now: The time at which it is told.
        zone: The zone it is told in.
        locale: How it is written, as a BCP 47 tag; as in English where nobody knows that.
        day: Whether the day is told too.
    """
    from babel.dates import format_datetime

    near = abs(now - when) < timedelta(days=6)
    pattern = ("EEE HH:mm" if near else "d MMM HH:mm") if day else "HH:mm"
    return format_datetime(when, pattern, tzinfo=zone, locale=_babel_locale(locale))


def zone_of(profile: Profile) -> tzinfo:
    """The zone that times are told in."""
    return profile.zone or UTC


def zone_name(profile: Profile) -> str:
    """What that zone is called."""
    return profile.zone.key if profile.zone else "UTC"


def locale_of(request: Request, profile: Profile) -> str:
    """How the person's times are written, as a BCP 47 tag."""
    return profile.language.tag if profile.language else request.person.locale or "en"


def language_name(tag: str) -> str | None:
    """The English name of a language by its BCP 47 tag; None where there is no such language."""
    try:
        return Language.find(tag).name
    except ValueError:
        return None


def unmarked(name: str) -> str:
    """A name on one line, in which no character means Markdown."""
    return _MARKDOWN.sub(r"\\\1", " ".join(name.split()))


def is_command(text: str) -> bool:
    """Whether a message was meant for a bot: `/help`, `!roll`, `@atelier …`."""
    return _COMMAND.match(text) is not None


def sentences(line: str, language: str) -> Iterator[str]:
    """The sentences of a line, in order; a line without any full stops is cut between words.

    Args:
        line: Without line breaks.
        language: Whose rules of punctuation hold, as a BCP 47 tag.
    """
    from sentencex import segment

    for part in _parts(line):
        yield from segment(language.partition("-")[0].lower(), part)


def _parts(line: str) -> Iterator[str]:
    start = 0
    while len(line) - start > LONGEST_LINE:
        blank = line.rfind(" ", start + LONGEST_LINE // 2, start + LONGEST_LINE)
        end = blank + 1 if blank >= 0 else start + LONGEST_LINE
        yield line[start:end]
        start = end
    yield line[start:]


def _babel_locale(tag: str) -> str:
    from babel import Locale, UnknownLocaleError

    try:
        return str(Locale.parse(tag, sep="-"))
    except (ValueError, UnknownLocaleError):
        return "en"
