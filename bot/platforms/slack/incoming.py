"""From what Slack sends to the core's events."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from bot.platforms.files import media_type
from bot.platforms.slack import mrkdwn
from bot.platforms.slack.directory import PLATFORM, Directory
from bot.platforms.slack.form import kept_in, options_in
from bot.platforms.slack.manifest import ROOT
from bot.platforms.slack.payloads import (
    MessageEvent,
    Press,
    SharedFile,
    Shortcut,
    SignedIn,
    SlackMessage,
    SlashCommand,
    Submission,
)
from bot.platforms.slack.places import Asker
from bot.platforms.slack.web import Web
from bot.request import (
    Attachment,
    CancelAsked,
    Channel,
    ChannelKind,
    ChoiceMade,
    Event,
    Message,
    MessageDeleted,
    MessageEdited,
    MessageSeen,
    Origin,
    Request,
)

WRITTEN = frozenset({None, "file_share", "thread_broadcast", "bot_message", "me_message"})
"""Subtypes of messages that somebody wrote; the others tell of joining, topics and the like."""

TOMBSTONE = "tombstone"
"""The subtype of what is left of a removed message that a thread hangs on."""

REMEMBERED = 1_000
"""How many edited messages are remembered."""

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
    """

    web: Web
    directory: Directory
    me: SignedIn
    file_bytes: int
    edits: OrderedDict[tuple[str, str], float] = field(default_factory=OrderedDict)

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

    async def slash(self, command: SlashCommand, known: frozenset[str]) -> Request:
        """A slash command.

        Args:
            command: As it came.
            known: The first words of all commands.
        """
        name, text = command.command.removeprefix("/"), mrkdwn.typed(command.text.strip())
        if name != ROOT:
            line = f"/{name} {text}".strip()
        elif not text:
            line = "/help"
        else:
            head = text.removeprefix("/").split(None, 1)[0].lower()
            line = f"/{text.removeprefix('/')}" if head in known else text
        asker = Asker(command.user_id, command.team_id, command.response_url)
        # In a direct conversation Slack calls the channel so; elsewhere it tells the name.
        name = "" if command.channel_name in {"directmessage", "privategroup"} else command.channel_name
        return Request(
            Origin(PLATFORM, event=command.trigger_id, token=str(asker)),
            await self.directory.person(command.user_id, command.user_name),
            await self.directory.channel(command.channel_id, name=name),
            text=line,
        )

    async def submission(self, sent: Submission) -> Request:
        """A form that was filled in."""
        kept = kept_in(sent)
        asker = Asker(sent.user.id, sent.team.id, kept["response_url"])
        return Request(
            Origin(PLATFORM, event=sent.trigger_id, token=str(asker)),
            await self.directory.person(sent.user.id, sent.user.name),
            await self.directory.channel(kept["channel"]),
            command=kept["command"],
            options=options_in(sent),
        )

    async def shortcut(self, shortcut: Shortcut) -> Request:
        """A choice from a message's menu; it is answered below that message."""
        target = shortcut.message
        channel = await self.directory.channel(shortcut.channel.id, target.thread_ts or target.ts)
        asker = Asker(shortcut.user.id, shortcut.team.id, shortcut.response_url)
        return Request(
            Origin(PLATFORM, event=shortcut.trigger_id, token=str(asker)),
            await self.directory.person(shortcut.user.id, shortcut.user.name),
            channel,
            command=shortcut.callback_id,
            reply_to=await self.read(target, shortcut.channel.id),
            attachments=tuple(self._attachments(target.files)),
        )

    async def press(self, press: Press) -> Event | None:
        """A pressed button; None for one that is not ours."""
        action = press.actions[0]
        kind, _, _ = action.action_id.partition(":")
        person = await self.directory.person(press.user.id, press.user.name)
        match kind:
            case "cancel":
                server = None if press.channel.id.startswith("D") else f"{PLATFORM}:{self.me.team_id}"
                return CancelAsked(action.value, person, server)
            case "choice":
                request_id, _, choice = action.value.partition(" ")
                return ChoiceMade(request_id, person, choice)
            case "line":
                thread = press.container.thread_ts or (press.message.thread_ts if press.message else None)
                asker = Asker(press.user.id, press.team.id, press.response_url)
                return Request(
                    Origin(PLATFORM, event=press.trigger_id, token=str(asker)),
                    person,
                    await self.directory.channel(press.channel.id, thread),
                    text=action.value,
                    # Slack does not send along what only one person sees.
                    reply_to=await self.read(press.message, press.channel.id) if press.message else None,
                )
        return None

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
        )

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
        attachments = tuple(self._attachments(message.files))
        return Request(replace(origin, token=str(asker)), person, channel, text=text, attachments=attachments)

    def _attachments(self, files: tuple[SharedFile, ...]) -> list[Attachment]:
        return [
            self._attachment(file, file.url_private) for file in files if file.url_private and file.mode != "tombstone"
        ]

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
