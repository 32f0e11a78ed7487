"""The tables of long conversations."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.store.tables import Base


class RecapRow(Base):
    """The running summary of a conversation: the place itself, or a chain or branch of it where one is named.

    `parent` is the channel that holds a thread; a platform may report there what becomes of the thread's messages.
    """

    __tablename__ = "recaps"
    __table_args__ = (UniqueConstraint("platform", "channel", "conversation"), Index(None, "written"))

    id: Mapped[str] = mapped_column(primary_key=True)
    platform: Mapped[str]
    channel: Mapped[str]
    parent: Mapped[str | None]
    conversation: Mapped[str]
    text: Mapped[str]
    until: Mapped[datetime]
    written: Mapped[datetime]


class RecapMessageRow(Base):
    """A message that a recap tells of, and who wrote it."""

    __tablename__ = "recap_messages"
    __table_args__ = (Index(None, "message"), Index(None, "author"))

    recap: Mapped[str] = mapped_column(ForeignKey("recaps.id", ondelete="CASCADE"), primary_key=True)
    message: Mapped[str] = mapped_column(primary_key=True)
    author: Mapped[str]
