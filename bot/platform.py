"""What every platform offers the core: `Platform`, and the values that cross it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol, TypeAlias

from bot.request import Message, Receive

if TYPE_CHECKING:
    from bot.commands import Command
    from bot.values import ChannelRef, User


@dataclass(frozen=True, slots=True)
class File:
    """A picture, audio or document to post.

    Attributes:
        name: File name with extension.
        data: The bytes.
        media_type: Such as `image/png`.
        alt: What it shows, for those who cannot see or hear it.
        caption: A line shown with it.
        draft: Whether a later one of the same name takes its place.
    """

    name: str
    data: bytes = field(repr=False)
    media_type: str
    alt: str = ""
    caption: str = ""
    draft: bool = False


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a long job is.

    Attributes:
        done: From 0 to 1; None when nobody can tell.
        note: A few words, such as "loading the model".
    """

    done: float | None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Choice:
    """A question with buttons; the command waits for the answer.

    Yield it and receive the chosen text: `picked = yield Choice("Sure?", ("Yes", "No"))`.

    Attributes:
        question: Shown above the buttons.
        choices: Button labels, at least one.
    """

    question: str
    choices: tuple[str, ...]


LINE_CHARS = 88
"""The longest line of a button: the platforms keep it with the button, and Discord keeps no more."""


@dataclass(frozen=True, slots=True)
class Button:
    """A button that outlives a restart: pressing it sends `line` as the person who pressed.

    The request that it makes replies to the message it stands under.

    Attributes:
        label: What it says.
        line: A command line, such as `/digest now`.

    Raises:
        ValueError: The line is longer than `LINE_CHARS`; keep what it needs in `Storage` and name the key.
    """

    label: str
    line: str

    def __post_init__(self) -> None:
        """Refuse what a platform would cut."""
        if len(self.line) > LINE_CHARS:
            raise ValueError(f"a button's line has at most {LINE_CHARS} characters, not {len(self.line)}: {self.line}")


@dataclass(frozen=True, slots=True)
class Card:
    """A titled box of fields.

    Attributes:
        title: One line.
        fields: Pairs of name and value, in order.
        buttons: Shown under it.
        text: Markdown above the fields.
    """

    title: str
    fields: tuple[tuple[str, str], ...] = ()
    buttons: tuple[Button, ...] = ()
    text: str = ""


@dataclass(frozen=True, slots=True)
class Forward:
    """Answer by another command: in the same reply, as the same person, with the same permissions.

    Attributes:
        command: Full command name.
        options: Its options.
    """

    command: str
    options: Mapping[str, object] = field(default_factory=dict)


class State(StrEnum):
    """Where an answer stands."""

    WORKING = "working"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Body:
    """Everything one visible answer shows at this moment; an edit replaces all of it.

    Attributes:
        text: Markdown, from the beginning.
        files: In the order they were shown.
        cards: In the order they were shown.
        progress: The latest; None when there is none to show.
        question: The choice being waited for.
        buttons: Under the finished answer.
        mention: Who is told of it by a mention (`Person.id`); nobody else is, whatever the text says.
        state: Whether more will come.
        request_id: Which request it answers; the Cancel button and choices carry it.
    """

    text: str = ""
    files: tuple[File, ...] = ()
    cards: tuple[Card, ...] = ()
    progress: Progress | None = None
    question: Choice | None = None
    buttons: tuple[Button, ...] = ()
    mention: str | None = None
    state: State = State.WORKING
    request_id: str | None = None


@dataclass(frozen=True, slots=True)
class Address:
    """Where an answer goes.

    Attributes:
        channel: The channel's or thread's id.
        reply_to: The message it answers.
        private_to: Only this person (`Person.id`) may see it; None for everyone there.
        token: What the platform needs to answer an interaction.
    """

    channel: str
    reply_to: str | None = None
    private_to: str | None = None
    token: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class MessageRef:
    """An answer that was posted.

    Attributes:
        channel: Where.
        id: Its first message.
        more: The further messages of a long one, in order, and what else goes with it.
    """

    channel: str
    id: str
    more: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Limits:
    """What a platform permits.

    Attributes:
        message_chars: Characters in a message; None for no limit.
        edit_chars: Characters in an edit; None for no limit.
        edits_per_second: How often one message may be edited.
        file_bytes: Largest file.
        token_seconds: How long an interaction can be answered; None for ever.
        message_content: Whether messages that do not address the bot can be read.
        private_once: Whether what one person sees in a channel can be neither changed nor found again.
        sign_seconds: How soon it wants a sign that a request came; None where nobody counts.
    """

    message_chars: int | None = None
    edit_chars: int | None = None
    edits_per_second: float = 10.0
    file_bytes: int = 25 * 1024 * 1024
    token_seconds: float | None = None
    message_content: bool = True
    private_once: bool = False
    sign_seconds: float | None = None


Gone: TypeAlias = Callable[[str], None]
"""Is told why a platform is gone for good, and what to do about it."""


def no_matter(why: str) -> None:
    """Takes it as it is."""


class Platform(Protocol):
    """Discord, Slack, the playground or the terminal."""

    name: str
    limits: Limits

    async def start(self, receive: Receive) -> None:
        """Connect, and hand every event to `receive` from now on."""

    async def stop(self) -> None:
        """Disconnect; nothing is received or posted afterwards."""

    async def publish(self, commands: Sequence[Command]) -> None:
        """Make these commands, and no others, known to the people there."""

    async def post(self, address: Address, body: Body, key: str) -> MessageRef:
        """Post a new message; a second call with the same `key` posts nothing and returns the first."""

    async def resume(self, address: Address, key: str, ref: MessageRef | None, asked: datetime) -> MessageRef | None:
        """Take up the answer with this key that an earlier process, or a try that failed, may have posted.

        Args:
            address: Where it went.
            key: Its key.
            ref: Where it stands, as far as that is known; it is looked up otherwise.
            asked: When its question was asked; it was not posted before.

        Returns:
            Where it stands, to be edited; None when it is to be posted.
        """

    async def edit(self, ref: MessageRef, body: Body) -> MessageRef:
        """Replace what the answer shows, also one from before a restart; returns where it stands now."""

    async def delete(self, ref: MessageRef) -> None:
        """Remove all messages of the answer; one that is gone already is no error."""

    async def deleted(self, channel: str, message: str) -> bool:
        """Whether a person's message is known to be gone; not where it cannot be looked up."""

    async def listening(self) -> bool:
        """Whether what is asked there comes in at this moment."""

    async def catch_up(self, since: datetime) -> None:
        """Hand over what was asked since then, as far as the history tells; some of it may be known already."""

    async def forget(self, person: str) -> None:
        """Drop what this process remembers of a person's messages, because they had everything erased."""

    async def history(self, channel: str, since: datetime | None, limit: int) -> list[Message]:
        """The channel's last `limit` messages, none older than `since`, oldest first."""

    async def find_person(self, text: str, server: str | None) -> User | None:
        """Who is meant by a mention or a name typed in that server."""

    async def find_channel(self, text: str, server: str | None) -> ChannelRef | None:
        """Which channel is meant by a mention or a name typed in that server."""
