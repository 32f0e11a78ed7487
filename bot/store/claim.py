"""One process for a store: a second one would answer once more what the first is answering."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

from filelock import FileLock, Timeout
from sqlalchemy import URL, NullPool, text
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.ext.asyncio import create_async_engine

from bot.errors import ConfigError
from bot.store import urls
from bot.store.engines import BUSY_SECONDS
from bot.store.trouble import unusable

KEY = int.from_bytes(b"atelier")
"""What PostgreSQL knows the lock by, in each database."""

WAIT_SECONDS = 2
"""How long a server may take to notice that the process before is gone."""

TAKEN = "55P03"
"""PostgreSQL's code for a lock that somebody else holds."""


async def claim(url: str) -> Callable[[], Awaitable[None]]:
    """Take a store for this process, until the process ends in whatever way.

    A file beside a SQLite file is locked; with PostgreSQL it is a lock of one connection, which is lost when the server
    is restarted.

    Args:
        url: As in the configuration.

    Returns:
        What gives the store free before that.

    Raises:
        ConfigError: The URL cannot be used, or another process has the store.
    """
    parsed = urls.parse(url)
    file = urls.file_of(parsed)
    try:
        return await _claim_server(parsed) if file is None else _claim_file(file, parsed)
    except (SQLAlchemyError, OSError) as error:
        raise unusable(parsed, error) from None


def _claim_file(file: Path, url: URL) -> Callable[[], Awaitable[None]]:
    file.parent.mkdir(parents=True, exist_ok=True)
    # The same file by whatever name; and a lock that outlives the process would be worse than none.
    path = file.resolve().with_name(f"{file.resolve().name}.lock")
    lock = FileLock(path, mode=0o600, thread_local=False, fallback_to_soft=False)
    try:
        lock.acquire(blocking=False)
    except Timeout:
        raise _taken(url) from None

    async def release() -> None:
        lock.release()

    return release


async def _claim_server(url: URL) -> Callable[[], Awaitable[None]]:
    settings = {
        "application_name": "atelier",
        "lock_timeout": f"{round(WAIT_SECONDS * 1000)}ms",
        # A machine that is gone without a word must not keep the store for hours.
        "tcp_keepalives_idle": "30",
        "tcp_keepalives_interval": "10",
        "tcp_keepalives_count": "3",
    }
    engine = create_async_engine(
        url,
        poolclass=NullPool,
        isolation_level="AUTOCOMMIT",
        connect_args={"timeout": BUSY_SECONDS, "server_settings": settings},
    )
    connection = await engine.connect()
    try:
        await connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": KEY})
    except BaseException as error:
        await connection.close()
        if isinstance(error, DBAPIError) and getattr(error.orig, "sqlstate", None) == TAKEN:
            raise _taken(url) from None
        raise
    return connection.close


def _taken(url: URL) -> ConfigError:
    return ConfigError(
        f"store.url: another Atelier is running with the {urls.describe(url)}; "
        "stop that one, or give this one a store of its own"
    )
