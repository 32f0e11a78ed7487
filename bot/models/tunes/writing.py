"""Writes a tune in ABC notation."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from bot.models.tunes.keys import LETTERS, fifths, signature
from bot.models.tunes.notation import TIED, TRIPLETS, Bar, Key, Mode, Note, Tune, upbeat

LINE = 4
"""Bars in a line."""

FIFTHS = "FCGDAEB"

SIGNS = {-2: "__", -1: "_", 0: "=", 1: "^", 2: "^^"}

BEATS = {"6/8": 36, "9/8": 36, "12/8": 36, "3/8": 36}
"""Ticks that are beamed together; a quarter in other metres."""

UNIT = 12
"""Ticks of the note that is written without a length: an eighth."""


def tonic_name(key: Key) -> str:
    """The tonic as people write it, such as `F#` or `Bb`."""
    place = fifths(key) + {Mode.MAJOR: 1, Mode.MIXOLYDIAN: 2, Mode.DORIAN: 3, Mode.MINOR: 4}[key.mode]
    return FIFTHS[place % 7] + ("#" if place > 6 else "b" if place < 0 else "")


def key_name(key: Key) -> str:
    """The key in ABC, such as `D`, `Em` or `Ador`."""
    suffix = {Mode.MAJOR: "", Mode.MINOR: "m", Mode.DORIAN: "dor", Mode.MIXOLYDIAN: "mix"}[key.mode]
    return tonic_name(key) + suffix


def spelled(pitch: int, key: Key) -> tuple[str, int, int]:
    """How a pitch is written in a key.

    Args:
        pitch: As a MIDI number.
        key: The key; a note outside its scale is written as musicians expect it there.

    Returns:
        The letter, how it is altered in semitones, and the octave as MIDI counts it.
    """
    centre = fifths(key)
    # Twelve fifths in a row, from three below the signature's major tonic on: in C from E flat to G sharp.
    place = (pitch * 7 - centre + 3) % 12 + centre - 3
    letter, altered = FIFTHS[(place + 1) % 7], (place + 1) // 7
    return letter, altered, (pitch - altered - LETTERS[letter]) // 12


def pitch_name(pitch: int, key: Key) -> str:
    """What musicians call a pitch from 0 to 11 in a key, such as `F#` or `Bb`."""
    letter, altered, _ = spelled(60 + pitch, key)
    return letter + ("#" * altered if altered >= 0 else "b" * -altered)


def write(
    tune: Tune, *, title: str, tempo: int, chords: Sequence[Sequence[Sequence[tuple[int, str]]]] = (),
    drawn: bool = False,
) -> str:  # fmt: skip
    """The tune in ABC.

    Args:
        tune: The tune.
        title: What to call it.
        tempo: Quarters in a minute.
        chords: For each bar of each part, an upbeat's included, the ticks at which chords begin, and their names.
        drawn: Whether it is only for drawing: then a sign is written once in a bar, as musicians read it. Otherwise it
            stands before each of its notes, for many programs do not know that it holds until the bar's end.
    """
    lines = [
        "X:1", f"T:{' '.join(title.split())}", f"R:{tune.kind}", f"M:{tune.metre}", "L:1/8",
        f"Q:1/4={tempo}", f"K:{key_name(tune.key)}",
    ]  # fmt: skip
    for index, part in enumerate(tune.parts):
        symbols = chords[index] if chords else [()] * len(part.bars)
        begun = upbeat(part, tune.full)
        bars = [
            _music(bar, after, tune, tune.full - begun if begun and not number else 0, names, each=not drawn)
            for number, (bar, after, names) in enumerate(zip(part.bars, (*part.bars[1:], ()), symbols, strict=True))
        ]
        rows = [bars[start : start + LINE] for start in range(begun > 0, len(bars), LINE)]
        if begun:
            rows[0] = [bars[0], *rows[0]]
        last = index == len(tune.parts) - 1
        end = ":|" if part.repeated else "|]" if last else "||"
        music = [" | ".join(row) for row in rows]
        text = " |\n".join(music) + f" {end}"
        lines.append(f"|: {text}" if part.repeated else text)
    return "\n".join(lines) + "\n"


def _music(bar: Bar, after: Bar, tune: Tune, tick: int, chords: Sequence[tuple[int, str]], *, each: bool) -> str:
    """A bar's notes; those of one beat stand together, which is how they are beamed."""
    written: list[str] = []
    names = list(chords)
    altered: dict[str, int] = {}
    beat = BEATS.get(tune.metre, 24)
    triplet = 0
    for note, following in zip(bar, (*bar[1:], *(after[:1] or (Note(0),))), strict=True):
        while names and names[0][0] <= tick and not triplet:
            written.append(f'"{names.pop(0)[1]}"')
        if note.ticks in TRIPLETS and triplet == 0:
            # Apart from what it could be beamed with: verovio takes that for a part of the triplet.
            written.append(" (3")
        triplet = (triplet + 1) % 3 if note.ticks in TRIPLETS else 0
        written.append(_note(note, tune.key, altered, each=each) + "-" * following.held)
        tick += note.ticks
        alone = note.ticks in TRIPLETS or tick % beat == 0
        written.append(" " * (not triplet and alone))
    return " ".join("".join(written).split())


def _note(note: Note, key: Key, altered: dict[str, int], *, each: bool) -> str:
    lengths = [_length(Fraction(TRIPLETS.get(ticks, ticks), UNIT)) for ticks in TIED.get(note.ticks, (note.ticks,))]
    if note.pitch is None:
        return "".join(f"z{length}" for length in lengths)
    letter, change, octave = spelled(note.pitch, key)
    name = letter.lower() + "'" * (octave - 6) if octave >= 6 else letter + "," * (5 - octave)
    sign = ""
    usual = signature(key).get(letter, 0)
    if altered.get(name, usual) != change or (each and change != usual):
        sign = SIGNS[change]
        altered[name] = change
    return "-".join(f"{sign}{name}{length}" for length in lengths)


def _length(share: Fraction) -> str:
    number = "" if share.numerator == 1 else str(share.numerator)
    return number if share.denominator == 1 else f"{number}/{share.denominator}"
