"""Finds tunes that are variants of each other, so that no variant of a training tune is validated on."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence

from bot.models.tunes.notation import Tune

STEP = 12
"""Bars are compared by what sounds at each eighth."""

ALIKE, SAME = 0.34, 0.8
"""The share of a tune's bars that another has too, from which on they are variants, or the same."""

COMMON = 12
"""A bar that more tunes than this have says nothing about kinship."""


def contents(tune: Tune) -> set[tuple[int, ...]]:
    """What each bar sounds like at each eighth, whatever the key; long notes alone say too little and are left out."""
    found: set[tuple[int, ...]] = set()
    for part in tune.parts:
        for bar in part.bars:
            sounding: list[int] = []
            for note in bar:
                heard = -1 if note.pitch is None else (note.pitch - tune.key.tonic) % 12
                sounding += [heard] * note.ticks
            grid = tuple(sounding[::STEP])
            if len(set(grid)) >= 3:
                found.add(grid)
    return found


def title(tune: Tune) -> str:
    """The title without articles, numbers and what kind of tune it is."""
    words = re.sub(r"\(.*?\)|--.*|[^a-z ]", "", tune.title.lower()).split()
    return " ".join(word for word in words if word not in {"the", "a", "reel", "jig", "hornpipe", "march"})


class _Families:
    """Which of some numbered things belong together."""

    def __init__(self, count: int) -> None:
        self._parent = list(range(count))

    def root(self, number: int) -> int:
        while self._parent[number] != number:
            self._parent[number] = self._parent[self._parent[number]]
            number = self._parent[number]
        return number

    def join(self, number: int, other: int) -> None:
        self._parent[self.root(number)] = self.root(other)


def families(tunes: Sequence[Tune]) -> tuple[list[int], list[bool]]:
    """Groups tunes that share bars or a title.

    Args:
        tunes: In a fixed order.

    Returns:
        For each the number of its family, and whether it is the same as one before it.
    """
    bars = [contents(tune) for tune in tunes]
    places: defaultdict[tuple[int, ...], list[int]] = defaultdict(list)
    for number, found in enumerate(bars):
        for bar in found:
            places[bar].append(number)
    groups = _Families(len(tunes))
    same = [False] * len(tunes)
    titles: dict[str, int] = {}
    for number, tune in enumerate(tunes):
        shared = Counter(
            other for bar in bars[number] if len(places[bar]) <= COMMON for other in places[bar] if other < number
        )
        for other, count in shared.items():
            share = count / max(1, min(len(bars[number]), len(bars[other])))
            if share >= ALIKE:
                groups.join(number, other)
            same[number] |= share >= SAME and len(bars[number]) >= 4
        named = title(tune)
        if len(named) > 6:
            groups.join(number, titles.setdefault(named, number))
    return [groups.root(number) for number in range(len(tunes))], same
