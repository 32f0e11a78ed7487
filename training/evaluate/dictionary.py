"""A dictionary learned from sentence pairs, and translation word by word with it: what a translator must beat."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable

_WORD = re.compile(r"%\d|[^\W\d_]+(?:['’][^\W\d_]+)*['’]?|\d+|[^\w\s]")

ROUNDS = 4
"""Of expectation and maximization."""


class Dictionary:
    """For each word the one that most likely stands for it: IBM's first model (Brown et al. 1993).

    Args:
        pairs: Sentences with their translations.
    """

    def __init__(self, pairs: Iterable[tuple[str, str]]) -> None:
        sentences = [(words(source), words(target)) for source, target in pairs]
        chance: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(lambda: 1.0))
        for _ in range(ROUNDS):
            counts: dict[str, Counter[str]] = defaultdict(Counter)
            for source, target in sentences:
                for word in target:
                    shares = [(one, chance[one][word]) for one in source]
                    total = sum(share for _, share in shares)
                    for one, share in shares:
                        counts[one][word] += share / total  # type: ignore[assignment]  # a counter holds fractions too
            chance = defaultdict(lambda: defaultdict(lambda: 1e-9))
            for one, found in counts.items():
                whole = sum(found.values())
                chance[one] = defaultdict(lambda: 1e-9, {word: count / whole for word, count in found.items()})
        self._best = {one: max(sorted(found), key=found.__getitem__) for one, found in chance.items() if found}

    def translate(self, text: str) -> str:
        """Each word's translation, in the order of the text; a word that is not known stays."""
        said = " ".join(self._best.get(word, word) for word in words(text))
        said = re.sub(r"\s+([.,!?;:])", r"\1", said)
        return said[:1].upper() + said[1:]


def words(text: str) -> list[str]:
    """The words and marks of a text, in small letters."""
    return _WORD.findall(text.lower())
