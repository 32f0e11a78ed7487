"""What every command says in the same words, and reads in the same way: times, zones, numbers, names, sentences."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta, tzinfo
from types import MappingProxyType
from zoneinfo import ZoneInfo

from bot.profile import Profile
from bot.request import Message, Request
from bot.values import Language

LONGEST_LINE = 4000
"""Characters that are searched for the ends of sentences at once.

What that costs grows with the square of the length, and nothing else runs meanwhile.
"""

_JOINER = "\N{ZERO WIDTH JOINER}"
_EMOJI = "[\u203c\u2049\u2139\u2190-\u2bff\u3030\u303d\u3297\u3299\U0001f000-\U0001faff]"
_UNSEEN = re.compile(f"[\ufe0e\ufe0f]|(?:(?<={_EMOJI})|(?<=\ufe0f))[\U0001f3fb-\U0001f3ff]")
"""What asks for colours or for none, and colours of skin."""

_SYMBOL = re.compile(
    f"([\U0001f1e6-\U0001f1ff]{{1,2}}|[0-9#*]\u20e3|{_EMOJI}[\U000e0020-\U000e007f]*(?:{_JOINER}{_EMOJI}){{0,3}}){_JOINER}*"
)
"""What is seen as one: letters of a flag, a key, and emoji that are joined or followed by the letters of a region.

No more than four are ever joined; a chain without an end would take long.
"""

_NO_NAMES: Mapping[str, str] = MappingProxyType({})

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


def figure(number: float) -> str:
    """A number for people, without an exponent: `0.5`, `12`, `4,294,967,295`.

    Args:
        number: Up to twelve digits of it are told.
    """
    return f"{number:,.12g}"


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


def moment(when: datetime, now: datetime, zone: tzinfo, *, day: bool = True) -> str:
    """A time in short: `Tue 09:12`, or `3 Mar 09:12` when it is a week away or more; in English, as the words around.

    Args:
        when: The time.
        now: The time at which it is told.
        zone: The zone it is told in.
        day: Whether the day is told too.
    """
    local = when.astimezone(zone)
    if not day:
        return f"{local:%H:%M}"
    near = abs(now - when) < timedelta(days=6)
    return f"{local:%a %H:%M}" if near else f"{local.day} {local:%b %H:%M}"


def say_when(when: datetime, zone: tzinfo, now: datetime, *, only_day: bool = False) -> str:
    """A time in a sentence: `tomorrow at 09:00 (Europe/Berlin)`.

    Args:
        when: The time.
        zone: The zone it is told in.
        now: The time at which it is told.
        only_day: Whether the day alone is told.
    """
    local, today = when.astimezone(zone), now.astimezone(zone)
    distance = (local.date() - today.date()).days
    near = {-1: "yesterday", 0: "today", 1: "tomorrow"}.get(distance)
    year = f" {local.year}" if local.year != today.year else ""
    day = f"{local:%A}" if near is None and 1 < distance < 7 else near or f"{local:%a} {local.day} {local:%B}{year}"
    return day if only_day else f"{day} at {local:%H:%M} ({zone})"


def zone_of(profile: Profile) -> ZoneInfo:
    """The zone that times are told in."""
    return profile.zone or ZoneInfo("UTC")


def zone_name(profile: Profile) -> str:
    """What that zone is called."""
    return zone_of(profile).key


def attributed(message: Message, when: str) -> str:
    """Who said something and when, which is its link where there is one: `**Ana** [Tue 09:12](https://…)`."""
    return f"**{unmarked(message.author_name)}** {f'[{when}]({message.link})' if message.link else when}"


def locale_of(request: Request, profile: Profile) -> str:
    """The language of answers to a person, as a BCP 47 tag: the one they chose, or their app's."""
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


def shortened(text: str, most: int) -> str:
    """A text of at most so many characters; where it is longer, it ends with `…`."""
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"


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


def spelt(text: str, names: Mapping[str, str] = _NO_NAMES) -> str:
    """The text with names instead of emoji, for a model that reads words: 🦊 becomes `fox face`.

    Args:
        text: The text.
        names: What emoji are called, without variation selectors and colours of skin; joined ones go before their
            parts. Others are called by their Unicode names, and what has none stays.
    """
    alone = _UNSEEN.sub("", text)
    return " ".join(_SYMBOL.sub(lambda match: f" {_called(match[1], names)} ", alone).split())


def _called(symbol: str, names: Mapping[str, str]) -> str:
    """The names of what is seen as one: of all of it, or of as long a beginning as has one, and so of the rest."""
    if symbol in names:
        return names[symbol]
    if all("\U0001f1e6" <= sign <= "\U0001f1ff" for sign in symbol):
        return _flag("".join(chr(ord(letter) - 0x1F1E6 + ord("A")) for letter in symbol))
    parts = symbol.split(_JOINER)
    for end in range(len(parts) - 1, 0, -1):
        if end == 1 or _JOINER.join(parts[:end]) in names:
            first, rest = _JOINER.join(parts[:end]), _JOINER.join(parts[end:])
            return f"{_called(first, names)} {_called(rest, names)}"
    # Of a flag with the letters of a region the flag alone has a name, of a key what is written on it.
    bare = parts[0][0]
    return bare if bare.isascii() else names.get(bare) or unicodedata.name(bare, bare).casefold()


def _flag(letters: str) -> str:
    """What a flag is called by the code of its country; the letters where there is no such country."""
    from babel import Locale

    country = Locale("en").territories.get(letters)
    return f"flag {country}" if country else letters
