"""SQLite, a statement in one go."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.store.driver import BEGIN, OneGo


@pytest.fixture
async def connection(tmp_path: Path) -> AsyncIterator[OneGo]:
    opened = OneGo.open(str(tmp_path / "one.db"), isolation_level=None)
    async with opened:
        await opened.cursor().execute("CREATE TABLE words (id INTEGER PRIMARY KEY, word TEXT UNIQUE)")
        yield opened


async def words(connection: OneGo) -> list[str]:
    cursor = connection.cursor()
    await cursor.execute("SELECT word FROM words ORDER BY id")
    return [word for (word,) in await cursor.fetchall()]


async def test_a_cursor_tells_what_came_of_a_statement(connection: OneGo) -> None:
    cursor = connection.cursor()
    await cursor.execute("INSERT INTO words (word) VALUES (?), (?) RETURNING id, word", ("one", "two"))
    assert [(1, "one"), (2, "two")] == list(await cursor.fetchall())
    assert ["id", "word"] == [column[0] for column in cursor.description]
    assert (2, 2) == (cursor.rowcount, cursor.lastrowid)
    await cursor.executemany("UPDATE words SET word = ? WHERE id = ?", [("three", 1), ("four", 2)])
    assert (2, None, []) == (cursor.rowcount, cursor.description, list(await cursor.fetchall()))
    assert ["three", "four"] == await words(connection)


async def test_a_transaction_begins_with_its_first_statement_and_can_be_undone(connection: OneGo) -> None:
    await connection.cursor().execute(BEGIN)
    assert not connection.in_transaction
    await connection.cursor().execute("INSERT INTO words (word) VALUES ('one')")
    assert connection.in_transaction
    await connection.rollback()
    assert [] == await words(connection)

    await connection.cursor().execute(BEGIN)
    await connection.cursor().executemany("INSERT INTO words (word) VALUES (?)", [("one",), ("two",)])
    await connection.commit()
    assert not connection.in_transaction
    assert ["one", "two"] == await words(connection)


@pytest.mark.parametrize("end", ["commit", "rollback"])
async def test_a_transaction_without_a_statement_is_none(connection: OneGo, end: str) -> None:
    await connection.cursor().execute(BEGIN)
    await getattr(connection, end)()
    await connection.cursor().execute("INSERT INTO words (word) VALUES ('one')")
    assert not connection.in_transaction


async def test_a_statement_that_fails_says_why_and_the_next_one_works(connection: OneGo) -> None:
    await connection.cursor().execute(BEGIN)
    await connection.cursor().execute("INSERT INTO words (word) VALUES ('one')")
    with pytest.raises(sqlite3.IntegrityError, match="UNIQUE"):
        await connection.cursor().execute("INSERT INTO words (word) VALUES ('one')")
    with pytest.raises(sqlite3.OperationalError, match="syntax"):
        await connection.cursor().execute("NO STATEMENT")
    await connection.commit()
    assert ["one"] == await words(connection)
