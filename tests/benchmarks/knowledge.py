"""What it takes to find passages among 100,000 of one server, on SQLite: by meaning alone, and as a question is asked.

The words are drawn so that few are frequent and many are rare, as in any language. The vectors are drawn as well: what
a search costs does not depend on what they mean. The question's own vector is given; to read it takes a model a few
milliseconds more.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from pathlib import Path

import numpy as np
from langchain_core.embeddings import Embeddings

from bot.config import Config, KnowledgeConfig
from bot.knowing.blocks import unit
from bot.knowing.chunks import Chunk
from bot.knowing.places import Known
from bot.knowing.view import View
from bot.knowledge import SourceKind
from bot.memories import Meaning
from bot.request import Channel, ChannelKind, Origin, Person, Request
from bot.store import Database
from bot.store.knowledge import Ready, Spec

PASSAGES = 100_000
SOURCES = 100
WIDTH = 384
WORDS = 80
VOCABULARY = 30_000
QUESTIONS = 200
QUESTION_WORDS = 8
SERVER = "bench:server"


class Drawn(Embeddings):
    """Draws a vector for each question."""

    def __init__(self) -> None:
        self._chance = np.random.default_rng(5)

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        return [self.embed_query(text) for text in texts]

    def embed_query(self, text: str) -> list[float]:
        drawn: list[float] = self._chance.standard_normal(WIDTH).tolist()
        return drawn

    async def aembed_query(self, text: str) -> list[float]:
        return self.embed_query(text)


MEANING = Meaning("drawn", Drawn())


async def meaning() -> Meaning:
    """What tells meanings apart here."""
    return MEANING


def sentences(chance: np.random.Generator, count: int, words: int) -> list[str]:
    """Texts of words of which few are frequent and many are rare."""
    # The nth word is as frequent as 1/n, as Zipf observed.
    drawn = VOCABULARY ** chance.random((count, words))
    return [" ".join(f"word{number}" for number in row) for row in drawn.astype(int).tolist()]


async def fill(known: Known, passages: int = PASSAGES, sources: int = SOURCES) -> None:
    """Add as many passages, and write the index.

    Args:
        known: Where to.
        passages: How many.
        sources: How many documents they are of.
    """
    chance = np.random.default_rng(5)
    each = passages // sources
    for source in range(sources):
        texts = sentences(chance, each, WORDS)
        vectors = unit(chance.standard_normal((each, WIDTH), np.float32)).astype("<f2")
        ready = [
            Ready(Chunk(text, page=place + 1), f"{source} {place}", text.split(), vectors[place].tobytes())
            for place, text in enumerate(texts)
        ]
        spec = Spec(SERVER, "bench", None, SourceKind.FILE, f"{source}.pdf", None, None, f"{source}.pdf")
        await known.store.put(spec, ready, MEANING.name)
    await known.adding.tidy()


def view() -> View:
    """Somebody asks in a channel of the server."""
    channel = Channel("general", SERVER, ChannelKind.CHANNEL, "general")
    return View.of(Request(Origin("bench"), Person("bench:ana", "Ana"), channel))


async def measure() -> dict[str, float]:
    """Milliseconds of a search: the median and what 95 of 100 do not exceed."""
    with tempfile.TemporaryDirectory() as folder:
        config = Config(knowledge=KnowledgeConfig(dir=Path(folder) / "index"))
        async with await Database.open(f"sqlite:///{folder}/atelier.db") as database:
            await database.migrate()
            known = Known(database, config, meaning)
            await fill(known)
            here, near, whole = view(), list[float](), list[float]()
            sources = await known.store.visible(here)
            for question in sentences(np.random.default_rng(6), QUESTIONS, QUESTION_WORDS):
                vector = MEANING.model.embed_query(question)
                began = time.perf_counter()
                await known.index.nearest(SERVER, MEANING.name, vector, sources, 40)
                near.append(time.perf_counter() - began)
                began = time.perf_counter()
                await known.finding.search(here, question, 6)
                whole.append(time.perf_counter() - began)
    figures: dict[str, float] = {}
    for name, taken in (("by meaning", near), ("by meaning and words, with the passages", whole)):
        figures[f"ms to find passages among {PASSAGES:,} {name}, median"] = 1000 * statistics.median(taken)
        figures[f"ms to find passages among {PASSAGES:,} {name}, 95th percentile"] = (
            1000 * statistics.quantiles(taken, n=20)[-1]
        )
    return figures
