"""What the playground and the terminal have in common: the workspace behind both."""

from __future__ import annotations

from datetime import datetime

from bot.body import Body
from bot.platform import Address, Audience, Limits, MessageRef
from bot.platforms.workspace import LOCAL, Workspace
from bot.request import Channel, Message
from bot.values import ChannelRef, User


class LocalPlatform:
    """All of a `Platform` that the local workspace does: everything but hearing people.

    Args:
        workspace: The people and channels, and where the conversation is kept.
        limits: What the platform can show.
    """

    def __init__(self, workspace: Workspace, limits: Limits) -> None:
        self.name = LOCAL
        self.limits = limits
        self.workspace = workspace

    async def post(self, address: Address, body: Body, key: str) -> MessageRef:
        """Show an answer to everyone who may see it; a second call with the same `key` shows nothing."""
        return await self.workspace.post(address, body, key)

    async def resume(self, address: Address, key: str, ref: MessageRef | None, asked: datetime) -> MessageRef | None:
        """Nothing: by its key an answer is posted once."""
        return None

    async def edit(self, ref: MessageRef, body: Body) -> MessageRef:
        """Replace what an answer shows."""
        return await self.workspace.edit(ref, body)

    async def delete(self, ref: MessageRef) -> None:
        """Remove an answer."""
        await self.workspace.delete(ref)

    async def deleted(self, channel: str, message: str | None = None) -> bool:
        """Never: nobody can delete here while Atelier is away."""
        return False

    async def listening(self) -> bool:
        """Always."""
        return True

    async def catch_up(self, since: datetime) -> None:
        """Nothing: nobody can write here while Atelier is away."""

    async def forget(self, person: str) -> None:
        """Drop what this process remembers of a person's messages."""
        self.workspace.forget(person)

    async def history(self, channel: str, since: datetime | None, limit: int) -> list[Message]:
        """The channel's last messages, oldest first."""
        return await self.workspace.history(channel, since, limit)

    async def threads(self, channel: str, since: datetime) -> list[str]:
        """The channel's threads in which something was written since then."""
        return await self.workspace.threads(channel, since)

    async def channels(self, server: str | None) -> list[ChannelRef]:
        """The workspace's channels."""
        return await self.workspace.channels(server)

    async def place(self, channel: str) -> Channel | None:
        """The channel, thread or direct conversation with this id."""
        return self.workspace.channel(channel)

    async def readable(self, channel: str, audience: Audience) -> bool:
        """Whether all of the audience may read a channel."""
        return await self.workspace.readable(channel, audience)

    async def direct(self, person: str) -> Channel:
        """A person's direct conversation with Atelier.

        Raises:
            UserError: There is no such person.
        """
        return await self.workspace.direct(person)

    async def find_person(self, text: str, server: str | None) -> User | None:
        """Who is meant by a mention or name."""
        return await self.workspace.find_person(text, server)

    async def find_channel(self, text: str, server: str | None) -> ChannelRef | None:
        """Which channel is meant by a mention or name."""
        return await self.workspace.find_channel(text, server)
