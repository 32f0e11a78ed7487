"""Groups of writes: in one transaction, and for a SQLite file with one way to another thread and back."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import Connection, Engine, Executable

from bot.store.grouping import Write


class QuickWriter:
    """Writes to a SQLite file in a thread of its own.

    The asynchronous driver goes to its thread and back for each step of a transaction, and on a busy machine each of
    these takes its time.

    Args:
        engine: A synchronous one.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._thread: ThreadPoolExecutor | None = None

    async def write(self, writes: Sequence[Write]) -> Sequence[bool]:
        """Write all in one transaction; returns for each whether it wrote a new row."""
        self._thread = self._thread or ThreadPoolExecutor(1, "store")
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._write, writes)

    async def close(self) -> None:
        """Close the connection and end the thread; a write after that opens both again."""
        thread, self._thread = self._thread, None
        if thread is not None:
            await asyncio.get_running_loop().run_in_executor(thread, self._engine.dispose)
            thread.shutdown()

    def _write(self, writes: Sequence[Write]) -> Sequence[bool]:
        with self._engine.begin() as connection:
            return write_all(connection, writes)


def write_all(connection: Connection, writes: Sequence[Write]) -> Sequence[bool]:
    """Write all, those with the same statement together; returns for each whether it wrote a new row.

    Args:
        connection: In a transaction.
        writes: The values of one whose statement returns ids name its `id`.
    """
    by_statement: dict[Executable, list[Write]] = {}
    for write in writes:
        by_statement.setdefault(write.statement, []).append(write)
    new = dict.fromkeys(writes, True)
    for statement, group in by_statement.items():
        result = connection.execute(statement, [dict(write.values) for write in group])
        if result.returns_rows:
            ids = set(result.scalars())
            new |= {write: write.values["id"] in ids for write in group}
    return [new[write] for write in writes]
