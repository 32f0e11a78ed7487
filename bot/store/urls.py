"""Where the database is: reading `store.url`, and speaking of it without its password."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from bot.errors import ConfigError

FORMS = "write sqlite:///data/atelier.db or postgresql://user@host/name"


def parse(text: str) -> URL:
    """The URL with the driver that Atelier uses; people may leave the driver out.

    Raises:
        ConfigError: It is not the URL of a SQLite file or a PostgreSQL database.
    """
    try:
        url = make_url(text)
        kind = url.get_backend_name()
    except (ArgumentError, ValueError):
        # The parser's own message may quote a part of the password.
        raise ConfigError(f"store.url: this is not a database URL; {FORMS}") from None
    if kind == "sqlite":
        if not url.database or ":memory:" in url.database:
            raise ConfigError("store.url: a database in memory would forget everything; name a file")
        if url.query:
            raise ConfigError("store.url: a SQLite URL ends with the file's name; it takes no options")
        return url.set(drivername="sqlite+aiosqlite")
    if kind in {"postgresql", "postgres"}:
        query = dict(url.query)
        if "sslmode" in query:  # as every other PostgreSQL client calls it
            query["ssl"] = query.pop("sslmode")
        return url.set(drivername="postgresql+asyncpg", query=query)
    raise ConfigError(f"store.url: Atelier cannot use “{kind}”; {FORMS}")


def file_of(url: URL) -> Path | None:
    """The SQLite file; None for a server."""
    return Path(url.database or "") if url.get_backend_name() == "sqlite" else None


def describe(url: URL) -> str:
    """The database's name for an error message; never the user's password."""
    file = file_of(url)
    if file is not None:
        return f"SQLite file {file}"
    # A password with an unescaped "@" reaches into the host, so only what follows the last one is shown.
    host = (url.host or "localhost").rpartition("@")[2]
    return f"PostgreSQL database {url.database or ''} at {host}:{url.port or 5432}"


def create_file(file: Path) -> None:
    """Make the SQLite file and its folder, unless they are there.

    Raises:
        OSError: The folder or the file cannot be made.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    file.touch(mode=0o600)
