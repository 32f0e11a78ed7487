"""What texts mean, as rows of numbers."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pytest
from langchain_core.embeddings import Embeddings

from bot.meanings import AT_ONCE, vectors_of

if TYPE_CHECKING:
    from bot.meanings import Matrix


class Number(float):
    """Notes in which thread it becomes part of an array."""

    seen: set[int]

    def __float__(self) -> float:
        Number.seen.add(threading.get_ident())
        return 0.5


class InLists(Embeddings):
    """Tells the length of a text."""

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        return [[float(len(text)), 1.0] for text in texts]

    def embed_query(self, text: str) -> list[float]:
        return self.embed_documents([text])[0]


@pytest.mark.parametrize("count", [0, 1, AT_ONCE, AT_ONCE + 1, 3 * AT_ONCE])
async def test_each_text_has_a_row_in_order(count: int) -> None:
    texts = ["a" * number for number in range(count)]

    rows = await vectors_of(texts, InLists())

    assert np.dtype(np.float32) == rows.dtype
    assert [float(number) for number in range(count)] == rows[:, 0].tolist()


async def test_lists_become_rows_beside_the_event_loop() -> None:
    class Noted(InLists):
        async def aembed_documents(self, texts: list[str]) -> list[list[float]]:
            return [[Number()] for _ in texts]

    Number.seen = set()

    assert [[0.5], [0.5]] == (await vectors_of(["a", "b"], Noted())).tolist()
    assert Number.seen
    assert threading.get_ident() not in Number.seen


async def test_a_model_that_makes_rows_by_itself_makes_no_lists() -> None:
    class InOne(InLists):
        async def aembed_documents(self, texts: list[str]) -> list[list[float]]:
            raise AssertionError("lists were made")

        async def arows(self, texts: Sequence[str]) -> Matrix:
            return np.full((len(texts), 2), 3, dtype=np.float32)

    assert [[3, 3]] == (await vectors_of(["a"], InOne())).tolist()
