"""The local workspace that the playground and the terminal share: its people, channels and conversation."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, tzinfo
from itertools import chain

from bot.body import Body, File, State
from bot.errors import UserError
from bot.platform import Address, Audience, MessageRef
from bot.platforms.entries import ATELIER, Change, Entry, MessageLog, Watch, as_text, is_line, naming
from bot.platforms.sample import LOCAL, SERVER, Sample, load_sample
from bot.request import Channel, ChannelKind, Clock, Message, Person, new_id, utc_now
from bot.values import ChannelRef, User

__all__ = ["ATELIER", "LOCAL", "SERVER", "Change", "Entry", "MessageLog", "Watch", "Workspace"]

FILE_BYTES = 256 * 1024 * 1024
"""Files that are kept in memory, all together; the oldest go first."""

LOOKED_THROUGH = 5_000
"""How many messages are looked through for an answer from before the start."""

_DM = "dm:"


class Workspace:
    """People, channels and messages of the local workspace.

    The sample conversation is read anew at every start and never stored; what is written later is kept in `log`.

    Args:
        log: Keeps what is written; None keeps it in memory only.
        clock: Tells the time.
        zone: The zone of the sample's clock times; None is this machine's.
    """

    def __init__(self, log: MessageLog | None = None, clock: Clock = utc_now, zone: tzinfo | None = None) -> None:
        self._log = log
        self._clock = clock
        self.sample: Sample = load_sample(clock(), zone)
        self._entries: dict[str, dict[str, Entry]] = {}
        self._watches: list[Watch] = []
        self._files: OrderedDict[tuple[str, str], int] = OrderedDict()
        for channel, messages in self.sample.messages.items():
            self._entries[channel] = {message.id: Entry(message, sample=True) for message in messages}

    @property
    def people(self) -> Mapping[str, Person]:
        """Who can speak, by id."""
        return self.sample.people

    def person(self, text: str) -> Person | None:
        """The person with this id, name or first name, with or without the `@`."""
        wanted = text.strip().removeprefix("@").removeprefix(f"{LOCAL}:").casefold()
        for person in (*self.people.values(), ATELIER):
            if wanted in (person.id.removeprefix(f"{LOCAL}:"), person.name.casefold()):
                return person
        return None

    def channel(self, text: str) -> Channel | None:
        """The channel, thread or direct conversation with this id or name, with or without the `#`."""
        wanted = text.strip().removeprefix("#")
        if wanted.startswith(_DM) and (person := self.person(wanted.removeprefix(_DM))) in self.people.values():
            return self.dm(person)
        for channel in self.sample.channels.values():
            if wanted.casefold() in (channel.id, channel.name.casefold()):
                return channel
        return None

    def dm(self, person: Person | None) -> Channel:
        """The direct conversation of a person with Atelier."""
        name = "nobody" if person is None else person.id.removeprefix(f"{LOCAL}:")
        return Channel(f"{_DM}{name}", None, ChannelKind.DM, ATELIER.name)

    def readable_by(self, person: Person, channel: Channel) -> bool:
        """Whether the person may read the channel; a direct conversation is its person's only."""
        return channel.kind is not ChannelKind.DM or channel.id == self.dm(person).id

    async def threads(self, channel: str, since: datetime) -> list[str]:
        """The channel's threads in which something was written since then."""
        threads = [one.id for one in self.sample.channels.values() if one.parent == channel]
        return [thread for thread in threads if await self.history(thread, since, 1)]

    async def channels(self, server: str | None) -> list[ChannelRef]:
        """The channels, without threads and direct conversations."""
        channels = self.sample.channels.values() if server in (SERVER, None) else ()
        return [ChannelRef(one.id, one.name) for one in channels if one.kind is ChannelKind.CHANNEL]

    async def readable(self, channel: str, audience: Audience) -> bool:
        """Whether all of the audience may read a channel: everyone is in all of them, but for direct conversations."""
        place = self.channel(channel)
        if place is None:
            return False
        if audience.person is not None:
            person = self.people.get(audience.person)
            return person is not None and self.readable_by(person, place)
        heard = self.channel(audience.channel or "")
        return heard is not None and (place.kind is not ChannelKind.DM or place.id == heard.id)

    async def direct(self, person: str) -> Channel:
        """A person's direct conversation with Atelier.

        Raises:
            UserError: There is no such person.
        """
        if person not in self.people:
            raise UserError("I cannot write to this person directly: there is no such person in this workspace.")
        return self.dm(self.people[person])

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
        message = Message(new_id(), channel.id, person.id, person.name, text, self._clock(), thread, reply_to)
        entry = Entry(message, files=files, private_to=person.id if private else None, command=command)
        if self._log is not None and not command and not private:
            await self._log.record(LOCAL, channel, message)
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
            await self._show(Entry(message, body=body, private_to=address.private_to), new=True)
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
            await self._log.record(LOCAL, channel, message)

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

    async def find_person(self, text: str, server: str | None) -> User | None:
        """Who is meant by an id, a mention or a name."""
        person = self.person(text) if server in (SERVER, None) else None
        return None if person is None else User(person.id, person.name)

    async def find_channel(self, text: str, server: str | None) -> ChannelRef | None:
        """Which channel is meant by an id, a mention or a name."""
        channel = self.channel(text) if server in (SERVER, None) else None
        return None if channel is None else ChannelRef(channel.id, channel.name)

    async def _load(self, channel: str, since: datetime | None, limit: int) -> None:
        """Add what the log holds and this process has not seen: older messages, and those of the terminal."""
        if self._log is None:
            return
        known = self._entries.setdefault(channel, {})
        for message in await self._log.recent(LOCAL, channel, since=since, limit=limit):
            known.setdefault(message.id, Entry(message, command=not message.from_bot and is_line(message.text)))

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
