"""Finds the passages that may answer a question: by its words and by its meaning, both together.

The two orders are joined by reciprocal rank (Cormack, Clarke and Büttcher, "Reciprocal rank fusion outperforms
Condorcet and individual rank learning methods", SIGIR 2009): what both find comes before what one of them does.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence
from dataclasses import replace
from typing import TypeAlias

import structlog

from bot.errors import UserError
from bot.knowing.index import Index, Nearness
from bot.knowing.view import View
from bot.knowledge import Passage
from bot.memories import Meaning
from bot.store.knowledge import KnowledgeStore
from bot.text.terms import terms

log = structlog.get_logger(__name__)

Means: TypeAlias = Callable[[], Awaitable[Meaning | None]]
"""What tells meanings apart; None where nothing does."""

LONGEST_QUESTION = 2000
"""Characters; what is longer is no question."""

CANDIDATES = 40
"""Passages that are taken from each order."""

TRIED = 4
"""How many times as many passages are read at once as are wanted: some are not worth showing."""

SMOOTH = 60
"""How little the very first places of an order count more than the next, as in the paper."""

NEAR = 0.3
"""The cosine from which a passage is worth showing, whatever its words."""

FAR = 0.2
"""The cosine below which it takes nearly all of the words."""

SHARE, MOST = 0.5, 0.75
"""The shares of a question's telling words from which a passage is worth showing though it is not near, or far."""

EXACT = 3
"""How much more a word with digits tells than its length: it is a number, a date, a code."""

COMMON = 3
"""Letters; shorter words tell little, in scripts that have letters."""


class Finding:
    """Searches what is known.

    Args:
        store: Where passages are kept.
        index: What they mean.
        means: What tells meanings apart.
    """

    def __init__(self, store: KnowledgeStore, index: Index, means: Means) -> None:
        self._store = store
        self._index = index
        self._means = means

    async def search(self, view: View, question: str, limit: int) -> list[Passage]:
        """The passages that may answer a question, best first, of those that may be seen from there.

        Args:
            view: From where it is asked.
            question: In plain words.
            limit: How many at most.
        """
        question = " ".join(question[:LONGEST_QUESTION].split())
        sources = await self._store.visible(view) if question and limit > 0 else []
        if not sources or view.shelf is None:
            return []
        asked = terms(question)
        words, nearness = await asyncio.gather(
            self._store.by_words(view, asked, CANDIDATES), self._by_meaning(view.shelf, sources, question)
        )
        near = await asyncio.to_thread(nearness.of, {*words, *nearness.order}) if nearness else {}
        # A passage that is not near has to have the words.
        order = fuse(words, nearness.order) if nearness else words
        telling = {key for key, score in near.items() if score >= NEAR} | set(words)
        ranked = [key for key in order if key in telling]
        shown: dict[str, Passage] = {}
        for start in range(0, len(ranked), TRIED * limit):
            part = ranked[start : start + TRIED * limit]
            # Visible or not, that is decided where they are read.
            found = await self._store.passages(view, part)
            for key in part:
                # The same words may be in two sources.
                if (passage := found.get(key)) is not None and passage.text not in shown:
                    score = near.get(key, 0.0)
                    least = MOST if score < FAR and key in near else SHARE
                    if score >= NEAR or share(asked, passage) >= least:
                        shown[passage.text] = replace(passage, score=max(score, 0.0))
                if len(shown) == limit:
                    return list(shown.values())
        return list(shown.values())

    async def _by_meaning(self, shelf: str, sources: Collection[int], question: str) -> Nearness | None:
        """How near passages are to a question; None where nothing can tell."""
        meaning = await self._means()
        last = 0 if meaning is None else await self._index.last(shelf, meaning.name)
        if meaning is None or last == 0:
            return None
        try:
            vector = await meaning.model.aembed_query(question)
        except UserError as error:
            # There are still the words.
            log.warning("knowledge searched without meaning", reason=str(error))
            return None
        return await self._index.nearest(shelf, meaning.name, vector, sources, CANDIDATES, last)


def fuse(*orders: Sequence[int]) -> list[int]:
    """One order of several: what is at the front of more of them comes first."""
    scores: defaultdict[int, float] = defaultdict(float)
    for order in orders:
        for place, key in enumerate(order, 1):
            scores[key] += 1 / (SMOOTH + place)
    return sorted(scores, key=lambda key: (-scores[key], key))


def share(asked: Iterable[str], passage: Passage) -> float:
    """How much of a question's telling words a passage has, from 0 to 1; long words tell more."""
    words = set(asked)
    telling = {term for term in words if len(term) > COMMON or not term.isascii() or not term.isalpha()} or words
    if not telling:
        return 0.0
    held = set(terms(f"{passage.title} {passage.heading or ''} {passage.text}"))
    return sum(map(_weight, telling & held)) / sum(map(_weight, telling))


def _weight(term: str) -> int:
    return len(term) * (EXACT if any(map(str.isdigit, term)) else 1)
