"""What summaries are made with, for tests: meanings that are not kept."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from bot import Embeddings, Message

if TYPE_CHECKING:
    from plugins.summarize.ranking import Matrix


class Read:
    """`Meanings` of an embedding model that keeps nothing."""

    def __init__(self, embeddings: Embeddings) -> None:
        self._embeddings = embeddings

    async def of(self, messages: Sequence[Message], pieces: Sequence[Sequence[str]]) -> list[Matrix]:
        """The vectors of the pieces of each message."""
        rows = await self._embeddings.aembed_documents([piece for each in pieces for piece in each])
        every = np.asarray(rows or np.zeros((0, 1)), dtype=np.float32)
        ends = np.cumsum([len(each) for each in pieces])
        return [every[end - len(each) : end] for end, each in zip(ends, pieces, strict=True)]
