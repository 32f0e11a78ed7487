"""The database: SQLite by default, PostgreSQL by URL."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext, suppress
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Self

from sqlalchemy import URL, ColumnElement, Connection, NullPool, delete, event, inspect, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine

from bot.errors import ConfigError
from bot.request import Clock, utc_now
from bot.store import urls
from bot.store.migrate import FOLDER, Step, downgrade, load, revisions, upgrade
from bot.store.tables import Base

BUSY_SECONDS = 10
"""How long a writer waits for another process, and a connection for its server."""


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
        self._engine = _engine(url)
        self._writer = self._engine.execution_options(writes=True)
        # SQLite has one writer at a time. Waiting here is fair and wakes at once; SQLite itself would poll.
        self._turn: AbstractAsyncContextManager[None] = asyncio.Lock() if self._sqlite else nullcontext()

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
            raise _unusable(parsed, error) from None
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
        """Close every connection."""
        await self._engine.dispose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncSession]:
        """A transaction that only reads."""
        async with _session(self._engine) as session, session.begin():
            yield session

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncSession]:
        """A transaction that may write; it is undone when the block raises. Do not open one inside another."""
        async with self._turn, _session(self._writer) as session, session.begin():
            yield session

    def insert(self, table: type[Base]) -> sqlite.Insert | postgresql.Insert:
        """An insert that can say what happens `on_conflict…`, which both databases spell alike."""
        return sqlite.insert(table) if self._sqlite else postgresql.insert(table)

    async def ping(self) -> None:
        """Ask the database for a sign of life.

        Raises:
            ConfigError: There is none.
        """
        try:
            async with self.read() as session:
                # The schema's version number is in the file's header: reading it proves that this is a database.
                await session.execute(text("PRAGMA schema_version" if self._sqlite else "SELECT 1"))
        except (SQLAlchemyError, OSError, TypeError, ValueError) as error:
            raise _unusable(self._url, error) from None

    async def revision(self) -> str | None:
        """The migration the database is at; None for an empty one."""
        async with self._engine.connect() as connection:
            return await connection.run_sync(_revision)

    async def migrate(self) -> None:
        """Bring the tables up to date; quick when they are.

        Raises:
            ConfigError: A newer Atelier has written the database, or a migration failed and was undone.
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
        await self._alembic(upgrade, known[-1])

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
        engine = _engine(self._url, foreign_keys=False)
        try:
            async with self._turn, engine.execution_options(writes=True).begin() as connection:
                await connection.run_sync(partial(step, self._migrations, revision))
        except SQLAlchemyError as error:
            raise ConfigError(
                f"store.url: {urls.describe(self._url)} could not be migrated to {revision} and is as it was: "
                f"{_reason(error)}",
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


def _engine(url: URL, *, foreign_keys: bool = True) -> AsyncEngine:
    """An engine; one without foreign keys is for a migration and keeps no connection."""
    serialize = partial(json.dumps, allow_nan=False)
    pool = None if foreign_keys else NullPool
    if url.get_backend_name() != "sqlite":
        connect = {"timeout": BUSY_SECONDS, "server_settings": {"application_name": "atelier", "timezone": "UTC"}}
        return create_async_engine(
            url,
            pool_pre_ping=pool is None,  # a server that was restarted is noticed before the first statement fails
            poolclass=pool,
            json_serializer=serialize,
            hide_parameters=True,  # an error's text is logged; what people wrote is not
            connect_args=connect,
        )
    # Without an isolation level Python's driver leaves BEGIN to us: it would not begin one for a change of tables.
    engine = create_async_engine(
        url,
        poolclass=pool,
        json_serializer=serialize,
        hide_parameters=True,
        connect_args={"isolation_level": None, "timeout": BUSY_SECONDS},
    )

    @event.listens_for(engine.sync_engine, "connect")
    def configure(connection: DBAPIConnection, record: object) -> None:
        del record
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode = WAL")
        cursor.execute(f"PRAGMA foreign_keys = {'ON' if foreign_keys else 'OFF'}")
        cursor.execute("PRAGMA secure_delete = ON")  # what is erased is overwritten, too
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def begin(connection: Connection) -> None:
        # A reader that turns writer can be refused at once when another wrote in between; who will write says so first.
        writes = connection.get_execution_options().get("writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    found = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return None if found is None else str(found)


def _reason(error: Exception) -> str:
    """What went wrong, on one line, without the statement and its values."""
    cause = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
    return (str(cause).strip() or type(cause).__name__).splitlines()[0]


def _unusable(url: URL, error: Exception) -> ConfigError:
    return ConfigError(f"store.url: the {urls.describe(url)} cannot be opened: {_reason(error)}")
