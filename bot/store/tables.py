"""The tables. Whoever adds one decides in `bot.store.personal` whom its rows are about."""

from __future__ import annotations

from datetime import datetime, time
from typing import ClassVar

from pydantic import JsonValue
from sqlalchemy import JSON, ForeignKey, Index, MetaData, Time, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from bot.store.columns import Moment, Words


class Base(DeclarativeBase):
    """Constraints have names that follow from what they hold, so that a migration can name them again."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        },
    )
    type_annotation_map: ClassVar = {str: Words, datetime: Moment, time: Time, JsonValue: JSON}


class PersonRow(Base):
    """A person; made when there is something to keep about them."""

    __tablename__ = "people"

    id: Mapped[str] = mapped_column(primary_key=True)
    created: Mapped[datetime]


class IdentityRow(Base):
    """An account of a person on a platform. `account` is the `Person.id` that platforms give."""

    __tablename__ = "identities"

    account: Mapped[str] = mapped_column(primary_key=True)
    person: Mapped[str] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"), index=True)
    name: Mapped[str]
    locale: Mapped[str | None]
    last_seen: Mapped[datetime]


class PreferencesRow(Base):
    """What shapes every answer to a person; NULL is the default."""

    __tablename__ = "preferences"

    person: Mapped[str] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"), primary_key=True)
    language: Mapped[str | None]
    zone: Mapped[str | None]
    tone: Mapped[str | None]
    length: Mapped[str | None]
    format: Mapped[str | None]
    summaries: Mapped[str | None]
    digest: Mapped[str | None]
    pictures: Mapped[str | None]
    music: Mapped[str | None]
    quoted: Mapped[str | None]
    changed: Mapped[datetime | None]


class SettingRow(Base):
    """One decision of an admin.

    `place` is the server, or the channel prefixed by its platform; `server` is the channel's server.
    A direct message has no admin but the person in it: there `account` says whose decision it is.
    """

    __tablename__ = "settings"
    __table_args__ = (Index(None, "server"), Index(None, "account"))

    scope: Mapped[str] = mapped_column(primary_key=True)
    place: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[JsonValue] = mapped_column(nullable=False)
    server: Mapped[str | None]
    account: Mapped[str | None]


class MessageRow(Base):
    """A message kept because an admin enabled history. `parent` is the channel that holds the thread it was seen in."""

    __tablename__ = "messages"
    __table_args__ = (
        Index(None, "platform", "channel", "sent"),
        Index(None, "platform", "channel", "thread", "sent"),
        Index(None, "platform", "parent"),
        Index(None, "server"),
        Index(None, "author"),
    )

    platform: Mapped[str] = mapped_column(primary_key=True)
    channel: Mapped[str] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(primary_key=True)
    server: Mapped[str | None]
    parent: Mapped[str | None]
    thread: Mapped[str | None]
    author: Mapped[str]
    author_name: Mapped[str]
    text: Mapped[str]
    sent: Mapped[datetime]
    edited: Mapped[datetime | None]
    reply_to: Mapped[str | None]
    from_bot: Mapped[bool]
    link: Mapped[str | None]
    reactions: Mapped[int]


class ShelfRow(Base):
    """A value that a plugin keeps for a person in a server, for a server, a direct message or a channel.

    `place` names that, and `server` the server of a person's shelf (empty for a direct message).
    `account` is whose data it is: the person's own shelf, or any shelf of a direct message.
    """

    __tablename__ = "plugin_storage"
    __table_args__ = (Index(None, "account"),)

    plugin: Mapped[str] = mapped_column(primary_key=True)
    scope: Mapped[str] = mapped_column(primary_key=True)
    place: Mapped[str] = mapped_column(primary_key=True)
    server: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[JsonValue] = mapped_column(nullable=False)
    account: Mapped[str | None]


class RequestRow(Base):
    """A request whose answer can be made anew: `asked` is what it was, `message` and `more` are where the answer is.

    `place` is the channel, or the one that holds the thread it was made in. `question` is the message that asked, and
    `about` the one that it was asked about, whose words `asked` has too.
    """

    __tablename__ = "requests"
    __table_args__ = (
        Index(None, "account"),
        Index(None, "about_author"),
        Index(None, "place"),
        Index(None, "received"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    platform: Mapped[str]
    place: Mapped[str]
    account: Mapped[str]
    question: Mapped[str | None]
    about: Mapped[str | None]
    about_author: Mapped[str | None]
    received: Mapped[datetime]
    asked: Mapped[JsonValue] = mapped_column(nullable=False)
    channel: Mapped[str]
    message: Mapped[str]
    more: Mapped[JsonValue] = mapped_column(nullable=False)


class InboxRow(Base):
    """A request that was accepted: with its words until it is answered, then with its keys alone.

    `event` and `message` are what a second delivery is recognised by; what is asked once more has neither, and then
    `again` is set. `answer` is where the answer stands, as far as that is known.
    """

    __tablename__ = "inbox"
    __table_args__ = (
        UniqueConstraint("platform", "event"),
        UniqueConstraint("platform", "place", "message"),
        Index(None, "account"),
        Index(None, "about_author"),
        Index(None, "received"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    platform: Mapped[str]
    place: Mapped[str]
    account: Mapped[str]
    about_author: Mapped[str | None]
    event: Mapped[str | None]
    message: Mapped[str | None]
    received: Mapped[datetime]
    again: Mapped[bool]
    asked: Mapped[JsonValue | None] = mapped_column(JSON(none_as_null=True))
    token: Mapped[str | None]
    stage: Mapped[str]
    tries: Mapped[int]
    answer: Mapped[JsonValue | None] = mapped_column(JSON(none_as_null=True))


class ListeningRow(Base):
    """Until when a platform was listened to; what was asked later was missed. It is about nobody."""

    __tablename__ = "listening"

    platform: Mapped[str] = mapped_column(primary_key=True)
    until: Mapped[datetime]


class RatingRow(Base):
    """Whether a person found an answer good."""

    __tablename__ = "ratings"
    __table_args__ = (Index(None, "account"),)

    request: Mapped[str] = mapped_column(ForeignKey("requests.id", ondelete="CASCADE"), primary_key=True)
    account: Mapped[str] = mapped_column(primary_key=True)
    good: Mapped[bool]
    at: Mapped[datetime]


class UsageRow(Base):
    """A request that was answered, or was not: for quotas and the dashboard. It holds no words of anyone."""

    __tablename__ = "usage"
    __table_args__ = (Index(None, "account", "server", "at"), Index(None, "at"))

    request: Mapped[str] = mapped_column(primary_key=True)
    account: Mapped[str]
    server: Mapped[str | None]
    channel: Mapped[str]
    command: Mapped[str | None]
    plugin: Mapped[str | None]
    model: Mapped[str | None]
    at: Mapped[datetime]
    seconds: Mapped[float]
    outcome: Mapped[str]
    tokens_in: Mapped[int | None]
    tokens_out: Mapped[int | None]
