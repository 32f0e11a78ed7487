"""The terminal: one question, its answer printed as it grows."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from bot.errors import UserError
from bot.platform import Address, Body, Card, Choice, File, Limits, MessageRef, State
from bot.platforms.files import attachment, file_size, load_file, save_file
from bot.platforms.workspace import LOCAL, Workspace
from bot.request import (
    CancelAsked,
    Channel,
    ChoiceMade,
    Message,
    MessageSeen,
    Origin,
    Person,
    Receive,
    Request,
)
from bot.values import ChannelRef, User

if TYPE_CHECKING:
    from rich.progress import Progress as Bar
    from rich.progress import TaskID

    from bot.commands import Command


class Terminal:
    """A `Platform` for `atelier ask`: standard output, and standard input for questions.

    Args:
        workspace: The people and channels, and where the conversation is kept.
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
        out: Path | None = None,
        as_json: bool = False,
        stdin: TextIO | None = None,
        stdout: TextIO | None = None,
        stderr: TextIO | None = None,
    ) -> None:
        self.name = LOCAL
        self.limits = Limits(edits_per_second=20)
        self.workspace = workspace
        self._out = out
        self._as_json = as_json
        self._stdin = stdin or sys.stdin
        self._stdout = stdout or sys.stdout
        self._stderr = stderr or sys.stderr
        self._receive: Receive | None = None
        self._request: Request | None = None
        self._printed = ""
        self._asked: Choice | None = None
        self._asking: asyncio.Task[None] | None = None
        self._problem = ""
        self._bar: tuple[Bar, TaskID] | None = None
        self._last: asyncio.Future[Body] | None = None

    async def start(self, receive: Receive) -> None:
        """Hand what is asked to `receive` from now on."""
        self._receive = receive

    async def stop(self) -> None:
        """Take nothing more."""
        self._receive = None
        self._hide_progress()

    async def publish(self, commands: Sequence[Command]) -> None:
        """A terminal lists no commands of its own; `/help` does."""

    async def request(self, line: str, *, channel: str, person: str, files: Sequence[Path] = ()) -> Request:
        """Make a request of a typed line; plain text becomes part of the channel's conversation.

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
        return await self._speak(line.strip(), speaker, place, loaded)

    async def _speak(self, line: str, person: Person, channel: Channel, files: Sequence[File]) -> Request:
        command = line.startswith("/")
        said = await self.workspace.say(person, channel, line, files=tuple(files), command=command)
        origin = Origin(LOCAL, message=said.id)
        if not command and self._receive is not None:
            await self._receive(MessageSeen(origin, channel, said))
        return Request(origin, person, channel, text=line, attachments=tuple(attachment(file) for file in files))

    async def ask(self, request: Request) -> Body:
        """Ask, show the answer as it grows, and wait until it is complete.

        Returns:
            The complete answer; its state says whether it succeeded.
        """
        assert self._receive is not None, "the terminal was not started"
        self._request = request
        self._printed, self._asked, self._problem = "", None, ""
        self._last = asyncio.get_running_loop().create_future()
        await self._receive(request)
        try:
            body = await self._last
        finally:
            self._hide_progress()
            if self._asking is not None:
                self._asking.cancel()
        out = self._out
        saved = [None if out is None else await asyncio.to_thread(save_file, file, out) for file in body.files]
        if self._problem:
            self._stderr.write(f"{self._problem}\n")
        if self._as_json:
            self._print(json.dumps(_as_json(body, saved), ensure_ascii=False) + "\n")
        else:
            self._finish(body, saved)
        return body

    async def post(self, address: Address, body: Body, key: str) -> MessageRef:
        """Show an answer: on standard output if it answers what was asked here."""
        ref = await self.workspace.post(address, body, key)
        self._show(body)
        return ref

    async def edit(self, ref: MessageRef, body: Body) -> None:
        """Show what is new."""
        await self.workspace.edit(ref, body)
        self._show(body)

    async def delete(self, ref: MessageRef) -> None:
        """Remove an answer from the workspace; what was printed stays."""
        await self.workspace.delete(ref)

    async def history(self, channel: str, since: datetime | None, limit: int) -> list[Message]:
        """The channel's last messages, oldest first."""
        return await self.workspace.history(channel, since, limit)

    async def find_person(self, text: str, server: str | None) -> User | None:
        """Who is meant by a mention or name."""
        return await self.workspace.find_person(text, server)

    async def find_channel(self, text: str, server: str | None) -> ChannelRef | None:
        """Which channel is meant by a mention or name."""
        return await self.workspace.find_channel(text, server)

    def _show(self, body: Body) -> None:
        request, last = self._request, self._last
        if request is None or last is None or last.done() or body.request_id != request.id:
            return
        if not self._as_json:
            self._show_progress(body)
            self._show_text(body.text)
        if body.question is not None and body.question != self._asked:
            self._asking = asyncio.get_running_loop().create_task(self._answer(request, body.question))
        self._asked = body.question
        if body.state is not State.WORKING:
            last.set_result(body)

    def _show_text(self, text: str) -> None:
        if not text.startswith(self._printed):  # it was rewritten: what is on the screen no longer holds
            self._print("\n\n")
            self._printed = ""
        self._print(text[len(self._printed) :])
        self._printed = text

    def _show_progress(self, body: Body) -> None:
        if body.progress is None or not self._stderr.isatty():
            self._hide_progress()
            return
        if self._bar is None:
            from rich.console import Console
            from rich.progress import BarColumn, Progress, TextColumn

            bar = Progress(
                TextColumn("{task.description}"), BarColumn(), console=Console(file=self._stderr), transient=True
            )
            bar.start()
            self._bar = bar, bar.add_task("")
        bar, task = self._bar
        done = body.progress.done
        bar.update(task, description=body.progress.note, total=None if done is None else 1.0, completed=done or 0.0)

    def _hide_progress(self) -> None:
        if self._bar is not None:
            self._bar[0].stop()
            self._bar = None

    async def _answer(self, request: Request, question: Choice) -> None:
        """Ask the person at the terminal; without one the request is ended."""
        assert self._receive is not None
        if self._as_json or not self._stdin.isatty():
            choices = ", ".join(question.choices)
            self._problem = (
                f"“{question.question}” needs an answer ({choices}); run this in a terminal, without --json."
            )
            await self._receive(CancelAsked(request.id, request.person))
            return
        listed = "  ".join(f"{number}) {choice}" for number, choice in enumerate(question.choices, 1))
        choice: str | None = None
        while choice is None:
            self._print(f"\n{question.question}\n{listed}\n> ")
            line = await self._read_line()
            if not line:  # the terminal was closed
                await self._receive(CancelAsked(request.id, request.person))
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

    def _finish(self, body: Body, saved: Sequence[Path | None]) -> None:
        if body.text:
            self._print("\n")
        for card in body.cards:
            self._show_card(card)
        for file, path in zip(body.files, saved, strict=True):
            about = f"{file.name} ({file_size(len(file.data))}){': ' if file.alt else ''}{file.alt}"
            self._print(f"{about}\n  {f'saved as {path}' if path else 'add --out DIR to save it'}\n")

    def _show_card(self, card: Card) -> None:
        from rich import box
        from rich.console import Console
        from rich.table import Table
        from rich.text import Text

        console = Console(file=self._stdout)
        console.print(Text(card.title, style="bold"))
        if card.text:
            console.print(Text(card.text))
        if card.fields:
            table = Table(box=box.ROUNDED, show_header=False)
            for name, value in card.fields:
                table.add_row(Text(name), Text(value))
            console.print(table)
        for button in card.buttons:
            console.print(Text(f"{button.label}: {button.line}"))

    def _print(self, text: str) -> None:
        self._stdout.write(text)
        self._stdout.flush()


def _chosen(typed: str, choices: Sequence[str]) -> str | None:
    if typed.isdecimal() and 1 <= int(typed) <= len(choices):
        return choices[int(typed) - 1]
    return next((choice for choice in choices if choice.casefold() == typed.casefold()), None)


def _as_json(body: Body, saved: Sequence[Path | None]) -> dict[str, object]:
    return {
        "text": body.text,
        "files": [
            {
                "name": file.name,
                "media_type": file.media_type,
                "size": len(file.data),
                "alt": file.alt,
                "caption": file.caption,
                "path": str(path) if path else None,
            }
            for file, path in zip(body.files, saved, strict=True)
        ],
        "cards": [
            {
                "title": card.title,
                "text": card.text,
                "fields": [{"name": name, "value": value} for name, value in card.fields],
                "buttons": [{"label": button.label, "line": button.line} for button in card.buttons],
            }
            for card in body.cards
        ],
        "state": body.state.value,
        "request_id": body.request_id,
    }
