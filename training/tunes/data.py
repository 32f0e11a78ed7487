"""Builds what is trained on: token ids and the features of each place, split by family."""

from __future__ import annotations

import random
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bot.models.tunes.notation import HIGHEST, LOWEST, Tune
from bot.models.tunes.place import BACK, follow
from bot.models.tunes.tokens import FIRST_KEY, FIRST_NOTE, encode
from training.tunes.collections import Source, sources
from training.tunes.families import families

VALIDATION = 0.1
"""The share of families that is kept for validation."""

COMFORT = (55, 88)
"""Where a transposed tune lies best: from a fiddle's lowest string to where the first position ends, a third higher."""


@dataclass(frozen=True, slots=True)
class Split:
    """The tunes of both sides."""

    training: list[Source]
    validation: list[Source]


@dataclass(frozen=True, slots=True)
class Example:
    """A tune as the network sees it, in its own key.

    Attributes:
        tokens: Token ids, the end included.
        places: A row of features for each token, of the place after it.
        shifts: Semitones to move it by for each of the twelve keys.
    """

    tokens: NDArray[np.int64]
    places: NDArray[np.int64]
    shifts: tuple[int, ...]


def split(seed: int) -> Split:
    """Divides the collections; tunes that occur twice are left out once, and families stay together."""
    found = list(sources())
    family, same = families([source.tune for source in found])
    roots = sorted(set(family))
    random.Random(seed).shuffle(roots)
    # Some families are large: what counts is how many tunes are kept apart.
    wanted, held, kept = VALIDATION * len(found), set[int](), 0
    for root in roots:
        size = family.count(root)
        if size <= 10 and kept + size <= wanted:
            held.add(root)
            kept += size
    single = [(source, root) for source, root, double in zip(found, family, same, strict=True) if not double]
    return Split(
        training=[source for source, root in single if root not in held],
        validation=[source for source, root in single if root in held],
    )


def shifts(tune: Tune) -> tuple[int, ...]:
    """How far to move the tune into each of the twelve keys, so that it stays playable and near where it is."""
    pitches = [note.pitch for note in tune.notes() if note.pitch is not None]
    low, high = min(pitches), max(pitches)

    def cost(shift: int) -> tuple[int, int]:
        outside = max(0, COMFORT[0] - low - shift) + max(0, high + shift - COMFORT[1])
        return (outside, abs(shift))

    nearest = [min((step, step - 12), key=cost) for step in range(12)]
    return tuple(shift for shift in nearest if low + shift >= LOWEST and high + shift <= HIGHEST)


def example(tune: Tune) -> Example:
    """The tune as token ids and features."""
    tokens = encode(tune)
    return Example(np.array(tokens), np.array(follow(tokens)), shifts(tune))


def moved(one: Example, shift: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Tokens and features of the tune in another key."""
    tokens, places = one.tokens.copy(), one.places.copy()
    tokens[tokens >= FIRST_NOTE] += shift
    tokens[3] = FIRST_KEY + (tokens[3] - FIRST_KEY + shift) % 12
    heard = places[:, 4 : 4 + len(BACK)]
    heard[heard >= FIRST_NOTE + 2] += shift
    return tokens, places


def examples(tunes: list[Source], cache: Path) -> list[Example]:
    """The tunes as token ids and features; kept in `cache`, because it takes a while."""
    if cache.exists():
        with np.load(cache) as kept:
            cuts, tokens, places = kept["cuts"], kept["tokens"], kept["places"]
        if len(cuts) == len(tunes) - 1:
            pairs = zip(np.split(tokens, cuts), np.split(places, cuts), tunes, strict=True)
            return [Example(ids, rows, shifts(source.tune)) for ids, rows, source in pairs]
    made = [example(source.tune) for source in tunes]
    cache.parent.mkdir(parents=True, exist_ok=True)
    cuts = np.cumsum([len(one.tokens) for one in made])[:-1]
    np.savez(
        cache, cuts=cuts, tokens=np.concatenate([one.tokens for one in made]),
        places=np.concatenate([one.places for one in made]),
    )  # fmt: skip
    return made
