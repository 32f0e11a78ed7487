"""What the network is measured against: an n-gram model with interpolated modified Kneser-Ney smoothing.

After Chen and Goodman, "An Empirical Study of Smoothing Techniques for Language Modeling" (1998): three discounts for
each order, from its counts of counts; below the highest order an n-gram counts by how many tokens precede it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ids = NDArray[np.int64]

BITS = 8
"""A token's share of the number that stands for an n-gram."""

START = (1 << BITS) - 1
"""Stands before a text."""


@dataclass(frozen=True, slots=True)
class _Order:
    """One order's table.

    Attributes:
        grams: The n-grams that occur, as sorted numbers.
        share: For each its discounted probability, without what the lower order adds.
        contexts: The contexts that occur, as sorted numbers.
        rest: For each the probability that the lower order distributes.
    """

    grams: Ids
    share: NDArray[np.float64]
    contexts: Ids
    rest: NDArray[np.float64]


class KneserNey:
    """An n-gram model of texts of token ids below 255."""

    def __init__(self, texts: Sequence[Ids], vocabulary: int, order: int = 5) -> None:
        """Count the texts.

        Args:
            texts: Token ids of each.
            vocabulary: How many tokens there are.
            order: The longest n-grams, at most 7.
        """
        self.order = order
        self.vocabulary = vocabulary
        everything = np.concatenate([_grams(text, order) for text in texts])
        grams, counts = np.unique(everything, return_counts=True)
        self._orders: list[_Order] = []
        for size in range(order, 0, -1):
            self._orders.insert(0, _table(grams, counts))
            if size > 1:
                everything &= (1 << BITS * (size - 1)) - 1
                grams, counts = _shorter(grams, everything, size - 1)

    def loss(self, texts: Sequence[Ids], skip: int = 1) -> float:
        """The mean loss of a token in nats.

        Args:
            texts: What to predict.
            skip: How many tokens at the beginning of each are given.
        """
        grams = np.concatenate([_grams(text, self.order)[skip:] for text in texts])
        return float(-np.log(self.probabilities(grams)).mean())

    def probabilities(self, grams: Ids) -> NDArray[np.float64]:
        """The probability of each n-gram's last token after those before it."""
        found = np.full(len(grams), 1 / self.vocabulary)
        for size, table in enumerate(self._orders, 1):
            now = grams & ((1 << BITS * size) - 1)
            rest = _look(table.contexts, table.rest, now >> BITS, missing=1.0)
            found = _look(table.grams, table.share, now, missing=0.0) + rest * found
        return found

    def grams(self, text: Ids) -> Ids:
        """The n-grams of a text, one ending at each token."""
        return _grams(text, self.order)


def _grams(text: Ids, order: int) -> Ids:
    padded = np.concatenate([np.full(order - 1, START), text]).astype(np.int64)
    found = np.zeros(len(text), dtype=np.int64)
    for place in range(order):
        found = (found << BITS) | padded[place : place + len(text)]
    return found


def _shorter(grams: Ids, everything: Ids, size: int) -> tuple[Ids, Ids]:
    """The n-grams that are one shorter, each with how many tokens precede it; at a text's start with its count."""
    below, before = np.unique(grams & ((1 << BITS * size) - 1), return_counts=True)
    first = (below >> BITS * (size - 1)) == START
    if size > 1 and first.any():
        raw, counts = np.unique(everything, return_counts=True)
        before = np.where(first, counts[np.searchsorted(raw, below)], before)
    return below, before


def _table(grams: Ids, counts: Ids) -> _Order:
    of = [max(1, int((counts == number).sum())) for number in range(1, 5)]
    ratio = of[0] / (of[0] + 2 * of[1])
    # Where a small text has no such counts of counts, nothing sensible comes out: then nearly the whole count stays.
    discounts = np.array(
        [min(max(number - (number + 1) * ratio * of[number] / of[number - 1], 0.05), number) for number in (1, 2, 3)]
    )
    discount = discounts[np.minimum(counts, 3) - 1]
    contexts, where = np.unique(grams >> BITS, return_inverse=True)
    total = np.bincount(where, counts)
    return _Order(grams, (counts - discount) / total[where], contexts, np.bincount(where, discount) / total)


def _look(keys: Ids, values: NDArray[np.float64], wanted: Ids, missing: float) -> NDArray[np.float64]:
    place = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    return np.where(keys[place] == wanted, values[place], missing)
