"""Runs commands for the person who asks, within the answer to what they asked."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Container, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias

import structlog

from bot.actions import Done
from bot.aside import Aside
from bot.body import File
from bot.commands import Command
from bot.errors import StoreError, UserError
from bot.lines import written
from bot.middleware.call import Call
from bot.middleware.errors import Explain
from bot.middleware.permissions import refusal
from bot.options import Kind
from bot.request import Attachment, ChannelKind, Request, new_id

if TYPE_CHECKING:
    from bot.dispatch import Dispatcher

log = structlog.get_logger(__name__)

MOST = 3
"""How many commands may be run for each other, one within the next."""

LINE_SHOWN = 80
"""Characters of a command line that are shown while it runs."""

VALUE_ASKED = 200
"""Characters of each option that are shown when the person is asked: no option hides behind a long one."""

TEXT_ASKED = 1500
"""Characters of anything else that are shown then."""

YES, NO = "Yes, do it", "No"

Record: TypeAlias = Callable[[Request, Command, float, str], Awaitable[None]]
"""Keeps that a command was used: for which request, for how many seconds, and how it ended."""


class CallersActions:
    """What a command is handed for `Actions`.

    Args:
        call: The request that it answers.
        dispatcher: Knows the commands and runs them.
        owners: Accounts that may use everything.
        explain: Turns an error of a library into a sentence, where it can.
        record: Keeps that a command was used, so that it counts for the limits also after a restart.
    """

    def __init__(
        self, call: Call, dispatcher: Dispatcher, owners: Container[str], explain: Explain, record: Record
    ) -> None:
        self._call = call
        self._dispatcher = dispatcher
        self._owners = owners
        self._explain = explain
        self._record = record
        self._turn = asyncio.Lock()

    def offered(self) -> Sequence[Command]:
        """Those that the person may use here and a model may call, by name."""
        return [command for command in self._dispatcher.router.all() if self._offers(command)]

    async def run(self, name: str, options: Mapping[str, object]) -> Done:
        """Run one of those that are offered; the person is asked first where it `asks`."""
        command = self._dispatcher.router.get(name)
        if command is None or not self._offers(command):
            return Done(error=f"There is no command `/{name.strip().removeprefix('/')}` that you may run here.")
        # One after the other: a reply can ask one question at a time, and show the progress of one thing.
        async with self._turn:
            return await self._run(command, options)

    async def confirm(self, what: str) -> bool:
        """Ask the person with a button whether something may be done."""
        async with self._turn:
            return await self._agreed(what)

    async def begin(self) -> None:
        """Note that something is done that may not be done twice."""
        await self._dispatcher.begin(self._call)

    def _offers(self, command: Command) -> bool:
        call = self._call
        if call.depth >= MOST or not command.listed or command.free_text or (command.private and not self._secret):
            return False
        # What falls due by itself may do everything, but not have a model do what the person may not.
        return refusal(command, replace(call.request, scheduled=False), call.settings, self._owners) is None

    @property
    def _secret(self) -> bool:
        """Whether only the person reads the answer."""
        return self._call.reply.private or self._call.request.channel.kind is ChannelKind.DM

    async def _run(self, command: Command, options: Mapping[str, object]) -> Done:
        outer = self._call
        aside = Aside(outer.reply, secret=self._secret)
        await aside.progress(None, _cut(written(command, options), LINE_SHOWN))
        try:
            given, attachments = self._with_files(command, options)
        except UserError as missing:
            return Done(error=str(missing))
        assert outer.command is not None
        # What the person said, be it as an option.
        text = outer.request.text or written(outer.command, outer.options)
        request = replace(outer.request, command=command.name, options=given, text=text, attachments=attachments)
        inner = Call(request, aside, kept=outer.kept, depth=outer.depth + 1, consent=self._consent)
        inner.asked = outer.asked
        began = time.perf_counter()
        error = await self._try(inner)
        outer.unrecorded = outer.unrecorded or inner.unrecorded
        if not outer.unrecorded:
            try:
                # A use of its own, and so under an id of its own.
                asked = replace(request, id=new_id())
                await self._record(asked, command, time.perf_counter() - began, inner.outcome)
            except StoreError:
                log.warning("usage not recorded", request=request.id)
        return Done(aside.said, error, tuple(aside.shown))

    async def _try(self, call: Call) -> str:
        """Run a command; returns why it did not do what it was to do."""
        try:
            await self._dispatcher.run_within(call)
        except UserError as error:
            call.outcome = "refused"
            return str(error)
        except Exception as error:
            # What went wrong with one of several things is told, and the others go on.
            if (known := self._explain(error)) is not None:
                call.outcome = "refused"
                return str(known)
            call.outcome = "failed"
            log.exception("command failed", request=call.request.id, command=call.request.command)
            return f"Something went wrong; it is noted as `{call.request.id[-8:]}`."
        return ""

    async def _consent(self, command: Command, given: Mapping[str, object], values: Mapping[str, object]) -> None:
        shown = {name: _cut(value, VALUE_ASKED) if isinstance(value, str) else value for name, value in given.items()}
        if command.asks_first(values) and not await self._agreed(written(command, shown)):
            raise UserError("the person said no")

    async def _agreed(self, what: str) -> bool:
        if self._call.request.scheduled:
            raise UserError("Nobody is there to be asked for permission.")
        fence = "```"
        while fence in what:
            fence += "`"
        question = f"Shall I do this?\n{fence}\n{_cut(what, TEXT_ASKED)}\n{fence}"
        return await self._call.reply.ask(question, (YES, NO)) == YES

    def _with_files(
        self, command: Command, options: Mapping[str, object]
    ) -> tuple[dict[str, object], tuple[Attachment, ...]]:
        """The options with the files that they name, and those that a command cannot do without.

        Raises:
            UserError: There is no such file.
        """
        given = dict(options)
        sent = self._call.request.attachments
        files = {file.name: file for file in (*sent, *map(_as_sent, self._call.reply.body.files))}
        taking = [option for option in command.options if option.kind is Kind.ATTACHMENT]
        for option in taking:
            name = given.pop(option.name, None)
            if name in (None, ""):
                continue
            if str(name) not in files:
                raise UserError(f"There is no file “{name}”; there are: {', '.join(files) or 'none'}.")
            given[option.name] = files[str(name)]
        # An optional file is one that was asked for: what came along may be meant for another command.
        return given, sent if any(option.required for option in taking) else ()


def _as_sent(file: File) -> Attachment:
    async def read() -> bytes:
        return file.data

    return Attachment(file.name, file.media_type, len(file.data), read)


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[:most]}… ({len(text) - most:,} more characters)"
