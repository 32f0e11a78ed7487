"""What may come next in a tune, so that every bar adds up, every phrase has four bars and the end is one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bot.models.tunes.notation import DURATIONS, LOWEST, SCALES, TIED, TRIPLETS, Kind, Mode, Motion
from bot.models.tunes.place import Place
from bot.models.tunes.tokens import (
    BAR,
    CLOSED,
    END,
    FIRST_NOTE,
    FIRST_TIME,
    HEADING,
    HOLD,
    IDS,
    NAMES,
    NOTES,
    PLAIN,
    REPEAT,
    REPEATED,
    REST,
    SHORTEST,
    TIMES,
    UPBEATS,
)

Allowed = NDArray[np.bool_]

LEAP = 12
"""The widest step between two notes, in semitones."""

LAST_NOTE = 24
"""The last note of a tune is a quarter at least, where the bar has room for it; a part's is half as long."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a tune shall be; None leaves it to the network.

    Attributes:
        kind: Its kind.
        metre: Its metre.
        tonic: From 0 (C) to 11 (B).
        length: Bars as written: a multiple of four, from 4 to 64.
        mode: Its mode.
        motion: How much it moves.
        repeated: Whether its parts are played twice.
        lowest: The lowest note that can be played, as a MIDI number.
        highest: The highest.
    """

    kind: Kind
    metre: str
    tonic: int
    length: int = 16
    mode: Mode | None = None
    motion: Motion | None = None
    repeated: bool | None = None
    lowest: int = 55
    highest: int = 86


def parts_of(length: int) -> tuple[int, ...]:
    """How many bars each part has: eight, after one of four where that is left over."""
    return (4,) * (length % 8 > 0) + (8,) * (length // 8)


@dataclass(frozen=True, slots=True)
class Rules:
    """Says which tokens may come next.

    Attributes:
        wanted: What the tune shall be.
        parts: Bars of each part.
    """

    wanted: Wanted
    parts: tuple[int, ...]

    def heading(self, place: int) -> Allowed:
        """What the heading's token at this place can be."""
        wanted = self.wanted
        modes = [wanted.mode] if wanted.mode else list(Mode)
        motions = [wanted.motion] if wanted.motion else list(Motion)
        choices = (
            [f"kind {wanted.kind}"], [f"metre {wanted.metre}"], [f"mode {mode}" for mode in modes],
            [f"key {wanted.tonic}"], [f"bars {sum(self.parts)}"], [f"motion {motion}" for motion in motions],
        )  # fmt: skip
        mask = np.zeros(len(NAMES), dtype=bool)
        mask[[IDS[name] for name in choices[place]]] = True
        return mask

    def next(self, place: Place, said: list[int]) -> Allowed:
        """What may come next after the heading.

        Args:
            place: Where the tune stands.
            said: Its tokens so far.
        """
        mask = np.zeros(len(NAMES), dtype=bool)
        if not place.inside:
            opening = {None: [REPEAT, PLAIN], True: [REPEAT], False: [PLAIN]}[self.wanted.repeated]
            mask[[END] if place.parts == len(self.parts) else opening] = True
            return mask
        fresh = said[-1] in (REPEAT, PLAIN)
        if fresh and place.parts and (first := _upbeat(said)):
            mask[first] = True
            return mask
        end = self._end(place)
        if place.tick == end:
            mask[self._sign(place, said)] = True
            return mask
        if fresh and not place.parts:
            for ticks in UPBEATS:
                mask[IDS[f"upbeat {ticks}"]] = ticks <= place.full // 2 and ticks % 6 == 0
        if said[-1] not in TIMES and not place.triplet:
            for number, ticks in enumerate(DURATIONS):
                mask[FIRST_TIME + number] = ticks != place.lasting and self._fits(place, ticks, end)
        if place.lasting and (place.triplet or said[-1] in TIMES or self._fits(place, place.lasting, end)):
            self._sounds(mask, place, said, end)
        return mask

    def _closing(self, place: Place) -> bool:
        """Whether the present bar is its part's last."""
        return not place.opening and place.bar == self.parts[place.parts] - 1

    def _end(self, place: Place) -> int:
        return place.goal if self._closing(place) else place.full

    def _sign(self, place: Place, said: list[int]) -> int:
        if not self._closing(place):
            return BAR
        opened = next(token for token in reversed(said) if token in (REPEAT, PLAIN))
        return REPEATED if opened == REPEAT else CLOSED

    def _least(self, place: Place) -> int:
        """How long the note that ends the present bar lasts at least; 0 when any will do."""
        if not self._closing(place):
            return 0
        room = LAST_NOTE if place.parts == len(self.parts) - 1 else LAST_NOTE // 2
        return room if place.goal >= LAST_NOTE else min(12, place.goal)

    def _fits(self, place: Place, ticks: int, end: int) -> bool:
        """Whether a note, or a triplet of notes, of this length leaves what can be filled."""
        triplet = ticks in TRIPLETS
        rest = end - place.tick - ticks * (3 if triplet else 1)
        least = self._least(place)
        if triplet and (place.tick % 6 or ticks == 16):
            return False
        if rest == 0:
            return least == 0 or (ticks >= least and not triplet)
        return rest > 0 and rest % 3 == 0 and rest >= least

    def _sounds(self, mask: Allowed, place: Place, said: list[int], end: int) -> None:
        key = int(NAMES[said[3]].removeprefix("key "))
        last = place.last
        final = place.tick + place.lasting == end and self._closing(place)
        notes = np.arange(NOTES.start, NOTES.stop)
        pitches = notes - FIRST_NOTE + LOWEST
        fitting = (pitches >= self.wanted.lowest) & (pitches <= self.wanted.highest)
        if final:
            fitting &= np.isin((pitches - key) % 12, self._ends(place, said))
        near = fitting & (np.abs(notes - last) <= LEAP)
        if last != REST and near.any():
            fitting = near
        mask[NOTES.start : NOTES.stop] = fitting
        if not final and place.lasting not in TRIPLETS and _before(said) != REST and place.bar + place.tick > 0:
            # Within a bar a longer note stands for one that is held.
            mask[HOLD] = place.tick == 0 and last != REST
            # Two rests would stand for it, and be read as two.
            mask[REST] = place.tick > 0 and place.lasting not in TIED

    def _ends(self, place: Place, said: list[int]) -> list[int]:
        """Semitones above the tonic that a part can end on: the tonic at the end, else its chord or the second."""
        if place.parts == len(self.parts) - 1:
            return [0]
        scale = SCALES[Mode(NAMES[said[2]].removeprefix("mode "))]
        return [scale[0], scale[1], scale[2], scale[4]]


def _before(said: list[int]) -> int:
    """The last sound, whatever signs came after it."""
    return next((token for token in reversed(said[HEADING:]) if token in {REST, HOLD, *NOTES}), REST)


def _upbeat(said: list[int]) -> int | None:
    """The token of the first part's upbeat."""
    token = said[HEADING + 1]
    return token if NAMES[token].startswith("upbeat ") else None


def nearest_length(bars: float) -> int:
    """The length in bars that a tune can have and that comes nearest: 4, 8, 12 … 64."""
    return int(min(max(SHORTEST, round(bars / 4) * 4), 64))
