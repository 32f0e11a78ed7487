"""What summaries are made with, for tests: embeddings by the words alone, and others that keep nothing."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from langchain_core.embeddings import Embeddings

from bot import Message

if TYPE_CHECKING:
    from plugins.summarize.ranking import Matrix

WIDTH = 256


class Alike(Embeddings):
    """Texts with the same words are alike."""

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """A row of unit length for each."""
        return [self.embed_query(text) for text in texts]

    def embed_query(self, text: str) -> list[float]:
        """The row of a text."""
        row = np.zeros(WIDTH)
        for word in re.findall(r"\w+", text.casefold()) or ["-"]:
            row[int.from_bytes(hashlib.blake2b(word.encode(), digest_size=4).digest()) % WIDTH] += 1
        found: list[float] = (row / np.linalg.norm(row)).tolist()
        return found

    async def aembed_documents(self, texts: list[str]) -> list[list[float]]:
        """A row of unit length for each."""
        return self.embed_documents(texts)


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


class Open:
    """`Discretion` that leaves out those who are named.

    Args:
        unquoted: The names.
    """

    def __init__(self, *unquoted: str) -> None:
        self._unquoted = unquoted

    async def open(self, messages: Sequence[Message]) -> list[Message]:
        """The messages of the others."""
        return [message for message in messages if message.author_name not in self._unquoted]
