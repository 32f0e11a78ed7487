"""Migrations, on SQLite and on PostgreSQL."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text

from bot.errors import ConfigError
from bot.store import personal  # noqa: F401 - it knows every table
from bot.store.database import Database
from bot.store.migrate import FOLDER, revisions
from bot.store.tables import Base, PersonRow
from tests.bot.store.conftest import FakeClock

BROKEN = """
from alembic import op
import sqlalchemy as sa

revision = "9999"
down_revision = "{after}"


def upgrade():
    op.create_table("half", sa.Column("id", sa.Text(), primary_key=True))
    op.execute("INSERT INTO half VALUES ('a')")
    op.execute("DROP TABLE people_who_are_not_there")


def downgrade():
    op.drop_table("half")
"""

ORPHANS = """
from alembic import op

revision = "9999"
down_revision = "{after}"


def upgrade():
    op.execute("DELETE FROM people")


def downgrade():
    pass
"""


def _of_the_models(name: str | None, kind: str, parents: object) -> bool:
    """Whether the models know it; not the index of words, which is each database's own."""
    return not (kind == "table" and name is not None and name.startswith("knowledge_words"))


def _differences(connection: Connection) -> list[object]:
    context = MigrationContext.configure(connection, opts={"include_name": _of_the_models})
    return list(compare_metadata(context, Base.metadata))


def _tables(connection: Connection) -> set[str]:
    return set(inspect(connection).get_table_names())


async def _look(db: Database, look: object) -> object:
    async with db.read() as session:
        connection = await session.connection()
        return await connection.run_sync(look)  # type: ignore[arg-type]  # any question of SQLAlchemy's inspector


def _with(folder: Path, script: str) -> Path:
    """A copy of the migrations with one more at the end."""
    shutil.copytree(FOLDER, folder, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "versions" / "9999_new.py").write_text(script.format(after=revisions(FOLDER)[-1]))
    return folder


async def test_migrations_go_forward_and_back_and_forward_and_make_the_tables_of_the_models(empty: str) -> None:
    async with await Database.open(empty) as db:
        assert await db.revision() is None
        await db.migrate()
        assert revisions(FOLDER)[-1] == await db.revision()
        assert await _look(db, _differences) == []
        await db.downgrade("base")
        assert await db.revision() is None
        assert {"alembic_version"} == await _look(db, _tables)
        await db.migrate()
        assert await _look(db, _differences) == []


def test_file_names_and_alembic_agree_on_the_revisions() -> None:
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.set_main_option("path_separator", "os")
    scripts = ScriptDirectory.from_config(config)
    assert [script.revision for script in scripts.walk_revisions()][::-1] == revisions(FOLDER)
    assert revisions(FOLDER)[-1] == scripts.get_current_head()


async def test_migrating_an_up_to_date_database_is_quick(db: Database) -> None:
    best = 1.0
    for _ in range(5):
        began = time.perf_counter()
        await db.migrate()
        best = min(best, time.perf_counter() - began)
    assert best < 0.05


def test_an_up_to_date_database_is_opened_without_alembic(sqlite_template: Path, tmp_path: Path) -> None:
    file = shutil.copy(sqlite_template, tmp_path / "atelier.db")
    script = f"""
import asyncio, sys
from bot.store import Database

async def main():
    async with await Database.open("sqlite:///{file}") as db:
        await db.migrate()

asyncio.run(main())
assert not [name for name in sys.modules if name.partition(".")[0] in ("alembic", "asyncpg")]
"""
    subprocess.run([sys.executable, "-c", script], check=True, cwd=FOLDER.parent)


async def test_two_that_start_at_once_migrate_once(empty: str) -> None:
    async with await Database.open(empty) as one, await Database.open(empty) as two:
        await asyncio.gather(one.migrate(), two.migrate())
        assert await _look(one, _differences) == []
        assert revisions(FOLDER)[-1] == await two.revision()


async def test_a_failed_migration_leaves_the_database_as_it_was(url: str, tmp_path: Path, clock: FakeClock) -> None:
    folder = _with(tmp_path / "migrations", BROKEN)
    async with await Database.open(url, clock=clock, migrations=folder) as db:
        async with db.write() as session:
            session.add(PersonRow(id="ana", created=clock()))
        with pytest.raises(ConfigError) as caught:
            await db.migrate()
        assert str(caught.value).startswith("store.url: ")
        assert "could not be migrated to 9999 and is as it was" in str(caught.value)
        assert "\n" not in str(caught.value)
        assert revisions(FOLDER)[-1] == await db.revision()
        assert await _look(db, _differences) == []
        async with db.write() as session:
            assert clock() == (await session.get_one(PersonRow, "ana")).created


async def test_a_migration_that_orphans_rows_is_undone(url: str, tmp_path: Path, clock: FakeClock) -> None:
    folder = _with(tmp_path / "migrations", ORPHANS)
    async with await Database.open(url, clock=clock, migrations=folder) as db:
        async with db.write() as session:
            session.add(PersonRow(id="ana", created=clock()))
            await session.flush()
            await session.execute(text("INSERT INTO preferences (person) VALUES ('ana')"))
        if url.startswith("sqlite"):
            with pytest.raises(ConfigError, match="rows that refer to nothing"):
                await db.migrate()
            assert revisions(FOLDER)[-1] == await db.revision()
        else:  # PostgreSQL deletes what refers to the person, as the tables say
            await db.migrate()
            assert await db.revision() == "9999"
        async with db.read() as session:
            people = await session.scalar(text("SELECT count(*) FROM people"))
            assert people == await session.scalar(text("SELECT count(*) FROM preferences"))


async def test_a_database_of_a_newer_atelier_is_refused_and_left_alone(db: Database) -> None:
    async with db.write() as session:
        await session.execute(text("UPDATE alembic_version SET version_num = '9998'"))
    with pytest.raises(ConfigError, match="revision 9998, which this Atelier does not know; update Atelier"):
        await db.migrate()
    assert await db.revision() == "9998"


async def test_an_installation_without_migrations_says_so(empty: str, tmp_path: Path) -> None:
    async with await Database.open(empty, migrations=tmp_path) as db:
        with pytest.raises(ConfigError, match="the migrations are missing"):
            await db.migrate()
