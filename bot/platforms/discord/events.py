"""What happens to messages on Discord, as the events that the core receives."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import replace
from datetime import datetime
from typing import TypeAlias

import discord

from bot.platforms.discord.asking import Asking, remember
from bot.platforms.discord.incoming import (
    DISCORD,
    SPOKEN,
    addressed,
    asked_text,
    attachment_of,
    channel_of,
    message_of,
    person_id,
    person_of,
    reactions_of,
)
from bot.request import (
    Channel,
    ChannelDeleted,
    ChannelKind,
    Clock,
    MessageDeleted,
    MessageEdited,
    MessageReacted,
    MessageSeen,
    Origin,
    Request,
)

_Cleared: TypeAlias = discord.RawReactionClearEvent | discord.RawReactionClearEmojiEvent
_Reaction: TypeAlias = discord.RawReactionActionEvent | _Cleared

EDITS_REMEMBERED = 1_000
"""How many edited messages are remembered."""


class Events:
    """Between discord.py's messages and the core.

    Args:
        asking: Where events go.
        clock: Tells the time.
    """

    def __init__(self, asking: Asking, clock: Clock) -> None:
        self._asking = asking
        self._clock = clock
        self._edits: OrderedDict[str, datetime] = OrderedDict()

    async def message(self, message: discord.Message, me: discord.ClientUser | None) -> None:
        """Tell of a message, and ask what it asks."""
        if me is None or message.type not in SPOKEN or message.flags.ephemeral:
            return
        if message.content:
            await self._asking.tell(MessageSeen(_origin(message), _channel(message), message_of(message, me)))
        if not message.author.bot and addressed(message, me):
            await self._asking.ask(self._request(message, me))

    async def missed(self, message: discord.Message, me: discord.ClientUser) -> None:
        """Ask what a message asks that was written while nobody listened."""
        if message.type not in SPOKEN or message.author.bot or not addressed(message, me):
            return
        guild = message.guild
        member: discord.abc.User = message.author
        if guild is not None:
            # The history tells of no roles, and these decide what a person may use.
            members = await guild.query_members(user_ids=[message.author.id])
            if not members:
                return
            member = members[0]
        request = replace(
            self._request(message, me), person=person_of(member), received=message.created_at, missed=True
        )
        await self._asking.ask(request)

    async def edited(self, message: discord.Message, me: discord.ClientUser | None) -> None:
        """Tell that a message says something else now, and ask it once more."""
        # Discord edits a message too when it has looked a link up.
        if me is None or message.edited_at is None or message.flags.ephemeral:
            return
        # Where we may not read it, Discord leaves out all of it; of a message with files the words alone may go.
        if not message.content and not message.attachments:
            return
        key = str(message.id)
        if message.edited_at < self._edits.get(key, message.edited_at):
            # Discord tells once more of an edit, and a later one was told in between.
            return
        remember(self._edits, key, message.edited_at, EDITS_REMEMBERED)
        event = MessageEdited(_origin(message), _channel(message), message_of(message, me))
        if self._asking.hold(message.id, event):
            return
        await self._asking.tell(event)
        spoken = message.type in SPOKEN and not message.author.bot
        if spoken and message.content and addressed(message, me):
            await self._asking.ask(self._request(message, me, first_asked=message.created_at))

    async def deleted(self, client: discord.Client, message_id: int, channel_id: int, guild_id: int | None) -> None:
        """Tell that a message is gone."""
        key = str(message_id)
        channel = channel_of(client.get_channel(channel_id) or channel_id, guild_id)
        await self._asking.tell(MessageDeleted(Origin(DISCORD, message=key), channel, key))

    async def channel_deleted(self, channel: discord.abc.GuildChannel) -> None:
        """Tell that a channel is gone."""
        await self._asking.tell(ChannelDeleted(Origin(DISCORD), channel_of(channel, channel.guild.id)))

    async def thread_deleted(self, told: discord.RawThreadDeleteEvent) -> None:
        """Tell that a thread is gone; one that was archived has no name any more."""
        key = str(told.thread_id)
        name = told.thread.name if told.thread is not None else key
        channel = Channel(key, person_id(told.guild_id), ChannelKind.THREAD, name, parent=str(told.parent_id))
        await self._asking.tell(ChannelDeleted(Origin(DISCORD), channel))

    async def reacted(self, client: discord.Client, told: discord.RawReactionActionEvent, change: int) -> None:
        """Tell that a message has a reaction more or less; our own do not count."""
        if client.user is None or told.user_id != client.user.id:
            await self._react(client, told, change=change)

    async def recounted(self, client: discord.Client, told: _Cleared, total: int | None = None) -> None:
        """Tell how many reactions a message has now; where Discord does not say, it is asked."""
        if total is None:
            message = client.get_partial_messageable(told.channel_id).get_partial_message(told.message_id)
            try:
                total = reactions_of(await message.fetch())
            except discord.HTTPException:
                # It is gone meanwhile, or may not be read.
                return
        await self._react(client, told, total=total)

    async def _react(
        self, client: discord.Client, told: _Reaction, *, change: int = 0, total: int | None = None
    ) -> None:
        key = str(told.message_id)
        channel = channel_of(client.get_channel(told.channel_id) or told.channel_id, told.guild_id)
        await self._asking.tell(MessageReacted(Origin(DISCORD, message=key), channel, key, change, total))

    def _request(
        self, message: discord.Message, me: discord.ClientUser, first_asked: datetime | None = None
    ) -> Request:
        replied = message.reference.resolved if message.reference else None
        return Request(
            _origin(message),
            person_of(message.author),
            _channel(message),
            text=asked_text(message, me),
            attachments=tuple(attachment_of(file) for file in message.attachments),
            reply_to=message_of(replied, me) if isinstance(replied, discord.Message) else None,
            received=self._clock(),
            first_asked=first_asked,
        )


def _origin(message: discord.Message) -> Origin:
    return Origin(DISCORD, message=str(message.id))


def _channel(message: discord.Message) -> Channel:
    return channel_of(message.channel, message.guild.id if message.guild else None, message.author)
