"""The database: SQLite by default, PostgreSQL by URL."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager, nullcontext, suppress
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Self

from sqlalchemy import URL, ColumnElement, Connection, delete, inspect, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from bot.errors import ConfigError
from bot.inbox import PATIENCE
from bot.request import Clock, utc_now
from bot.store import urls
from bot.store.engines import async_engine, quick_engine
from bot.store.grouping import Grouping, Write
from bot.store.migrate import FOLDER, Step, downgrade, load, revisions, upgrade
from bot.store.quick import QuickWriter, write_all
from bot.store.tables import Base
from bot.store.trouble import copy_before_upgrade, reason, trouble, unusable


class Database:
    """Opens transactions, and brings the tables up to date.

    Attributes:
        clock: Tells the time in UTC.
    """

    def __init__(self, url: URL, *, clock: Clock, migrations: Path) -> None:
        self.clock = clock
        self._url = url
        self._migrations = migrations
        self._sqlite = url.get_backend_name() == "sqlite"
        self._engine = async_engine(url)
        self._writer = self._engine.execution_options(writes=True)
        self._quick = QuickWriter(quick_engine(url)) if self._sqlite else None
        # SQLite has one writer at a time. Waiting here is fair and wakes at once; SQLite itself would poll.
        self._turn: AbstractAsyncContextManager[None] = asyncio.Lock() if self._sqlite else nullcontext()
        self._grouping = Grouping(self._write_group)
        self._under_way = 0
        self._idle = asyncio.Event()
        self._idle.set()

    @classmethod
    async def open(cls, url: str, *, clock: Clock = utc_now, migrations: Path = FOLDER) -> Self:
        """Connect; for SQLite, make the file and its folder first.

        Args:
            url: As in the configuration.
            clock: Tells the time.
            migrations: The folder that Alembic reads.

        Raises:
            ConfigError: The URL cannot be used, or nothing answers there.
        """
        parsed = urls.parse(url)
        file = urls.file_of(parsed)
        try:
            if file is not None and not file.exists():
                urls.create_file(file)
            database = cls(parsed, clock=clock, migrations=migrations)
        except (OSError, SQLAlchemyError) as error:
            raise unusable(parsed, error) from None
        try:
            await database.ping()
        except BaseException:
            await database.close()
            raise
        if file is not None:
            with suppress(PermissionError):  # somebody else's file keeps the mode that they gave it
                file.chmod(0o600)
        return database

    async def close(self) -> None:
        """Close every connection, once what is under way has ended; do not call it within a transaction."""
        try:
            await self._grouping.close()
            # A connection that comes back to a pool that is gone would be closed by nobody.
            await self._idle.wait()
        finally:
            if self._quick is not None:
                await self._quick.close()
            await self._engine.dispose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncSession]:
        """A transaction that only reads.

        Raises:
            StoreError: The database does not answer.
        """
        with trouble(), self._counted():
            async with _session(self._engine) as session, session.begin():
                yield session

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncSession]:
        """A transaction that may write; it is undone when the block raises. Do not open one inside another.

        Raises:
            StoreError: The database does not answer, is locked or full.
        """
        with trouble(), self._counted():
            async with self._turn, _session(self._writer) as session, session.begin():
                yield session

    async def group(self, write: Write, wait: float = PATIENCE) -> bool:
        """Write in one transaction with what others write in this moment; returns whether it is a new row.

        It is kept whatever happens to this process. With SQLite a power cut takes what the system has not written yet.

        Args:
            write: What to write.
            wait: How many seconds it may take.

        Raises:
            StoreError: The store does not take it in time.
        """
        return await self._grouping.put(write, wait)

    def insert(self, table: type[Base]) -> sqlite.Insert | postgresql.Insert:
        """An insert that can say what happens `on_conflict…`, which both databases spell alike."""
        return sqlite.insert(table) if self._sqlite else postgresql.insert(table)

    @contextmanager
    def _counted(self) -> Iterator[None]:
        """Count a transaction as under way."""
        self._under_way += 1
        self._idle.clear()
        try:
            yield
        finally:
            self._under_way -= 1
            if not self._under_way:
                self._idle.set()

    async def _write_group(self, writes: Sequence[Write]) -> Sequence[bool]:
        with trouble():
            async with self._turn:
                if self._quick is not None:
                    return await self._quick.write(writes)
                async with self._engine.begin() as connection:
                    return await connection.run_sync(write_all, writes)

    async def ping(self) -> None:
        """Ask the database for a sign of life.

        Raises:
            ConfigError: There is none.
        """
        try:
            async with _session(self._engine) as session:
                # The schema's version number is in the file's header: reading it proves that this is a database.
                await session.execute(text("PRAGMA schema_version" if self._sqlite else "SELECT 1"))
        except (SQLAlchemyError, OSError, TypeError, ValueError) as error:
            raise unusable(self._url, error) from None

    async def revision(self) -> str | None:
        """The migration the database is at; None for an empty one."""
        async with self._engine.connect() as connection:
            return await connection.run_sync(_revision)

    async def migrate(self) -> None:
        """Bring the tables up to date; quick when they are.

        Raises:
            ConfigError: A newer Atelier has written the database, or a migration failed and was undone; of a SQLite
                file there is a copy then.
        """
        known = revisions(self._migrations)
        if not known:
            raise ConfigError(f"the migrations are missing: {self._migrations} has none; install Atelier again")
        current = await self.revision()
        if current == known[-1]:
            return
        if current is not None and current not in known:
            raise ConfigError(
                f"store.url: {urls.describe(self._url)} is at revision {current}, which this Atelier does not know; "
                "update Atelier",
            )
        if current is None or (file := urls.file_of(self._url)) is None:
            await self._alembic(upgrade, known[-1])
            return
        kept = file.with_name(f"{file.name}.{current}")
        await asyncio.to_thread(copy_before_upgrade, file, kept)
        await self._alembic(upgrade, known[-1])
        # What somebody erases later must be nowhere.
        kept.unlink(missing_ok=True)

    async def downgrade(self, revision: str) -> None:
        """Take the tables back to an earlier revision; `"base"` removes them.

        Raises:
            ConfigError: There is no such revision, or a migration failed and was undone.
        """
        known = revisions(self._migrations)
        if revision not in ("base", *known):
            raise ConfigError(f"there is no migration {revision}; there are base, {', '.join(known)}")
        await self._alembic(downgrade, revision)

    async def _alembic(self, step: Step, revision: str) -> None:
        """Run a step of Alembic in one transaction, alone."""
        await asyncio.to_thread(load)  # half a second of imports, off the loop
        # Rebuilding a SQLite table drops the old one, which with foreign keys on would empty those that refer to it.
        engine = async_engine(self._url, foreign_keys=False)
        try:
            async with self._turn, engine.execution_options(writes=True).begin() as connection:
                await connection.run_sync(partial(step, self._migrations, revision))
        except SQLAlchemyError as error:
            raise ConfigError(
                f"store.url: {urls.describe(self._url)} could not be migrated to {revision} and is as it was: "
                f"{reason(error)}",
            ) from error
        finally:
            await engine.dispose()
            # What PostgreSQL prepared for the old tables no longer fits.
            await self._engine.dispose()


async def delete_where(session: AsyncSession, table: type[Base], *conditions: ColumnElement[bool]) -> int:
    """Delete the rows that meet every condition; returns how many there were."""
    connection = await session.connection()
    return (await connection.execute(delete(table).where(*conditions))).rowcount


def _session(engine: AsyncEngine) -> AsyncSession:
    return AsyncSession(engine, expire_on_commit=False)


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    found = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return None if found is None else str(found)
