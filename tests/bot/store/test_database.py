"""Opening a database, and transactions."""

from __future__ import annotations

import asyncio
import gc
import stat
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, make_url, select, text
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import IntegrityError, StatementError

from bot.errors import ConfigError
from bot.store import urls
from bot.store.columns import Moment, clean
from bot.store.database import Database
from bot.store.tables import IdentityRow, PersonRow
from tests.bot.store.conftest import FakeClock

SECRET = "open-sesame"


async def _count(db: Database) -> int:
    async with db.read() as session:
        return await session.scalar(select(func.count()).select_from(PersonRow)) or 0


async def test_a_new_sqlite_file_and_its_folder_are_made_for_the_owner_only(tmp_path: Path) -> None:
    file = tmp_path / "a" / "b" / "atelier.db"
    async with await Database.open(f"sqlite+aiosqlite:///{file}") as db:
        await db.migrate()
        for made in (file, *file.parent.glob("atelier.db-*")):
            assert stat.S_IMODE(made.stat().st_mode) == 0o600
    file.chmod(0o644)
    async with await Database.open(f"sqlite:///{file}"):
        assert stat.S_IMODE(file.stat().st_mode) == 0o600


async def test_sqlite_is_set_up_for_safety(tmp_path: Path) -> None:
    async with await Database.open(f"sqlite:///{tmp_path / 'atelier.db'}") as db, db.read() as session:
        expected = {"journal_mode": "wal", "foreign_keys": 1, "busy_timeout": 10_000, "secure_delete": 1}
        assert expected == {name: await session.scalar(text(f"PRAGMA {name}")) for name in expected}


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("", "not a database URL"),
        ("atelier.db", "not a database URL"),
        (f"postgresql://me:{SECRET}@host:port/db", "not a database URL"),
        ("mysql://host/db", "cannot use “mysql”"),
        ("sqlite://", "in memory would forget everything"),
        ("sqlite:///:memory:", "in memory would forget everything"),
        ("sqlite:///file::memory:?cache=shared&uri=true", "in memory would forget everything"),
        ("sqlite:///atelier.db?mode=ro", "takes no options"),
        ("sqlite:////proc/atelier/atelier.db", "the SQLite file /proc/atelier/atelier.db cannot be opened"),
        (f"postgresql://me:{SECRET}@127.0.0.1:1/db", "PostgreSQL database db at 127.0.0.1:1 cannot be opened"),
        (f"postgresql://me:x@{SECRET}@127.0.0.1:1/db", "PostgreSQL database db at 127.0.0.1:1 cannot be opened"),
        (f"postgresql://me:{SECRET}@127.0.0.1/db?colour=red", "colour"),
    ],
)
async def test_a_url_that_cannot_be_used_is_one_line_without_the_password(url: str, reason: str) -> None:
    with pytest.raises(ConfigError) as caught:
        await Database.open(url)
    assert str(caught.value).startswith("store.url: ")
    assert reason in str(caught.value)
    assert SECRET not in str(caught.value)
    assert "\n" not in str(caught.value)


async def test_a_file_that_is_no_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "letter.txt"
    file.write_text("Dear Ana, " * 1000)
    file.chmod(0o644)
    with pytest.raises(ConfigError, match="file is not a database"):
        await Database.open(f"sqlite:///{file}")
    assert file.read_text() == "Dear Ana, " * 1000
    assert stat.S_IMODE(file.stat().st_mode) == 0o644


async def test_a_wrong_password_is_one_line_without_it(postgres_server: str) -> None:
    wrong = make_url(postgres_server).set(username="nobody", password=SECRET)
    with pytest.raises(ConfigError) as caught:
        await Database.open(wrong.render_as_string(hide_password=False))
    assert "cannot be opened: " in str(caught.value)
    assert SECRET not in str(caught.value)


async def test_a_database_that_is_not_there_is_named(postgres_server: str) -> None:
    url = make_url(postgres_server).set(database="no_such").render_as_string(hide_password=False)
    with pytest.raises(ConfigError, match='database "no_such" does not exist'):
        await Database.open(url)


@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+asyncpg", "postgresql+psycopg2"])
def test_postgresql_urls_need_no_driver_and_may_say_sslmode(scheme: str) -> None:
    url = urls.parse(f"{scheme}://me:x@host/db?sslmode=require")
    assert url.drivername == "postgresql+asyncpg"
    assert dict(url.query) == {"ssl": "require"}


async def test_what_a_failed_block_wrote_is_undone(db: Database, clock: FakeClock) -> None:
    async def fail() -> None:
        async with db.write() as session:
            session.add(PersonRow(id="ana", created=clock()))
            await session.flush()
            raise RuntimeError("no")

    with pytest.raises(RuntimeError, match="no"):
        await fail()
    assert await _count(db) == 0


async def test_rows_that_refer_to_nothing_are_refused(db: Database, clock: FakeClock) -> None:
    with pytest.raises(IntegrityError):
        async with db.write() as session:
            session.add(IdentityRow(account="chat:ana", person="nobody", name="Ana", last_seen=clock()))


async def test_many_writers_at_once_all_write(url: str, clock: FakeClock) -> None:
    async with await Database.open(url, clock=clock) as one, await Database.open(url, clock=clock) as two:

        async def add(db: Database, number: int) -> None:
            async with db.write() as session:
                await session.scalar(select(func.count()).select_from(PersonRow))
                session.add(PersonRow(id=str(number), created=clock()))

        await asyncio.gather(*(add(db, number) for number in range(20) for db in [(one, two)[number % 2]]))
        assert await _count(one) == 20


async def test_a_cancelled_writer_lets_the_next_one_write(db: Database, clock: FakeClock) -> None:
    inside = asyncio.Event()

    async def never_done() -> None:
        async with db.write() as session:
            session.add(PersonRow(id="ana", created=clock()))
            await session.flush()
            inside.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(never_done())
    await inside.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    async with db.write() as session:
        session.add(PersonRow(id="ben", created=clock()))
    assert await _count(db) == 1


async def test_a_database_that_went_away_is_noticed(url: str) -> None:
    async with await Database.open(url) as db:
        await db.ping()
        await db.close()  # a closed one opens again when it is needed
        await db.ping()


async def test_moments_come_back_in_utc_to_the_microsecond(db: Database) -> None:
    moment = datetime(2026, 3, 2, 1, 2, 3, 456789, tzinfo=timezone(timedelta(hours=-7)))
    async with db.write() as session:
        session.add(PersonRow(id="ana", created=moment))
    async with db.read() as session:
        created = (await session.get_one(PersonRow, "ana")).created
    assert moment == created
    assert created.tzinfo is UTC


async def test_a_moment_without_a_zone_is_refused(db: Database) -> None:
    with pytest.raises(StatementError, match="has no time zone"):
        async with db.write() as session:
            session.add(PersonRow(id="ana", created=datetime(2026, 3, 2)))  # noqa: DTZ001 - that is the mistake


def test_no_moment_is_no_moment() -> None:
    assert Moment().process_bind_param(None, sqlite.dialect()) is None


@given(st.text(alphabet=st.characters(exclude_categories=())))
def test_cleaned_text_can_be_stored_and_loses_nothing_else(value: str) -> None:
    cleaned = clean(value)
    assert "\x00" not in cleaned
    cleaned.encode()
    assert [a for a in value if a != "\x00" and not "\ud800" <= a <= "\udfff"] == [
        a for a, was in zip(cleaned, value.replace("\x00", ""), strict=True) if not "\ud800" <= was <= "\udfff"
    ]


@pytest.mark.parametrize("kind", ["read", "write"])
async def test_it_is_closed_once_every_transaction_has_ended(url: str, kind: str) -> None:
    db = await Database.open(url)
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def use() -> int:
        async with db.read() if kind == "read" else db.write() as session:
            found = await session.scalar(text("SELECT 1"))
            begun.set()
            await go_on.wait()
            return found or 0

    using = asyncio.create_task(use())
    await begun.wait()
    closing = asyncio.create_task(db.close())
    done, _ = await asyncio.wait([closing], timeout=0.05)
    assert not done
    go_on.set()
    await closing
    assert using.done()
    assert 1 == using.result()
    # Nothing is left of its connection that somebody would have to close: that is warned of.
    gc.collect()


async def test_what_is_cancelled_within_a_statement_is_undone_and_the_next_one_can_write(url: str) -> None:
    slow = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300000) SELECT count(*) FROM n"
    async with await Database.open(url, clock=FakeClock()) as db:
        begun = asyncio.Event()

        async def add(key: str, then: str) -> None:
            async with db.write() as session:
                session.add(PersonRow(id=key, created=db.clock()))
                await session.flush()
                begun.set()
                await session.execute(text(then))

        adding = asyncio.create_task(add("1", slow))
        await begun.wait()
        await asyncio.sleep(0)
        adding.cancel()
        with pytest.raises(asyncio.CancelledError):
            await adding
        await add("2", "SELECT 1")
        assert 1 == await _count(db)
