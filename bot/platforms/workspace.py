"""The local workspace that the playground and the terminal share: its people, channels and conversation."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, tzinfo
from itertools import chain

from bot.body import Body, File, State
from bot.platform import Address, MessageRef
from bot.platforms.directory import Directory
from bot.platforms.entries import ATELIER, Change, Entry, MessageLog, Watch, as_text, is_line, naming
from bot.platforms.message_links import message_link
from bot.platforms.sample import LOCAL, SERVER, load_sample
from bot.request import Channel, ChannelKind, Clock, Message, Person, new_id, utc_now

__all__ = ["ATELIER", "LOCAL", "SERVER", "Change", "Entry", "MessageLog", "Watch", "Workspace"]

FILE_BYTES = 256 * 1024 * 1024
"""Files that are kept in memory, all together; the oldest go first."""

LOOKED_THROUGH = 5_000
"""How many messages are looked through for an answer from before the start."""


class Workspace(Directory):
    """People, channels and messages of the local workspace.

    The sample conversation is read anew at every start and never stored; what is written later is kept in `log`.

    Args:
        log: Keeps what is written; None keeps it in memory only.
        clock: Tells the time.
        zone: The zone of the sample's clock times; None is this machine's.
    """

    def __init__(self, log: MessageLog | None = None, clock: Clock = utc_now, zone: tzinfo | None = None) -> None:
        super().__init__(load_sample(clock(), zone))
        self._log = log
        self._clock = clock
        self._entries: dict[str, dict[str, Entry]] = {}
        self._watches: list[Watch] = []
        self._files: OrderedDict[tuple[str, str], int] = OrderedDict()
        for channel, messages in self.sample.messages.items():
            self._entries[channel] = {message.id: Entry(_linked(message), sample=True) for message in messages}

    async def threads(self, channel: str, since: datetime) -> list[str]:
        """The channel's threads in which something was written since then."""
        threads = [one.id for one in self.sample.channels.values() if one.parent == channel]
        return [thread for thread in threads if await self.history(thread, since, 1)]

    def watch(self, watch: Watch) -> Callable[[], None]:
        """Be told of every change from now on.

        Returns:
            Ends it.
        """
        self._watches.append(watch)
        return lambda: self._watches.remove(watch)

    async def entries(self, channel: str, viewer: str | None = None, limit: int = 200) -> list[Entry]:
        """What a person sees in a channel: the last `limit` entries, oldest first.

        Args:
            channel: Its id.
            viewer: `Person.id`; None sees only what is there for everyone.
            limit: At most so many.
        """
        for place in (channel, *(one.id for one in self.sample.channels.values() if one.parent == channel)):
            await self._load(place, None, limit)
        seen = [entry for entry in self._entries.get(channel, {}).values() if entry.visible_to(viewer)]
        return sorted(seen, key=lambda entry: (entry.message.sent, entry.message.id))[-limit:]

    def find(self, channel: str, message_id: str) -> Entry | None:
        """One entry, where it has been loaded."""
        return self._entries.get(channel, {}).get(message_id)

    def count(self, channel: str) -> int:
        """How many messages of a channel are loaded."""
        return sum(entry.private_to is None for entry in self._entries.get(channel, {}).values())

    async def say(
        self,
        person: Person,
        channel: Channel,
        text: str,
        *,
        files: tuple[File, ...] = (),
        reply_to: str | None = None,
        command: bool = False,
        private: bool = False,
    ) -> Message:
        """Write a message as a person.

        Args:
            person: Who writes.
            channel: Where.
            text: Markdown.
            files: What is attached.
            reply_to: The message it answers.
            command: It is a command line: shown, but no part of the conversation, and kept with its answer only.
            private: Only the person sees it.
        """
        thread = channel.id if channel.kind is ChannelKind.THREAD else None
        message = _linked(Message(new_id(), channel.id, person.id, person.name, text, self._clock(), thread, reply_to))
        entry = Entry(message, files=files, private_to=person.id if private else None, command=command)
        if self._log is not None and not command and not private:
            await self._log.record(LOCAL, channel, _kept(message))
        self._put(entry, new=True)
        return message

    async def change(self, channel: str, message_id: str, text: str) -> Message | None:
        """Change the text of a message that a person wrote; None when it is not there or part of the sample."""
        entry = self.find(channel, message_id)
        if entry is None or entry.sample or entry.message.from_bot:
            return None
        message = replace(entry.message, text=text, edited=self._clock())
        if self._log is not None:
            await self._log.edit(LOCAL, channel, message_id, text, self._clock())
        self._put(replace(entry, message=message))
        return message

    async def post(self, address: Address, body: Body, key: str) -> MessageRef:
        """Show an answer; a second call with the same `key` shows nothing and returns the first."""
        await self._load(address.channel, None, 200)
        body = naming(body, self.people)
        ref = MessageRef(address.channel, key or new_id())
        if self.find(ref.channel, ref.id) is None:
            channel = self.channel(address.channel)
            thread = address.channel if channel is not None and channel.kind is ChannelKind.THREAD else None
            message = Message(
                ref.id,
                ref.channel,
                ATELIER.id,
                ATELIER.name,
                as_text(body),
                self._clock(),
                thread,
                address.reply_to,
                from_bot=True,
            )
            await self._show(Entry(_linked(message), body=body, private_to=address.private_to), new=True)
        return ref

    async def edit(self, ref: MessageRef, body: Body) -> MessageRef:
        """Replace what an answer shows."""
        entry = self.find(ref.channel, ref.id)
        if entry is None:
            await self._load(ref.channel, None, LOOKED_THROUGH)
            entry = self.find(ref.channel, ref.id)
        if entry is not None:
            if self._log is not None and (entry.body is None or entry.body.state is not State.WORKING):
                # It is made anew; what is kept stays as it is.
                await self._log.delete(LOCAL, ref.channel, ref.id)
            await self._show(entry.showing(naming(body, self.people)))
        return ref

    def choose(self, channel: str, message_id: str, choice: str) -> None:
        """Note which button of an answer's question was pressed, to be shown once it is settled."""
        entry = self.find(channel, message_id)
        if entry is not None:
            self._entries[channel][message_id] = replace(entry, chosen=choice)

    async def _show(self, entry: Entry, *, new: bool = False) -> None:
        self._put(entry, new=new)
        # An answer is kept once it is complete: a stream would write the same row ten times a second.
        complete = entry.body is not None and entry.body.state is not State.WORKING
        if complete and entry.private_to is None:
            # With what it answers: of command lines, only those are kept whose answer everyone may see.
            asked = self.find(entry.message.channel, entry.message.reply_to or "")
            if asked is not None and asked.command and asked.private_to is None:
                await self._keep(asked.message)
            await self._keep(entry.message)

    async def _keep(self, message: Message) -> None:
        channel = self.channel(message.channel)
        if channel is not None and self._log is not None:
            await self._log.record(LOCAL, channel, _kept(message))

    async def delete(self, ref: MessageRef) -> None:
        """Remove a message; the sample's own stay."""
        entry = self.find(ref.channel, ref.id)
        if entry is None or entry.sample:
            return
        if self._log is not None:
            await self._log.delete(LOCAL, ref.channel, ref.id)
        if self._entries[ref.channel].pop(ref.id, None) is None:
            return
        self._files.pop((ref.channel, ref.id), None)
        self._tell(Change(ref.channel, ref.id, None))

    def forget(self, person: str) -> None:
        """Drop a person's messages and the answers to them; the sample conversation is nobody's."""
        for channel, entries in self._entries.items():
            kept = [entry for entry in entries.values() if not entry.sample]
            own = {entry.message.id for entry in kept if entry.message.author == person}
            own |= {entry.message.id for entry in kept if entry.message.reply_to in own}
            for message_id in own:
                # An answer that is being written goes on; it is the one that says what was erased.
                body = entries[message_id].body
                if body is None or body.state is not State.WORKING:
                    del entries[message_id]
                    self._files.pop((channel, message_id), None)
                    self._tell(Change(channel, message_id, None))

    async def history(self, channel: str, since: datetime | None, limit: int) -> list[Message]:
        """The conversation: the channel's last `limit` messages, none older than `since`, oldest first."""
        # Every command line that is kept has its answer after it, so at most half of what is loaded are lines.
        await self._load(channel, since, 2 * limit)
        messages = [
            entry.message
            for entry in self._entries.get(channel, {}).values()
            if entry.private_to is None and not entry.command and (since is None or entry.message.sent >= since)
        ]
        return sorted(messages, key=lambda message: (message.sent, message.id))[-limit:] if limit > 0 else []

    async def _load(self, channel: str, since: datetime | None, limit: int) -> None:
        """Add what the log holds and this process has not seen: older messages, and those of the terminal."""
        if self._log is None:
            return
        known = self._entries.setdefault(channel, {})
        for message in await self._log.recent(LOCAL, channel, since=since, limit=limit):
            command = not message.from_bot and is_line(message.text)
            known.setdefault(message.id, Entry(_linked(message), command=command))

    def _put(self, entry: Entry, *, new: bool = False) -> None:
        message = entry.message
        self._entries.setdefault(message.channel, {})[message.id] = entry
        self._make_room(entry)
        self._tell(Change(message.channel, message.id, entry, new))

    def _make_room(self, entry: Entry) -> None:
        shown = chain(entry.files, entry.body.files if entry.body else ())
        place = (entry.message.channel, entry.message.id)
        self._files.pop(place, None)
        if size := sum(len(file.data) for file in shown):
            self._files[place] = size
        while len(self._files) > 1 and sum(self._files.values()) > FILE_BYTES:
            (channel, message_id), _ = self._files.popitem(last=False)
            old = self._entries[channel][message_id]
            body = None if old.body is None else replace(old.body, files=())
            self._entries[channel][message_id] = replace(old, files=(), body=body)

    def _tell(self, change: Change) -> None:
        for watch in list(self._watches):
            watch(change)


def _linked(message: Message) -> Message:
    return replace(message, link=message_link(message.channel, message.id))


def _kept(message: Message) -> Message:
    """A message as the log keeps it: its address follows from the rest."""
    return replace(message, link=None)
