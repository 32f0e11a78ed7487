"""What tune a person wants, taken from their words: first what they say outright, then what it is like."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.models.tunes.instruments import INSTRUMENTS, Instrument
from bot.models.tunes.keys import LETTERS
from bot.models.tunes.notation import METRES, Kind, Mode, Motion
from bot.models.tunes.rules import nearest_length

NEAR = 0.3
"""How alike words and a scene must be at least, as the cosine of their vectors."""

SLOWEST, FASTEST = 30, 300
"""Quarters in a minute that can be asked for."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What is wanted; None and "" leave it open.

    Attributes:
        kind: The kind of tune.
        name: What that is called, where people have another word for it.
        metre: Its metre.
        tonic: From 0 (C) to 11 (B).
        mode: Its mode.
        motion: How much it moves.
        length: Bars as written.
        tempo: Beats in a minute.
        pace: How much faster than usual.
        players: Instruments in the order they were named: the first plays the melody, the second the chords.
        alone: Whether the melody is played without chords.
        notes: What of the words cannot be followed, in sentences.
    """

    kind: Kind | None = None
    name: str = ""
    metre: str | None = None
    tonic: int | None = None
    mode: Mode | None = None
    motion: Motion | None = None
    length: int | None = None
    tempo: int | None = None
    pace: float = 1.0
    players: tuple[Instrument, ...] = ()
    alone: bool = False
    notes: tuple[str, ...] = ()


KINDS: tuple[tuple[str, Kind, str | None, str], ...] = (
    (r"slip[\s-]?jigs?|hop[\s-]?jigs?", "slip jig", "9/8", ""),
    (r"(?:double[\s-]?|single[\s-]?)?jigs?|gigues?", "jig", None, ""),
    (r"slides?", "jig", "12/8", "slide"),
    (r"reels?", "reel", None, ""),
    (r"hornpipes?|clogs?", "hornpipe", None, ""),
    (r"strathspeys?|flings?|schottisches?", "strathspey", None, ""),
    (r"marches|march|quick[\s-]?steps?", "march", None, ""),
    (r"waltz(?:es)?", "air", "3/4", "waltz"),
    (r"minuets?", "air", "3/4", "minuet"),
    (r"mazurkas?", "air", "3/4", "mazurka"),
    (r"polkas?", "dance", "2/4", "polka"),
    (r"lullab(?:y|ies)|cradle songs?|berceuses?", "air", None, "lullaby"),
    (r"laments?|dirges?|elegies|elegy", "air", None, "lament"),
    (r"ballads?", "air", None, "ballad"),
    (r"airs?|songs?|hymns?|carols?", "air", None, ""),
    (r"danc(?:e|es|ing)|country dances?|cotillions?|gavottes?|rigaudons?|bourr[ée]es?", "dance", None, ""),
)
"""Words for kinds of tunes: the kind, the metre where it says one, and what to call it."""

MINOR = r"minor|sad|sorrow\w*|mourn\w*|gloomy|dark|melanchol\w+|wistful|mysterious|eerie|spooky|haunt\w+|tragic|lonely"
MAJOR = r"major|happy|cheer\w*|joy\w*|merry|bright|sunny|glad|jolly|festive|triumphant|playful|cosy|hopeful"
LIVELY = r"lively|energetic|wild|driving|busy|cheer\w*|merry|jolly|joy\w*|exciting|fiery|virtuos\w+|playful|festive"
CALM = (
    r"calm|gentle|quiet|peaceful|sleepy|dreamy|simple|tender|soft|sad|wistful|solemn|stately|relax\w*|slow|sooth\w+|"
    r"melanchol\w+|lament|lullaby|hymn|easy"
)
PACES = (
    (r"very fast|presto|furious\w*|breakneck", 1.3),
    (r"very slow|largo|adagio|lento", 0.65),
    (r"faster|quicker", 1.2),
    (r"slower", 0.8),
    (r"fast|quick|rapid|lively|allegro|vivace|energetic|driving|brisk|up[\s-]?tempo", 1.12),
    (r"slow|gentle|calm|sad|sleepy|stately|solemn|andante|peaceful|lullaby|lament|dreamy|relax\w*", 0.8),
)
ALONE = r"alone|solo|unaccompanied|a cappella|without (?:chords|accompaniment|harmony)|melody only"

_NOTE = r"(?P<note>[A-G])(?:(?P<sign>[#♯♭]|b(?![a-z]))|[\s-](?P<word>sharp|flat)\b)?"
_MODE = r"(?P<mode>major|maj|minor|min|dorian|mixolydian|aeolian|ionian|m)\b"
_KEYS = (
    re.compile(rf"(?<![A-Za-z]){_NOTE}[\s-]?(?i:{_MODE})"),
    re.compile(rf"(?<![A-Za-z])(?:[Ii]n|[Kk]ey of|[Kk]ey:?)\s+(?:the key of\s+)?{_NOTE}(?![a-z'’])"),
)
_MODES = {
    "major": Mode.MAJOR, "maj": Mode.MAJOR, "ionian": Mode.MAJOR, "minor": Mode.MINOR, "min": Mode.MINOR,
    "m": Mode.MINOR, "aeolian": Mode.MINOR, "dorian": Mode.DORIAN, "mixolydian": Mode.MIXOLYDIAN,
}  # fmt: skip
_METRE = re.compile(r"(?<![\d/])(\d{1,2})/(2|4|8)(?![\d/])")
_TEMPO = re.compile(r"(?i)\b(\d{2,3})\s*-?(?:bpm|beats\s+(?:per|a)\s+minute)\b|(?:♩|tempo)\s*[=:]?\s*(\d{2,3})\b")
_COUNT = r"\d{1,3}|two|three|four|eight|twelve|sixteen|twenty-four|thirty-two"
_BARS = re.compile(rf"\b({_COUNT})[\s-]*(?:bars?|measures?)\b")
_PARTS = re.compile(rf"\b({_COUNT})\s+(?:repeated\s+)?parts\s+of\s+({_COUNT})\s+(?:bars|measures)\b")
_NUMBERS = {
    "two": 2,
    "three": 3,
    "four": 4,
    "eight": 8,
    "twelve": 12,
    "sixteen": 16,
    "twenty-four": 24,
    "thirty-two": 32,
}


def read(text: str) -> Wish:
    """What the words say outright.

    Args:
        text: What a person wrote; what comes later counts more where it contradicts.
    """
    words = " ".join(text.split())
    lower = words.lower()
    kind, usual, name = _last_kind(lower) or (None, None, "")
    metre, unknown = _metre(lower)
    tonic, mode = _key(words)
    if mode is None:
        mode = Mode.MINOR if _has(MINOR, lower) else Mode.MAJOR if _has(MAJOR, lower) else None
    length, cut = _length(lower)
    tempo = next((int(one or other) for one, other in reversed(_TEMPO.findall(lower))), None)
    return Wish(
        kind=kind,
        name=name,
        metre=metre or usual,
        tonic=tonic,
        mode=mode,
        motion=Motion.LIVELY if _has(LIVELY, lower) else Motion.CALM if _has(CALM, lower) else None,
        length=length,
        tempo=None if tempo is None else min(max(tempo, SLOWEST), FASTEST),
        pace=next((pace for pattern, pace in PACES if _has(pattern, lower)), 1.0),
        players=_players(lower),
        alone=_has(ALONE, lower),
        notes=(*unknown, *cut),
    )


@dataclass(frozen=True, slots=True)
class Scene:
    """What people may have in mind, and what suits it."""

    about: str
    kind: Kind
    mode: Mode
    motion: Motion
    metre: str
    player: str
    pace: float = 1.0


SCENES = (
    Scene("a child going to sleep, night, stars, the moon", "air", Mode.MAJOR, Motion.CALM, "6/8", "music box", 0.75),
    Scene("a funeral, grief, loss, farewell, an old grave", "air", Mode.MINOR, Motion.CALM, "4/4", "cello", 0.75),
    Scene("rain, autumn, fog, a grey and lonely afternoon", "air", Mode.MINOR, Motion.CALM, "3/4", "piano", 0.85),
    Scene("love, romance, tenderness, a couple dancing", "air", Mode.MAJOR, Motion.EVEN, "3/4", "fiddle", 0.9),
    Scene("a wedding, a feast, a celebration, a birthday party", "jig", Mode.MAJOR, Motion.LIVELY, "6/8", "accordion"),
    Scene("a village dance in a barn, a pub with friends", "reel", Mode.MAJOR, Motion.LIVELY, "4/4", "fiddle"),
    Scene("soldiers, a parade, a king's procession, a victory", "march", Mode.MAJOR, Motion.EVEN, "2/4", "tin whistle"),
    Scene("a battle, danger, a storm, a chase", "reel", Mode.MINOR, Motion.LIVELY, "4/4", "fiddle", 1.15),
    Scene("pirates, sailors, a ship on the sea, a harbour", "hornpipe", Mode.MAJOR, Motion.LIVELY, "4/4", "accordion"),
    Scene("a haunted house, ghosts, Halloween, a dark forest", "slip jig", Mode.MINOR, Motion.EVEN, "9/8", "recorder"),
    Scene("a castle, a court, noble ladies and gentlemen", "air", Mode.MAJOR, Motion.EVEN, "3/4", "harpsichord"),
    Scene("spring, sunshine, a meadow, birds, a happy walk", "jig", Mode.MAJOR, Motion.EVEN, "6/8", "flute"),
    Scene("mountains, the Highlands, Scotland, whisky", "strathspey", Mode.MIXOLYDIAN, Motion.EVEN, "4/4", "bagpipes"),
    Scene("Ireland, green hills, an Irish pub", "jig", Mode.DORIAN, Motion.LIVELY, "6/8", "tin whistle"),
    Scene("the wild west, cowboys, a campfire, a road trip", "dance", Mode.MAJOR, Motion.LIVELY, "2/4", "banjo"),
    Scene("winter, snow, Christmas, bells, candles", "air", Mode.MAJOR, Motion.CALM, "3/4", "music box", 0.9),
    Scene("an elf, a fairy, magic, a dream, an enchanted garden", "slip jig", Mode.MAJOR, Motion.EVEN, "9/8", "harp"),
    Scene("work, concentration, a quiet morning, coffee", "air", Mode.MAJOR, Motion.EVEN, "4/4", "guitar", 0.9),
    Scene("a medieval fair, knights, minstrels, a tavern", "dance", Mode.DORIAN, Motion.LIVELY, "2/4", "recorder"),
    Scene("longing, exile, memories of home, someone far away", "air", Mode.DORIAN, Motion.CALM, "3/4", "flute", 0.8),
)
"""What is chosen among when the words do not say it outright."""


def nearest(mine: Sequence[float], scenes: Sequence[Sequence[float]]) -> Scene | None:
    """The scene that words are most like.

    Args:
        mine: The vector of the words, of unit length.
        scenes: The vectors of what each of `SCENES` is about.

    Returns:
        The scene, or None when they are like none.
    """
    alike = [sum(one * other for one, other in zip(mine, vector, strict=True)) for vector in scenes]
    best = max(range(len(SCENES)), key=alike.__getitem__)
    return SCENES[best] if alike[best] >= NEAR else None


def imagined(wish: Wish, scene: Scene) -> Wish:
    """The wish with what is still open as the scene has it."""
    return replace(
        wish,
        kind=wish.kind or scene.kind,
        metre=wish.metre or scene.metre,
        mode=wish.mode or scene.mode,
        motion=wish.motion or scene.motion,
        pace=scene.pace if wish.pace == 1.0 else wish.pace,
        players=wish.players or tuple(one for one in INSTRUMENTS if one.name == scene.player),
    )


def _has(pattern: str, text: str) -> bool:
    return re.search(rf"\b(?:{pattern})\b", text) is not None


def _last_kind(text: str) -> tuple[Kind, str | None, str] | None:
    """The kind that is named last; of two at one place the longer word counts."""
    found = [
        (match.end(), len(match[0]), (kind, metre, name))
        for pattern, kind, metre, name in KINDS
        for match in re.finditer(rf"\b(?:{pattern})\b", text)
    ]
    return max(found, key=lambda one: one[:2])[2] if found else None


def _key(text: str) -> tuple[int | None, Mode | None]:
    for pattern in _KEYS:
        matches = list(pattern.finditer(text))
        if matches:
            said = matches[-1].groupdict()
            sign = {"#": 1, "♯": 1, "sharp": 1, "b": -1, "♭": -1, "flat": -1}.get(said["sign"] or said["word"] or "", 0)
            tonic = (LETTERS[said["note"]] + sign) % 12
            return tonic, _MODES[said["mode"].lower()] if said.get("mode") else None
    named = re.search(r"(?i)\b(dorian|mixolydian)\b", text)
    return None, _MODES[named[1].lower()] if named else None


def _metre(text: str) -> tuple[str | None, tuple[str, ...]]:
    """The metre that is named last, and what to say when it is none that tunes have."""
    found = [f"{top}/{below}" for top, below in _METRE.findall(text)]
    if not found:
        return None, ()
    metre = "4/4" if found[-1] == "2/2" else found[-1]
    if metre in METRES:
        return metre, ()
    return None, (f"I know no tunes in {metre}; I can write {', '.join(METRES)}.",)


def _length(text: str) -> tuple[int | None, tuple[str, ...]]:
    """The length in bars that is asked for, and what to say when no tune is as long."""
    if parts := _PARTS.search(text):
        bars = (_number(parts[1]) or 2) * (_number(parts[2]) or 8)
    elif found := _BARS.search(text):
        bars = _number(found[1]) or 16
    else:
        return (8, ()) if re.search(r"\b(?:short|brief)\b", text) else (None, ())
    length = nearest_length(bars)
    return length, () if length == bars else (f"Tunes have phrases of four bars, so this one has {length} bars.",)


def _number(word: str) -> int | None:
    return int(word) if word.isdigit() else _NUMBERS.get(word)


def _players(text: str) -> tuple[Instrument, ...]:
    """The instruments that are named, in that order; the first is the last group's where people changed their mind."""
    found: dict[str, tuple[int, Instrument]] = {}
    for instrument in INSTRUMENTS:
        for word in (instrument.name, *instrument.words):
            for match in re.finditer(rf"\b{re.escape(word)}s?\b", text):
                found.setdefault(instrument.name, (match.start(), instrument))
    return tuple(instrument for _, instrument in sorted(found.values(), key=lambda one: one[0]))
