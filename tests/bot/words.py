"""A model that takes texts to mean the same the more words they have in common."""

from __future__ import annotations

import asyncio
from hashlib import blake2b

import numpy as np
from langchain_core.embeddings import Embeddings

from bot.text.terms import terms


class WordEmbeddings(Embeddings):
    """Counts words; its vectors are of unit length.

    Attributes:
        read: The texts that were read, in order.
        asked: How many questions were read.
        free: Whether reading goes on; it waits while it is not set.
        reading: Set once something is to be read.
        width: How many numbers a vector has.
    """

    def __init__(self, width: int = 1024) -> None:
        self.read: list[str] = []
        self.asked = 0
        self.free = asyncio.Event()
        self.free.set()
        self.reading = asyncio.Event()
        self.width = width

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        return [self.embed_query(text) for text in texts]

    def embed_query(self, text: str) -> list[float]:
        # A text without words points somewhere, too.
        vector = np.full(self.width, 0.001)
        for term in terms(text):
            vector[int.from_bytes(blake2b(term.encode(), digest_size=4).digest()) % self.width] += 1
        return [float(number) for number in vector / np.linalg.norm(vector)]

    async def aembed_documents(self, texts: list[str]) -> list[list[float]]:
        self.reading.set()
        await self.free.wait()
        self.read += texts
        return self.embed_documents(texts)

    async def aembed_query(self, text: str) -> list[float]:
        self.asked += 1
        return self.embed_query(text)
