"""The messages of one topic, and what their sentences mean."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from bot import Message

from .sentences import Sentence

if TYPE_CHECKING:
    from .ranking import Matrix, Vector

MOST = 100
"""Sentences of a topic that are looked at for those that stand for it; of more those nearest to its centre."""


@dataclass(frozen=True)
class Group:
    """The messages of one topic and what their sentences mean.

    Attributes:
        messages: In order.
        pieces: The sentences of each that say something.
        vectors: For each message a row of unit length per sentence.
    """

    messages: tuple[Message, ...]
    pieces: tuple[tuple[str, ...], ...] = field(repr=False)
    vectors: tuple[Matrix, ...] = field(repr=False)

    @cached_property
    def sentences(self) -> list[Sentence]:
        """All sentences, in order."""
        return [
            Sentence(text, source, place)
            for source, pieces in enumerate(self.pieces)
            for place, text in enumerate(pieces)
        ]

    @cached_property
    def matrix(self) -> Matrix:
        """A row for each sentence; at least one."""
        import numpy as np

        matrix: Matrix = np.concatenate([rows for rows in self.vectors if len(rows)])
        return matrix

    @cached_property
    def centre(self) -> Vector:
        """What the topic means, of unit length."""
        import numpy as np

        mean = self.matrix.mean(axis=0)
        centre: Vector = mean / max(float(np.linalg.norm(mean)), 1e-9)
        return centre

    def central(self, places: list[int]) -> list[int]:
        """Of many sentences the first one and those nearest to the centre.

        Args:
            places: Of sentences; at least one.

        Returns:
            At most `MOST` of them, in order.
        """
        if len(places) <= MOST:
            return places
        near = self.matrix[places] @ self.centre
        kept = sorted(range(1, len(places)), key=lambda index: -near[index])[: MOST - 1]
        return [places[0], *(places[index] for index in sorted(kept))]
