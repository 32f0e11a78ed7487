"""The tables of answers whose pieces go with the messages that they tell of."""

from __future__ import annotations

from datetime import datetime

from pydantic import JsonValue
from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.store.tables import Base


class CitedAnswerRow(Base):
    """An answer that was posted, and what it shows besides its text.

    `place` is the channel it was asked in, and `parent` the one that holds that thread; `account` is who alone reads
    it. `changed` counts how often pieces of it went, and `due` is when it is to be brought up to date; NULL while
    it is.
    """

    __tablename__ = "cited_answers"
    __table_args__ = (
        UniqueConstraint("platform", "channel", "message"),
        Index(None, "account"),
        Index(None, "due"),
        Index(None, "posted"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    platform: Mapped[str]
    server: Mapped[str | None]
    place: Mapped[str]
    parent: Mapped[str | None]
    account: Mapped[str | None]
    channel: Mapped[str]
    message: Mapped[str]
    more: Mapped[JsonValue] = mapped_column(nullable=False)
    shows: Mapped[JsonValue] = mapped_column(nullable=False)
    posted: Mapped[datetime]
    changed: Mapped[int]
    due: Mapped[datetime | None]
    tries: Mapped[int]


class CitedPieceRow(Base):
    """A piece of an answer's text, in order; `instead` is what stands there once it is gone, NULL where it stays."""

    __tablename__ = "cited_pieces"

    answer: Mapped[str] = mapped_column(ForeignKey("cited_answers.id", ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    text: Mapped[str]
    instead: Mapped[str | None]
    gone: Mapped[bool]


class CitedSourceRow(Base):
    """A message that a piece tells of, who wrote it, and by which its text is recognised."""

    __tablename__ = "cited_sources"
    __table_args__ = (
        ForeignKeyConstraint(
            ["answer", "position"], ["cited_pieces.answer", "cited_pieces.position"], ondelete="CASCADE"
        ),
        Index(None, "message"),
        Index(None, "author"),
    )

    answer: Mapped[str] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    channel: Mapped[str] = mapped_column(primary_key=True)
    message: Mapped[str] = mapped_column(primary_key=True)
    thread: Mapped[str | None]
    author: Mapped[str]
    sent: Mapped[datetime]
    words: Mapped[str]
