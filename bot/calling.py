"""Runs the command that a call means, and those that it answers by."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from typing import TypeAlias

from bot.arguments import Arguments
from bot.body import Button, Forward, State
from bot.commands import Command
from bot.errors import UserError
from bot.handlers import drain, say
from bot.middleware.call import Call, Middleware, chain
from bot.middleware.errors import HANDING_OVER, RESTARTING
from bot.signatures import where
from bot.threads import in_thread

ButtonsFor: TypeAlias = Callable[[Command, str], Mapping[State, Sequence[Button]]]
"""The buttons under a command's answer to the request of that id, by how it ends."""


def no_buttons(command: Command, request_id: str) -> Mapping[State, Sequence[Button]]:
    """Offers none."""
    return {}


MAX_FORWARDS = 3
"""How often a command may answer by another one, which may again."""


class Calling:
    """Runs the command of a call.

    Args:
        inner: What the call passes before each command: the one it means, and one that this answers by.
        arguments: Makes what its handler is called with.
        buttons_for: The buttons under a command's answer.
        begin: Notes that a command runs that may not run twice.
    """

    def __init__(
        self,
        inner: Sequence[Middleware],
        arguments: Arguments,
        buttons_for: ButtonsFor,
        begin: Callable[[Call], Awaitable[None]],
    ) -> None:
        self._before_command = chain(inner, self._run)
        self._arguments = arguments
        self._buttons_for = buttons_for
        self._begin = begin

    async def __call__(self, call: Call) -> None:
        """Find out what the call means, and answer it."""
        await self._before_command(call)

    async def _run(self, call: Call) -> None:
        assert call.command is not None
        # Only now: what was delivered twice must not be told, and what is private is known to be.
        if call.apology:
            raise UserError(call.apology)
        if call.late and call.kept:
            raise asyncio.CancelledError(HANDING_OVER)
        if call.late:
            raise UserError(RESTARTING)
        if not call.request.scheduled:
            call.reply.offer(self._buttons_for(call.command, call.request.id))
        arguments = await self._arguments.of_command(call, call.command)
        if call.consent is not None:
            options = call.command.options
            values = {option.name: arguments[option.parameter or option.name] for option in options}
            await call.consent(call.command, call.options, values)
        if not call.command.repeatable:
            await self._begin(call)
        forward = await self._invoke(call, call.command, arguments)
        if forward is None:
            if call.command.quiet:
                call.reply.discard()
            return
        call.forwards += 1
        if call.forwards > MAX_FORWARDS:
            raise RuntimeError(f"{where(call.command.handler)}: commands answer by each other without end")
        call.request = replace(call.request, command=forward.command, options=forward.options)
        await self._before_command(call)

    async def _invoke(self, call: Call, command: Command, arguments: Mapping[str, object]) -> Forward | None:
        handler = command.handler
        if inspect.isasyncgenfunction(handler):
            return await drain(call.reply, handler(**arguments))
        if inspect.iscoroutinefunction(handler):
            answer = await handler(**arguments)
        else:
            answer = await in_thread(handler, **arguments)
        if isinstance(answer, Forward):
            return answer
        await say(call.reply, answer)
        return None
