"""What goes wrong with a database, said so that people can do something about it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import structlog
from sqlalchemy import URL
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from bot.errors import ConfigError, StoreError
from bot.store import urls

SQLITE_AWAY = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_PROTOCOL,
    }
)
"""Errors of SQLite that are not the statement's."""

log = structlog.get_logger(__name__)


@contextmanager
def trouble() -> Iterator[None]:
    """Say in one sentence that the database does not answer; what is wrong with a statement stays as it is."""
    try:
        yield
    except (DBAPIError, OSError, PoolTimeout) as error:
        if isinstance(error, DBAPIError) and not _is_away(error):
            raise
        log.warning("the store does not answer", error=reason(error))
        raise StoreError from error


def _is_away(error: DBAPIError) -> bool:
    if error.connection_invalidated:
        return True
    code = getattr(error.orig, "sqlite_errorcode", None)
    if code is not None:
        # The lowest byte is the kind, the others tell more of it.
        return code & 0xFF in SQLITE_AWAY
    return isinstance(error, OperationalError | InterfaceError)


def reason(error: Exception) -> str:
    """What went wrong, on one line, without the statement and its values."""
    cause = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
    return (str(cause).strip() or type(cause).__name__).splitlines()[0]


def unusable(url: URL, error: Exception) -> ConfigError:
    """Says of a database that it cannot be opened."""
    return ConfigError(f"store.url: the {urls.describe(url)} cannot be opened: {reason(error)}")


def copy_before_upgrade(file: Path, to: Path) -> None:
    """Copy a SQLite file, with what is not yet written into it.

    Raises:
        ConfigError: There is no room, or the folder cannot be written to.
    """
    try:
        to.unlink(missing_ok=True)
        urls.create_file(to)
        with closing(sqlite3.connect(file)) as source, closing(sqlite3.connect(to)) as target:
            source.backup(target)
    except (OSError, sqlite3.Error) as error:
        with suppress(OSError):
            to.unlink()
        raise ConfigError(f"store.url: {file} cannot be copied to {to} before it is upgraded: {error}") from None
