"""Databases to test with: every test that takes `db` or `empty` runs on SQLite and on PostgreSQL."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

import pytest
from sqlalchemy import make_url

from bot.request import Channel, ChannelKind, Origin, Person, Request
from bot.store.database import Database
from tests import postgres

T = TypeVar("T")
KINDS = ["sqlite", "postgresql"]


class FakeClock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **by: float) -> datetime:
        self.now += timedelta(**by)
        return self.now


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Iterator[str]:
    """The URL of a PostgreSQL in which databases can be made."""
    own = tmp_path_factory.getbasetemp()
    with postgres.server(own if worker_id == "master" else own.parent) as url:
        yield url


def run(work: Coroutine[None, None, T]) -> T:
    """Do it now, in a loop of its own: fixtures that last are made whether or not a test's loop runs."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()


async def _migrated(url: str) -> None:
    async with await Database.open(url) as database:
        await database.migrate()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file to copy: quicker than migrating for every test."""
    file = tmp_path_factory.mktemp("template") / "template.db"
    run(_migrated(f"sqlite:///{file}"))
    return file


@pytest.fixture(scope="session")
def postgres_template(postgres_server: str) -> Iterator[str]:
    """The name of a migrated PostgreSQL database to copy."""
    url = run(postgres.create(postgres_server))
    run(_migrated(url))
    yield make_url(url).database or ""
    run(postgres.drop(postgres_server, url))


@pytest.fixture(params=KINDS)
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a database without tables."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'new' / 'atelier.db'}"
        return
    server: str = request.getfixturevalue("postgres_server")
    url = run(postgres.create(server))
    yield url
    run(postgres.drop(server, url))


@pytest.fixture(params=KINDS)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a database with tables and no rows."""
    if request.param == "sqlite":
        file = tmp_path / "atelier.db"
        shutil.copy(request.getfixturevalue("sqlite_template"), file)
        yield f"sqlite:///{file}"
        return
    server: str = request.getfixturevalue("postgres_server")
    url = run(postgres.create(server, request.getfixturevalue("postgres_template")))
    yield url
    run(postgres.drop(server, url))


@pytest.fixture
async def db(url: str, clock: FakeClock) -> AsyncIterator[Database]:
    """An open database with tables and no rows."""
    async with await Database.open(url, clock=clock) as database:
        yield database


GENERAL = Channel("general", "chat:home", ChannelKind.CHANNEL, "general")
DM = Channel("dm-ana", None, ChannelKind.DM, "Ana")
ANA = Person("chat:ana", "Ana", locale="pt-BR")
BEN = Person("chat:ben", "Ben")


def request_from(person: Person = ANA, channel: Channel = GENERAL, received: datetime | None = None) -> Request:
    """A request as a platform would make it."""
    return Request(Origin("chat"), person, channel, "dice", received=received or datetime(2026, 3, 2, tzinfo=UTC))
