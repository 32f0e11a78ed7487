"""Runs the migrations, and finds out what is the newest without loading Alembic."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from sqlalchemy import Connection, text

from bot.errors import ConfigError

if TYPE_CHECKING:
    from alembic.config import Config

FOLDER = Path(__file__).resolve().parents[2] / "migrations"
"""Beside `bot`, in the checkout and where it is installed."""

Step: TypeAlias = Callable[[Path, str, Connection], None]
"""Takes the database to a revision with the migrations of a folder."""

LOCK = 0x41_54_45_4C
"""Two processes that start at once take turns by this number."""


def revisions(folder: Path) -> list[str]:
    """Every revision, oldest first; a file is named `0001_what_it_does.py` after its own."""
    return sorted(file.stem.partition("_")[0] for file in (folder / "versions").glob("[0-9]*.py"))


def load() -> None:
    """Import Alembic."""
    import alembic.command  # noqa: F401 - imported for the sake of `sys.modules`


def upgrade(folder: Path, revision: str, connection: Connection) -> None:
    """Go forward to the revision, within the connection's transaction."""
    from alembic import command

    _take_turn(connection)
    command.upgrade(_config(folder, connection), revision)
    _check(connection)


def downgrade(folder: Path, revision: str, connection: Connection) -> None:
    """Go back to the revision, within the connection's transaction."""
    from alembic import command

    _take_turn(connection)
    command.downgrade(_config(folder, connection), revision)
    _check(connection)


def _config(folder: Path, connection: Connection) -> Config:
    from alembic.config import Config

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(folder).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def _take_turn(connection: Connection) -> None:
    # SQLite's BEGIN IMMEDIATE has done so already.
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})


def _check(connection: Connection) -> None:
    # SQLite enforces no foreign keys while it is migrated, so they are checked before the commit.
    if connection.dialect.name == "sqlite":
        broken = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
        if broken is not None:
            raise ConfigError(f"store.url: a migration would leave table {broken[0]} with rows that refer to nothing")
