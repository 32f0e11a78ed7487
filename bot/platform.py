"""What every platform offers the core: `Platform`, and the values that cross it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Protocol, TypeAlias

from bot.body import Body
from bot.request import Channel, Message, Receive

if TYPE_CHECKING:
    from bot.commands import Command
    from bot.values import ChannelRef, User


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


@dataclass(frozen=True, slots=True)
class Audience:
    """Who gets to read something: everyone who may read a channel, or one person.

    Attributes:
        channel: A channel's or thread's id.
        person: A `Person.id`.

    Raises:
        ValueError: It is not exactly one of them.
    """

    channel: str | None = None
    person: str | None = None

    def __post_init__(self) -> None:
        """Refuse what would be nobody, or two."""
        if (self.channel is None) == (self.person is None):
            raise ValueError("an audience is either a channel or a person")


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
        """Replace what the answer shows, also one from before a restart; returns where it stands now.

        Raises:
            TooLate: It is too old to be changed; it can be removed.
            UserError: It cannot be changed.
        """

    async def delete(self, ref: MessageRef) -> None:
        """Remove all messages of the answer; one that is gone already is no error."""

    async def deleted(self, channel: str, message: str | None = None) -> bool:
        """Whether a person's message, or the whole channel or thread, is known to be gone.

        Not where that cannot be told: what Atelier may not see, or see any more, need not be gone.

        Args:
            channel: The channel or thread.
            message: A message in it; None for the channel itself.
        """

    async def listening(self) -> bool:
        """Whether what is asked there comes in at this moment."""

    async def catch_up(self, since: datetime) -> None:
        """Hand over what was asked since then, as far as the history tells; some of it may be known already."""

    async def forget(self, person: str) -> None:
        """Drop what this process remembers of a person's messages, because they had everything erased."""

    async def history(self, channel: str, since: datetime | None, limit: int) -> list[Message]:
        """The channel's last `limit` messages, none older than `since`, oldest first.

        Raises:
            UserError: They cannot be read.
        """

    async def threads(self, channel: str, since: datetime) -> list[str]:
        """The ids of a channel's threads in which something was written since then.

        Only of those that everyone may read who may read the channel.

        Raises:
            UserError: They cannot be read.
        """

    async def channels(self, server: str | None) -> list[ChannelRef]:
        """The channels that Atelier can read, without threads and direct conversations.

        Args:
            server: Of this server; None for all servers that Atelier is a member of.

        Raises:
            UserError: They cannot be listed.
        """

    async def place(self, channel: str) -> Channel | None:
        """The channel or thread with this id, as a request would come from there; None where nobody knows it."""

    async def readable(self, channel: str, audience: Audience) -> bool:
        """Whether a channel or thread may be read by all of the audience, whoever that is now.

        Where the platform cannot tell, it may not. Whether Atelier itself may read it is not asked.

        Args:
            channel: What would be told of.
            audience: To whom.
        """

    async def direct(self, person: str) -> Channel:
        """A person's direct conversation with Atelier, opened if need be.

        Args:
            person: `Person.id`.

        Raises:
            UserError: There can be none; the text says what the person can do.
        """

    async def find_person(self, text: str, server: str | None) -> User | None:
        """Who is meant by a mention or a name typed in that server."""

    async def find_channel(self, text: str, server: str | None) -> ChannelRef | None:
        """Which channel is meant by a mention or a name typed in that server."""
