"""Reads a melody out of a MIDI file, and writes it in ABC notation."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

BARS = 32
"""Bars of a melody that are read; what comes after is not needed to go on from it."""

_DRUMS = 9
_SHARPS = ("C", "^C", "D", "^D", "E", "F", "^F", "G", "^G", "A", "^A", "B")
_FLATS = ("C", "_D", "D", "_E", "E", "F", "_G", "G", "_A", "A", "_B", "B")
_ORDER = "FCGDAEB"
_MAJOR = ("Cb", "Gb", "Db", "Ab", "Eb", "Bb", "F", "C", "G", "D", "A", "E", "B", "F#", "C#")
_MINOR = ("Ab", "Eb", "Bb", "F", "C", "G", "D", "A", "E", "B", "F#", "C#", "G#", "D#", "A#")


@dataclass(frozen=True, slots=True)
class Note:
    """A note, or with no pitch a rest; in sixteenths of a whole note."""

    pitch: int | None
    length: int


@dataclass(slots=True)
class _Track:
    """What is read of a track, in ticks."""

    notes: list[tuple[int, int, int]] = field(default_factory=list)
    key: tuple[int, bool] | None = None
    metre: tuple[int, int] | None = None


def to_abc(data: bytes, title: str) -> str:
    """The melody of a MIDI file in ABC.

    The melody is the highest line of the highest track; it is written in sixteenths.

    Args:
        data: A Standard MIDI File.
        title: What to call it.

    Raises:
        ValueError: It is no such file, or there are no notes in it.
    """
    ticks, tracks = _tracks(data)
    played = [track for track in tracks if track.notes]
    if not played:
        raise ValueError("there are no notes in it")
    best = max(played, key=lambda track: sum(note[2] for note in track.notes) / len(track.notes))
    fifths, minor = next((track.key for track in tracks if track.key), (0, False))
    beats, unit = next((track.metre for track in tracks if track.metre), (4, 4))
    bar = beats * 16 // unit
    notes = list(_melody(best.notes, ticks, bar))
    head = [
        "X:1",
        f"T:{' '.join(title.split()) or 'Melody'}",
        f"M:{beats}/{unit}",
        "L:1/16",
        f"K:{_MINOR[fifths + 7] + 'm' if minor else _MAJOR[fifths + 7]}",
    ]
    return "\n".join([*head, *_lines(notes, bar, fifths)]) + "\n"


def _melody(notes: list[tuple[int, int, int]], ticks: int, bar: int) -> Iterator[Note]:
    """The highest note of each moment, until the next begins; from the first bar that has one."""
    grid = ticks / 4
    highest: dict[int, tuple[int, int]] = {}
    for start, end, pitch in notes:
        place = round(start / grid)
        if place not in highest or pitch > highest[place][0]:
            highest[place] = pitch, max(place + 1, round(end / grid))
    places = sorted(highest)
    if places[0] % bar:
        yield Note(None, places[0] % bar)
    for number, place in enumerate(places):
        pitch, end = highest[place]
        following = places[number + 1] if number + 1 < len(places) else end
        end = min(end, following)
        yield Note(pitch, end - place)
        if following > end:
            yield Note(None, following - end)


def _lines(notes: Iterable[Note], bar: int, fifths: int) -> Iterator[str]:
    """The notes in bars, four to a line."""
    signs = _signature(fifths)
    bars: list[str] = [""]
    left, altered = bar, set[str]()
    for note in notes:
        length = note.length
        while length and len(bars) <= BARS:
            part = min(length, left)
            length -= part
            left -= part
            tie = "-" if length and note.pitch is not None else ""
            bars[-1] += f"{_name(note.pitch, fifths, signs, altered)}{part if part > 1 else ''}{tie}"
            if not left:
                bars.append("")
                left, altered = bar, set[str]()
    whole = [each for each in bars[:BARS] if each]
    for start in range(0, len(whole), 4):
        end = "|]" if start + 4 >= len(whole) else "|"
        yield " | ".join(whole[start : start + 4]) + f" {end}"


def _name(pitch: int | None, fifths: int, signs: dict[str, str], altered: set[str]) -> str:
    """A pitch in ABC.

    Readers differ in whether a sign holds for other octaves too, so from the first one in a bar on each such letter
    has its own.
    """
    if pitch is None:
        return "z"
    spelt = (_FLATS if fifths < 0 else _SHARPS)[pitch % 12]
    sign, letter = spelt[:-1] or "=", spelt[-1]
    octave = pitch // 12 - 5
    named = letter.lower() + "'" * (octave - 1) if octave > 0 else letter + "," * -octave
    if sign == signs.get(letter, "=") and letter not in altered:
        return named
    altered.add(letter)
    return sign + named


def _signature(fifths: int) -> dict[str, str]:
    """The sign of each letter that has one in the key."""
    letters = _ORDER[:fifths] if fifths >= 0 else _ORDER[fifths:]
    return dict.fromkeys(letters, "^" if fifths > 0 else "_")


def _tracks(data: bytes) -> tuple[int, list[_Track]]:
    """Ticks of a quarter note, and the tracks."""
    if data[:4] != b"MThd" or len(data) < 14:
        raise ValueError("it is no MIDI file")
    ticks = int.from_bytes(data[12:14], "big")
    if not ticks or ticks & 0x8000:
        raise ValueError("it counts time in frames of film")
    place, tracks = 8 + int.from_bytes(data[4:8], "big"), []
    while place + 8 <= len(data):
        size = int.from_bytes(data[place + 4 : place + 8], "big")
        if data[place : place + 4] == b"MTrk":
            tracks.append(_read(data[place + 8 : place + 8 + size]))
        place += 8 + size
    return ticks, tracks


def _read(data: bytes) -> _Track:
    """The notes and signatures of a track; what is cut short ends it."""
    track = _Track()
    sounding: dict[tuple[int, int], int] = {}
    place, now, status = 0, 0, 0
    try:
        while place < len(data):
            wait, place = _number(data, place)
            now += wait
            if data[place] & 0x80:
                status = data[place]
                place += 1
            if status in {0xFF, 0xF0, 0xF7}:
                kind = data[place] if status == 0xFF else 0
                size, place = _number(data, place + (status == 0xFF))
                _meta(track, kind, data[place : place + size])
                place += size
                continue
            first = data[place]
            second = data[place + 1] if status >> 4 not in {0xC, 0xD} else 0
            place += 1 if status >> 4 in {0xC, 0xD} else 2
            if status >> 4 in {8, 9} and status & 15 != _DRUMS:
                key = status & 15, first & 0x7F
                begun = sounding.pop(key, None)
                if begun is not None and now > begun:
                    track.notes.append((begun, now, first & 0x7F))
                if status >> 4 == 9 and second:
                    sounding[key] = now
    except IndexError:
        return track
    return track


def _meta(track: _Track, kind: int, said: bytes) -> None:
    if kind == 0x59 and len(said) == 2:
        fifths = int.from_bytes(said[:1], "big", signed=True)
        if -7 <= fifths <= 7:
            track.key = track.key or (fifths, said[1] == 1)
    elif kind == 0x58 and len(said) >= 2 and said[0] and said[1] <= 4 and said[0] * 16 % (1 << said[1]) == 0:
        track.metre = track.metre or (said[0], 1 << said[1])


def _number(data: bytes, place: int) -> tuple[int, int]:
    """A number of variable length, and where it ends."""
    value = 0
    for _ in range(4):
        byte = data[place]
        place += 1
        value = value << 7 | byte & 0x7F
        if not byte & 0x80:
            break
    return value, place
