"""Decides what a wish leaves open: kind, metre, key, length, tempo and who plays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bot.models.tunes.instruments import BY_NAME, Instrument
from bot.models.tunes.notation import METRES, Kind, Mode, Tune
from bot.models.tunes.rules import Wanted
from bot.models.tunes.wishes import Wish

USUAL: dict[Kind, tuple[str, ...]] = {
    "reel": ("4/4",),
    "jig": ("6/8",),
    "slip jig": ("9/8",),
    "hornpipe": ("4/4",),
    "strathspey": ("4/4",),
    "march": ("4/4", "2/4", "6/8"),
    "air": ("3/4", "4/4", "6/8"),
    "dance": ("2/4", "4/4"),
}
"""The metres of each kind."""

POPULAR: tuple[Kind, ...] = ("jig", "reel", "hornpipe", "air")
"""What a tune is when nobody says and its metre leaves a choice."""

TONICS = {Mode.MAJOR: (2, 7, 0, 9), Mode.MINOR: (9, 4, 2, 11), Mode.DORIAN: (9, 4, 2), Mode.MIXOLYDIAN: (9, 2)}
"""Tonics that come when nobody asks for one: those that lie well on most instruments."""

QUARTERS: dict[tuple[str, str], int] = {
    ("reel", "4/4"): 192, ("hornpipe", "4/4"): 152, ("strathspey", "4/4"): 120, ("march", "4/4"): 116,
    ("march", "2/4"): 108, ("air", "4/4"): 84, ("air", "3/4"): 100, ("air", "6/8"): 96, ("dance", "2/4"): 112,
    ("dance", "4/4"): 144, ("waltz", "3/4"): 138, ("minuet", "3/4"): 126, ("mazurka", "3/4"): 144,
    ("polka", "2/4"): 120, ("lullaby", "6/8"): 84, ("lullaby", "3/4"): 84, ("lament", "4/4"): 66,
}  # fmt: skip
"""Quarters in a minute by the kind, or what it is called, and the metre."""

OTHERWISE = {"6/8": 165, "9/8": 165, "12/8": 165, "3/8": 120, "3/4": 112, "6/4": 120, "3/2": 120}
"""Quarters in a minute in metres that the kind says nothing about; 120 in the others."""

COMPOUND = {"6/8", "9/8", "12/8"}
"""Metres whose beat is a dotted quarter."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that is decided before the first note.

    Attributes:
        wanted: What the network is asked for.
        tempo: Quarters in a minute.
        player: What plays the melody.
        accompanist: What plays the chords; None for a tune that is played alone.
        name: What the kind of tune is called.
    """

    wanted: Wanted
    tempo: int
    player: Instrument
    accompanist: Instrument | None
    name: str


def plan(wish: Wish, seconds: float | None, chance: np.random.Generator) -> Plan:
    """Decides what is open, by chance where nothing speaks for one or the other.

    Args:
        wish: What is said.
        seconds: About how long the tune is to last.
        chance: The source of chance.
    """
    kind = wish.kind or _kind(wish.metre, chance)
    metre = wish.metre or str(chance.choice(USUAL[kind]))
    mode = wish.mode
    tonic = int(chance.choice(TONICS[mode or Mode.MAJOR])) if wish.tonic is None else wish.tonic
    tempo = tempo_of(wish, kind, metre)
    length, repeated = wish.length or 16, None
    if seconds is not None and wish.length is None:
        length, repeated = fitting(seconds, metre, tempo)
    player, accompanist = _players(wish, kind)
    wanted = Wanted(
        kind=kind,
        metre=metre,
        tonic=tonic,
        length=length,
        mode=mode,
        motion=wish.motion,
        repeated=repeated,
        lowest=player.lowest,
        highest=player.highest,
    )
    return Plan(wanted, tempo, player, accompanist, wish.name or kind)


def tempo_of(wish: Wish, kind: Kind, metre: str) -> int:
    """Quarters in a minute."""
    if wish.tempo is not None:
        return round(wish.tempo * 1.5) if metre in COMPOUND else wish.tempo
    usual = QUARTERS.get((wish.name, metre)) or QUARTERS.get((kind, metre)) or OTHERWISE.get(metre, 120)
    return round(usual * wish.pace)


def fitting(seconds: float, metre: str, tempo: int) -> tuple[int, bool]:
    """How many bars last about so long, and whether their parts are repeated; rather with repeats."""
    bar = METRES[metre] / 24 * 60 / tempo
    choices = [*((length, True) for length in range(8, 65, 8)), *((length, False) for length in (4, *range(8, 65, 8)))]
    return min(choices, key=lambda one: abs(one[0] * (1 + one[1]) * bar - seconds))


def planned_for(melody: Tune, wish: Wish, seconds: float | None) -> tuple[Tune, Plan]:
    """The melody in the key that is asked for and where the instrument can play it, and a plan to go on with it.

    Args:
        melody: What somebody gave.
        wish: What they said; the melody's own kind and metre stay.
        seconds: About how long the tune is to last.
    """
    player, accompanist = _players(wish, melody.kind)
    shift = 0 if wish.tonic is None else (wish.tonic - melody.key.tonic + 6) % 12 - 6
    pitches = [note.pitch + shift for note in melody.notes() if note.pitch is not None]
    low, high = min(pitches), max(pitches)
    shift += 12 * min(range(-4, 5), key=lambda octaves: (
        max(0, player.lowest - low - 12 * octaves) + max(0, high + 12 * octaves - player.highest), abs(octaves)
    ))  # fmt: skip
    moved = melody.transposed(shift)
    tempo = tempo_of(wish, melody.kind, melody.metre)
    length = wish.length or (fitting(seconds, melody.metre, tempo)[0] if seconds else max(16, melody.length))
    heights = [note.pitch for note in moved.notes() if note.pitch is not None]
    wanted = Wanted(
        kind=melody.kind,
        metre=melody.metre,
        tonic=moved.key.tonic,
        length=length,
        mode=moved.key.mode,
        motion=moved.motion,
        lowest=min(player.lowest, *heights),
        highest=max(player.highest, *heights),
    )
    return moved, Plan(wanted, tempo, player, accompanist, wish.name if wish.kind == melody.kind else melody.kind)


def _kind(metre: str | None, chance: np.random.Generator) -> Kind:
    fits = [kind for kind in POPULAR if metre is None or metre in USUAL[kind]]
    others = [kind for kind in USUAL if metre in USUAL[kind]]
    choices = fits or others or ["dance"]
    return choices[int(chance.integers(len(choices)))]


def _players(wish: Wish, kind: Kind) -> tuple[Instrument, Instrument | None]:
    player = wish.players[0] if wish.players else BY_NAME["flute" if kind == "air" else "fiddle"]
    if wish.alone:
        return player, None
    strums = next((one for one in wish.players[1:] if one.strums), None)
    if strums is None:
        strums = player if player.name in {"piano", "harp", "harpsichord", "guitar"} else BY_NAME["guitar"]
    return player, strums
