"""A platform in memory, for tests."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime

from bot.body import Body
from bot.commands import Command
from bot.errors import UserError
from bot.platform import Address, Audience, Limits, MessageRef
from bot.request import Channel, ChannelKind, Message, Receive, Request
from bot.values import ChannelRef, User

SERVER = "test:server"
"""The server of every channel that nobody said another of."""


class MemoryPlatform:
    """A platform that keeps everything in lists.

    Attributes:
        shown: The latest body of each message, by channel.
        states: Every body that was posted or edited, in order.
        addresses: Where each message was posted, by its id.
        messages: The history of each channel.
        published: The commands that were published last.
        missed: What is asked of who catches up.
        removed: The ids of messages and channels that people deleted.
        places: What each channel is, where it is no channel of `SERVER` that is called by its id.
        members: The people (`Person.id`) who alone may read a channel.
        shut: Those who take no direct messages.
    """

    name = "test"

    def __init__(self, limits: Limits | None = None) -> None:
        self.limits = limits or Limits(edits_per_second=1000)
        self.shown: dict[str, dict[str, Body]] = {}
        self.states: list[Body] = []
        self.addresses: dict[str, Address] = {}
        self.messages: dict[str, list[Message]] = {}
        self.published: list[str] = []
        self.changed = asyncio.Event()
        self.missed: list[Request] = []
        self.removed: set[str] = set()
        self.places: dict[str, Channel] = {}
        self.members: dict[str, set[str]] = {}
        self.shut: set[str] = set()
        self._by_key: dict[str, MessageRef] = {}
        self.receive: Receive | None = None

    async def start(self, receive: Receive) -> None:
        """Connect."""
        self.receive = receive

    async def stop(self) -> None:
        """Disconnect."""
        self.receive = None

    async def publish(self, commands: Sequence[Command]) -> None:
        """Note the commands' names."""
        self.published = [command.name for command in commands]

    async def post(self, address: Address, body: Body, key: str) -> MessageRef:
        """Keep a new message."""
        if key in self._by_key:
            return self._by_key[key]
        ref = MessageRef(address.channel, f"answer-{len(self.addresses) + 1}")
        self.addresses[ref.id] = address
        await self.edit(ref, body)
        self._by_key[key] = ref
        return ref

    async def resume(self, address: Address, key: str, ref: MessageRef | None, asked: datetime) -> MessageRef | None:
        """Find the message with this key."""
        return self._by_key.get(key, ref)

    async def edit(self, ref: MessageRef, body: Body) -> MessageRef:
        """Replace a message's body."""
        self.shown.setdefault(ref.channel, {})[ref.id] = body
        self.states.append(body)
        self.changed.set()
        self.changed.clear()
        return ref

    async def delete(self, ref: MessageRef) -> None:
        """Remove a message."""
        self.shown.get(ref.channel, {}).pop(ref.id, None)

    async def deleted(self, channel: str, message: str | None = None) -> bool:
        """Whether a test says so."""
        return channel in self.removed if message is None else message in self.removed

    async def listening(self) -> bool:
        """From the start to the end."""
        return self.receive is not None

    async def catch_up(self, since: datetime) -> None:
        """Hand over what was missed."""
        for request in [request for request in self.missed if request.received >= since]:
            assert self.receive is not None, "the platform was not started"
            await self.receive(request)

    async def forget(self, person: str) -> None:
        """Drop a person's messages."""
        for messages in self.messages.values():
            messages[:] = [message for message in messages if message.author != person]

    async def history(self, channel: str, since: datetime | None, limit: int) -> list[Message]:
        """The channel's messages."""
        if channel in self.removed:
            raise UserError("I know no such channel.")
        found = [message for message in self.messages.get(channel, []) if since is None or message.sent >= since]
        return found[-limit:]

    async def threads(self, channel: str, since: datetime) -> list[str]:
        """Those that a test knows of, and that are for everyone there."""
        found = (one.id for one in self.places.values() if one.parent == channel and one.id not in self.members)
        return [one for one in found if any(message.sent >= since for message in self.messages.get(one, []))]

    async def channels(self, server: str | None) -> list[ChannelRef]:
        """Those with messages, and those that a test knows more of."""
        known = [self._place(channel) for channel in {**self.messages, **self.places}]
        wanted = [one for one in known if one.kind is ChannelKind.CHANNEL and server in (one.server, None)]
        return [ChannelRef(one.id, one.name) for one in wanted]

    async def place(self, channel: str) -> Channel | None:
        """Any channel with messages, and those that a test knows more of."""
        there = channel in self.messages or channel in self.places
        return self._place(channel) if there and channel not in self.removed else None

    async def readable(self, channel: str, audience: Audience) -> bool:
        """Whether they are all members, where not everyone is."""
        members = self._members(channel)
        if members is None:
            return True
        if audience.person is not None:
            return audience.person in members
        heard = self._members(audience.channel or "")
        return heard is not None and heard <= members

    async def direct(self, person: str) -> Channel:
        """A channel of the person's alone."""
        if person in self.shut:
            raise UserError("You take no direct messages; allow them and try again.")
        name = f"dm-{person}"
        self.members[name] = {person}
        return self.places.setdefault(name, Channel(name, None, ChannelKind.DM, person))

    async def find_person(self, text: str, server: str | None) -> User | None:
        """Anyone who wrote something here."""
        name = text.removeprefix("@").casefold()
        for message in (message for messages in self.messages.values() for message in messages):
            if message.author_name.casefold() == name:
                return User(message.author, message.author_name)
        return None

    async def find_channel(self, text: str, server: str | None) -> ChannelRef | None:
        """Any channel with messages."""
        name = text.removeprefix("#")
        return ChannelRef(name, name) if name in self.messages else None

    def _place(self, channel: str) -> Channel:
        return self.places.get(channel) or Channel(channel, SERVER, ChannelKind.CHANNEL, channel)

    def _members(self, channel: str) -> set[str] | None:
        return self.members.get(channel, self.members.get(self._place(channel).parent or ""))
