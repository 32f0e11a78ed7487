"""The door in: whatever happens, on whichever platform, becomes a `Request`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import TypeAlias

from ulid import ULID

Clock: TypeAlias = Callable[[], datetime]
"""Tells the time in UTC; tests hand in one they can set."""

ADMIN = "admin"
"""The role every platform gives to those who administer the server.

A platform leaves out roles of its own that are called so: their holders need not be admins.
"""


def utc_now() -> datetime:
    """The time now, in UTC."""
    return datetime.now(UTC)


def new_id() -> str:
    """A new identifier that sorts by the time it was made (a ULID, 26 characters)."""
    return str(ULID())


class ChannelKind(StrEnum):
    """Where a conversation takes place."""

    CHANNEL = "channel"
    THREAD = "thread"
    DM = "dm"


@dataclass(frozen=True, slots=True)
class Person:
    """Who speaks.

    Attributes:
        id: The platform's account, prefixed by the platform: `"discord:1234"`.
        name: What others see.
        locale: The client's language tag (`"pt-BR"`) where the platform tells it.
        roles: Role names in this server; `"admin"` for those who administer it.
        zone: The client's time zone (`"Europe/Berlin"`) where the platform tells it.
    """

    id: str
    name: str
    locale: str | None = None
    roles: frozenset[str] = frozenset()
    zone: str | None = None

    @property
    def is_admin(self) -> bool:
        """Whether the person administers the server the request came from."""
        return ADMIN in self.roles


@dataclass(frozen=True, slots=True)
class Channel:
    """Where the request was made.

    Attributes:
        id: Unique within the platform.
        server: The Discord server or Slack workspace, prefixed by the platform; None in a direct message.
        kind: Direct message, thread or channel.
        name: What people call it, without the leading `#`.
        parent: For a thread, the id of the channel that holds it.
    """

    id: str
    server: str | None
    kind: ChannelKind
    name: str
    parent: str | None = None


@dataclass(frozen=True, slots=True)
class Origin:
    """What the platform calls this event; a second one with the same ids is a duplicate.

    Attributes:
        platform: The platform's name.
        event: The delivery's id; a retry repeats it.
        message: The message's id; the same message can come under two event ids.
        token: What the platform needs to answer an interaction; never logged.
    """

    platform: str
    event: str | None = None
    message: str | None = None
    token: str | None = field(default=None, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that came with a request; its bytes are fetched only when read.

    Attributes:
        name: File name as given.
        media_type: Such as `text/plain`.
        size: Bytes.
        read: Fetches the bytes.
    """

    name: str
    media_type: str
    size: int
    read: Callable[[], Awaitable[bytes]] = field(repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Message:
    """A message of a channel's history.

    Attributes:
        id: Unique within the channel.
        channel: The channel's id.
        author: Who wrote it, `Person.id`; Atelier's own name on every platform is `atelier`.
        author_name: The display name at the time.
        text: Markdown.
        sent: UTC.
        thread: The thread it belongs to.
        reply_to: The id of the message it answers.
        edited: When it was last edited, UTC.
        from_bot: Whether a bot wrote it (Atelier's own answers too).
        link: Where a person can open it.
        reactions: How many reactions people had put under it when it was read; not Atelier's own.
    """

    id: str
    channel: str
    author: str
    author_name: str
    text: str
    sent: datetime
    thread: str | None = None
    reply_to: str | None = None
    edited: datetime | None = None
    from_bot: bool = False
    link: str | None = None
    reactions: int = 0

    @property
    def own(self) -> bool:
        """Whether Atelier wrote it, and no other bot."""
        return self.from_bot and self.author.endswith(":atelier")


@dataclass(frozen=True, slots=True)
class Request:
    """One thing somebody wants, from any platform, the scheduler or the terminal.

    Attributes:
        origin: The platform and the ids by which a duplicate is recognised.
        person: Who asks.
        channel: Where.
        command: Full command name such as `"music compose"`; None for free text.
        options: Option values by name, as the platform gives them; the router converts them.
        text: What was typed, without the mention of the bot.
        attachments: Files that came with it.
        reply_to: The message it replies to.
        id: Ours; sorts by time.
        received: UTC.
        scheduled: Whether it fell due by itself; it is held by no person's limits and says nothing when refused.
        first_asked: When it was asked first, if this asks it once more: the question was edited, or its answer is to
            be made anew. The conversation ends there.
        missed: Whether it was read from the history, where it may have been answered long ago.
        acknowledge: Tells the platform that we have it; called once it is kept, before it is answered.
    """

    origin: Origin
    person: Person
    channel: Channel
    command: str | None = None
    options: Mapping[str, object] = field(default_factory=dict)
    text: str = ""
    attachments: tuple[Attachment, ...] = ()
    reply_to: Message | None = None
    id: str = field(default_factory=new_id)
    received: datetime = field(default_factory=utc_now)
    scheduled: bool = False
    first_asked: datetime | None = None
    missed: bool = False
    acknowledge: Callable[[], Awaitable[None]] | None = field(default=None, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Replace halves of characters: JSON can hold one, but no model reads it and nothing can be sent with it."""
        options = {name: _whole(value) if isinstance(value, str) else value for name, value in self.options.items()}
        object.__setattr__(self, "text", _whole(self.text))
        object.__setattr__(self, "options", options)


@dataclass(frozen=True, slots=True)
class MessageSeen:
    """A message was posted where the bot can read; not a request by itself."""

    origin: Origin
    channel: Channel
    message: Message


@dataclass(frozen=True, slots=True)
class MessageEdited:
    """A message's text changed."""

    origin: Origin
    channel: Channel
    message: Message


@dataclass(frozen=True, slots=True)
class MessageDeleted:
    """A message was removed; every copy of it must go."""

    origin: Origin
    channel: Channel
    message_id: str


@dataclass(frozen=True, slots=True)
class ChannelDeleted:
    """A channel or thread was deleted with all that was said in it; every copy of that must go.

    The threads of a channel go with it, and need not be told of. One that was archived, or that Atelier may not see
    any more, was not deleted.
    """

    origin: Origin
    channel: Channel


@dataclass(frozen=True, slots=True)
class MessageReacted:
    """People put reactions under a message, or took some away; Atelier's own do not count.

    Attributes:
        change: By how many there are more; negative where there are fewer.
        total: How many there are now, where that is known; then `change` says nothing.
    """

    origin: Origin
    channel: Channel
    message_id: str
    change: int = 0
    total: int | None = None


@dataclass(frozen=True, slots=True)
class ChoiceMade:
    """Somebody pressed one of the buttons that a running request waits on."""

    request_id: str
    person: Person
    choice: str


@dataclass(frozen=True, slots=True)
class CancelAsked:
    """Somebody wants a running request to stop.

    Attributes:
        request_id: Which.
        person: Who wants it.
        server: Where they pressed; an admin may stop what runs in their own server.
    """

    request_id: str
    person: Person
    server: str | None = None


def _whole(text: str) -> str:
    return text if text.isascii() else text.encode(errors="replace").decode()


Event: TypeAlias = (
    Request | MessageSeen | MessageEdited | MessageDeleted | ChannelDeleted | MessageReacted | ChoiceMade | CancelAsked
)
"""Everything that a platform hands to the core."""

Receive: TypeAlias = Callable[[Event], Awaitable[None]]
"""Takes an event in; returns as soon as it is kept, never after the work."""
