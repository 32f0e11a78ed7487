"""SQLite in a thread, a statement in one go: the driver alone goes to its thread and back for each step of one."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NamedTuple, Self

import aiosqlite

BEGIN = "BEGIN"
"""Begins a transaction no sooner than its first statement, so both can be told at once."""


class _Done(NamedTuple):
    """What came of a statement, as a cursor tells it."""

    rows: Sequence[Any] = ()
    description: Any = None
    rowcount: int = -1
    lastrowid: int | None = None


class OneGo(aiosqlite.Connection):
    """A connection that does all that belongs to a statement in one go.

    Attributes:
        begins: Whether the next statement begins a transaction.
    """

    begins = False

    @classmethod
    def open(cls, file: str, **options: Any) -> Self:
        """A connection to a file; it is opened when it is awaited.

        Args:
            file: Its path.
            options: As for `sqlite3.connect`.
        """
        connection = cls(partial(sqlite3.connect, file, **options), iter_chunk_size=1)
        # One that nobody closed must not keep the process from ending.
        connection._thread.daemon = True
        return connection

    def stop(self) -> asyncio.Future[None] | None:
        """Stop its thread; what is waited for, if there is anything.

        The pool stops a connection that takes long to close. Then aiosqlite 0.22 would stop it once more as it ends,
        and wait for ever for a thread that is gone.
        """
        return super().stop() if self._running else None

    def cursor(self) -> _Cursor:  # type: ignore[override]  # SQLAlchemy needs no more of one
        """What runs a statement."""
        return _Cursor(self)

    async def run(self, statement: Callable[[sqlite3.Connection], sqlite3.Cursor]) -> _Done:
        """Run a statement, and the one that was put off before it."""
        begins, self.begins = self.begins, False

        def work() -> _Done:
            if begins:
                self._conn.execute(BEGIN)
            cursor = statement(self._conn)
            rows = cursor.fetchall() if cursor.description else ()
            done = _Done(rows, cursor.description, cursor.rowcount, cursor.lastrowid)
            cursor.close()
            return done

        done: _Done = await self._execute(work)  # type: ignore[no-untyped-call]  # of the driver's
        return done

    async def commit(self) -> None:
        """End the transaction, if it was begun."""
        if not self._put_off():
            await super().commit()

    async def rollback(self) -> None:
        """Undo the transaction, if it was begun."""
        if not self._put_off():
            await super().rollback()

    def _put_off(self) -> bool:
        begins, self.begins = self.begins, False
        return begins


class _Cursor:
    """Runs a statement and holds its rows; as much of a cursor as SQLAlchemy asks for.

    Args:
        connection: Runs it.
    """

    arraysize = 1

    def __init__(self, connection: OneGo) -> None:
        self._connection = connection
        self._done = _Done()

    async def __aenter__(self) -> Self:
        return self

    @property
    def description(self) -> Any:
        """The columns."""
        return self._done.description

    @property
    def rowcount(self) -> int:
        """How many rows were written."""
        return self._done.rowcount

    @property
    def lastrowid(self) -> int | None:
        """The last row that was added."""
        return self._done.lastrowid

    async def execute(self, statement: str, parameters: Sequence[Any] = ()) -> None:
        """Run a statement."""
        if statement == BEGIN:
            self._connection.begins = True
        else:
            self._done = await self._connection.run(lambda connection: connection.execute(statement, parameters))

    async def executemany(self, statement: str, parameters: Sequence[Sequence[Any]]) -> None:
        """Run a statement with each of the parameters."""
        self._done = await self._connection.run(lambda connection: connection.executemany(statement, parameters))

    async def fetchall(self) -> Sequence[Any]:
        """The rows."""
        return self._done.rows

    async def close(self) -> None:
        """Do nothing: it was closed when its rows were read."""
