"""What is known, on SQLite and on PostgreSQL, with a model that counts words."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from bot.body import Progress
from bot.config import Config, KnowledgeConfig
from bot.documents import Document, Part
from bot.knowing.places import Known, PlaceKnowledge
from bot.knowledge import Added
from bot.request import Channel, ChannelKind, Message, MessageSeen, Origin, Person
from bot.store import Database, Messages
from bot.values import ChannelRef
from tests.bot.knowing.meaning import Means
from tests.bot.store.conftest import (  # noqa: F401 - fixtures
    ANA,
    DM,
    GENERAL,
    FakeClock,
    clock,
    db,
    postgres_server,
    postgres_template,
    request_from,
    sqlite_template,
    url,
)

ADAM = Person("chat:adam", "Adam", roles=frozenset({"admin"}))


@pytest.fixture
def means() -> Means:
    return Means()


@pytest.fixture
def known(db: Database, means: Means, tmp_path: Path) -> Known:  # noqa: F811 - a fixture
    return open_known(db, means, tmp_path / "index")


def open_known(database: Database, means: Means, folder: Path, **limits: int) -> Known:
    return Known(database, Config(knowledge=KnowledgeConfig(dir=folder, **limits)), means)


def place(known: Known, channel: Channel = GENERAL, person: Person = ADAM, *, history: bool = True) -> PlaceKnowledge:
    """What is known in a channel, for a person."""

    async def kept(channel_id: str) -> bool:
        return history

    return PlaceKnowledge(known, request_from(person, channel), admin=person.is_admin, history=kept)


def document(name: str, *texts: str, link: str | None = None) -> Document:
    """A document with a page for each text."""
    parts = tuple(Part(text, page=page) for page, text in enumerate(texts, 1))
    return Document(name, "\n\n".join(texts), None, link, parts)


async def add(here: PlaceKnowledge, what: Document, *, only_here: bool = False) -> Added:
    """Add a document, and wait for it."""
    steps = [step async for step in here.add(what, only_here=only_here)]
    assert all(isinstance(step, Progress) for step in steps[:-1])
    assert isinstance(steps[-1], Added)
    return steps[-1]


async def pin(here: PlaceKnowledge, channel: str = "general", *, shared: bool = False) -> Added:
    """Add a channel, and wait for it."""
    steps = [step async for step in here.pin(ChannelRef(channel, channel), shared=shared)]
    assert isinstance(steps[-1], Added)
    return steps[-1]


async def say(known: Known, text: str, channel: Channel = GENERAL, key: str = "m1", person: Person = ANA) -> Message:
    """Say something where it is kept."""
    database = known.store.db
    message = Message(key, channel.id, person.id, person.name, text, database.clock(), link=f"https://chat.test/{key}")
    await Messages(database).record("chat", channel, message)
    await known.adding.follow(MessageSeen(Origin("chat"), channel, message))
    return message


async def texts(here: PlaceKnowledge, question: str) -> Sequence[str]:
    """The texts of the passages that are found."""
    return [passage.text for passage in await here.search(question)]


THREAD = Channel("thread", GENERAL.server, ChannelKind.THREAD, "thread", parent="general")
RANDOM = Channel("random", GENERAL.server, ChannelKind.CHANNEL, "random")
ELSEWHERE = Channel("general", "chat:work", ChannelKind.CHANNEL, "general")
VISITED = Channel("general", None, ChannelKind.CHANNEL, "general")
