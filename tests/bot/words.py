"""Embeddings that know words only: texts mean the same as far as they share words."""

from __future__ import annotations

import zlib

from langchain_core.embeddings import Embeddings

SIZE = 4096


class WordEmbeddings(Embeddings):
    """A vector with a number for each word.

    Attributes:
        read: Every text that was embedded, in order.
    """

    def __init__(self) -> None:
        self.read: list[str] = []

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        self.read += texts
        return [_vector(text) for text in texts]

    def embed_query(self, text: str) -> list[float]:
        return self.embed_documents([text])[0]

    async def aembed_documents(self, texts: list[str]) -> list[list[float]]:
        return self.embed_documents(texts)

    async def aembed_query(self, text: str) -> list[float]:
        return self.embed_query(text)


def _vector(text: str) -> list[float]:
    vector = [0.0] * SIZE
    for word in text.casefold().split():
        vector[zlib.crc32(word.encode()) % SIZE] += 1.0
    return vector
