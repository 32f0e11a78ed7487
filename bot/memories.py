"""What people asked Atelier to remember: stated or confirmed, found again by meaning."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeAlias

from bot.models.tasks import Embeddings
from bot.profile import Fact, FactScope

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vector: TypeAlias = Sequence[float] | NDArray[np.float32]

ALIKE = 0.55
"""The cosine from which a fact may be a newer version of another. It was chosen on 51 pairs: all-MiniLM-L6-v2 finds 18
of 25 newer ones (“I live in Lisbon”, “I moved to Porto”), and takes 5 of 26 others (“I speak German”, “I speak French”)
for one; the person is asked."""

SAME_WORDS = 0.5
"""The share of words in common from which it may be, where no model tells what texts mean."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """What tells the meaning of texts.

    Attributes:
        name: What the model is called; vectors of another one cannot be compared with its own.
        model: Makes the vectors.
    """

    name: str
    model: Embeddings


class Memories(Protocol):
    """The facts that the person who asks may use where they ask.

    Their own facts serve answers to them alone. Those of a channel or server serve everyone there, nobody elsewhere.
    """

    async def recall(self, about: str, limit: int = 8) -> Sequence[Fact]:
        """The facts that an answer here may use, nearest in meaning to `about` first.

        The facts are known as used, so that age does not take them.
        """

    async def all(self) -> Sequence[Fact]:
        """Every fact that holds here: the person's own, the channel's and the server's, each oldest first."""

    async def near(self, text: str, scope: FactScope = "here") -> Fact | None:
        """The fact of the same reach that `text` may be a newer version of, and that the person may replace."""

    async def remember(
        self, text: str, scope: FactScope = "here", *, instead: str | None = None, confirmed: bool = False
    ) -> Fact:
        """Keep a fact; the same text twice is one fact.

        Args:
            text: In the person's words.
            scope: How far it reaches.
            instead: The id of the fact it takes the place of.
            confirmed: Whether the person said yes to words that were not their own.

        Raises:
            UserError: The text is empty or very long, there are too many facts, or the person may not say this for
                others.
        """

    async def forget(self, fact: str) -> Fact:
        """Forget the fact of that id; for a day it can be restored.

        Raises:
            UserError: There is no such fact here, or it is somebody else's and the person is no admin.
        """

    async def forget_all(self) -> Sequence[Fact]:
        """Forget every fact of the person's own that holds here; returns what was forgotten."""

    async def restore(self, fact: str) -> Sequence[Fact]:
        """Remember the fact of that id again, and those that were forgotten together with it; returns them.

        Raises:
            UserError: It was forgotten too long ago, or is not the person's to restore.
        """


def by_meaning(asked: Vector, vectors: Sequence[Vector]) -> list[int]:
    """The places of the vectors, nearest to what was asked first."""
    import numpy as np

    scores = _cosines(asked, vectors)
    return [int(place) for place in np.argsort(-scores, kind="stable")]


def by_words(asked: str, texts: Sequence[str]) -> list[int]:
    """The places of the texts, those first that share the rarest words with what was asked."""
    wanted = _stems(asked)
    found = [_stems(text) for text in texts]
    known = Counter(stem for stems in found for stem in stems)
    scores = [
        sum(math.log(1 + len(texts) / known[stem]) for stem in stems & wanted) / math.sqrt(len(stems) or 1)
        for stems in found
    ]
    return sorted(range(len(texts)), key=lambda place: -scores[place])


def alike(stated: Vector, vectors: Sequence[Vector]) -> int | None:
    """The place of the vector that is nearest, where it is near enough to be an older version of what is stated."""
    scores = _cosines(stated, vectors)
    best = int(scores.argmax())
    return best if scores[best] >= ALIKE else None


def alike_in_words(stated: str, texts: Sequence[str]) -> int | None:
    """Likewise, by the words that both share."""
    new = _stems(stated)
    shares = [len(new & old) / max(len(new | old), 1) for old in map(_stems, texts)]
    best = max(range(len(texts)), key=lambda place: shares[place])
    return best if shares[best] >= SAME_WORDS else None


def _cosines(asked: Vector, vectors: Sequence[Vector]) -> NDArray[np.float32]:
    import numpy as np

    rows = np.asarray(vectors, dtype=np.float32)
    one = np.asarray(asked, dtype=np.float32)
    lengths = np.linalg.norm(rows, axis=1) * np.linalg.norm(one)
    cosines: NDArray[np.float32] = rows @ one / np.maximum(lengths, np.float32(1e-9))
    return cosines


def _stems(text: str) -> set[str]:
    # Five letters: “vegetables” finds “vegetarian”.
    return {word[:5] for word in re.findall(r"\w+", text.casefold())}
