"""What somebody says outright of the music they want: tempo, key, metre, length, instruments, mood and genre."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from .vocabulary import ALIASES, GENRES, INSTRUMENTS, MOODS

SLOWEST, FASTEST = 20, 300
"""Beats a minute that are music."""

MODES = {
    "major": "major", "maj": "major", "minor": "minor", "min": "minor", "m": "minor", "ionian": "major",
    "aeolian": "minor", "dorian": "dorian", "phrygian": "phrygian", "lydian": "lydian", "mixolydian": "mixolydian",
    "locrian": "locrian",
}  # fmt: skip
"""Scales by what people write."""

METRES = ("2/2", "2/4", "3/4", "4/4", "5/4", "6/4", "7/4", "3/8", "5/8", "6/8", "7/8", "9/8", "11/8", "12/8")
"""Bars that are understood."""

_TEMPOS = {
    "larghissimo": 24, "grave": 40, "largo": 50, "lento": 54, "adagio": 70, "andante": 84, "moderato": 108,
    "allegretto": 116, "allegro": 132, "vivace": 160, "presto": 184, "prestissimo": 204,
}  # fmt: skip
_NUMBERS = {"two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8}
_NUMBER_WORDS = {number: word for word, number in _NUMBERS.items()}
_BPM = re.compile(r"(?ai)(?<![\d.,])(\d{2,3})\s*-?(?:bpm|beats\s+(?:per|a)\s+minute)\b|\bbpm\s*[:=]?\s*(\d{2,3})\b")
_MARK = re.compile(r"[♩♪]\.?\s*=\s*(\d{2,3})\b")
_ACCIDENTAL = r"(?:[#♯♭]|b(?![a-z])|[\s-]?(?ai:sharp|flat)\b)"
_MODE = r"major|maj|minor|min|ionian|aeolian|dorian|phrygian|lydian|mixolydian|locrian"
_KEYS = (
    # With its mode a note's letter may be small, but "a minor change" and "in a minor key" name no note.
    re.compile(
        rf"(?<![\w'’])(?P<note>[A-Gb-g]|(?<=in )a|(?<=of )a)(?P<sign>{_ACCIDENTAL})?[\s-]*(?P<mode>(?ai:{_MODE}))\b"
        r"(?!\s+(?:keys?|scale|mood|mode))"
    ),
    re.compile(r"(?<![\w'’])(?P<note>[A-G])(?P<sign>[#♯♭b])?(?P<mode>m)(?![\w'’])"),
    # Without a mode it must be said to be a key, and nothing may follow that the letter could belong to.
    re.compile(
        rf"\b(?:in|[Kk]ey(?:\s+of)?:?)\s+(?P<note>[A-G])(?P<sign>{_ACCIDENTAL})?(?P<mode>)"
        r"(?=\s*(?:$|[,.;:!?)\d]|(?:for|at|with|and|on|by|in|like|to|that)\b))"
    ),
)
_ONLY_MODE = re.compile(r"(?ai)\b(major|minor)\b")
_METRE = re.compile(r"(?<![\d/])(\d{1,2}/\d)(?![\d/])")
_NAMED_METRES = (
    (re.compile(r"(?ai)\bwaltz time\b"), "3/4"),
    (re.compile(r"(?ai)\bcommon time\b"), "4/4"),
    (re.compile(r"(?ai)\bcut time\b|\balla breve\b"), "2/2"),
)
_LENGTH = re.compile(r"(?ai)(?<![\d.,/])(\d{1,4}(?:\.\d)?)[\s-]*(seconds?|secs?|minutes?|mins?)\b(?!\s*/)")
_GENRES = frozenset(genre.name for genre in GENRES)
_NAMES = (*INSTRUMENTS, *ALIASES, *(genre.name for genre in GENRES))
_FILLING = frozenset(
    "the and for with please make write play compose give want some something music tune tunes song piece track melody "
    "key major minor time bars like old new good nice short long two three four".split()
)
_PACES = ((re.compile(r"(?ai)\b(?:slow|slowly|gentle)\b"), -0.8), (re.compile(r"(?ai)\b(?:fast|quick|rapid)\b"), 0.9))


@dataclass(frozen=True, slots=True)
class Asked:
    """What was said outright; everything else is left open.

    Attributes:
        tempo: Beats a minute.
        key: Such as `D minor` or `F♯ major`.
        mode: `major` or `minor`, where no note was named with it.
        metre: Such as `3/4`.
        seconds: How long it is to be.
        instruments: As they are to be read, such as `two violins`.
        moods: Names of moods.
        genre: Name of a genre.
        pace: From -1, slow, to 1, fast, where no tempo was named.
        more: Whether it says anything besides genre, instruments, keys and numbers.
    """

    tempo: int | None = None
    key: str = ""
    mode: str = ""
    metre: str = ""
    seconds: float | None = None
    instruments: tuple[str, ...] = ()
    moods: tuple[str, ...] = ()
    genre: str = ""
    pace: float | None = None
    more: bool = False


def read(text: str) -> Asked:
    """What a text says outright of the music it wants.

    Args:
        text: As typed, in English.
    """
    text = " ".join(text.split())
    key = find_key(text)
    mode = _ONLY_MODE.search(text)
    pace = next((pace for pattern, pace in _PACES if pattern.search(text)), None)
    named = list(_named(text, _NAMES))
    genres = [name for _, name in named if name in _GENRES]
    return Asked(
        tempo=_tempo(text),
        key=key,
        mode=mode[1].lower() if mode and not key else "",
        metre=_metre(text),
        seconds=_seconds(text),
        instruments=tuple(_instruments(named)),
        moods=tuple(dict.fromkeys(name for _, name in _named(text, tuple(mood.name for mood in MOODS)))),
        genre=genres[0] if genres else "",
        pace=pace,
        more=_says_more(text),
    )


def tasteful(idea: str, taste: str) -> str:
    """The person's taste, where an idea names no genre, instrument or mood; empty otherwise.

    Args:
        idea: As typed.
        taste: What the person likes, in their words.
    """
    asked = read(idea)
    return "" if asked.genre or asked.instruments or asked.moods else taste


def find_key(text: str) -> str:
    """The key that a text names, such as `D minor`; empty when it names none."""
    for pattern in _KEYS:
        if found := pattern.search(text):
            mode = MODES[(found["mode"] or "major").lower()]
            return f"{found['note'].upper()}{_sign(found['sign'])} {mode}"
    return ""


def _says_more(text: str) -> bool:
    for pattern in (_pattern(_NAMES), _BPM, _LENGTH, *_KEYS, *(pattern for pattern, _ in _PACES)):
        text = pattern.sub(" ", text)
    return bool(set(re.findall(r"[^\W\d_]{3,}", text.lower())) - _FILLING)


def _sign(text: str | None) -> str:
    said = (text or "").strip(" -\t\n").lower()
    return "♯" if said in {"#", "♯", "sharp"} else "♭" if said else ""


def _tempo(text: str) -> int | None:
    for pattern in (_BPM, _MARK):
        for found in pattern.finditer(text):
            tempo = int(next(group for group in found.groups() if group))
            if SLOWEST <= tempo <= FASTEST:
                return tempo
    words = re.findall(r"\w+", text.lower())
    return next((_TEMPOS[word] for word in words if word in _TEMPOS), None)


def _metre(text: str) -> str:
    said = next((found[1] for found in _METRE.finditer(text) if found[1] in METRES), "")
    return said or next((metre for pattern, metre in _NAMED_METRES if pattern.search(text)), "")


def _seconds(text: str) -> float | None:
    found = _LENGTH.search(text)
    if not found or not float(found[1]):
        return None
    return float(found[1]) * (60 if found[2].lower().startswith("m") else 1)


def _instruments(named: Iterable[tuple[int, str]]) -> Iterable[str]:
    seen: set[str] = set()
    for count, name in named:
        called = ALIASES.get(name, name)
        if called not in seen and name not in _GENRES:
            seen.add(called)
            yield f"{_NUMBER_WORDS[count]} {_plural(called)}" if count > 1 else called


def _named(text: str, names: tuple[str, ...]) -> Iterable[tuple[int, str]]:
    """The names that stand in a text, in its order, the longer of two that overlap; with how many are wanted."""
    by_form = {_spaced(form.lower()): name for name in names for form in (name, _plural(name))}
    for found in _pattern(names).finditer(text):
        said = found["count"] or ""
        count = _NUMBERS.get(said.lower(), int(said) if said.isdecimal() else 1)
        yield count, by_form[_spaced(found["name"].lower())]


@cache
def _pattern(names: tuple[str, ...]) -> re.Pattern[str]:
    forms = {_spaced(form) for name in names for form in (name, _plural(name))}
    # The longer one first: a string quartet is more than strings, and drum and bass is no bass.
    either = "|".join(r"[\s-]+".join(map(re.escape, form.split())) for form in sorted(forms, key=len, reverse=True))
    return re.compile(rf"(?ai)(?:\b(?P<count>{'|'.join(_NUMBERS)}|[2-8])\s+)?\b(?P<name>{either})\b")


def _plural(name: str) -> str:
    if name.endswith("s"):
        return name
    return f"{name}es" if name.endswith(("x", "sh", "ch")) else f"{name}s"


def _spaced(name: str) -> str:
    return " ".join(re.split(r"[\s-]+", name))
