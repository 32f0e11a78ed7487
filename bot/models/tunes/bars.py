"""Puts what is between bar lines together to bars that add up, and bars to parts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction

from bot.models.tunes.keys import Unreadable
from bot.models.tunes.notation import DURATIONS, TRIPLETS, Bar, Note, Part, ticks_of, upbeat


@dataclass
class Piece:
    """What is between two bar lines, and the sign that closes it."""

    notes: list[Note]
    ends: bool = False
    starts: bool = False
    volta: int = 0
    repeats: bool = False


def parts_of(pieces: list[Piece], full: int) -> list[Part]:
    """Bars grouped into parts by repeats and double bars; of two endings the second stands."""
    parts: list[Part] = []
    bars: list[Bar] = []
    first: list[Bar] = []

    def close(*, repeated: bool) -> None:
        if bars:
            parts.append(Part(tuple(bars), repeated))
            bars.clear()

    for piece in pieces:
        if first and piece.volta != 2:
            # There was no second ending: the first is the only one.
            bars.extend(first)
            first.clear()
            close(repeated=True)
        if piece.volta == 1:
            first.append(tuple(piece.notes))
            continue
        second = piece.volta == 2
        first = [] if second else first
        bars.append(tuple(piece.notes))
        alone = len(bars) == 1 and ticks_of(bars[0]) < full
        if piece.repeats or (piece.ends and not alone) or (piece.starts and not alone):
            close(repeated=piece.repeats or second)
    bars.extend(first)
    close(repeated=bool(first))
    return parts


def _merged(bar: Bar) -> Bar:
    """The bar with tied notes as one where one note can be as long."""
    notes: list[Note] = []
    for note in bar:
        if note.held and notes and note.ticks + notes[-1].ticks in DURATIONS and note.ticks not in TRIPLETS:
            notes[-1] = Note(notes[-1].ticks + note.ticks, note.pitch, notes[-1].held)
        else:
            notes.append(note)
    return tuple(notes)


def regular(part: Part, full: int, *, goes_on: bool = False) -> Part:
    """The part with bars that add up: the last one is given what it lacks, or relieved of what is too much.

    Args:
        part: As it was written.
        full: Ticks of a bar.
        goes_on: Whether the last bar is to be full although the part has an upbeat, because more comes after it.

    Raises:
        Unreadable: Another bar is too long or too short, or a note has a length that there is no sign for.
    """
    bars: list[Bar] = []
    for bar in part.bars:
        # A bar is sometimes written in two pieces.
        if len(bars) > 1 and ticks_of(bars[-1]) + ticks_of(bar) <= full:
            bars[-1] += bar
        else:
            bars.append(bar)
    begun = upbeat(Part(tuple(bars), part.repeated), full)
    bars[-1] = fitted(bars[-1], full if goes_on else full - begun)
    bars = [_merged(bar) for bar in bars]
    for number, bar in enumerate(bars, 1):
        if ticks_of(bar) != full and not (number in {1, len(bars)} and begun):
            raise Unreadable(f"Bar {number} of a part has {_counted(ticks_of(bar))} instead of {_counted(full)}.")
        _check(bar)
    return Part(tuple(bars), part.repeated)


def divided(bar: Bar) -> Bar:
    """The bar with notes of lengths that have no sign as tied notes of lengths that have one."""
    notes: list[Note] = []
    for note in bar:
        rest, held = note.ticks, note.held
        while rest not in DURATIONS and (ticks := max((one for one in DURATIONS if one < rest), default=0)):
            notes.append(Note(ticks, note.pitch, held))
            rest, held = rest - ticks, note.pitch is not None
        notes.append(Note(rest, note.pitch, held))
    return tuple(notes)


def fitted(bar: Bar, length: int) -> Bar:
    """The bar with its end cut off, or its last note longer, or a rest after it, so that it has this length."""
    notes = list(bar)
    while (excess := ticks_of(tuple(notes)) - length) > 0:
        last = notes.pop()
        if last.ticks > excess:
            notes.append(replace(last, ticks=last.ticks - excess))
    if notes and (lacking := length - ticks_of(tuple(notes))):
        if notes[-1].ticks not in TRIPLETS and notes[-1].ticks + lacking in DURATIONS:
            notes[-1] = replace(notes[-1], ticks=notes[-1].ticks + lacking)
        else:
            notes.append(Note(lacking))
    return tuple(notes)


def _counted(ticks: int) -> str:
    return f"{Fraction(ticks, 12)} eighths"


def _check(bar: Bar) -> None:
    """Refuses lengths that there is no sign for, and triplets that are not three equal notes."""
    run = 0
    for note, following in zip(bar, (*bar[1:], Note(0)), strict=True):
        if note.ticks not in DURATIONS:
            raise Unreadable(f"A note of {_counted(note.ticks)} is none that can be written.")
        if note.ticks == 16:
            # Verovio reads such triplets wrongly, and the old collections have none.
            raise Unreadable("The melody has triplets of quarters, which I cannot write.")
        run = run + 1 if note.ticks in TRIPLETS else 0
        if run and run % 3 and following.ticks != note.ticks:
            raise Unreadable("A triplet has three equal notes.")
        if run and run % 3 == 0 and following.ticks != note.ticks:
            run = 0
