"""The tables of what people asked to remember, and of the codes that join their accounts."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from bot.store.tables import Base


class MemoryRow(Base):
    """A fact that a person stated or confirmed; `server` is NULL for one stated in a direct message.

    Where Atelier is no member, `server` is a name for that conversation alone. `scope` is how far the fact reaches.
    `place` is the channel, prefixed by its platform, or the server whose fact it is; the person's own have none.
    `account` is the one it was stated from, and `said_in` the channel in words. What was forgotten stays for a while,
    so that it can be restored; `forgotten_with` is the first of those that went at once.
    """

    __tablename__ = "memories"
    __table_args__ = (Index(None, "person", "server"), Index(None, "place"))

    id: Mapped[str] = mapped_column(primary_key=True)
    person: Mapped[str] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"))
    account: Mapped[str | None]
    scope: Mapped[str]
    server: Mapped[str | None]
    place: Mapped[str | None]
    said_in: Mapped[str]
    text: Mapped[str]
    confirmed: Mapped[bool]
    stated: Mapped[datetime]
    used: Mapped[datetime]
    forgotten: Mapped[datetime | None]
    forgotten_with: Mapped[str | None]


class MemoryVectorRow(Base):
    """What a fact means to the model called `model`: 32-bit numbers, little end first."""

    __tablename__ = "memory_vectors"

    memory: Mapped[str] = mapped_column(ForeignKey("memories.id", ondelete="CASCADE"), primary_key=True)
    model: Mapped[str]
    vector: Mapped[bytes]


class LinkRow(Base):
    """The code that an account gave out to be joined by, hashed, and how often it tried wrong ones since when."""

    __tablename__ = "links"

    account: Mapped[str] = mapped_column(primary_key=True)
    code: Mapped[str | None] = mapped_column(unique=True)
    given: Mapped[datetime | None]
    wrong: Mapped[int]
    since: Mapped[datetime | None]
