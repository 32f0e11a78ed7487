"""Reads a tune in ABC notation."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from fractions import Fraction

from bot.models.tunes.bars import Piece, divided, parts_of, regular
from bot.models.tunes.keys import LETTERS, Unreadable, key_of, written_signature
from bot.models.tunes.notation import METRES, WHOLE, Key, Kind, Note, Tune, motion_of

ACCIDENTALS = {"^^": 2, "^": 1, "=": 0, "_": -1, "__": -2}

SIGN = re.compile(
    r"""
      (?P<tuplet>\((?P<count>\d)(?::(?P<time>\d*))?(?::(?P<group>\d*))?)
    | \[(?P<field>[A-Za-z]):(?P<value>[^\]]*)\]
    | (?P<bar>:*\|+[\]:]*|::+|\[\|+:?)
    | (?P<volta>\[?[1-9](?:[,-]\d)*)
    | (?P<broken>>+|<+)
    | (?P<tie>-)
    | (?:(?P<chord>\[[^\]|:]+\])|(?P<pitch>(?:\^\^|\^|__|_|=)?[A-Ga-gzx][,']*))(?P<length>\d*/*\d*)
    | (?P<skip>[\s`\\()\]y.~HJKLMOPRSTUVkuv]|\{[^}]*\}|"[^"]*"|![^!\n]*!|\+[a-z]+\+|[!*])
    """,
    re.VERBOSE,
)
PITCH = re.compile(r"(\^\^|\^|__|_|=)?([A-Ga-gzx])([,']*)")


@dataclass
class _Reader:
    """Goes through the music of one tune."""

    key: Key
    signs: dict[str, int]
    unit: int
    pieces: list[Piece] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    altered: dict[str, int] = field(default_factory=dict)
    tied: bool = False
    stretch: Fraction = Fraction(1)
    group: int = 0
    broken: Fraction = Fraction(1)
    volta: int = 0

    def read(self, music: str) -> None:
        position = 0
        while position < len(music):
            found = SIGN.match(music, position)
            if found is None or found.end() == position:
                raise Unreadable(
                    f"“{music[position : position + 10].split(chr(10), maxsplit=1)[0]}” in the melody cannot be read."
                )
            position = found.end()
            self._sign(found)
        self.close("")

    def _sign(self, found: re.Match[str]) -> None:
        if (field_ := found["field"]) is not None:
            self._inline(field_, found["value"])
        elif found["tuplet"]:
            count = int(found["count"])
            if count != 3 or (found["time"] or "2") != "2" or (found["group"] or "3") != "3":
                raise Unreadable("The melody has a group of notes other than a triplet.")
            self.stretch, self.group = Fraction(2, 3), 3
        elif found["bar"]:
            self.close(found["bar"])
        elif found["volta"]:
            self.volta = int(found["volta"].strip("[")[0])
        elif found["broken"]:
            self._break(found["broken"])
        elif found["tie"]:
            self.tied = True
        elif found["skip"] is None:
            self._note(found)

    def _inline(self, name: str, value: str) -> None:
        if name in "KLMV" and not (name == "K" and key_of(value) == self.key):
            raise Unreadable("The melody changes its key, its metre or its voice on the way.")

    def _break(self, sign: str) -> None:
        if not self.notes:
            raise Unreadable("The melody has a > or < without a note before it.")
        short = Fraction(1, 2 ** len(sign))
        long = 2 - short
        first, self.broken = (long, short) if sign[0] == ">" else (short, long)
        last = self.notes[-1]
        self.notes[-1] = Note(_whole(last.ticks * first), last.pitch, last.held)

    def _note(self, found: re.Match[str]) -> None:
        written = self._length(found["length"]) * self.broken * self.stretch
        self.broken = Fraction(1)
        if self.group:
            self.group -= 1
            self.stretch = self.stretch if self.group else Fraction(1)
        ticks = _whole(self.unit * written)
        if found["chord"]:
            pitches = [self._pitch(*one.groups("")) for one in PITCH.finditer(found["chord"])]
            pitch = max((one for one in pitches if one is not None), default=None)
        else:
            one = PITCH.fullmatch(found["pitch"])
            pitch = self._pitch(*one.groups("")) if one else None
        held = self.tied and pitch is not None and self._last() == pitch
        self.tied = False
        self.notes.append(Note(ticks, pitch, held))

    def _last(self) -> int | None:
        notes = self.notes or (self.pieces[-1].notes if self.pieces else [])
        return notes[-1].pitch if notes else None

    def _pitch(self, accidental: str, letter: str, octave: str) -> int | None:
        if letter in "zx":
            return None
        name = letter + octave
        if accidental:
            self.altered[name] = ACCIDENTALS[accidental]
        change = self.altered.get(name, self.signs.get(letter.upper(), 0))
        up = 12 * (letter.islower() + octave.count("'") - octave.count(","))
        return 60 + LETTERS[letter.upper()] + change + up

    @staticmethod
    def _length(text: str) -> Fraction:
        number, slash, below = text.partition("/")
        extra = below.count("/")
        digits = below.strip("/")
        divisor = int(digits) if digits else 2 ** (1 + extra) if slash else 1
        if divisor == 0:
            raise Unreadable("A note in the melody has no length.")
        return Fraction(int(number or 1), divisor)

    def close(self, sign: str) -> None:
        """End the bar with this bar line."""
        ends = sign.startswith(":") or "::" in sign
        starts = sign.endswith(":") or "::" in sign
        double = "||" in sign or "]" in sign or "[" in sign
        if self.notes:
            self.pieces.append(Piece(self.notes, volta=self.volta))
            self.notes = []
        if self.pieces:
            self.pieces[-1].repeats |= ends
            self.pieces[-1].ends |= ends or double or not sign
            self.pieces[-1].starts |= starts
        if ends or double:
            self.volta = 0
        self.altered.clear()


def _whole(ticks: Fraction) -> int:
    if ticks.denominator != 1 or ticks <= 0:
        raise Unreadable("A note in the melody is shorter than a thirty-second or not in a common division.")
    return int(ticks)


def read(text: str, kind: Kind | None = None, *, goes_on: bool = False) -> Tune:
    """The first tune of a text.

    Ornaments, slurs, chord symbols and words are left out; of chords the highest note stays.

    Args:
        text: In ABC notation.
        kind: What kind of tune it is, where that is known; otherwise what `R:` says or the metre suggests.
        goes_on: Whether more is to come after it; then its last bar is filled, and lengths that one note cannot have
            are written as tied notes.

    Raises:
        Unreadable: It is no tune that can be read; the text says why.
    """
    heading, music = _split(text)
    if "K" not in heading:
        raise Unreadable("The melody has no key; write a line like `K:D` before the notes.")
    metre = {"C": "4/4", "C|": "4/4", "2/2": "4/4"}.get(heading.get("M", "4/4"), heading.get("M", "4/4"))
    if metre not in METRES:
        raise Unreadable(f"The metre {metre} is not known; there are {', '.join(METRES)}.")
    full = METRES[metre]
    reader = _Reader(key_of(heading["K"]), written_signature(heading["K"]), _unit(heading.get("L"), metre))
    reader.read(music)
    written = parts_of(reader.pieces, full)
    if goes_on:
        written = [replace(part, bars=tuple(divided(bar) for bar in part.bars)) for part in written]
    last = len(written) - 1
    parts = tuple(regular(part, full, goes_on=goes_on and place == last) for place, part in enumerate(written))
    if not parts or not any(note.pitch for part in parts for bar in part.bars for note in bar):
        raise Unreadable("The melody has no notes.")
    named = kind or kind_of(heading.get("R", ""), metre)
    return Tune(named, metre, reader.key, motion_of(parts, named, full), parts, heading.get("T", ""))


def _split(text: str) -> tuple[dict[str, str], str]:
    """The first tune's heading, each field as it is first said, and its music."""
    heading: dict[str, str] = {}
    music: list[str] = []
    for line in text.splitlines():
        bare = line.split("%")[0].rstrip()
        found = re.match(r"([A-Za-z+]):(.*)", bare)
        # A bar line with repeats is no field.
        if found and not bare.startswith("|"):
            name, value = found[1], found[2].strip()
            if name == "X" and music:
                break
            if "K" in heading and name in "KLMV" and heading.get(name, value) != value:
                raise Unreadable("The melody changes its key, its metre or its voice on the way.")
            heading.setdefault(name, value)
        elif "K" in heading:
            music.append(bare)
    return heading, "\n".join(music)


def _unit(text: str | None, metre: str) -> int:
    """Ticks of the note that is written without a length."""
    if text is None:
        return 6 if Fraction(metre) < Fraction(3, 4) else 12
    found = re.fullmatch(r"1/(1|2|4|8|16|32)", text.strip())
    if found is None:
        raise Unreadable(f"The unit “{text}” is not known; write a line like `L:1/8`.")
    return WHOLE // int(found[1])


RHYTHMS: tuple[tuple[str, Kind], ...] = (
    ("slip", "slip jig"), ("hop", "slip jig"), ("jig", "jig"), ("reel", "reel"), ("hornpipe", "hornpipe"),
    ("clog", "hornpipe"), ("strathspey", "strathspey"), ("march", "march"), ("quick step", "march"),
    ("quickstep", "march"), ("waltz", "air"), ("minuet", "air"), ("fling", "strathspey"), ("slide", "jig"),
    ("air", "air"), ("song", "air"), ("lament", "air"), ("slow", "air"), ("gigg", "jig"), ("gavot", "dance"),
    ("polka", "dance"), ("dance", "dance"), ("cotillion", "dance"), ("rant", "reel"),
)  # fmt: skip
"""Words that name the kind of a tune."""


def kind_of(words: str, metre: str) -> Kind:
    """The kind of a tune that `words` name, or else that is usual in the metre."""
    for word, kind in RHYTHMS:
        if re.search(rf"\b{word}", words.lower()):
            return kind
    usual: dict[str, Kind] = {"6/8": "jig", "9/8": "slip jig", "12/8": "jig"}
    return usual.get(metre, "dance" if metre in {"2/4", "4/4"} else "air")
