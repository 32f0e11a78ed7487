"""Where in a tune the next token stands, and what sounded at the same place some bars before.

Tunes repeat and answer themselves after one, two, four and eight bars. The network is shown what it would otherwise
have to count and to remember; all of it follows from the tokens before.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from bot.models.tunes.notation import DURATIONS, METRES, TRIPLETS
from bot.models.tunes.tokens import (
    BAR,
    CLOSED,
    FIRST_LENGTH,
    FIRST_NOTE,
    FIRST_TIME,
    FIRST_UPBEAT,
    HEADING,
    HOLD,
    NAMES,
    PLAIN,
    REPEAT,
    REPEATED,
    REST,
    SHORTEST,
    TIMES,
    UPBEATS,
)

BACK = (1, 2, 4, 8)
"""How many bars before the place is looked up."""

NOTHING, STILL = 0, 1
"""What is found there: no note, or one that goes on; else its token plus 2."""

MOST_TICKS = 145
MOST_BARS = 34
MOST_LEFT = 66
MOST_PARTS = 8
FEATURES = 4 + 2 * len(BACK)
"""How many numbers describe a place."""


@dataclass(slots=True)
class Place:
    """Follows the tokens of one tune.

    Attributes:
        full: Ticks of a bar.
        length: Bars that the heading promises.
        done: Bars that are complete.
        bar: Bars of the present part that are complete.
        tick: How far into the bar; an upbeat counts from the bar's end.
        upbeat: Ticks of the present part's upbeat.
        opening: Whether the upbeat is being written.
        lasting: Ticks of the next note; 0 when none is said.
        triplet: How many notes of a triplet have been written: 0, 1 or 2.
        inside: Whether a part is open.
        seen: Tokens so far.
        last: The pitch token that sounds; `REST` after a rest or at a part's beginning.
        parts: Parts that are complete.
    """

    full: int = 96
    length: int = 0
    done: int = 0
    bar: int = 0
    tick: int = 0
    upbeat: int = 0
    opening: bool = False
    lasting: int = 0
    triplet: int = 0
    inside: bool = False
    seen: int = 0
    last: int = REST
    parts: int = 0
    _bars: list[dict[int, tuple[int, int]]] = field(default_factory=list)
    _now: dict[int, tuple[int, int]] = field(default_factory=dict)

    @property
    def goal(self) -> int:
        """The tick at which a bar that ends a part is complete."""
        return self.full - self.upbeat

    def feed(self, token: int) -> None:
        """Go past one token; it is trusted to fit."""
        self.seen += 1
        if self.seen <= HEADING:
            if self.seen == 2:
                self.full = METRES[NAMES[token].removeprefix("metre ")]
            elif self.seen == 5:
                self.length = token - FIRST_LENGTH + SHORTEST
        elif token in TIMES:
            self.lasting, self.triplet = DURATIONS[token - FIRST_TIME], 0
        elif token in {REST, HOLD} or token >= FIRST_NOTE:
            self._sound(token)
        elif token == BAR:
            if self.opening:
                self.opening = False
            else:
                self._close_bar()
            self.tick = 0
        elif token in (REPEAT, PLAIN):
            self.inside, self.bar, self.tick, self.upbeat = True, 0, 0, 0
            self.lasting, self.triplet, self.last = 0, 0, REST
        elif token in (REPEATED, CLOSED):
            self._close_bar()
            self.inside, self.tick, self.parts = False, 0, self.parts + 1
        elif FIRST_UPBEAT <= token < FIRST_UPBEAT + len(UPBEATS):
            self.upbeat = UPBEATS[token - FIRST_UPBEAT]
            self.tick, self.opening = self.full - self.upbeat, True

    def _sound(self, token: int) -> None:
        if token != HOLD:
            self.last = token
        if not self.opening:
            self._now[self.tick] = (token, self.lasting)
        self.tick += self.lasting
        self.triplet = (self.triplet + 1) % 3 if self.lasting in TRIPLETS else 0

    def _close_bar(self) -> None:
        self._bars.append(self._now)
        self._now = {}
        self.bar += 1
        self.done += 1

    def features(self) -> list[int]:
        """The place of the next token: tick, bar of its part, bars left, part, then notes and times heard before."""
        heard: list[int] = []
        times: list[int] = []
        for back in BACK:
            note, time = NOTHING, 0
            if self.inside and not self.opening and len(self._bars) >= back:
                before = self._bars[-back]
                found = before.get(self.tick)
                note, time = (STILL, 0) if found is None else (found[0] + 2, DURATIONS.index(found[1]) + 1)
            heard.append(note)
            times.append(time)
        left = max(0, min(MOST_LEFT - 1, self.length - self.done))
        bar = min(MOST_BARS - 1, self.bar + 1) if self.inside and not self.opening else 0
        at = (min(MOST_TICKS - 1, self.tick), bar, left, min(MOST_PARTS - 1, self.parts))
        return [*at, *heard, *times]


def follow(tokens: Sequence[int]) -> list[list[int]]:
    """The features of the place after each token."""
    place = Place()
    rows: list[list[int]] = []
    for token in tokens:
        place.feed(token)
        rows.append(place.features())
    return rows
