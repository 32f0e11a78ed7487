"""Column types that behave alike on SQLite and PostgreSQL."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import DateTime, Dialect, Text
from sqlalchemy.types import TypeDecorator


def clean(text: str) -> str:
    """The text without what a database cannot hold: NUL (PostgreSQL refuses it) and halves of characters."""
    return text.replace("\x00", "").encode(errors="replace").decode()


class Words(TypeDecorator[str]):
    """Text of any length that came from outside; what cannot be stored is left out on the way in."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Clean the text."""
        del dialect
        return None if value is None else clean(value)


class Moment(TypeDecorator[datetime]):
    """A moment in UTC; SQLite drops the zone, so it is put back on the way out."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Convert to UTC.

        Raises:
            ValueError: The time has no zone, so nobody can tell which moment it is.
        """
        del dialect
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value.isoformat()} has no time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Say that it is UTC."""
        del dialect
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
