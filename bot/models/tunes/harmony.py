"""Chords for a tune, by rule: those that hold most of its notes, in an order that sounds usual, with a cadence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from bot.models.tunes.notation import Mode, Note, Part, Tune, upbeat
from bot.models.tunes.writing import pitch_name

SPANS = {"4/4": 48, "6/8": 36, "2/4": 24, "12/8": 72, "3/2": 48, "6/4": 72}
"""Ticks after which a chord may change; in other metres only at the bar."""

CHORDS: dict[Mode, tuple[tuple[int, str, float], ...]] = {
    Mode.MAJOR: ((0, "", 0.0), (7, "", 0.1), (5, "", 0.2), (9, "m", 0.6), (2, "m", 0.7)),
    Mode.MINOR: ((0, "m", 0.0), (7, "", 0.4), (10, "", 0.2), (5, "m", 0.4), (3, "", 0.5), (8, "", 0.6)),
    Mode.DORIAN: ((0, "m", 0.0), (10, "", 0.1), (5, "", 0.6), (3, "", 0.5)),
    Mode.MIXOLYDIAN: ((0, "", 0.0), (10, "", 0.1), (5, "", 0.3), (7, "m", 0.7)),
}
"""Each mode's chords: semitones above the tonic, minor or not, and how much rarer than the first it is."""

OUTSIDE = 0.9
"""What a note outside the chord costs, where one in it brings 1."""

ROOT = 0.15
"""What the chord's root brings besides."""

CHANGE, BREAK = 0.12, 0.25
"""What a change of chord costs, at a bar and within one, as a share of a bar."""


@dataclass(frozen=True, slots=True)
class Chord:
    """A chord from a tick of its bar on.

    Attributes:
        tick: Where in the bar it begins.
        root: From 0 (C) to 11 (B).
        minor: Whether its third is minor.
        name: What musicians call it.
    """

    tick: int
    root: int
    minor: bool
    name: str

    @property
    def pitches(self) -> tuple[int, int, int]:
        """Root, third and fifth, from 0 to 11."""
        return self.root, (self.root + (3 if self.minor else 4)) % 12, (self.root + 7) % 12


@dataclass(frozen=True, slots=True)
class _Span:
    """A stretch of a bar that has one chord.

    Attributes:
        bar: Which bar of the part.
        tick: Where it begins.
        notes: How long each pitch class sounds in it, as a share of a bar; the first weighs more.
    """

    bar: int
    tick: int
    notes: tuple[tuple[int, float], ...]


def harmonise(tune: Tune) -> list[list[tuple[Chord, ...]]]:
    """The chords of each bar of each part; an upbeat has none, and a bar that goes on with a chord does not name it."""
    return [_part(part, tune, last=number == len(tune.parts) - 1) for number, part in enumerate(tune.parts)]


def _part(part: Part, tune: Tune, *, last: bool) -> list[tuple[Chord, ...]]:
    skipped = 1 if upbeat(part, tune.full) else 0
    spans = [
        span for number, bar in enumerate(part.bars) if number >= skipped for span in _spans(bar, number, tune)
    ]  # fmt: skip
    chords = [
        Chord(0, (tune.key.tonic + above) % 12, kind == "m", pitch_name((tune.key.tonic + above) % 12, tune.key) + kind)
        for above, kind, _ in CHORDS[tune.key.mode]
    ]
    chosen = _path(spans, chords, [rare for *_, rare in CHORDS[tune.key.mode]], final=last)
    bars: list[list[Chord]] = [[] for _ in part.bars]
    for number, (span, chord) in enumerate(zip(spans, chosen, strict=True)):
        if number == 0 or chord != chosen[number - 1]:
            found = chords[chord]
            bars[span.bar].append(Chord(span.tick, found.root, found.minor, found.name))
    return [tuple(bar) for bar in bars]


def _spans(bar: Sequence[Note], number: int, tune: Tune) -> list[_Span]:
    size = SPANS.get(tune.metre, tune.full)
    length = sum(note.ticks for note in bar)
    found = []
    for begin in range(0, length, size):
        weights: dict[int, float] = {}
        tick = 0
        for note in bar:
            shared = min(tick + note.ticks, begin + size) - max(tick, begin)
            if shared > 0 and note.pitch is not None:
                weight = shared / tune.full * (1.5 if tick <= begin else 1.0)
                weights[note.pitch % 12] = weights.get(note.pitch % 12, 0.0) + weight
            tick += note.ticks
        found.append(_Span(number, begin, tuple(weights.items())))
    return found


def _path(spans: Sequence[_Span], chords: Sequence[Chord], rare: Sequence[float], *, final: bool) -> list[int]:
    """The best chord of each span: the sum of how well each fits and what the changes cost is the highest."""
    best = [[0.0] * len(chords) for _ in spans]
    came = [[0] * len(chords) for _ in spans]
    for number, span in enumerate(spans):
        for chord, name in enumerate(chords):
            fits = sum(_fit(pitch, name) * weight for pitch, weight in span.notes) - 0.1 * rare[chord]
            # The tune opens and ends on its tonic.
            fits += (chord == 0) * (0.3 * (number == 0) + (5.0 if final else 0.5) * (number == len(spans) - 1))
            if number:
                cost = CHANGE if span.tick == 0 else BREAK
                ways = [
                    best[number - 1][before] - cost * (before != chord) + 0.12 * (before == 1 and chord == 0)
                    for before in range(len(chords))
                ]
                came[number][chord] = max(range(len(chords)), key=ways.__getitem__)
                fits += max(ways)
            best[number][chord] = fits
    path = [max(range(len(chords)), key=best[-1].__getitem__)]
    for after, _ in pairwise(reversed(range(len(spans)))):
        path.append(came[after][path[-1]])
    return path[::-1]


def _fit(pitch: int, chord: Chord) -> float:
    if pitch not in chord.pitches:
        return -OUTSIDE
    return 1.0 + ROOT * (pitch == chord.root)
