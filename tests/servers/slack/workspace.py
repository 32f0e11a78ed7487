"""What a workspace holds: people, channels, messages and files."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias, TypeVar

Json: TypeAlias = dict[str, Any]
"""A JSON object, as it goes over the wire."""

T = TypeVar("T")

FIRST = 1_772_443_800
"""When the first message is written: 2026-03-02 09:30 UTC; each further one comes a second later."""


@dataclass
class Posted:
    """A message.

    Attributes:
        ts: Its id within the channel.
        channel: Where it is.
        user: Who wrote it.
        text: As it was sent (mrkdwn).
        thread: The `ts` of the message it answers.
        blocks: Block Kit.
        files: What it shows.
        only_for: The one person who sees it (an ephemeral message).
        streaming: Whether it is being streamed.
        markdown: What was streamed into it.
        states: Its text after each change, oldest first.
        arguments: What the last call that changed it was given.
        metadata: What only apps see; as it was posted with.
        reactions: Who has put which emoji under it.
    """

    ts: str
    channel: str
    user: str
    text: str
    thread: str | None = None
    blocks: list[Json] = field(default_factory=list)
    files: list[Json] = field(default_factory=list)
    only_for: str | None = None
    streaming: bool = False
    markdown: str | None = None
    states: list[str] = field(default_factory=list)
    arguments: Json = field(default_factory=dict)
    metadata: Json | None = None
    reactions: dict[str, list[str]] = field(default_factory=dict)

    @property
    def shown(self) -> str:
        """Everything a person reads in it."""
        return "\n".join([self.text, *_texts(self.blocks)]) if self.markdown is None else self.markdown

    def button(self, label: str) -> Json | None:
        """The button with this label."""
        elements = (element for block in self.blocks for element in block.get("elements", []))
        return next((e for e in elements if isinstance(e["text"], dict) and e["text"]["text"] == label), None)

    def as_json(self, bot: str, *, metadata: bool = False) -> Json:
        """The message as the history and events show it; its metadata where somebody asks for it."""
        message: Json = {"type": "message", "ts": self.ts, "user": self.user, "text": self.markdown or self.text}
        if self.thread:
            message["thread_ts"] = self.thread
        if self.files:
            message |= {"files": self.files, "subtype": "file_share"}
        if self.user == bot:
            message["bot_id"] = "B_ATELIER"
        if self.blocks:
            message["blocks"] = self.blocks
        if self.reactions:
            found = self.reactions.items()
            message["reactions"] = [{"name": name, "count": len(users), "users": users} for name, users in found]
        if metadata and self.metadata:
            message["metadata"] = self.metadata
        return message


def _texts(blocks: list[Json]) -> Iterator[str]:
    for block in blocks:
        for part in (block.get("text"), *block.get("fields", []), *block.get("elements", [])):
            if isinstance(part, dict):
                if isinstance(part.get("text"), str):
                    yield part["text"]
            elif part is not None:
                yield part


class Workspace:
    """The state behind every method.

    Attributes:
        team: The workspace's id.
        bot: The app's own user.
        users: As `users.info` shows them, by id.
        channels: As `conversations.info` shows them, by id.
        members: Which channels the bot is in.
        people: Who else is in each channel.
        messages: By channel, oldest first; ephemeral ones too.
        files: Uploaded bytes by file id.
        triggered: Interactions that opened a modal already.
        changed: Set whenever anything changes.
        clock: Tells the time of messages; each comes a second after the one before where nothing does.
    """

    def __init__(self) -> None:
        self.team = "T_TEAM"
        self.url = "https://sample.slack.test/"
        self.bot = "UATELIER"
        self.users: dict[str, Json] = {}
        self.channels: dict[str, Json] = {}
        self.members: set[str] = set()
        self.people: dict[str, list[str]] = {}
        self.messages: dict[str, list[Posted]] = {}
        self.files: dict[str, bytes] = {}
        self.triggered: set[str] = set()
        self.changed = asyncio.Event()
        self.clock: Callable[[], float] | None = None
        self._count = self._uploads = 0
        self.add_user(self.bot, "atelier", is_bot=True)
        self.add_user("UANA", "ana", real_name="Ana Lima", locale="pt-BR", tz="America/Sao_Paulo")
        self.add_user("UBEN", "ben", real_name="Ben Ode")
        self.add_user("UADMIN", "adam", real_name="Adam", is_admin=True)
        self.add_channel("CGENERAL", "general")
        self.add_channel("CRANDOM", "random", member=False)
        self.add_channel("DANA", "", is_im=True, user="UANA")
        self.add_channel("DBEN", "", is_im=True, user="UBEN")

    def add_user(self, user: str, name: str, **details: object) -> None:
        """Add a person."""
        shown = str(details.get("real_name", name))
        self.users[user] = {
            "id": user,
            "name": name,
            "real_name": shown,
            "locale": "en-US",
            "tz": "Europe/Lisbon",
            "team_id": self.team,
            "is_bot": False,
            "is_restricted": False,
            "is_ultra_restricted": False,
            "deleted": False,
            "profile": {"display_name": name, "real_name": shown},
            **details,
        }

    def add_channel(
        self, channel: str, name: str, *, member: bool = True, people: Sequence[str] = (), **details: object
    ) -> None:
        """Add a channel or a direct conversation.

        Args:
            channel: Its id.
            name: What it is called.
            member: Whether the bot is in it.
            people: Who else is in it.
            details: What else `conversations.info` tells of it.
        """
        kinds = {"is_channel": not details.get("is_im"), "is_private": False, "is_archived": False}
        self.channels[channel] = {"id": channel, "name": name, **kinds, **details}
        self.people[channel] = [*people]
        self.messages[channel] = []
        if member:
            self.members.add(channel)

    def next_ts(self) -> str:
        """A new message's id."""
        self._count += 1
        second = FIRST + self._count if self.clock is None else int(self.clock())
        return f"{second}.{self._count:06d}"

    def next_file(self) -> str:
        """A new file's id."""
        self._uploads += 1
        return f"F{self._uploads}"

    def add(self, message: Posted) -> Posted:
        """Add a message."""
        self.messages[message.channel].append(message)
        self.note(message)
        return message

    def note(self, message: Posted | None = None) -> None:
        """Something changed."""
        if message is not None:
            message.states.append(message.shown)
        self.changed.set()
        self.changed.clear()

    def find(self, channel: str, ts: str) -> Posted | None:
        """A message by its id; an ephemeral one has none that works."""
        return next((m for m in self.messages.get(channel, []) if m.ts == ts and not m.only_for), None)

    def showing(self, file: str) -> list[Posted]:
        """The messages that show a file."""
        there = (message for messages in self.messages.values() for message in messages)
        return [message for message in there if any(each["id"] == file for each in message.files)]

    def by_bot(self, channel: str) -> list[Posted]:
        """What the app wrote in a channel."""
        return [message for message in self.messages[channel] if message.user == self.bot]

    async def until(self, holds: Callable[[], T | None], seconds: float = 10) -> T:
        """Wait until `holds` gives something, and return that.

        Raises:
            TimeoutError: It did not come; what is there is in the text.
        """
        try:
            async with asyncio.timeout(seconds):
                while not (found := holds()):
                    await self.changed.wait()
                return found
        except TimeoutError:
            there = [message for messages in self.messages.values() for message in messages]
            raise TimeoutError(f"what was waited for did not come; there is {there}") from None
