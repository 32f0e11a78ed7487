from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from langchain_core.embeddings import Embeddings

from plugins.chat import routing_vectors, vectors
from plugins.chat.routing_vectors import PROBE, keep
from plugins.chat.vectors import Vectors


class Lengths(Embeddings):
    """Embeds a text as its length, and keeps what it was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        self.asked += texts
        return [[float(len(text)), 1.0] for text in texts]

    def embed_query(self, text: str) -> list[float]:
        return self.embed_documents([text])[0]


async def read(kept: Vectors, model: Embeddings, texts: Sequence[str]) -> tuple[list[float], list[list[float]]]:
    progress: list[float] = []
    rows: list[list[float]] = []
    async for step in kept.read(model, texts):
        if isinstance(step, float):
            progress.append(step)
        else:
            rows = np.asarray(step).tolist()
    return progress, rows


async def test_a_text_read_before_costs_nothing() -> None:
    kept, model = Vectors(), Lengths()

    await read(kept, model, ["one", "three"])
    _, rows = await read(kept, model, ["three", "seven"])

    assert [[5.0, 1.0], [5.0, 1.0]] == rows
    assert ["one", "three", "seven"] == model.asked


async def test_the_same_text_twice_is_embedded_once() -> None:
    model = Lengths()

    assert 3 == len((await read(Vectors(), model, ["a", "bb", "a"]))[1])
    assert ["a", "bb"] == model.asked


async def test_much_to_read_is_reported() -> None:
    progress, rows = await read(Vectors(), Lengths(), ["x" * number for number in range(2 * vectors.BATCH + 1)])

    assert [0.0, 128 / 257, 256 / 257] == progress
    assert 257 == len(rows)


async def test_what_was_embedded_ahead_is_not_embedded_again(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    texts = [PROBE, *(f"text {number}" for number in range(vectors.MANY))]
    ones = np.full((len(texts), 4), 0.5, dtype=np.float32)
    keep(texts[:-1], ones[:-1], tmp_path / "ahead.npz")
    monkeypatch.setattr(routing_vectors, "known", partial(routing_vectors.known, file=tmp_path / "ahead.npz"))

    class Alike(Lengths):
        def embed_documents(self, texts: list[str]) -> list[list[float]]:
            self.asked += texts
            return [[0.5] * 4 for _ in texts]

    model = Alike()

    _, rows = await read(Vectors(), model, texts[1:])

    assert [PROBE, texts[-1]] == model.asked
    assert np.allclose(ones[1:], rows)


async def test_what_was_asked_for_longest_ago_goes_first() -> None:
    kept, model = Vectors(most=2), Lengths()

    for text in ("a", "b", "a", "c", "a", "b"):
        await read(kept, model, [text])

    assert ["a", "b", "c", "b"] == model.asked
    assert 2 == len(kept)


async def test_another_model_starts_anew() -> None:
    kept, other = Vectors(), Lengths()
    await read(kept, Lengths(), ["a"])

    await read(kept, other, ["a"])

    assert ["a"] == other.asked


class Waiting(Lengths):
    """Embeds differently, and only when it is let."""

    def __init__(self) -> None:
        super().__init__()
        self.begun, self.free = asyncio.Event(), asyncio.Event()

    async def aembed_documents(self, texts: list[str]) -> list[list[float]]:
        self.begun.set()
        await self.free.wait()
        return [[-1.0, -1.0] for _ in texts]


async def test_models_that_read_at_the_same_time_do_not_get_each_others_vectors() -> None:
    kept, slow, fast = Vectors(), Waiting(), Lengths()

    first = asyncio.create_task(read(kept, slow, ["a"]))
    await slow.begun.wait()
    await read(kept, fast, ["b"])
    slow.free.set()

    assert [[-1.0, -1.0]] == (await first)[1]
    assert [[1.0, 1.0]] == (await read(kept, fast, ["a"]))[1]
    assert [[-1.0, -1.0]] == (await read(kept, slow, ["a"]))[1]


async def test_a_model_that_comes_where_another_was_gets_none_of_its_vectors() -> None:
    kept = Vectors()
    for _ in range(20):
        model = Lengths()
        await read(kept, model, ["a"])
        assert ["a"] == model.asked
        del model


async def test_forgetting_leaves_nothing() -> None:
    kept = Vectors()
    await read(kept, Lengths(), ["a"])

    kept.forget()

    assert 0 == len(kept)


@given(st.lists(st.text(max_size=5), min_size=1, max_size=30), st.integers(1, 10))
async def test_each_text_gets_its_own_row_however_little_is_kept(texts: list[str], most: int) -> None:
    kept, model = Vectors(most), Lengths()

    for _ in range(2):
        assert [[float(len(text)), 1.0] for text in texts] == (await read(kept, model, texts))[1]
    assert len(kept) <= most
