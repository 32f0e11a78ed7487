"""What is kept of the local workspace, and for how long anything is kept."""

from __future__ import annotations

from datetime import datetime

from bot.request import Channel, ChannelKind, Message
from bot.settings import ChannelSettings
from bot.store.messages import Messages
from bot.store.settings import SettingsStore

LOG = "workspace"
"""The platform under which the local workspace's own messages are kept.

They are to it what a server's messages are to Discord: apart from the history that an admin can enable.
"""


class WorkspaceLog:
    """Keeps the local workspace's messages in the store, so that they are there after a restart.

    Args:
        messages: Where they go.
    """

    def __init__(self, messages: Messages) -> None:
        self._messages = messages

    async def record(self, platform: str, channel: Channel, message: Message) -> None:
        """Keep a message."""
        await self._messages.record(LOG, channel, message)

    async def recent(self, platform: str, channel: str, *, since: datetime | None, limit: int) -> list[Message]:
        """The last `limit` messages, none older than `since`, oldest first."""
        if since is None:
            return await self._messages.recent(LOG, channel, limit)
        return await self._messages.since(LOG, channel, since, limit)

    async def edit(self, platform: str, channel: str, message_id: str, text: str, edited: datetime) -> None:
        """Change a message's text."""
        message = Message(message_id, channel, "", "", text, edited, edited=edited)
        await self._messages.edit(LOG, _place(channel), message)

    async def delete(self, platform: str, channel: str, message_id: str) -> None:
        """Forget a message."""
        await self._messages.delete(LOG, _place(channel), message_id)


class Retention:
    """For how long each channel keeps its messages: as its settings say, and the local workspace as configured.

    Args:
        settings: What admins decided.
        days: How long the local workspace's messages stay.
    """

    def __init__(self, settings: SettingsStore, days: int) -> None:
        self._settings = settings
        self._days = days

    async def for_channel(
        self, platform: str, server: str | None, channel: str, parent: str | None = None
    ) -> ChannelSettings:
        """What holds in the channel."""
        if platform == LOG:
            return ChannelSettings(history=True, history_days=self._days)
        return await self._settings.for_channel(platform, server, channel, parent)


def _place(channel: str) -> Channel:
    return Channel(channel, None, ChannelKind.CHANNEL, channel)
