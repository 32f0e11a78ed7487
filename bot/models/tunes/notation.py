"""What a tune is: notes in bars, bars in parts, under a heading."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Literal, TypeAlias

WHOLE = 96
"""Ticks of a whole note: the smallest number in which triplets of sixteenths and thirty-seconds are whole."""

METRES = {
    "2/4": 48,
    "3/4": 72,
    "4/4": 96,
    "3/8": 36,
    "6/8": 72,
    "9/8": 108,
    "12/8": 144,
    "3/2": 144,
    "6/4": 144,
}
"""Ticks of a bar by metre."""

TRIPLETS = {4: 6, 8: 12, 16: 24}
"""What is written for each of a triplet's three equal notes, by the ticks that it lasts."""

TIED = {30: (24, 6), 60: (48, 12), 108: (72, 36)}
"""Lengths that musicians write as two tied notes; verovio takes them for others when one note has them."""

DURATIONS = (3, 6, 9, 12, 18, 21, 24, 30, 36, 42, 48, 60, 72, 84, 96, 108, 144, *TRIPLETS)
"""How long a note can last; what is longer is tied."""

LOWEST, HIGHEST = 50, 91
"""The range of a tune as MIDI numbers: an octave and a half below and above what a fiddle plays in first position."""

Kind: TypeAlias = Literal["reel", "jig", "slip jig", "hornpipe", "strathspey", "march", "air", "dance"]
KINDS: tuple[Kind, ...] = ("reel", "jig", "slip jig", "hornpipe", "strathspey", "march", "air", "dance")


class Mode(StrEnum):
    """The scale; the value is what ABC calls it."""

    MAJOR = "maj"
    MINOR = "min"
    DORIAN = "dor"
    MIXOLYDIAN = "mix"


SCALES = {
    Mode.MAJOR: (0, 2, 4, 5, 7, 9, 11),
    Mode.MINOR: (0, 2, 3, 5, 7, 8, 10),
    Mode.DORIAN: (0, 2, 3, 5, 7, 9, 10),
    Mode.MIXOLYDIAN: (0, 2, 4, 5, 7, 9, 10),
}
"""Semitones above the tonic."""


class Motion(StrEnum):
    """How much a tune moves, compared with others of its kind."""

    CALM = "calm"
    EVEN = "even"
    LIVELY = "lively"


@dataclass(frozen=True, slots=True)
class Note:
    """One note or rest.

    Attributes:
        ticks: How long it lasts.
        pitch: As a MIDI number; None for a rest.
        held: Whether it goes on from the note before, which has the same pitch.
    """

    ticks: int
    pitch: int | None = None
    held: bool = False


Bar: TypeAlias = tuple[Note, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a tune.

    Attributes:
        bars: The first is shorter when the part starts with an upbeat; then the last lacks what the upbeat has.
        repeated: Whether it is played twice.
    """

    bars: tuple[Bar, ...]
    repeated: bool


@dataclass(frozen=True, slots=True)
class Key:
    """A tonic, as a number from 0 (C) to 11 (B), and a mode."""

    tonic: int
    mode: Mode


@dataclass(frozen=True, slots=True)
class Tune:
    """A tune, with what its heading says."""

    kind: Kind
    metre: str
    key: Key
    motion: Motion
    parts: tuple[Part, ...]
    title: str = ""

    @property
    def full(self) -> int:
        """Ticks of a full bar."""
        return METRES[self.metre]

    @property
    def length(self) -> int:
        """How many bars are written; an upbeat and the bar that lacks it are one."""
        return sum(bars_of(part, self.full) for part in self.parts)

    def notes(self) -> Iterator[Note]:
        """Every note as written."""
        for part in self.parts:
            for bar in part.bars:
                yield from bar

    def transposed(self, semitones: int) -> Tune:
        """The same tune, higher or lower."""
        parts = tuple(
            replace(
                part,
                bars=tuple(
                    tuple(replace(note, pitch=None if note.pitch is None else note.pitch + semitones) for note in bar)
                    for bar in part.bars
                ),
            )
            for part in self.parts
        )
        return replace(self, key=replace(self.key, tonic=(self.key.tonic + semitones) % 12), parts=parts)


def ticks_of(bar: Bar) -> int:
    """How long the bar is."""
    return sum(note.ticks for note in bar)


def upbeat(part: Part, full: int) -> int:
    """Ticks of the notes before the first full bar; 0 when there are none."""
    first = ticks_of(part.bars[0])
    return first if first < full and len(part.bars) > 1 else 0


def bars_of(part: Part, full: int) -> int:
    """How many bars the part has; an upbeat and the bar that lacks it are one."""
    return len(part.bars) - (upbeat(part, full) > 0)


def motion_of(parts: tuple[Part, ...], kind: Kind, full: int) -> Motion:
    """How much a tune moves: by the notes in a whole note's time, against what is usual in its kind."""
    notes = [note for part in parts for bar in part.bars for note in bar if not note.held]
    length = sum(ticks_of(bar) for part in parts for bar in part.bars)
    speed = len(notes) * WHOLE / max(1, length)
    calm, lively = SPEEDS[kind]
    return Motion.CALM if speed < calm else Motion.LIVELY if speed > lively else Motion.EVEN


SPEEDS: dict[Kind, tuple[float, float]] = {
    "reel": (7.45, 7.8),
    "jig": (7.1, 7.6),
    "slip jig": (6.85, 7.55),
    "hornpipe": (7.4, 7.7),
    "strathspey": (8.0, 8.6),
    "march": (6.5, 7.5),
    "air": (5.75, 7.1),
    "dance": (6.8, 8.0),
}
"""Notes in a whole note's time, below which a tune of the kind is calm and above which it is lively: thirds of the old
collections."""
