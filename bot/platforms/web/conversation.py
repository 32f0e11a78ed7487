"""What people do in the playground, as the events that the core receives."""

from __future__ import annotations

import re
import secrets
from collections import Counter
from collections.abc import Mapping, Sequence

from itsdangerous import BadSignature, URLSafeSerializer

from bot.body import File
from bot.commands import Command
from bot.lines import quote
from bot.platform import MessageRef
from bot.platforms.entries import ATELIER, Entry, is_line, mentions, unmentioned
from bot.platforms.files import attachment
from bot.platforms.workspace import LOCAL, Workspace
from bot.request import (
    Attachment,
    CancelAsked,
    Channel,
    ChannelKind,
    ChoiceMade,
    Event,
    MessageDeleted,
    MessageEdited,
    MessageSeen,
    Origin,
    Person,
    Receive,
    Request,
    new_id,
)

FILE_BYTES = 25_000_000
"""The largest file that can be attached."""

BEGIN_WITH = ("summarize", "help", "profile show")
"""What shows a newcomer the most, in this order; whatever a person uses themselves comes before."""

_WORD = re.compile(r"[\w.:+-]+")


class Conversation:
    """Between the people in the browsers and the core.

    Args:
        workspace: What they see.
    """

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.commands: tuple[Command, ...] = ()
        self.receive: Receive | None = None
        self._signer = URLSafeSerializer(secrets.token_hex(32))
        self._used: dict[str, Counter[str]] = {}

    def offered(self, person: Person) -> list[Command]:
        """The slash commands that a person can choose from: the most used first, then by name."""
        used = self._used.get(person.id, Counter())
        first = {name: place for place, name in enumerate(BEGIN_WITH)}
        return sorted(
            (command for command in self.commands if command.listed and not command.menu and _may(person, command)),
            key=lambda command: (-used[command.name], first.get(command.name, len(first)), command.name),
        )

    def matching(self, person: Person, typed: str) -> list[Command]:
        """The commands that what was typed can become: those that begin so, then a word of theirs, then the rest."""
        offered, typed = self.offered(person), typed.lower()
        begins = [command for command in offered if command.name.startswith(typed)]
        word = [command for command in offered if f" {typed}" in command.name]
        within = [command for command in offered if typed in command.name]
        return list(dict.fromkeys([*begins, *word, *within]))

    def on_messages(self) -> list[str]:
        """The names of the commands that are offered on a message."""
        return [command.name for command in self.commands if command.menu]

    def command_of(self, text: str) -> Command | None:
        """The command that a typed line names, the longest name first."""
        words = text.strip().removeprefix("/").lower().split()
        known = {command.name: command for command in self.commands if not command.menu}
        names = (" ".join(words[:count]) for count in range(len(words), 0, -1))
        return next((known[name] for name in names if name in known), None)

    async def send(
        self,
        person: Person,
        channel: Channel,
        text: str,
        files: Sequence[File] = (),
        reply_to: str | None = None,
    ) -> None:
        """Say something as a person; it becomes a request if it is meant for Atelier.

        Args:
            person: Who speaks.
            channel: Where.
            text: A command line or a message.
            files: What is attached.
            reply_to: The message it answers.
        """
        text = text.strip()
        if not text and not files:
            return
        answered = self.workspace.find(channel.id, reply_to) if reply_to else None
        if is_line(text):
            await self._ask(person, channel, text, files, self.command_of(text), reply_to=reply_to)
            return
        said = await self.workspace.say(person, channel, text, files=tuple(files), reply_to=reply_to)
        origin = Origin(LOCAL, message=said.id)
        await self._hand_over(MessageSeen(origin, channel, said))
        if self._addressed(channel, text, answered):
            await self._hand_over(
                Request(
                    origin,
                    person,
                    channel,
                    text=unmentioned(text),
                    attachments=tuple(attachment(file) for file in files),
                    reply_to=answered.message if answered else None,
                )
            )

    async def run(
        self, person: Person, channel: Channel, command: Command, options: Mapping[str, object], shown: str = ""
    ) -> None:
        """Run a command whose options were filled in.

        Args:
            person: Who runs it.
            channel: Where.
            command: Which.
            options: Values by name.
            shown: What the channel shows; made from the options when empty.
        """
        line = shown or " ".join([f"/{command.name}", *(f"{name}:{_typed(value)}" for name, value in options.items())])
        await self._ask(person, channel, line, (), command, options)

    async def run_on(self, person: Person, channel: Channel, name: str, message_id: str) -> None:
        """Run a command that is offered on a message."""
        entry = self.workspace.find(channel.id, message_id)
        command = next((command for command in self.commands if command.menu and command.name == name), None)
        if entry is not None and command is not None and entry.visible_to(person.id):
            await self._ask(person, channel, f"/{name}", (), command, {}, reply_to=message_id)

    async def press(self, person: Person, channel: Channel, message_id: str, line: str) -> None:
        """Press a button that stands under an answer; what only buttons run is not shown as a line."""
        entry = self.workspace.find(channel.id, message_id)
        if entry is None or not entry.visible_to(person.id):
            return
        command = self.command_of(line)
        if command is None or not command.hidden:
            await self._ask(person, channel, line, (), command, reply_to=message_id)
            return
        origin = Origin(LOCAL, event=new_id())
        await self._hand_over(Request(origin, person, channel, text=line, reply_to=entry.message))

    async def change(self, person: Person, channel: Channel, message_id: str, text: str) -> None:
        """Edit a message of one's own; what it asked is answered anew."""
        if not self._owns(person, channel, message_id) or not text.strip():
            return
        message = await self.workspace.change(channel.id, message_id, text.strip())
        if message is None:
            return
        origin = Origin(LOCAL, message=message_id)
        await self._hand_over(MessageEdited(origin, channel, message))
        answered = self.workspace.find(channel.id, message.reply_to or "")
        if not is_line(message.text) and self._addressed(channel, message.text, answered):
            await self._hand_over(
                Request(
                    origin,
                    person,
                    channel,
                    text=unmentioned(message.text),
                    reply_to=answered.message if answered else None,
                    first_asked=message.sent,
                )
            )

    async def delete(self, person: Person, channel: Channel, message_id: str) -> None:
        """Delete a message of one's own."""
        if self._owns(person, channel, message_id):
            await self.workspace.delete(MessageRef(channel.id, message_id))
            await self._hand_over(MessageDeleted(Origin(LOCAL, message=message_id), channel, message_id))

    async def choose(self, person: Person, channel: Channel, message_id: str, choice: str) -> None:
        """Press one of the buttons of the question that an answer asks."""
        entry = self.workspace.find(channel.id, message_id)
        if entry is None or entry.body is None or entry.body.request_id is None or not entry.visible_to(person.id):
            return
        asked = self.workspace.find(channel.id, entry.message.reply_to or "")
        if asked is None or asked.message.author == person.id:
            self.workspace.choose(channel.id, message_id, choice)
            await self._hand_over(ChoiceMade(entry.body.request_id, person, choice))

    async def cancel(self, person: Person, channel: Channel, request_id: str) -> None:
        """Ask to stop a request: one's own, or as an admin anybody's here."""
        await self._hand_over(CancelAsked(request_id, person, channel.server))

    def file_url(self, channel: str, message_id: str, number: int) -> str:
        """Where a message's file is served; nobody can guess it."""
        signed = self._signer.dumps([channel, message_id, number])
        return f"/files/{signed if isinstance(signed, str) else signed.decode()}"

    def file_at(self, token: str) -> File | None:
        """The file that `file_url` led to, while it is kept."""
        try:
            channel, message_id, number = self._signer.loads(token)
        except BadSignature:
            return None
        entry = self.workspace.find(channel, message_id)
        if entry is None:
            return None
        files = entry.body.files if entry.body else entry.files
        return files[number] if number < len(files) else None

    async def _ask(
        self,
        person: Person,
        channel: Channel,
        line: str,
        files: Sequence[File],
        command: Command | None,
        options: Mapping[str, object] | None = None,
        reply_to: str | None = None,
    ) -> None:
        """Show a command line and hand it over: as typed, or with the options of a form."""
        answered = self.workspace.find(channel.id, reply_to) if reply_to else None
        private = command is not None and command.private
        if command is not None and not command.menu:
            self._used.setdefault(person.id, Counter())[command.name] += 1
        said = await self.workspace.say(
            person, channel, line, files=tuple(files), command=True, private=private, reply_to=reply_to
        )
        form = options is not None and command is not None
        await self._hand_over(
            Request(
                Origin(LOCAL, message=said.id),
                person,
                channel,
                command=command.name if form and command is not None else None,
                options=dict(options or {}),
                text="" if form else line,
                attachments=tuple(attachment(file) for file in files),
                reply_to=answered.message if answered else None,
            )
        )

    def _addressed(self, channel: Channel, text: str, answered: Entry | None) -> bool:
        """Whether a message is meant for Atelier."""
        to_atelier = answered is not None and answered.message.author == ATELIER.id
        return channel.kind is ChannelKind.DM or to_atelier or mentions(text)

    async def _hand_over(self, event: Event) -> None:
        if self.receive is not None:
            await self.receive(event)

    def _owns(self, person: Person, channel: Channel, message_id: str) -> bool:
        entry = self.workspace.find(channel.id, message_id)
        return entry is not None and not entry.sample and entry.message.author == person.id


def _may(person: Person, command: Command) -> bool:
    return person.is_admin or not command.admin


def _typed(value: object) -> str:
    match value:
        case Attachment():
            text = value.name
        case bool():
            text = "yes" if value else "no"
        case _:
            text = str(value).removeprefix(f"{LOCAL}:")
    return text if _WORD.fullmatch(text) else quote(text)
