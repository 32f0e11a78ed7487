"""Tunes as tokens: a heading, then parts of bars of notes.

A tune reads `kind metre mode key length motion`, then for each part its sign and upbeat, its notes with `|` between the
bars, and its end. A note is one token; a duration stands before the first note that has it, and holds until the next.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from bot.models.tunes.notation import (
    DURATIONS,
    HIGHEST,
    KINDS,
    LOWEST,
    METRES,
    Bar,
    Key,
    Kind,
    Mode,
    Motion,
    Note,
    Part,
    Tune,
    upbeat,
)

SHORTEST, LONGEST = 4, 64
"""How many bars a tune has."""

UPBEATS = (3, 6, 8, 9, 12, 18, 24, 30, 36, 42, 48, 54, 60, 72, 84)
"""Ticks before the first full bar."""

HEADING = 6
"""How many tokens the heading has."""


class BadTokens(ValueError):
    """The tokens are no tune."""


def _vocabulary() -> Iterator[str]:
    yield from ("end", "|", "|:", "[|", ":|", "|]", "rest", "hold")
    yield from (f"kind {kind}" for kind in KINDS)
    yield from (f"metre {metre}" for metre in METRES)
    yield from (f"mode {mode}" for mode in Mode)
    yield from (f"key {tonic}" for tonic in range(12))
    yield from (f"bars {length}" for length in range(SHORTEST, LONGEST + 1))
    yield from (f"motion {motion}" for motion in Motion)
    yield from (f"upbeat {ticks}" for ticks in UPBEATS)
    yield from (f"time {ticks}" for ticks in DURATIONS)
    yield from (f"note {pitch}" for pitch in range(LOWEST, HIGHEST + 1))


NAMES = tuple(_vocabulary())
"""Every token by its number."""

IDS = {name: number for number, name in enumerate(NAMES)}

END, BAR, REPEAT, PLAIN, REPEATED, CLOSED, REST, HOLD = range(8)
"""The end of the tune; a bar line; a part's beginning, repeated or not; its end, likewise; a rest; a note held on."""

FIRST_KEY = IDS["key 0"]
FIRST_NOTE = IDS[f"note {LOWEST}"]
FIRST_TIME = IDS[f"time {DURATIONS[0]}"]
FIRST_UPBEAT = IDS[f"upbeat {UPBEATS[0]}"]
FIRST_LENGTH = IDS[f"bars {SHORTEST}"]
TIMES = range(FIRST_TIME, FIRST_TIME + len(DURATIONS))
NOTES = range(FIRST_NOTE, FIRST_NOTE + HIGHEST - LOWEST + 1)
SOUNDS = (REST, HOLD, *NOTES)
"""The tokens that take time."""


def heading(tune: Tune, length: int | None = None) -> list[int]:
    """The tokens of what is said about the tune.

    Args:
        tune: The tune.
        length: Bars that it shall have, if not as many as it has.

    Raises:
        BadTokens: It is too short or too long.
    """
    said = (
        f"kind {tune.kind}", f"metre {tune.metre}", f"mode {tune.key.mode}", f"key {tune.key.tonic}",
        f"bars {length or tune.length}", f"motion {tune.motion}",
    )  # fmt: skip
    return [_id(name) for name in said]


def encode(tune: Tune, length: int | None = None) -> list[int]:
    """The tokens of a tune.

    Args:
        tune: The tune.
        length: Bars that its heading says, if not as many as it has.

    Raises:
        BadTokens: It has something that no token stands for.
    """
    ids = heading(tune, length)
    for part in tune.parts:
        ids.append(REPEAT if part.repeated else PLAIN)
        if ticks := upbeat(part, tune.full):
            ids.append(_id(f"upbeat {ticks}"))
        lasting = 0
        for number, bar in enumerate(part.bars):
            if number:
                ids.append(BAR)
            for note in bar:
                if note.ticks != lasting:
                    ids.append(_id(f"time {note.ticks}"))
                    lasting = note.ticks
                ids.append(HOLD if note.held else REST if note.pitch is None else _id(f"note {note.pitch}"))
        ids.append(REPEATED if part.repeated else CLOSED)
    return [*ids, END]


def decode(ids: Iterable[int]) -> Tune:
    """The tune that tokens stand for; the inverse of `encode`.

    Raises:
        BadTokens: They stand for none.
    """
    words = [NAMES[number].split(" ", 1) for number in ids]
    names = [word[0] for word in words[:HEADING]]
    if names != ["kind", "metre", "mode", "key", "bars", "motion"]:
        raise BadTokens("the heading is not complete")
    said = {word[0]: word[1] for word in words[:HEADING]}
    parts: list[Part] = []
    bars: list[Bar] = []
    notes: list[Note] = []
    lasting = 0
    for word in words[HEADING:]:
        match word:
            case ["|:" | "[|"]:
                bars, notes, lasting = [], [], 0
            case ["|"]:
                bars.append(tuple(notes))
                notes = []
            case [":|" | "|]" as sign]:
                parts.append(Part((*bars, tuple(notes)), sign == ":|"))
                notes = []
            case ["time", ticks]:
                lasting = int(ticks)
            case ["rest"] if lasting:
                notes.append(Note(lasting))
            case ["hold"] if lasting:
                notes.append(Note(lasting, _last(bars, notes), held=True))
            case ["note", pitch] if lasting:
                notes.append(Note(lasting, int(pitch)))
            case ["upbeat", _] | ["end"]:
                pass
            case _:
                raise BadTokens(f"“{' '.join(word)}” stands where it cannot")
    kind: Kind = next(kind for kind in KINDS if kind == said["kind"])
    key = Key(int(said["key"]), Mode(said["mode"]))
    tune = Tune(kind, said["metre"], key, Motion(said["motion"]), tuple(parts))
    if notes or not all(bar for part in parts for bar in part.bars):
        raise BadTokens("a bar is empty or a part has no end")
    return tune


def _last(bars: list[Bar], notes: list[Note]) -> int:
    before = notes or (bars[-1] if bars else ())
    if not before or before[-1].pitch is None:
        raise BadTokens("there is no note to hold")
    return before[-1].pitch


def _id(name: str) -> int:
    try:
        return IDS[name]
    except KeyError as error:
        raise BadTokens(f"no token stands for “{name}”") from error
