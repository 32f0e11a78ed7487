"""When a reminder shall come: words such as `tomorrow at 9`, `in half an hour`, `every Monday at 18:30`.

Days are read by dateparser; times of day, which it takes for days of the month, are read here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo
from typing import TypeAlias

from bot import EARLIEST_HOUR, SPOKEN_HOURS, Repeat, find_moment, in_digits

MORNING = time(9)
"""When a reminder comes for which only a day was said."""

PARTS = {
    time(9): "morning|früh|morgens|mañana|matin",
    time(12): "noon|midday|lunch|lunchtime|mittag|mittags|mediodía|midi",
    time(15): "afternoon|nachmittag|nachmittags|tarde|après-midi",
    time(18): "evening|abend|abends|soir",
    time(20): "tonight|night|nacht|nachts|noche|nuit",
    time(0): "midnight|mitternacht|medianoche|minuit",
}
"""Parts of the day, and the time that each means."""

LONGEST = 400
"""Characters in which a time is looked for."""

MOST_WORDS = 9
"""The longest time, in words."""

MOST_TRIES = 80
"""How many stretches of a text are tried; each takes some milliseconds."""

_DAYS = "monday|tuesday|wednesday|thursday|friday|saturday|sunday|mon|tue|tues|wed|thu|thurs|fri|sat|sun"
_MONTHS = "january|february|march|april|may|june|july|august|september|october|november|december"
_NAMED = (
    rf"(?:{_DAYS}|montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonnabend|sonntag|lunes|martes|miércoles|jueves|"
    r"viernes|sábado|domingo|lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche)"
)
_EVERY = "every|each|jeden|jede|cada|chaque|tous les"
_REPEATS: tuple[tuple[Repeat, re.Pattern[str]], ...] = (
    (Repeat.WEEKDAYS, re.compile(rf"\b(?:(?:{_EVERY}|on) (?:week|work|working )days?|weekdays|werktags)\b")),
    (Repeat.DAILY, re.compile(rf"\b(?:(?:{_EVERY}) (?:day|tag|día|dia|jour|jours)|daily|täglich)\b")),
    (Repeat.WEEKLY, re.compile(rf"\b(?:(?:{_EVERY}) (?:week|woche|semana|semaine)|weekly|wöchentlich)\b")),
    # `every Monday` comes weekly, and the day is still to be read; `every morning` comes daily.
    (Repeat.DAILY, re.compile(rf"\b(?:{_EVERY}) (?=morning|noon|afternoon|evening|night|morgen\b|abend|matin|soir)")),
    (Repeat.WEEKLY, re.compile(rf"\b(?:{_EVERY}) (?={_NAMED}s?\b)")),
    (Repeat.WEEKLY, re.compile(r"\b(?:on )?(?=(?:mon|tues|wednes|thurs|fri|satur|sun)days\b)")),
)
_OTHERWISE = re.compile(
    rf"\b(?:{_EVERY}|on) {_NAMED}s?(?:,? (?:and|und|y|et|or|&) |, ?){_NAMED}"
    rf"|\b(?:{_EVERY}) (?:(?:single |other |second |third |few |zweite\w* |deux |dos |\d+(?:st|nd|rd|th|\.)?(?: |$))+"
    r"|(?:two|three|four|five|six|zwei|drei|couple of) |(?:hour|minute|month|year|quarter|weekend|fortnight|stunde|"
    r"monat|jahr|wochenende|hora|mes|año|heure|mois|année)\b)"
)
_PLURAL = re.compile(rf"\b({_NAMED})s\b")
_ORDINAL = re.compile(r"(\d{1,2})(?:st|nd|rd|th)")
_PART = re.compile(
    r"(?<![\w-])(?:in the |in der |am |por la |a |this |at |le |du )?(?:"
    + "|".join(f"(?P<h{at.hour}>{words})" for at, words in PARTS.items())
    + r")(?![\w-])"
)
_CLOCK = re.compile(
    r"(?<![\w.:/-])(?P<before>(?:at|by|um|gegen|a las?|à|@)\s*)?"
    r"(?P<hour>\d{1,2})(?:(?P<point>[:.h])(?P<minute>\d{2}))?"
    r"\s?(?P<after>[ap]m\b|[ap]\.m\.?|uhr\b|h\b|o['’]?clock\b)?(?![\w:/-]|\.\d)"
)
_AMOUNT = r"(?:\d+(?:[.,]\d+)?|an?|one|eine[rmn]?|una?|une)"
_HOURS = rf"{_AMOUNT} ?(?:hours?|hrs?|h|stunden?|horas?|heures?)"
_MINUTES = rf"{_AMOUNT} ?(?:minutes?|mins?|m|minuten?|minutos?)"
_DURATION = re.compile(
    rf"(?:in|after|dans|en|dentro de|nach)? ?"
    rf"(?:(?P<hours>{_HOURS})(?: ?(?:and|und|y|et)? ?(?P<more>{_MINUTES}|a half))?|(?P<minutes>{_MINUTES}))"
    r"(?: from now| later)?"
)
_SAID = {
    "half an hour": "30 minutes",
    "a quarter of an hour": "15 minutes",
    "three quarters of an hour": "45 minutes",
    "a couple of hours": "2 hours",
    "einer halben stunde": "30 minuten",
    "media hora": "30 minutos",
    "une demi-heure": "30 minutes",
}
_STRAY = re.compile(
    r"\b(?:at|um|to|that|about|daran|dass|que)\b(?! (?:the )?(?:\d+(?:st|nd|rd|th)))|\b(?:the|for|of|and)$"
)
"""Words that no date has, and numbers after `at` that are no time; dateparser would overlook them."""

_FILLER = re.compile(r"^(?:(?:on|at|the|this|in the|am|um|el|le|la|les|de|of|starting|from|ab|for|@)\b\s*)+|[\s,]+$")
_BEGINS = re.compile(
    r"(?:at|on|in|by|this|next|every|each|daily|weekdays|weekly|today|tomorrow|tonight|the|noon|midnight|"
    rf"{_DAYS}|{_MONTHS}|heute|morgen|übermorgen|um|am|nächsten?|jeden|täglich|montag|dienstag|mittwoch|donnerstag|"
    r"freitag|samstag|sonntag|hoy|mañana|pasado|en|dentro|a|el|cada|demain|aujourd.hui|dans|à|le|chaque|ce|day|"
    rf"after|half|quarter|twenty|twenty-five|{'|'.join(SPOKEN_HOURS)}|\d\S*)",
    re.IGNORECASE,
)
_WORD = re.compile(r"[\w.,:;!'’/-]+")
_ASKED = re.compile(
    r"^\W*(?:(?:please|can you|could you|would you|bitte|kannst du|por favor|peux-tu)[\s,]+)*"
    r"(?:(?:set|make|create|add)(?: me)? an? reminder|remind me|reminder|erinnere? mich|recuérdame|recuerdame|"
    r"rappelle[- ]moi)\b[\s,:]*",
    re.IGNORECASE,
)
_LINK = re.compile(r"^(?:(?:to|that|about|of|for|daran|dass|an|zu|que|de|d['’]|à)\b\s*|[\s,:;–—-]+)+", re.IGNORECASE)
_END = re.compile(r"(?:[\s,]+(?:please|bitte))?[\s,;:–—-]*$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class When:
    """When a reminder comes, UTC, and how often again."""

    due: datetime
    repeat: Repeat | None = None


Read: TypeAlias = tuple[When, str]
"""A time and the words beside it."""


def read_when(text: str, zone: tzinfo, now: datetime) -> When | None:
    """The time that `text` means, later than `now` where it names no date; None when it means none.

    The first call takes a second, later ones some milliseconds: call it off the event loop.

    Args:
        text: Words or numbers, and nothing else.
        zone: Times are understood in it.
        now: An aware time.
    """
    words = " ".join(text.casefold().split()).strip(" .,;!")
    for said, meant in _SAID.items():
        words = words.replace(said, meant)
    if (length := _duration(words)) is not None:
        return When(now + length)
    repeat, words = _repeat(words)
    at, words = _time_of_day(in_digits(words))
    if _STRAY.search(words) or recurs_otherwise(words):
        return None
    rest = _PLURAL.sub(r"\1", _FILLER.sub("", _FILLER.sub("", words)).strip())
    if not rest:
        return None if at is None and repeat is None else When(_next(at or MORNING, zone, now, repeat), repeat)
    # A number alone is a month to dateparser.
    if (number := _ORDINAL.fullmatch(rest)) is not None:
        day = int(number[1])
        return When(_next(at or MORNING, zone, now, repeat, day), repeat) if 1 <= day <= 31 else None
    if re.fullmatch(r"(?:in )?\d+", rest):
        return None
    found = find_moment(rest, zone, now, past=False)
    if found is None:
        return None
    if at is None:
        at = found.time() if found.time() != time(0) else MORNING
    today = now.astimezone(zone).date()
    # `every Monday`, said on a Monday, begins on that day; dateparser takes the next one.
    if repeat is Repeat.WEEKLY and found.date() == today + timedelta(days=7) and re.fullmatch(_NAMED, rest):
        return When(_next(at, zone, now, repeat, weekday=today.weekday()), repeat)
    return When(_moment(datetime.combine(found.date(), at), zone), repeat)


def find_when(text: str, zone: tzinfo, now: datetime) -> Read | None:
    """A time in a whole sentence such as `remind me tomorrow at 9 to call Ana`, and what is left of it.

    Args:
        text: The sentence.
        zone: Times are understood in it.
        now: An aware time.
    """
    words = _ASKED.sub("", text[:LONGEST].strip()).split()
    spans = [
        (start, end)
        for start, word in enumerate(words)
        if _BEGINS.fullmatch(word.strip(",.;:!"))
        for end in range(start + 1, min(start + MOST_WORDS, len(words)) + 1)
    ]
    # The longest is the whole of it; and it stands before or after the rest more often than within.
    spans.sort(key=lambda span: (span[0] - span[1], span[0] != 0 and span[1] != len(words)))
    plain = [_WORD.fullmatch(word) is not None for word in words]
    for start, end in [span for span in spans if all(plain[slice(*span)])][:MOST_TRIES]:
        when = read_when(" ".join(words[start:end]), zone, now)
        if when is not None:
            return when, cleaned(" ".join([*words[:start], *words[end:]]))
    return None


def recurs_otherwise(text: str) -> bool:
    """Whether a text asks for something at other times again and again than reminders can: `every 2 hours`."""
    return _OTHERWISE.search(" ".join(text.casefold().split())) is not None


def cleaned(what: str) -> str:
    """What to remember, without the words that only lead to it: `to call Ana` is `call Ana`."""
    return _END.sub("", _LINK.sub("", what.strip())).strip()


def _duration(words: str) -> timedelta | None:
    found = _DURATION.fullmatch(words)
    if found is None:
        return None
    hours = _amount(found["hours"]) + (0.5 if found["more"] == "a half" else 0)
    minutes = _amount(found["minutes"]) + (0 if found["more"] in (None, "a half") else _amount(found["more"]))
    length = hours * 60 + minutes
    return timedelta(minutes=length) if 0 < length <= 60 * 24 * 365 else None


def _amount(words: str | None) -> float:
    if words is None:
        return 0
    number = re.match(r"\d+(?:[.,]\d+)?", words)
    return float(number[0].replace(",", ".")) if number else 1


def _repeat(words: str) -> tuple[Repeat | None, str]:
    for repeat, pattern in _REPEATS:
        found = pattern.search(words)
        if found:
            return repeat, " ".join((words[: found.start()] + " " + words[found.end() :]).split())
    return None, words


def _time_of_day(words: str) -> tuple[time | None, str]:
    """The time of day in some words, and the words without it."""
    clock = next((found for found in _CLOCK.finditer(words) if _is_clock(found, words)), None)
    rest = words if clock is None else words[: clock.start()] + " " + words[clock.end() :]
    part = _part(rest, alone=clock is None)
    if part is not None:
        between = " today " if "tonight" in part[0] else " "
        rest = rest[: part.start()] + between + rest[part.end() :]
    usual = None if part is None else time(int(str(part.lastgroup)[1:]))
    if clock is None:
        return usual, " ".join(rest.split())
    hour, minute = int(clock["hour"]), int(clock["minute"] or 0)
    suffix = (clock["after"] or "").replace(".", "")
    if suffix in ("am", "pm"):
        hour = hour % 12 + (12 if suffix == "pm" else 0)
    elif usual is None:
        exact = clock["point"] in (":", "h") or clock["hour"][0] == "0" or (clock["point"] and suffix == "uhr")
        hour += 12 if not exact and 1 <= hour < EARLIEST_HOUR else 0
    else:
        hour += 12 if usual.hour >= 15 and 1 <= hour < 12 else 0
    return time(hour % 24, minute), " ".join(rest.split())


def _part(words: str, *, alone: bool) -> re.Match[str] | None:
    """The part of the day; where `morgen` and `mañana` stand alone they are tomorrow."""
    found = [match for match in _PART.finditer(words) if not (match[0] == "mañana" and match.start() == 0)]
    return found[0] if found and (alone or found[0].lastgroup != "h0") else None


def _is_clock(found: re.Match[str], words: str) -> bool:
    hour, minute = int(found["hour"]), int(found["minute"] or 0)
    if hour > 24 or minute > 59 or (hour == 24 and minute):
        return False
    if found["after"] in ("am", "pm", "a.m.", "p.m.") and not 1 <= int(found["hour"]) <= 12:
        return False
    marked = found["before"] is not None or found["after"] is not None or found["point"] in (":", "h")
    # Alone, 8.30 is a time, and 24.12 is a day.
    return marked or (found[0] == words and not (found["point"] == "." and 1 <= minute <= 12))


def _next(
    at: time,
    zone: tzinfo,
    now: datetime,
    repeat: Repeat | None,
    number: int | None = None,
    *,
    weekday: int | None = None,
) -> datetime:
    """When it is that time of day next, on a day of the month with that number and on that weekday."""
    day = now.astimezone(zone).date()
    while True:
        moment = _moment(datetime.combine(day, at), zone)
        off = repeat is Repeat.WEEKDAYS and day.weekday() > 4
        if moment > now and not off and number in (None, day.day) and weekday in (None, day.weekday()):
            return moment
        day += timedelta(days=1)


def _moment(local: datetime, zone: tzinfo) -> datetime:
    # With fold=0 a skipped time comes when the clocks have moved on, a repeated one the first time (PEP 495).
    return local.replace(tzinfo=zone, fold=0).astimezone(UTC)
