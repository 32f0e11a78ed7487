"""What a tune can be played on."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Instrument:
    """An instrument of the sound font.

    Attributes:
        name: What people call it.
        program: Its number among General MIDI's programs, from 0.
        words: What else people call it.
        lowest: The lowest note that a tune for it has, as a MIDI number.
        highest: The highest.
        octave: How many octaves higher than written it sounds.
        strums: Whether it can accompany.
    """

    name: str
    program: int
    words: tuple[str, ...]
    lowest: int = 55
    highest: int = 86
    octave: int = 0
    strums: bool = False


INSTRUMENTS = (
    Instrument("fiddle", 40, ("violin", "viola")),
    Instrument("flute", 73, ("piccolo flute",), lowest=60, highest=88),
    Instrument("tin whistle", 72, ("whistle", "pennywhistle", "piccolo", "fife"), lowest=62, highest=86, octave=1),
    Instrument("recorder", 74, ("ocarina",), lowest=60, highest=86),
    Instrument("clarinet", 71, ("oboe", "saxophone"), lowest=55, highest=84),
    Instrument("bagpipes", 109, ("bagpipe", "pipes", "uilleann"), lowest=57, highest=81),
    Instrument("accordion", 21, ("concertina", "melodeon", "squeezebox", "harmonica"), strums=True),
    Instrument("banjo", 105, ("mandolin", "ukulele", "bouzouki"), strums=True),
    Instrument("guitar", 25, ("guitars", "lute"), highest=83, strums=True),
    Instrument("harp", 46, ("lyre", "clarsach"), strums=True),
    Instrument("piano", 0, ("keyboard", "upright"), highest=88, strums=True),
    Instrument("harpsichord", 6, ("spinet", "virginal"), highest=88, strums=True),
    Instrument("dulcimer", 15, ("cimbalom", "zither"), highest=86, strums=True),
    Instrument("cello", 42, ("double bass", "viola da gamba"), lowest=57, highest=81, octave=-1),
    Instrument("music box", 10, ("celesta", "glockenspiel", "chimes"), lowest=60, highest=90, octave=1),
)
"""Everything that the sound font that comes with Atelier can play."""

BY_NAME = {instrument.name: instrument for instrument in INSTRUMENTS}
