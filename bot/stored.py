"""All that is kept: the open store, what comes in from channels, and for how long each kind stays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeAlias

from bot.config import Config
from bot.keeping import Retention
from bot.request import Channel, ChannelDeleted, Clock, MessageDeleted, MessageEdited, MessageReacted, MessageSeen
from bot.store import channels, linking, memories
from bot.store.answers import Answers
from bot.store.cited import CitedAnswers
from bot.store.database import Database
from bot.store.digests import Digests
from bot.store.inbox import Inbox
from bot.store.messages import Messages
from bot.store.recaps import KeptRecaps
from bot.store.reminders import Reminders
from bot.store.settings import SettingsStore
from bot.store.usage import Usage

USAGE_DAYS = 90
"""How long it is known who used which command."""

ANSWER_DAYS = 14
"""How long the buttons under an answer work."""

RECAP_DAYS = 14
"""How long the summary of a long conversation stays after it was last written."""

REMINDER_DAYS = 14
"""How long the buttons under a reminder that came or was removed work."""

DIGEST_DAYS = 1
"""How long it can be taken back that a digest was switched off."""

INBOX_DAYS = 1
"""How long it is known that a message was answered; no platform delivers one again so late."""

Said: TypeAlias = MessageSeen | MessageEdited | MessageDeleted | MessageReacted | ChannelDeleted
"""What becomes of what people say."""


@dataclass(frozen=True, slots=True)
class Store:
    """The open store and the questions asked of it.

    Attributes:
        history_days: How long messages stay where no admin decided it.
        unused_facts: How long facts stay that nobody uses; None for as long as nobody has them forgotten.
    """

    database: Database
    settings: SettingsStore
    messages: Messages
    digests: Digests
    reminders: Reminders
    usage: Usage
    answers: Answers
    inbox: Inbox
    history_days: int
    recaps: KeptRecaps
    cited: CitedAnswers
    unused_facts: timedelta | None = None

    @classmethod
    async def open(cls, config: Config, clock: Clock) -> Store:
        """Connect, and bring the tables up to date.

        Raises:
            ConfigError: `store.url` cannot be used.
        """
        database = await Database.open(config.store.url, clock=clock)
        try:
            await database.migrate()
        except BaseException:
            await database.close()
            raise
        settings = SettingsStore(database, history_days=config.history.days)
        return cls(
            database,
            settings,
            Messages(database),
            Digests(database),
            Reminders(database),
            Usage(database),
            Answers(database),
            Inbox(database),
            config.history.days,
            KeptRecaps(database),
            CitedAnswers(database),
            timedelta(days=config.memory.forget_after_days) if config.memory.forget_after_days else None,
        )

    async def keep(self, event: Said) -> None:
        """Keep a message where an admin enabled history; what becomes of it there becomes of it here, too."""
        platform, channel = event.origin.platform, event.channel
        if isinstance(event, ChannelDeleted):
            await self._forget_channel(platform, channel.id)
            return
        if isinstance(event, MessageReacted):
            if (await self.settings.for_channel(platform, channel.server, channel.id, channel.parent)).history:
                await self.messages.react(event)
            return
        if not isinstance(event, MessageSeen):
            gone = event.message_id if isinstance(event, MessageDeleted) else event.message.id
            await self.recaps.forget_message(platform, channel, gone)
            text = event.message.text if isinstance(event, MessageEdited) else None
            await self.cited.change(platform, channel, gone, text)
        if isinstance(event, MessageDeleted):
            await self.messages.delete(platform, channel, event.message_id)
            await self.answers.withdraw(platform, channel.parent or channel.id, event.message_id)
            await self.inbox.withdraw(platform, channel.parent or channel.id, event.message_id)
        elif isinstance(event, MessageEdited):
            await self.messages.edit(platform, channel, event.message)
            await self.answers.revise(platform, channel.parent or channel.id, event.message)
        elif (await self.settings.for_channel(platform, channel.server, channel.id, channel.parent)).history:
            await self.messages.record(platform, channel, event.message)

    async def kept_channels(self, platform: str) -> Sequence[Channel]:
        """The channels and threads of servers of which something is kept, or to which something comes at set times."""
        return await channels.kept_channels(self.database, platform)

    async def _forget_channel(self, platform: str, channel: str) -> None:
        gone = await channels.with_threads(self.database, platform, channel)
        await channels.forget_channels(self.database, platform, gone)
        self.settings.forget()
        self.recaps.forget_channels(platform, gone)
        await self.cited.forget_channels(platform, gone)

    async def prune(self) -> None:
        """Delete what is older than it may be."""
        now = self.database.clock()
        await self.messages.prune_all(Retention(self.settings, self.history_days))
        await self.usage.prune(now - timedelta(days=USAGE_DAYS))
        await memories.prune(self.database, self.unused_facts)
        await linking.prune(self.database)
        await self.answers.prune(now - timedelta(days=ANSWER_DAYS))
        await self.recaps.prune(now - timedelta(days=RECAP_DAYS))
        await self.cited.prune(self.settings)
        await self.inbox.prune(now - timedelta(days=INBOX_DAYS))
        await self.reminders.prune(now - timedelta(days=REMINDER_DAYS))
        await self.digests.prune(now - timedelta(days=DIGEST_DAYS))
