"""From what Slack tells of messages to the core's events."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import structlog

from bot.platforms.files import media_type
from bot.platforms.slack import mrkdwn
from bot.platforms.slack.directory import PLATFORM, Directory
from bot.platforms.slack.payloads import ChannelEvent, MessageEvent, ReactionEvent, SharedFile, SignedIn, SlackMessage
from bot.platforms.slack.places import Asker
from bot.platforms.slack.web import SlackRefused, Web
from bot.request import (
    Attachment,
    Channel,
    ChannelDeleted,
    ChannelKind,
    Event,
    Message,
    MessageDeleted,
    MessageEdited,
    MessageReacted,
    MessageSeen,
    Origin,
    Request,
)

log = structlog.get_logger(__name__)

WRITTEN = frozenset({None, "file_share", "thread_broadcast", "bot_message", "me_message"})
"""Subtypes of messages that somebody wrote; the others tell of joining, topics and the like."""

TOMBSTONE = "tombstone"
"""The subtype of what is left of a removed message that a thread hangs on."""

REMEMBERED = 1_000
"""How many edited messages are remembered, and how many reactions."""

LATE = timedelta(minutes=5)
"""How long after it was written a message can still be made a question, by naming the bot in it."""


@dataclass(frozen=True, slots=True)
class Incoming:
    """Reads payloads.

    Attributes:
        web: Fetches files.
        directory: Knows people and channels.
        me: The bot itself.
        file_bytes: The largest file that is read.
        edits: When messages were last edited, as far as that is remembered.
        reacted: Whether a reaction came or went last, as far as that is remembered.
    """

    web: Web
    directory: Directory
    me: SignedIn
    file_bytes: int
    edits: OrderedDict[tuple[str, str], float] = field(default_factory=OrderedDict)
    reacted: OrderedDict[tuple[str, str, str, str], str] = field(default_factory=OrderedDict)

    async def message(self, event: MessageEvent, event_id: str | None) -> AsyncIterator[Event]:
        """What a `message` or `app_mention` event means: something about one message, and at most one request."""
        origin = Origin(PLATFORM, event=event_id, message=event.ts)
        told = event.message or event.previous_message or event
        # The message that a thread has begun under is one of the channel's, as it was before.
        thread = told.thread_ts if told.thread_ts != told.ts else None
        channel = await self.directory.channel(event.channel, thread)
        if event.subtype == "message_deleted" and event.deleted_ts:
            yield MessageDeleted(replace(origin, message=event.deleted_ts), channel, event.deleted_ts)
        elif event.subtype == "message_changed" and event.message is not None:
            async for found in self._changed(event, event.message, channel, origin):
                yield found
        elif event.subtype in WRITTEN and event.ts:
            if event.type == "message":
                yield MessageSeen(origin, channel, await self.read(event, event.channel))
            if self._is_asked(event, channel, mention=event.type == "app_mention") and not _is_late(event):
                yield await self._question(event, channel, origin)

    async def reaction(self, event: ReactionEvent, event_id: str | None) -> MessageReacted | None:
        """What a reaction that came or went means; None for our own, those under files, and what is told once more."""
        if event.item.type != "message" or event.user == self.me.user_id or self._is_known(event):
            return None
        # Slack does not say in which thread the message is; its id is unique in the channel.
        channel = await self.directory.channel(event.item.channel)
        change = 1 if event.type == "reaction_added" else -1
        origin = Origin(PLATFORM, event=event_id, message=event.item.ts)
        return MessageReacted(origin, channel, event.item.ts, change)

    async def deleted(self, event: ChannelEvent, event_id: str | None) -> ChannelDeleted | None:
        """What it means that a channel was deleted; None where it is there still, for nothing of it would come back.

        Raises:
            SlackFailed: Slack did not answer; it tells once more.
        """
        try:
            await self.web.call("conversations.info", channel=event.channel)
        except SlackRefused as error:
            if error.error == "channel_not_found":
                return ChannelDeleted(Origin(PLATFORM, event=event_id), await self.directory.channel(event.channel))
            log.warning("a channel may be deleted", channel=event.channel, error=error.error)
        return None

    async def missed(self, message: SlackMessage, slack_channel: str) -> Request | None:
        """What a message of the history asks; None where that is nothing.

        Args:
            message: As the history tells it.
            slack_channel: Slack's id of its channel.
        """
        thread = message.thread_ts if message.thread_ts != message.ts else None
        channel = await self.directory.channel(slack_channel, thread)
        if not self._is_asked(message, channel) or _is_late(message):
            return None
        request = await self._question(message, channel, Origin(PLATFORM, message=message.ts))
        return replace(request, received=moment(message.ts), missed=True)

    async def read(self, message: SlackMessage, channel: str) -> Message:
        """A message of an event or the history."""
        from_bot = message.bot_id is not None or message.user == self.me.user_id
        own = message.user == self.me.user_id or (message.bot_id is not None and message.bot_id == self.me.bot_id)
        author = "atelier" if own else message.user or message.bot_id or "unknown"
        if message.user:
            name = (await self.directory.person(message.user, message.username or "")).name
        else:
            name = message.username or "bot"
        people = dict.fromkeys(mrkdwn.mentioned(message.text))
        found = await asyncio.gather(*(self.directory.person(user) for user in people))
        names = {user: person.name for user, person in zip(people, found, strict=True)}
        text = mrkdwn.markdown(message.text, names)
        attached = [file.name for file in message.files if file.name]
        return Message(
            id=message.ts,
            channel=channel,
            author=f"{PLATFORM}:{author}",
            author_name=name,
            text=text or ", ".join(attached),
            sent=moment(message.ts),
            thread=f"{channel}:{message.thread_ts}" if message.thread_ts else None,
            reply_to=message.thread_ts if message.thread_ts != message.ts else None,
            edited=moment(message.edited.ts) if message.edited else None,
            from_bot=from_bot,
            link=self._link(message, channel),
            reactions=sum(each.count - (self.me.user_id in each.users) for each in message.reactions),
        )

    def attachments(self, files: tuple[SharedFile, ...]) -> list[Attachment]:
        """The files of a message, to be read."""
        return [
            self._attachment(file, file.url_private) for file in files if file.url_private and file.mode != "tombstone"
        ]

    async def _changed(
        self, event: MessageEvent, message: SlackMessage, channel: Channel, origin: Origin
    ) -> AsyncIterator[Event]:
        origin = replace(origin, message=message.ts)
        before = event.previous_message
        # A link that unfolds, a thread that grows and a stream that goes on are told as changes, too.
        edited = message.edited is not None and (before is None or before.edited != message.edited)
        if message.subtype == TOMBSTONE:
            yield MessageDeleted(origin, channel, message.ts)
        elif edited and self._is_overtaken(event.channel, message):
            # Slack tells once more of an edit, and a later one was told in between.
            return
        elif edited or message.user == self.me.user_id:
            yield MessageEdited(origin, channel, await self.read(message, event.channel))
            if self._is_asked(message, channel):
                yield replace(await self._question(message, channel, origin), first_asked=moment(message.ts))

    def _is_overtaken(self, channel: str, message: SlackMessage) -> bool:
        assert message.edited is not None
        key, at = (channel, message.ts), float(message.edited.ts)
        if at < self.edits.get(key, 0.0):
            return True
        self.edits[key] = at
        if len(self.edits) > REMEMBERED:
            self.edits.popitem(last=False)
        return False

    def _is_known(self, event: ReactionEvent) -> bool:
        """Whether Slack tells once more of it: a person has each emoji under a message once or not."""
        key = event.item.channel, event.item.ts, event.user, event.reaction
        if self.reacted.get(key) == event.type:
            return True
        self.reacted[key] = event.type
        if len(self.reacted) > REMEMBERED:
            self.reacted.popitem(last=False)
        return False

    def _is_asked(self, message: SlackMessage, channel: Channel, *, mention: bool = False) -> bool:
        if message.bot_id or not message.user or message.user == self.me.user_id:
            return False
        return mention or channel.kind is ChannelKind.DM or self.me.user_id in mrkdwn.mentioned(message.text)

    async def _question(self, message: SlackMessage, channel: Channel, origin: Origin) -> Request:
        assert message.user is not None
        text = mrkdwn.without_bot(message.text, self.me.user_id)
        if text.lower().rstrip(".!") == "stop":
            # Where slash commands do not work and an answer that streams has no button, this is what people type.
            text = "/stop"
        elif text.startswith("/"):
            text = mrkdwn.typed(text)
        else:
            place = channel.parent or channel.id
            text = (await self.read(message.model_copy(update={"text": text, "files": ()}), place)).text
        asker = Asker(message.user, self.me.team_id)
        person = await self.directory.person(message.user)
        attachments = tuple(self.attachments(message.files))
        return Request(replace(origin, token=str(asker)), person, channel, text=text, attachments=attachments)

    def _attachment(self, file: SharedFile, url: str) -> Attachment:
        async def read() -> bytes:
            return await self.web.download(url, self.file_bytes)

        name = file.name or file.id
        return Attachment(name, media_type(name, file.mimetype or None), file.size, read)

    def _link(self, message: SlackMessage, channel: str) -> str:
        link = f"{self.me.url}archives/{channel}/p{message.ts.replace('.', '')}"
        if message.thread_ts and message.thread_ts != message.ts:
            link += f"?thread_ts={message.thread_ts}&cid={channel}"
        return link


def _is_late(message: SlackMessage) -> bool:
    """Whether it became a question long after it was written: a mention in an edited message is told anew."""
    return message.edited is not None and moment(message.edited.ts) - moment(message.ts) > LATE


def moment(ts: str) -> datetime:
    """When a message was written; its id begins with the seconds."""
    seconds, _, micros = ts.partition(".")
    return datetime.fromtimestamp(int(seconds or 0), UTC).replace(microsecond=int((micros or "0")[:6]))
