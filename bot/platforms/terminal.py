"""The terminal: one question, its answer printed as it grows."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from bot.body import Body, Choice, File, State
from bot.errors import UserError
from bot.platform import Address, Limits, MessageRef
from bot.platforms.entries import ATELIER, is_line, mentions, unmentioned
from bot.platforms.files import attachment, load_file, save_file
from bot.platforms.local import LocalPlatform
from bot.platforms.message_links import for_elsewhere, without_begun
from bot.platforms.screen import Screen, as_json
from bot.platforms.workspace import LOCAL, Workspace
from bot.request import (
    CancelAsked,
    Channel,
    ChannelKind,
    ChoiceMade,
    MessageSeen,
    Origin,
    Person,
    Receive,
    Request,
)

if TYPE_CHECKING:
    from bot.commands import Command


class Terminal(LocalPlatform):
    """A `Platform` for `atelier ask`: standard output, and standard input for questions.

    Args:
        workspace: The people and channels, and where the conversation is kept.
        playground: Where messages can be opened; None leads nowhere.
        out: Where files are saved; None only names them.
        as_json: Print one JSON object at the end instead of the answer as it grows.
        stdin: Where answers to questions come from, when it is a terminal.
        stdout: Takes the answer.
        stderr: Takes the progress, when it is a terminal.
    """

    def __init__(
        self,
        workspace: Workspace,
        *,
        playground: str | None = None,
        out: Path | None = None,
        as_json: bool = False,
        stdin: TextIO | None = None,
        stdout: TextIO | None = None,
        stderr: TextIO | None = None,
    ) -> None:
        super().__init__(workspace, Limits(edits_per_second=20))
        self._playground = playground
        self._out = out
        self._as_json = as_json
        self._stdin = stdin or sys.stdin
        self._screen = Screen(stdout or sys.stdout, stderr or sys.stderr, playground)
        self._receive: Receive | None = None
        self._request: Request | None = None
        self._asked: Choice | None = None
        self._asking: asyncio.Task[None] | None = None
        self._problem = ""
        self._last: asyncio.Future[Body] | None = None

    async def start(self, receive: Receive) -> None:
        """Hand what is asked to `receive` from now on."""
        self._receive = receive

    async def stop(self) -> None:
        """Take nothing more."""
        self._receive = None
        self._screen.hide_progress()

    async def publish(self, commands: Sequence[Command]) -> None:
        """A terminal lists no commands of its own; `/help` does."""

    async def request(self, line: str, *, channel: str, person: str, files: Sequence[Path] = ()) -> Request:
        """Make a request of a typed line; plain text speaks to Atelier, as a mention in the channel does.

        Args:
            line: A command line or free text.
            channel: A channel's name, or `dm` for the direct conversation.
            person: Who asks.
            files: What goes with it.

        Raises:
            UserError: There is no such channel, person or file.
        """
        speaker = self.workspace.person(person)
        if speaker is None or speaker.id not in self.workspace.people:
            names = ", ".join(known.removeprefix(f"{LOCAL}:") for known in self.workspace.people)
            raise UserError(f"Nobody here is called “{person}”; --as takes {names}.")
        place = self.workspace.dm(speaker) if channel == "dm" else self.workspace.channel(channel)
        if place is None or not self.workspace.readable_by(speaker, place):
            names = ", ".join([*self.workspace.sample.channels, "dm"])
            raise UserError(f"There is no channel “{channel}”; --channel takes {names}.")
        loaded = [await asyncio.to_thread(load_file, path) for path in files]
        speaker = replace(speaker, zone=await asyncio.to_thread(_local_zone))
        return await self._speak(line.strip(), speaker, place, loaded)

    async def _speak(self, line: str, person: Person, channel: Channel, files: Sequence[File]) -> Request:
        command = is_line(line)
        addressed = command or channel.kind is ChannelKind.DM or mentions(line)
        shown = line if addressed else f"@{ATELIER.name.lower()} {line}".strip()
        said = await self.workspace.say(person, channel, shown, files=tuple(files), command=command)
        origin = Origin(LOCAL, message=said.id)
        if not command and self._receive is not None:
            await self._receive(MessageSeen(origin, channel, said))
        text = line if command else unmentioned(line)
        return Request(origin, person, channel, text=text, attachments=tuple(attachment(file) for file in files))

    async def ask(self, request: Request) -> Body:
        """Ask, show the answer as it grows, and wait until it is complete.

        Returns:
            The complete answer; its state says whether it succeeded.
        """
        assert self._receive is not None, "the terminal was not started"
        self._request = request
        self._asked, self._problem = None, ""
        self._last = asyncio.get_running_loop().create_future()
        await self._receive(request)
        try:
            body = await self._last
        finally:
            self._screen.hide_progress()
            if self._asking is not None:
                self._asking.cancel()
        out = self._out
        saved = [None if out is None else await asyncio.to_thread(save_file, file, out) for file in body.files]
        if self._as_json:
            self._screen.print(f"{as_json(body, saved)}\n")
        else:
            self._screen.finish(body, saved)
        if self._problem:
            self._screen.complain(self._problem)
        return body

    async def post(self, address: Address, body: Body, key: str) -> MessageRef:
        """Show an answer: on standard output if it answers what was asked here."""
        # Shown first: what cannot be kept is still an answer.
        self._show(body)
        return await super().post(address, body, key)

    async def edit(self, ref: MessageRef, body: Body) -> MessageRef:
        """Show what is new."""
        self._show(body)
        return await super().edit(ref, body)

    def _show(self, body: Body) -> None:
        request, last = self._request, self._last
        if request is None or last is None or last.done() or body.request_id != request.id:
            return
        body = self._for_here(body, request.person)
        if not self._as_json:
            self._screen.show(body)
        if body.question is not None and body.question != self._asked:
            self._asking = asyncio.get_running_loop().create_task(self._answer(request, body.question))
        self._asked = body.question
        if body.state is not State.WORKING:
            last.set_result(body)

    def _for_here(self, body: Body, person: Person) -> Body:
        """An answer whose links to messages can be opened from a terminal."""
        # Half of a link would be printed as it is, and could not be taken back.
        text = without_begun(body.text) if body.state is State.WORKING else body.text
        return replace(body, text=for_elsewhere(text, self._playground, person))

    async def _answer(self, request: Request, question: Choice) -> None:
        """Ask the person at the terminal; without one the request is ended."""
        assert self._receive is not None
        if self._as_json or not self._stdin.isatty():
            asked, choices = " ".join(question.question.split()), ", ".join(question.choices)
            without = ", without --json" if self._as_json else ""
            self._problem = f"“{asked}” needs an answer ({choices}); run this in a terminal{without}."
            await self._receive(CancelAsked(request.id, request.person, request.channel.server))
            return
        choice: str | None = None
        while choice is None:
            self._screen.ask(question)
            line = await self._read_line()
            if not line:  # the terminal was closed
                await self._receive(CancelAsked(request.id, request.person, request.channel.server))
                return
            choice = _chosen(line.strip(), question.choices)
        await self._receive(ChoiceMade(request.id, request.person, choice))

    async def _read_line(self) -> str:
        """Wait for a line without a thread, which could not be ended."""
        loop = asyncio.get_running_loop()
        line: asyncio.Future[str] = loop.create_future()
        reading = self._stdin.fileno()

        def take() -> None:
            if not line.done():
                line.set_result(self._stdin.readline())

        loop.add_reader(reading, take)
        try:
            return await line
        finally:
            loop.remove_reader(reading)


def _chosen(typed: str, choices: Sequence[str]) -> str | None:
    if typed.isdecimal() and 1 <= int(typed) <= len(choices):
        return choices[int(typed) - 1]
    return next((choice for choice in choices if choice.casefold() == typed.casefold()), None)


def _local_zone() -> str | None:
    """This machine's time zone by its name, where it has one."""
    from tzlocal import get_localzone_name

    try:
        name = get_localzone_name()
    except (LookupError, ValueError, OSError):  # set to something that is no zone, or to two at once
        return None
    return "UTC" if name == "Etc/UTC" else name
