"""The table of reminders."""

from __future__ import annotations

from datetime import datetime, time

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from bot.store.tables import Base


class ReminderRow(Base):
    """What a person wants to be reminded of, and where; `state` is waiting, told or removed.

    `claimed` is since when a process is at telling it: that, with `due`, keeps two from telling it twice. `changed` is
    when the state became what it is.
    """

    __tablename__ = "reminders"
    __table_args__ = (Index(None, "account", "state"), Index(None, "state", "due"))

    id: Mapped[str] = mapped_column(primary_key=True)
    platform: Mapped[str]
    account: Mapped[str]
    name: Mapped[str]
    server: Mapped[str | None]
    channel: Mapped[str]
    channel_name: Mapped[str]
    kind: Mapped[str]
    parent: Mapped[str | None]
    text: Mapped[str]
    due: Mapped[datetime]
    at: Mapped[time]
    zone: Mapped[str]
    repeat: Mapped[str | None]
    state: Mapped[str]
    claimed: Mapped[datetime | None]
    changed: Mapped[datetime]
