"""Tells which command a request means: kernel ridge regression over the phrases that the plugins come with.

Two requests are alike by the meaning that the embeddings give them and by their words; what is learned is one linear
map from likeness to commands, solved at once and the same each time. On methods and figures see `docs/quality.md`.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import log, sqrt
from typing import TYPE_CHECKING

from .routing_words import features, words

if TYPE_CHECKING:
    from .vectors import Matrix

MEANING = 1.5
"""How much meaning counts beside words."""

NEARNESS = 2.0
"""How quickly likeness in meaning fades with the angle."""

RIDGE = 0.3
"""How much a phrase may differ from what is learned."""

RARER = 0.5
"""How much a phrase that asks for nothing counts: there are many of them."""


@dataclass(frozen=True, slots=True)
class Score:
    """How near a request is to a command.

    Attributes:
        name: The command; empty for none.
        value: About 1 for what could be one of its phrases, and 0 for what is far from all of them.
    """

    name: str
    value: float


class Likeness:
    """How alike texts are by their words, where rare words count more.

    Args:
        texts: That others are compared with.
    """

    def __init__(self, texts: Sequence[str]) -> None:
        import numpy as np

        counted = [features(text) for text in texts]
        self._size = len(texts)
        self._texts_with = Counter(feature for each in counted for feature in each)
        places: dict[str, list[int]] = defaultdict(list)
        weights: dict[str, list[float]] = defaultdict(list)
        for place, each in enumerate(counted):
            for feature, weight in self._weighted(each).items():
                places[feature].append(place)
                weights[feature].append(weight)
        self._places = {
            feature: (np.array(found), np.array(weights[feature], dtype=np.float32))
            for feature, found in places.items()
        }

    def among(self) -> Matrix:
        """Each of the texts with each other."""
        import numpy as np

        matrix: Matrix = np.zeros((self._size, self._size), dtype=np.float32)
        for rows, weights in self._places.values():
            matrix[np.ix_(rows, rows)] += np.outer(weights, weights)
        return matrix

    def to(self, text: str) -> Matrix:
        """One text with each of them."""
        import numpy as np

        row: Matrix = np.zeros(self._size, dtype=np.float32)
        for feature, weight in self._weighted(features(text)).items():
            if feature in self._places:
                places, weights = self._places[feature]
                row[places] += weight * weights
        return row

    def familiarity(self, text: str) -> float:
        """Which part of a text's words is in one of them."""
        keys = [word.key for word in words(text) if word.kind != "mark"]
        return sum(word in self._texts_with for word in keys) / len(keys) if keys else 0.0

    def _weighted(self, counted: Mapping[str, float]) -> dict[str, float]:
        weights = {
            feature: number * log((self._size + 1) / (self._texts_with[feature] + 0.5)) ** 0.7
            for feature, number in counted.items()
        }
        length = sqrt(sum(weight * weight for weight in weights.values())) or 1.0
        return {feature: weight / length for feature, weight in weights.items()}


class RoutingModel:
    """What was learned from phrases.

    Args:
        texts: The phrases.
        labels: The command of each; empty where it asks for none.
        vectors: Their embeddings, of unit length.
    """

    def __init__(self, texts: Sequence[str], labels: Sequence[str], vectors: Matrix) -> None:
        import numpy as np

        self.names = sorted(set(labels))
        self._vectors = vectors
        self._likeness = Likeness(texts)
        self._labels = np.array([self.names.index(label) for label in labels])
        kernel = _meaning(vectors @ vectors.T) + self._likeness.among()
        # A phrase that counts less may differ more.
        kernel[np.diag_indices(len(texts))] += [RIDGE if label else RIDGE / RARER for label in labels]
        wanted = np.zeros((len(texts), len(self.names)), dtype=np.float32)
        wanted[np.arange(len(texts)), self._labels] = 1
        self._weights: Matrix = np.linalg.solve(kernel, wanted)

    def scores(self, text: str, vector: Matrix) -> list[Score]:
        """Every command and none, nearest first.

        Args:
            text: The request.
            vector: Its embedding.
        """
        values = self._likeness_to(text, vector) @ self._weights
        ranked = sorted(zip(self.names, values.tolist(), strict=True), key=lambda each: -each[1])
        return [Score(name, value) for name, value in ranked]

    def familiarity(self, text: str) -> float:
        """Which part of a request's words is in one of the phrases: little, where it is in another language."""
        return self._likeness.familiarity(text)

    def nearest(self, text: str, vector: Matrix, name: str) -> list[int]:
        """The places of a command's phrases, the one that is most alike first."""
        import numpy as np

        likeness = self._likeness_to(text, vector)
        if name not in self.names:
            return []
        own = np.flatnonzero(self._labels == self.names.index(name))
        return [int(place) for place in own[np.argsort(-likeness[own], kind="stable")]]

    def _likeness_to(self, text: str, vector: Matrix) -> Matrix:
        return _meaning(self._vectors @ vector) + self._likeness.to(text)


def _meaning(cosine: Matrix) -> Matrix:
    import numpy as np

    near: Matrix = MEANING * np.exp(NEARNESS * (cosine - 1))
    return near
