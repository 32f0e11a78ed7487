"""The tunes that the network learns from: three old printed collections, as music21's corpus carries them.

Their tunes are in the public domain (printed 1778 to 1803, 1883 and 1903), and their transcriptions carry no terms.
Essen's are free for non-commercial use only and are left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from bot.models.tunes.keys import Unreadable
from bot.models.tunes.notation import METRES, WHOLE, Kind, Note, Part, Tune, motion_of
from bot.models.tunes.reading import RHYTHMS, kind_of, read
from bot.models.tunes.tokens import BadTokens, encode

COLLECTIONS = ("ryansMammoth", "oneills1850", "airdsAirs")

ONEILLS: tuple[tuple[int, Kind], ...] = (
    (625, "air"), (700, "air"), (1115, "jig"), (1175, "slip jig"), (1550, "reel"), (1780, "hornpipe"),
    (1800, "dance"), (1850, "march"),
)  # fmt: skip
"""The last number of each of the sections into which O'Neill's book is divided."""


@dataclass(frozen=True, slots=True)
class Source:
    """A tune and where it is from.

    Attributes:
        name: The collection, the tune's number in it and its title.
        tune: The tune.
    """

    name: str
    tune: Tune


def corpus() -> Path:
    """Where music21 keeps the collections."""
    from music21 import common

    return Path(common.getCorpusFilePath())


def sources() -> Iterator[Source]:
    """Every tune that can be read and written in tokens, in a fixed order."""
    for collection in COLLECTIONS:
        for file in sorted((corpus() / collection).glob("*.abc")):
            text = file.read_text(encoding="utf-8", errors="replace")
            for abc in re.split(r"(?m)^(?=X:)", text)[1:]:
                try:
                    tune = even(read(abc, kind_in(collection, abc)))
                    encode(tune)
                except (Unreadable, BadTokens):
                    continue
                number = re.match(r"X:\s*(\d+)", abc)
                place = file.stem if collection == "ryansMammoth" or number is None else number[1]
                yield Source(f"{collection} {place}: {tune.title}", tune)


def kind_in(collection: str, abc: str) -> Kind | None:
    """What the book says the tune is: in its heading, its section or its title."""
    found = re.search(r"(?m)^R:\s*(\S.*)", abc)
    metre = re.search(r"(?m)^M:\s*(\S+)", abc)
    title = " ".join(re.findall(r"(?m)^T:(.*)", abc))
    words = f"{found[1] if found else ''} {title}".lower()
    if any(re.search(rf"\b{word}", words) for word, _ in RHYTHMS):
        return kind_of(words, metre[1] if metre else "4/4")
    if collection == "oneills1850" and (number := re.match(r"X:\s*(\d+)", abc)):
        return next((kind for last, kind in ONEILLS if int(number[1]) <= last), None)
    return None


def even(tune: Tune) -> Tune:
    """The tune with eighths as its running notes: old books write many a reel in sixteenths, in bars half as long."""
    notes = [note for note in tune.notes() if not note.held]
    speed = len(notes) * WHOLE / sum(note.ticks for note in tune.notes())
    if tune.metre != "2/4" or speed <= 11:
        return replace(tune, motion=motion_of(tune.parts, tune.kind, tune.full))
    parts = tuple(
        Part(
            tuple(tuple(Note(note.ticks * 2, note.pitch, note.held) for note in bar) for bar in part.bars),
            part.repeated,
        )
        for part in tune.parts
    )
    return replace(tune, metre="4/4", parts=parts, motion=motion_of(parts, tune.kind, METRES["4/4"]))
