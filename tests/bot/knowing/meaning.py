"""A model that takes texts to mean the same the more words they have in common."""

from __future__ import annotations

import asyncio
from hashlib import blake2b

from langchain_core.embeddings import Embeddings

from bot.memories import Meaning
from bot.text.terms import terms

WIDTH = 128


class WordEmbeddings(Embeddings):
    """Counts words.

    Attributes:
        read: The texts that were read, in order.
        asked: How many questions were read.
        free: Whether reading goes on; it waits while it is not set.
        reading: Set once something is to be read.
        width: How many numbers a vector has.
    """

    def __init__(self, width: int = WIDTH) -> None:
        self.read: list[str] = []
        self.asked = 0
        self.free = asyncio.Event()
        self.free.set()
        self.reading = asyncio.Event()
        self.width = width

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        return [self.embed_query(text) for text in texts]

    def embed_query(self, text: str) -> list[float]:
        vector = [0.01] * self.width
        for term in terms(text):
            vector[blake2b(term.encode(), digest_size=2).digest()[0] % self.width] += 1.0
        return vector

    async def aembed_documents(self, texts: list[str]) -> list[list[float]]:
        self.reading.set()
        await self.free.wait()
        self.read += texts
        return self.embed_documents(texts)

    async def aembed_query(self, text: str) -> list[float]:
        self.asked += 1
        return self.embed_query(text)


class Means:
    """What tells meanings apart, and can be another from now on."""

    def __init__(self) -> None:
        self.model = WordEmbeddings()
        self.now: Meaning | None = Meaning("words", self.model)

    async def __call__(self) -> Meaning | None:
        return self.now

    def change(self, name: str, model: WordEmbeddings | None = None) -> WordEmbeddings:
        """Have another model from now on."""
        self.model = model or WordEmbeddings()
        self.now = Meaning(name, self.model)
        return self.model
