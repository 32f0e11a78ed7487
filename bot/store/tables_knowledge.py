"""The tables of what is known: sources, their passages, and what the passages mean."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from bot.store.tables import Base


class SourceRow(Base):
    """A document, page or channel that is searched for answers.

    `shelf` is the server, or a direct conversation; of the latter, `account` is the person in it. `channel` is the
    only channel that it is used in, NULL for all of the shelf. `removed` is when it was taken away; it can come back
    for a while. Ids are never given twice, for they stand under buttons.
    """

    __tablename__ = "knowledge_sources"
    __table_args__ = (
        Index(None, "shelf"),
        Index(None, "account"),
        Index(None, "kind", "origin"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    shelf: Mapped[str]
    platform: Mapped[str]
    channel: Mapped[str | None]
    channel_name: Mapped[str | None]
    account: Mapped[str | None]
    kind: Mapped[str]
    title: Mapped[str]
    origin: Mapped[str]
    link: Mapped[str | None]
    read: Mapped[datetime]
    removed: Mapped[datetime | None]


class PassageRow(Base):
    """A stretch of a source; `hash` tells whether it is still the same one.

    One of a pinned channel names its message, and goes with it. Ids are never given twice, for an index on disk may
    name passages that are gone.
    """

    __tablename__ = "knowledge_passages"
    __table_args__ = (
        ForeignKeyConstraint(
            ["message_platform", "message_channel", "message"],
            ["messages.platform", "messages.channel", "messages.id"],
            ondelete="CASCADE",
        ),
        Index(None, "source", "position"),
        Index(None, "message_platform", "message_channel", "message"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    source: Mapped[int] = mapped_column(ForeignKey("knowledge_sources.id", ondelete="CASCADE"))
    position: Mapped[int]
    text: Mapped[str]
    heading: Mapped[str | None]
    page: Mapped[int | None]
    link: Mapped[str | None]
    hash: Mapped[str]
    message_platform: Mapped[str | None]
    message_channel: Mapped[str | None]
    message: Mapped[str | None]


class VectorRow(Base):
    """What a passage means to a model: numbers of 16 bits. Ids rise, so that what is new is known by them."""

    __tablename__ = "knowledge_vectors"
    __table_args__ = (Index(None, "shelf", "model", "id"), {"sqlite_autoincrement": True})

    id: Mapped[int] = mapped_column(primary_key=True)
    passage: Mapped[int] = mapped_column(ForeignKey("knowledge_passages.id", ondelete="CASCADE"), unique=True)
    shelf: Mapped[str]
    model: Mapped[str]
    vector: Mapped[bytes]
