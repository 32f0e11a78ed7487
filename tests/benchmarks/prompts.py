"""How long it takes to build a prompt, with very much in the store: preferences, memory, history and knowledge."""

from __future__ import annotations

import logging
import random
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path

import numpy as np
import structlog
from langchain_core.embeddings import Embeddings

from bot.app import App
from bot.config import ModelsConfig
from bot.knowing.blocks import pack
from bot.knowing.view import mark
from bot.middleware.call import Call
from bot.models.registry import ModelRegistry
from bot.models.tasks import Task
from bot.platform import Address
from bot.platforms.memory import SERVER
from bot.reply import Reply
from bot.request import Channel, ChannelKind, Person
from bot.settings import ChannelSettings
from bot.testing import Testbed
from bot.text.terms import terms
from plugins.chat.prompt import Prompt, Sources, build
from tests.plugins.conversation import Scripted

WIDTH = 384
REQUESTS = 300
WARM = 30
"""Requests before those that count: what is read first comes from the disk."""

BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
SINCE = "2026-01-01 00:00:00.000000"


@dataclass(frozen=True, slots=True)
class Size:
    """How much is in the store.

    Attributes:
        people: Each with preferences and three facts; one in ten has twenty-three.
        messages: A fifth in one channel with its threads, two fifths in other channels, and as many in direct messages.
        passages: All of one server.
    """

    people: int = 100_000
    messages: int = 1_000_000
    passages: int = 100_000


class Instant(Embeddings):
    """Takes no time: what the question means is a model's work, and is told apart."""

    def __init__(self) -> None:
        self._random = np.random.default_rng(1)

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """A vector for each."""
        return [self.embed_query(text) for text in texts]

    def embed_query(self, text: str) -> list[float]:
        """Some vector of unit length."""
        vector = self._random.standard_normal(WIDTH)
        return [float(number) for number in vector / np.linalg.norm(vector)]

    async def aembed_query(self, text: str) -> list[float]:
        """The same at once, without a thread."""
        return self.embed_query(text)


class _Quiet(Testbed):
    """Does nothing but what it is asked: what is to be forgotten is forgotten at another time."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.app = App(self.config, lambda app: [self.platform], clock=self.clock, models=self.app.models, jobs=False)


class Filled:
    """Fills a store, quickly and always in the same way.

    Args:
        file: A migrated SQLite file.
        size: How much.
        model: What the embeddings are called.

    Attributes:
        sentences: Of which all texts are made.
        questions: Those that a passage answers.
    """

    THREADS = 100

    def __init__(self, file: Path, size: Size, model: str) -> None:
        self._db = sqlite3.connect(file, isolation_level=None)
        self._size = size
        self._model = model
        self._random = random.Random(1)
        # Words as they are in life: few are common, most are rare.
        words = [f"w{number:x}" for number in range(20_000)]
        often = [1 / place for place in range(1, len(words) + 1)]
        self.sentences = [" ".join(self._random.choices(words, often, k=12)) for _ in range(20_000)]
        self.questions: list[str] = []

    def fill(self) -> None:
        """Write everything."""
        self._db.execute("PRAGMA synchronous = OFF")
        self._db.execute("BEGIN")
        self._people()
        self._messages()
        self._knowledge()
        self._db.execute("COMMIT")
        self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        self._db.close()

    def _insert(self, table: str, columns: str, rows: Iterator[tuple[object, ...]]) -> None:
        marks = ", ".join("?" * len(columns.split(",")))
        self._db.executemany(f"INSERT INTO {table} ({columns}) VALUES ({marks})", rows)

    def _people(self) -> None:
        count = self._size.people
        self._insert("people", "id, created", ((f"p{n}", SINCE) for n in range(count)))
        identities = ((f"test:u{n}", f"p{n}", f"User {n}", "en", SINCE) for n in range(count))
        self._insert("identities", "account, person, name, locale, last_seen", identities)
        wishes = ((f"p{n}", "de", "Europe/Berlin", "friendly", "short", SINCE) for n in range(count))
        self._insert("preferences", "person, language, zone, tone, length, changed", wishes)
        columns = "id, person, account, scope, server, said_in, text, confirmed, stated, used"
        now = "2026-03-02 09:00:00.000000"
        facts = (
            (f"f{n}-{k}", f"p{n}", f"test:u{n}", ("person", "here")[k % 2], SERVER, "#c1", text, 0, SINCE, now)
            for n in range(count)
            for k, text in enumerate(self._some(23 if n % 10 == 0 else 3))
        )
        self._insert("memories", columns, facts)
        vector = np.full(WIDTH, WIDTH**-0.5, dtype="<f4").tobytes()
        vectors = ((f"f{n}-{k}", self._model, vector) for n in range(0, count, 10) for k in range(23))
        self._insert("memory_vectors", "memory, model, vector", vectors)

    def _some(self, count: int) -> Sequence[str]:
        start = self._random.randrange(len(self.sentences) - count)
        return self.sentences[start : start + count]

    def _messages(self) -> None:
        fifth = self._size.messages // 5
        columns = "platform, channel, id, server, thread, author, author_name, text, sent, reply_to, from_bot"
        self._insert("messages", columns, self._said("big", fifth, SERVER, threads=self.THREADS))
        for channel in range(50):
            self._insert("messages", columns, self._said(f"c{channel}", fifth // 25, SERVER))
        dms = fifth // 20
        for channel in range(dms):
            self._insert("messages", columns, self._said(f"dm{channel}", 2 * fifth // dms, None))
        decided: list[tuple[object, ...]] = [("server", SERVER, "history", "true", SERVER)]
        decided += [("channel", f"test:dm{n}", "history", "true", None) for n in range(dms)]
        self._insert("settings", "scope, place, name, value, server", iter(decided))

    def _said(self, channel: str, count: int, server: str | None, threads: int = 0) -> Iterator[tuple[object, ...]]:
        for number in range(count):
            at = BEGAN + timedelta(seconds=number * 5)
            bot = number % 8 == 7
            author = "test:atelier" if bot else f"test:u{self._random.randrange(self._size.people)}"
            thread = f"{channel}:{channel}-{number % threads}" if threads and number >= threads and number % 3 else None
            text = self.sentences[self._random.randrange(len(self.sentences))]
            reply = f"{channel}-{number - 1}" if bot else None
            name = "Atelier" if bot else "User"
            sent = at.strftime("%Y-%m-%d %H:%M:%S.%f")
            yield "test", channel, f"{channel}-{number}", server, thread, author, name, text, sent, reply, int(bot)

    def _knowledge(self) -> None:
        each = 1000
        count = self._size.passages
        sources = (
            (n, SERVER, "test", "file", f"Document {n}", f"{n}.pdf", f"https://wiki.test/{n}", SINCE)
            for n in range(count // each)
        )
        self._insert("knowledge_sources", "id, shelf, platform, kind, title, origin, link, read", sources)
        texts = [". ".join(self._some(6)) for _ in range(count)]
        self.questions = [text.partition(". ")[0] for text in texts[:: max(count // 1000, 1)]]
        passages = ((n, n // each, n % each, text, "Heading", 1, f"h{n}") for n, text in enumerate(texts))
        self._insert("knowledge_passages", "id, source, position, text, heading, page, hash", passages)
        place = mark(SERVER, None)
        words = ((n, place, " ".join(terms(text))) for n, text in enumerate(texts))
        self._insert("knowledge_words", "rowid, place, words", words)
        numbers = np.random.default_rng(2)
        vectors = ((n + 1, n, SERVER, self._model, pack(numbers.standard_normal(WIDTH).tolist())) for n in range(count))
        self._insert("knowledge_vectors", "id, passage, shelf, model, vector", vectors)


def _places(size: Size, chance: random.Random) -> Iterator[Channel]:
    """Channels, threads and direct messages in turn."""
    dms = size.messages // 5 // 20
    while True:
        yield Channel(f"c{chance.randrange(50)}", SERVER, ChannelKind.CHANNEL, "general")
        yield Channel("big", SERVER, ChannelKind.CHANNEL, "big")
        thread = f"big:big-{chance.randrange(Filled.THREADS)}"
        yield Channel(thread, SERVER, ChannelKind.THREAD, "plans", parent="big")
        yield Channel(f"dm{chance.randrange(dms)}", None, ChannelKind.DM, "User")


async def _once(bed: Testbed, line: str, person: Person, place: Channel) -> tuple[float, Prompt]:
    """How many milliseconds it takes to have all that a prompt needs, and to build it."""
    request = bed.request(line, person=person, channel=place)
    command = bed.app.dispatcher.router.get("chat")
    assert command is not None
    call = Call(request, Reply(bed.platform, Address(place.id), request.id), options={"message": line})
    call.settings = await bed.app.store.settings.for_channel("test", place.server, place.id, place.parent)
    began = time.perf_counter()
    given = await bed.app.dispatcher.arguments.of_command(call, command)
    sources = Sources(given["history"], given["memories"], given["knowledge"], given["recaps"])  # type: ignore[arg-type]
    prompt = await build(line, request, given["profile"], given["model"], sources, given["config"])  # type: ignore[arg-type]
    return (time.perf_counter() - began) * 1000, prompt


async def _question() -> float:
    """Milliseconds in which the starter embeddings read a question: the median."""
    with tempfile.TemporaryDirectory() as folder:
        registry = ModelRegistry(ModelsConfig(dir=Path(folder)))
        model = await registry.provide(Task.EMBEDDINGS, ChannelSettings())
        assert isinstance(model, Embeddings)
        took: list[float] = []
        for number in range(30):
            began = time.perf_counter()
            await model.aembed_query(f"What was decided about release number {number}, and who writes the notes?")
            took.append((time.perf_counter() - began) * 1000)
        await registry.close()
    return statistics.median(took)


async def measure(size: Size = Size()) -> dict[str, float]:
    """Milliseconds to build a prompt, and for the one call of a model that it needs."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    chance = random.Random(3)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        async with Testbed(folder) as bed:
            bed.use(Task.EMBEDDINGS, Instant())
            model = bed.app.models.name(Task.EMBEDDINGS, ChannelSettings())
        filled = Filled(folder / "atelier.db", size, model)
        filled.fill()
        async with _Quiet(folder) as bed:
            bed.use_chat(Scripted("…", context=8192))
            bed.use(Task.EMBEDDINGS, Instant())
            await bed.app.known.adding.tidy()
            took: list[float] = []
            known = 0
            for place in islice(_places(size, chance), WARM + REQUESTS):
                number = chance.randrange(size.people)
                person = Person(f"test:u{number}", f"User {number}")
                milliseconds, prompt = await _once(bed, chance.choice(filled.questions), person, place)
                took.append(milliseconds)
                said = sum(len(each.text) for each in prompt.messages[1:])
                assert said > 1000, f"nothing was said in {place}"
                known += bool(prompt.passages)
    # In three of four places; a question of common words alone finds nothing.
    assert known > len(took) / 2, "too little was known"
    ordered = sorted(took[WARM:])
    return {
        "building a prompt, ms: median": statistics.median(ordered),
        "building a prompt, ms: 95th of 100": ordered[len(ordered) * 95 // 100],
        "reading the question by the starter embeddings, ms": await _question(),
    }
