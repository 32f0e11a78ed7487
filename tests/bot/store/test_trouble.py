"""A store that is locked, full or away, and one that cannot be upgraded."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import make_url, text
from sqlalchemy.exc import IntegrityError

from bot.errors import ConfigError, StoreError
from bot.request import utc_now
from bot.store.database import Database
from bot.store.inbox import Inbox
from bot.store.migrate import FOLDER, revisions
from bot.store.tables import PersonRow
from bot.store.trouble import copy_before_upgrade
from bot.store.urls import parse
from tests.bot.store.conftest import FakeClock, request_from
from tests.bot.store.test_migrate import BROKEN, _with


@pytest.fixture
def file(sqlite_template: Path, tmp_path: Path) -> Path:
    copied = tmp_path / "atelier.db"
    copied.write_bytes(sqlite_template.read_bytes())
    return copied


async def test_while_another_process_holds_the_lock_a_request_waits_no_longer_than_a_platform(
    file: Path,
) -> None:
    async with await Database.open(f"sqlite:///{file}") as db:
        inbox = Inbox(db)
        with closing(sqlite3.connect(file, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(StoreError, match="Please ask again in a minute"):
                await inbox.accept(request_from(), wait=0.05)
            # What can be read is read meanwhile.
            assert await inbox.listened_until("chat") is None
            other.execute("ROLLBACK")
        await db._grouping.close()
        assert await inbox.accept(request_from())


async def test_a_full_disk_is_said_in_one_sentence_and_leaves_what_was_kept(file: Path) -> None:
    async with await Database.open(f"sqlite:///{file}") as db:
        async with db.write() as session:
            session.add(PersonRow(id="ana", created=utc_now()))
        async with db.write() as session:
            await session.execute(text("PRAGMA max_page_count = 1"))  # no less than there are
        with pytest.raises(StoreError):
            async with db.write() as session:
                session.add(PersonRow(id="b" * 100_000, created=utc_now()))
        async with db.read() as session:
            assert ["ana"] == list(await session.scalars(text("SELECT id FROM people")))


async def test_what_is_wrong_with_a_statement_stays_as_it_is(db: Database, clock: FakeClock) -> None:
    with pytest.raises(IntegrityError):
        async with db.write() as session:
            await session.execute(text("INSERT INTO listening (platform) VALUES (NULL)"))


async def test_a_server_that_goes_away_and_comes_back_is_used_again(postgres_server: str, url: str) -> None:
    if url.startswith("sqlite"):
        pytest.skip("a file does not go away")
    async with await Database.open(url) as db, await Database.open(postgres_server) as admin:
        inbox = Inbox(db)
        assert await inbox.accept(request_from())
        end = text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name")
        name = {"name": make_url(url).database}

        async def cut_off() -> None:
            async with db.write() as session:
                await session.execute(text("SELECT 1"))
                async with admin.read() as other:
                    await other.execute(end, name)
                await session.execute(text("SELECT 1"))

        with pytest.raises(StoreError):
            await cut_off()
        # Each connection that was cut is noticed before it is used.
        assert await inbox.accept(request_from())


async def test_a_server_that_is_not_there_is_said_in_one_sentence(clock: FakeClock) -> None:
    db = Database(parse("postgresql://nobody@127.0.0.1:1/nothing"), clock=clock, migrations=FOLDER)
    with pytest.raises(StoreError):
        async with db.read() as session:
            await session.execute(text("SELECT 1"))
    await db.close()


async def test_a_failed_upgrade_leaves_a_copy_and_one_that_went_well_none(file: Path, tmp_path: Path) -> None:
    newest = revisions(FOLDER)[-1]
    copied = file.with_name(f"{file.name}.{newest}")
    async with await Database.open(f"sqlite:///{file}", migrations=_with(tmp_path / "migrations", BROKEN)) as db:
        with pytest.raises(ConfigError, match="as it was"):
            await db.migrate()
    async with await Database.open(f"sqlite:///{copied}") as copy:
        assert newest == await copy.revision()
    assert copied.stat().st_mode & 0o077 == 0
    async with await Database.open(f"sqlite:///{file}") as db:
        await db.downgrade(revisions(FOLDER)[0])
        await db.migrate()
    assert [f"atelier.db.{newest}"] == _copies(tmp_path)


def _copies(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.glob("atelier.db.*"))


def test_what_cannot_be_copied_is_not_upgraded(file: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be copied"):
        copy_before_upgrade(file, file / "below a file")
