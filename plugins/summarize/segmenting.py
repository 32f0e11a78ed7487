"""Finds where one topic ends and the next begins in what was said one after another.

What belongs to a topic lies close together in meaning. Those boundaries are taken that leave the least scatter within
the segments, less a price for each segment that grows with the length, as an information criterion has it; the best
ones are found exactly, by dynamic programming (as in Utiyama and Isahara, "A statistical model for domain-independent
text segmentation", ACL 2001, there with words).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from .ranking import Matrix

    Sums: TypeAlias = NDArray[np.float64]

PRICE = 0.6
"""What a segment costs, times the logarithm of the number of sentences."""

SHORTEST = 0.02
"""The share of the sentences that a segment has at least."""

FEWEST = 3
"""How many it has at least; fewer are a remark."""

STEPS = 800
"""Places at most between which boundaries are looked for; of a longer transcript only some are."""


def segment(vectors: Sequence[Matrix]) -> list[int]:
    """Before which turns a new topic begins.

    Args:
        vectors: For each turn a row of unit length per sentence; none for a turn that says nothing.

    Returns:
        Indexes of turns, ascending; the first is never one of them.
    """
    import numpy as np

    counts = np.asarray([len(each) for each in vectors])
    said = np.flatnonzero(counts).tolist()
    if len(said) < 2:
        return []
    total = int(counts.sum())
    every = np.concatenate([vectors[turn] for turn in said])
    centre = every.mean(axis=0, dtype=np.float64)
    scatter = float(np.square(every - centre).sum()) / total
    if scatter < 1e-9:
        return []
    # Only a turn that says something begins a topic.
    places = said[:: -(-len(said) // STEPS)]
    sums = np.add.reduceat(every - centre, np.cumsum(counts)[places] - counts[places], axis=0, dtype=np.float64)
    sizes = np.add.reduceat(counts, places).astype(np.float64)
    starts = _best(sums / scatter**0.5, sizes, PRICE * np.log(total), max(SHORTEST * total, FEWEST))
    return [places[start] for start in starts]


def _best(sums: Sums, sizes: Sums, price: float, least: float) -> list[int]:
    """Where the best segments begin, without the first.

    Args:
        sums: The sum of the vectors at each place, of unit scatter.
        sizes: How many they are.
        price: Of a segment.
        least: How many vectors a segment has at least.
    """
    import numpy as np

    count = len(sums)
    until = np.concatenate([np.zeros((1, sums.shape[1])), np.cumsum(sums, axis=0)])
    before = np.concatenate([[0.0], np.cumsum(sizes)])
    products = until @ until.T
    squares = np.diag(products)
    length = before[None, :] - before[:, None]
    # What one mean for all of a segment explains of it.
    gain = (squares[:, None] + squares[None, :] - 2 * products) / np.maximum(length, 1)
    gain[length < least] = -np.inf
    score = np.full(count + 1, -np.inf)
    score[0] = 0.0
    origin = np.zeros(count + 1, dtype=np.intp)
    for end in range(1, count + 1):
        reached = score[:end] + gain[:end, end] - price
        origin[end] = int(reached.argmax())
        score[end] = reached[origin[end]]
    starts: list[int] = []
    at = int(origin[count])
    while at > 0:
        starts.append(at)
        at = int(origin[at])
    return starts[::-1]
