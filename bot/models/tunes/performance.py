"""How a tune is played: its repeats, its accents, and an accompaniment by its chords."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from bot.models.tunes.harmony import Chord
from bot.models.tunes.notation import METRES, Part, Tune, ticks_of, upbeat

MELODY, CHORDS = 0, 1
"""The channels of a performance."""

STROKES: dict[str, tuple[tuple[int, str], ...]] = {
    "2/4": ((0, "bass"), (24, "chord")),
    "3/4": ((0, "bass"), (24, "chord"), (48, "chord")),
    "4/4": ((0, "bass"), (24, "chord"), (48, "bass"), (72, "chord")),
    "3/8": ((0, "bass"), (12, "chord"), (24, "chord")),
    "6/8": ((0, "bass"), (24, "chord"), (36, "bass"), (60, "chord")),
    "9/8": ((0, "bass"), (24, "chord"), (36, "chord"), (60, "chord"), (72, "chord"), (96, "chord")),
    "12/8": ((0, "bass"), (24, "chord"), (36, "chord"), (60, "chord"), (72, "bass"), (96, "chord"), (108, "chord"),
             (132, "chord")),
    "3/2": ((0, "bass"), (48, "chord"), (96, "chord")),
    "6/4": ((0, "bass"), (48, "chord"), (72, "bass"), (120, "chord")),
}  # fmt: skip
"""When the accompaniment plays, in ticks of a bar: a bass note, or the chord above it."""

BASS, ABOVE = 40, 52
"""The lowest bass note and the lowest note of a chord above it, as MIDI numbers: a guitar's E and its octave."""


@dataclass(frozen=True, slots=True)
class Sound:
    """A note that is played.

    Attributes:
        start: Ticks from the beginning.
        ticks: How long it sounds.
        pitch: As a MIDI number.
        force: How hard it is struck, from 1 to 127.
        channel: `MELODY` or `CHORDS`.
    """

    start: int
    ticks: int
    pitch: int
    force: int
    channel: int


def unrolled(tune: Tune, chords: Sequence[Sequence[tuple[Chord, ...]]]) -> tuple[Tune, list[list[tuple[Chord, ...]]]]:
    """The tune with its repeats written out, and its chords likewise."""
    parts: list[Part] = []
    names: list[list[tuple[Chord, ...]]] = []
    for part, bars in zip(tune.parts, chords, strict=True):
        for _ in range(1 + part.repeated):
            parts.append(replace(part, repeated=False))
            names.append(list(bars))
    return replace(tune, parts=tuple(parts)), names


def performed(tune: Tune, chords: Sequence[Sequence[tuple[Chord, ...]]]) -> list[Sound]:
    """Everything that is played, repeats included, by time.

    Args:
        tune: The tune.
        chords: Its chords; see `harmonise`. Empty lists for a tune that is played alone.
    """
    whole, names = unrolled(tune, chords)
    sounds: list[Sound] = []
    start = 0
    for part, bars in zip(whole.parts, names, strict=True):
        begun = upbeat(part, tune.full)
        held: Chord | None = None
        for number, (bar, named) in enumerate(zip(part.bars, bars, strict=True)):
            begin = tune.full - begun if begun and not number else 0
            _melody(sounds, part, number, start, begin)
            length = ticks_of(bar)
            if not begin:
                sounds += _accompaniment(tune.metre, length, start, held, named)
                held = named[-1] if named else held
            start += length
    return sorted(sounds, key=lambda sound: (sound.start, sound.channel, sound.pitch))


def _melody(sounds: list[Sound], part: Part, number: int, start: int, begin: int) -> None:
    at = start
    for note in part.bars[number]:
        tick = begin + at - start
        if note.pitch is not None:
            if note.held and (last := _last(sounds)) is not None:
                sounds[last] = replace(sounds[last], ticks=sounds[last].ticks + note.ticks)
            else:
                force = 104 if tick == 0 else 94 if tick % 24 == 0 or tick % 36 == 0 else 84
                sounds.append(Sound(at, note.ticks, note.pitch, force, MELODY))
        at += note.ticks


def _last(sounds: Sequence[Sound]) -> int | None:
    return next((place for place in reversed(range(len(sounds))) if sounds[place].channel == MELODY), None)


def _accompaniment(
    metre: str, length: int, start: int, held: Chord | None, named: tuple[Chord, ...]
) -> Iterator[Sound]:
    strokes = [stroke for stroke in STROKES[metre] if stroke[0] < length]
    ends = [tick for tick, _ in strokes[1:]] + [min(length, METRES[metre])]
    for (tick, kind), end in zip(strokes, ends, strict=True):
        now = next((chord for chord in reversed(named) if chord.tick <= tick), held)
        if now is None:
            continue
        if kind == "bass":
            yield Sound(start + tick, end - tick, BASS + (now.root - BASS) % 12, 72, CHORDS)
        else:
            for pitch in now.pitches:
                yield Sound(start + tick, end - tick, ABOVE + (pitch - ABOVE) % 12, 54, CHORDS)
