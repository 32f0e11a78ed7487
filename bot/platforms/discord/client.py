"""discord.py's client, whose events go to ours."""

from __future__ import annotations

import sys

import discord
import structlog

from bot.platforms.discord.events import Events
from bot.platforms.discord.interactions import Interactions
from bot.platforms.discord.missed import Missed

log = structlog.get_logger(__name__)


class Client(discord.Client):
    """discord.py's client, whose events go to ours.

    Args:
        intents: What Discord tells of.
        events: Takes what happens to messages.
        interactions: Takes what people use.
        missed: Asks what was asked while there was no connection.
    """

    def __init__(self, intents: discord.Intents, events: Events, interactions: Interactions, missed: Missed) -> None:
        super().__init__(intents=intents, max_messages=None, allowed_mentions=discord.AllowedMentions.none())
        self._events = events
        self._interactions = interactions
        self._missed = missed

    async def on_ready(self) -> None:
        """A session has begun."""
        await self._missed.ready(self)

    async def on_resumed(self) -> None:
        """A session goes on."""
        self._missed.resumed()

    async def on_disconnect(self) -> None:
        """The connection was lost, or could not be made."""
        self._missed.lost()

    async def on_message(self, message: discord.Message) -> None:
        """A message was posted."""
        await self._events.message(message, self.user)

    async def on_raw_message_edit(self, payload: discord.RawMessageUpdateEvent) -> None:
        """A message was edited."""
        await self._events.edited(payload.message, self.user)

    async def on_raw_message_delete(self, payload: discord.RawMessageDeleteEvent) -> None:
        """A message was deleted."""
        await self._events.deleted(self, payload.message_id, payload.channel_id, payload.guild_id)

    async def on_raw_bulk_message_delete(self, payload: discord.RawBulkMessageDeleteEvent) -> None:
        """Many messages were deleted."""
        for message_id in payload.message_ids:
            await self._events.deleted(self, message_id, payload.channel_id, payload.guild_id)

    async def on_guild_channel_delete(self, channel: discord.abc.GuildChannel) -> None:
        """A channel was deleted, and its threads with it."""
        await self._events.channel_deleted(channel)

    async def on_raw_thread_delete(self, payload: discord.RawThreadDeleteEvent) -> None:
        """A thread was deleted."""
        await self._events.thread_deleted(payload)

    async def on_raw_reaction_add(self, payload: discord.RawReactionActionEvent) -> None:
        """Somebody put a reaction under a message."""
        await self._events.reacted(self, payload, 1)

    async def on_raw_reaction_remove(self, payload: discord.RawReactionActionEvent) -> None:
        """Somebody took a reaction away."""
        await self._events.reacted(self, payload, -1)

    async def on_raw_reaction_clear(self, payload: discord.RawReactionClearEvent) -> None:
        """All reactions of a message were removed."""
        await self._events.recounted(self, payload, 0)

    async def on_raw_reaction_clear_emoji(self, payload: discord.RawReactionClearEmojiEvent) -> None:
        """All reactions with one emoji were removed."""
        await self._events.recounted(self, payload)

    async def on_interaction(self, interaction: discord.Interaction) -> None:
        """Somebody used a command or a button."""
        await self._interactions.receive(interaction)

    def dispatch(self, event: str, /, *args: object, **kwargs: object) -> None:
        """Tell of an event; discord.py tries that after the end as well, and stumbles."""
        if not self.is_closed():
            super().dispatch(event, *args, **kwargs)

    async def on_error(self, event_method: str, /, *args: object, **kwargs: object) -> None:
        """An event could not be handled."""
        # discord.py calls this where it has caught the error.
        log.error("event not handled", discord_event=event_method, exc_info=sys.exception())
