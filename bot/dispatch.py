"""The path of a request: in by one door, through the middleware, to its command, out by its reply."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import AsyncGenerator, Awaitable, Callable, Container, Coroutine, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TypeAlias, cast

import structlog

from bot.commands import Command, Listener, Plugin
from bot.errors import ModelMissing, UserError
from bot.middleware.call import Call, Middleware, Proceed
from bot.middleware.errors import RESTARTING, STOPPING
from bot.middleware.routing import SettingsFor
from bot.options import Converter
from bot.platform import Address, Card, Choice, File, Forward, Platform, Progress
from bot.reply import Reply
from bot.request import (
    CancelAsked,
    ChoiceMade,
    Event,
    Message,
    MessageDeleted,
    MessageEdited,
    MessageSeen,
    Person,
    Request,
)
from bot.router import Router
from bot.signatures import Need, where
from bot.threads import in_thread

log = structlog.get_logger(__name__)

Provide: TypeAlias = Callable[[Call, Plugin], Awaitable[object]]
"""Makes what a handler asks for by type, for one call of one plugin's command."""

LAST_WORDS_SECONDS = 2.0
"""How long the apologies may take when Atelier stops."""

MAX_FORWARDS = 3
"""How often a command may answer by another one, which may again."""


@dataclass(slots=True)
class Running:
    """A request that is being answered."""

    task: asyncio.Task[None]
    request: Request
    reply: Reply

    def stop(self, why: str = "") -> bool:
        """Stop it, unless its answer is complete and only has to be shown; returns whether it will."""
        return not self.reply.closed and self.task.cancel(why)


@dataclass
class Dispatcher:
    """Takes every event in and runs what it asks for.

    Attributes:
        router: Knows the commands.
        settings_for: Knows what holds in a channel.
        outer: What each request passes once, outermost first.
        inner: What it passes before each command: the one it means, and one that this answers by.
        providers: Makes injected values by type.
        converter_for: Makes the option converter of a request.
        owners: Accounts that may stop everything.
        platforms: By name.
        listeners: By the plugin that listens.
        configs: Each plugin's own configuration.
    """

    router: Router
    settings_for: SettingsFor
    outer: Sequence[Middleware]
    inner: Sequence[Middleware]
    providers: Mapping[type, Provide]
    converter_for: Callable[[Request], Converter]
    platforms: dict[str, Platform] = field(default_factory=dict)
    listeners: dict[Plugin, list[Listener]] = field(default_factory=dict)
    configs: dict[Plugin, object] = field(default_factory=dict)
    _running: dict[str, Running] = field(default_factory=dict)
    owners: Container[str] = ()
    _background: set[asyncio.Task[None]] = field(default_factory=set)
    _stopping: bool = False

    def __post_init__(self) -> None:
        self._before_command = _chain(self.inner, self._run)
        self._enter = _chain(self.outer, self._before_command)

    async def receive(self, event: Event) -> None:
        """Take an event in; the work goes on after this returns."""
        match event:
            case Request():
                self.submit(event)
            case ChoiceMade():
                running = self._running.get(event.request_id)
                if running and running.request.person.id == event.person.id:
                    running.reply.choose(event.choice)
            case CancelAsked():
                self.cancel(event.request_id, event.person, event.server)
            case MessageSeen() | MessageEdited() | MessageDeleted():
                self._tell(event)

    def submit(self, request: Request) -> Running:
        """Start answering a request; its task ends when its reply is closed."""
        platform = self.platforms[request.origin.platform]
        address = Address(request.channel.id, reply_to=request.origin.message, token=request.origin.token)
        reply = Reply(platform, address, request.id)
        work = reply.fail(RESTARTING) if self._stopping else self._answer(Call(request, reply))
        task = asyncio.get_running_loop().create_task(work)
        running = self._running[request.id] = Running(task, request, reply)
        task.add_done_callback(partial(self._ended, running))
        return running

    def cancel(self, request_id: str, person: Person, server: str | None = None) -> bool:
        """Stop a running request.

        Args:
            request_id: Which.
            person: Who wants it: the one who asked, an owner, or an admin of the server it was asked in.
            server: The server in which the person is an admin, if they are.

        Returns:
            Whether it was running and will stop.
        """
        running = self._running.get(request_id)
        if running is None:
            return False
        own = running.request.person.id == person.id or person.id in self.owners
        admin = person.is_admin and server is not None and server == running.request.channel.server
        return (own or admin) and running.stop()

    async def stop(self, grace: float) -> None:
        """Take nothing more; let running requests finish for `grace` seconds, then end them with an apology."""
        self._stopping = True
        tasks = [running.task for running in self._running.values()] + list(self._background)
        if tasks:
            await asyncio.wait(tasks, timeout=grace)
        for running in list(self._running.values()):
            running.stop(STOPPING)
        for task in self._background:
            task.cancel()
        late = [running.task for running in self._running.values()] + list(self._background)
        if late:
            await asyncio.wait(late, timeout=LAST_WORDS_SECONDS)

    async def _answer(self, call: Call) -> None:
        request_id = call.request.id
        try:
            await self._enter(call)
        except Exception:
            # The boundary stands within; what reaches here is a platform that takes no answer.
            log.exception("answer not delivered", request=request_id)

    def _ended(self, running: Running, task: asyncio.Task[None]) -> None:
        self._running.pop(running.request.id, None)
        if task.cancelled() and not running.reply.closed:
            # Cancelled before its first step, it could not say so itself.
            self._in_background(running.reply.cancelled())
        elif not task.cancelled() and task.exception() is not None:
            log.error("answer not delivered", request=running.request.id, error=repr(task.exception()))

    def _in_background(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._background.add(task)
        task.add_done_callback(self._background.discard)

    async def _run(self, call: Call) -> None:
        assert call.command is not None
        forward = await self._invoke(call, call.command)
        if forward is None:
            return
        call.forwards += 1
        if call.forwards > MAX_FORWARDS:
            raise RuntimeError(f"{where(call.command.handler)}: commands answer by each other without end")
        call.request = replace(call.request, command=forward.command, options=forward.options)
        await self._before_command(call)

    async def _invoke(self, call: Call, command: Command) -> Forward | None:
        arguments = await self._options(call, command)
        for need in command.signature.needs:
            arguments[need.name] = await self._provide(call, command.plugin, need)
        handler = command.handler
        if inspect.isasyncgenfunction(handler):
            return await _drain(call.reply, handler(**arguments))
        if inspect.iscoroutinefunction(handler):
            answer = await handler(**arguments)
        else:
            answer = await in_thread(handler, **arguments)
        if isinstance(answer, Forward):
            return answer
        await _say(call.reply, answer)
        return None

    async def _options(self, call: Call, command: Command) -> dict[str, object]:
        values: dict[str, object] = {}
        known = {option.name for option in command.options}
        unknown = [name for name in call.options if name not in known]
        if unknown:
            raise UserError(f"`/{command.name}` has no option `{unknown[0]}`. Usage: `{command.usage}`")
        converter: Converter | None = None
        for option in command.options:
            raw = call.options.get(option.name)
            if raw is None or raw == "":
                if option.required:
                    raise UserError(f"`{option.name}` is missing. Usage: `{command.usage}`")
                values[option.parameter or option.name] = option.default
            else:
                converter = converter or self.converter_for(call.request)
                values[option.parameter or option.name] = await converter.convert(option, raw)
        return values

    async def _provide(self, call: Call, plugin: Plugin, need: Need) -> object:
        if need.type is Request:
            return call.request
        if need.type is Reply:
            return call.reply
        if need.type is Message:
            if call.request.reply_to is None and not need.optional:
                raise UserError("Use this on a message: reply to it, or choose it from the message's menu.")
            return call.request.reply_to
        if need.type is plugin.config:
            if plugin not in self.configs:
                raise UserError("This is being reloaded; please try again in a moment.")
            return self.configs[plugin]
        try:
            return await self.providers[need.type](call, plugin)
        except ModelMissing:
            if need.optional:
                return None
            raise

    def _tell(self, event: MessageSeen | MessageEdited | MessageDeleted) -> None:
        for plugin, listeners in self.listeners.items():
            for listener in listeners:
                if isinstance(event, listener.event):
                    self._in_background(self._listen(plugin, listener, event))

    async def _listen(
        self, plugin: Plugin, listener: Listener, event: MessageSeen | MessageEdited | MessageDeleted
    ) -> None:
        if isinstance(event, MessageDeleted):
            person, text = Person("", ""), ""
        else:
            person, text = Person(event.message.author, event.message.author_name), event.message.text
        request = Request(event.origin, person, event.channel, text=text)
        platform = self.platforms[event.origin.platform]
        call = Call(request, Reply(platform, Address(event.channel.id), request.id))
        try:
            call.settings = await self.settings_for(request)
            if plugin.name in call.settings.off:
                return
            arguments = {
                need.name: event if need.type is listener.event else await self._provide(call, plugin, need)
                for need in listener.signature.needs
            }
            await run_handler(listener.handler, arguments)
        except Exception:
            log.exception("listener failed", plugin=plugin.name, listener=where(listener.handler))


async def run_handler(handler: Callable[..., object], arguments: Mapping[str, object]) -> object:
    """Call a handler: on the loop when it is async, off the loop when it is not."""
    if inspect.iscoroutinefunction(handler):
        return await cast("Awaitable[object]", handler(**arguments))
    return await in_thread(handler, **arguments)


def _chain(steps: Sequence[Middleware], last: Proceed) -> Proceed:
    for step in reversed(steps):
        last = _bind(step, last)
    return last


def _bind(step: Middleware, following: Proceed) -> Proceed:
    async def bound(call: Call) -> None:
        await step(call, following)

    return bound


async def _drain(reply: Reply, generator: AsyncGenerator[object, object]) -> Forward | None:
    answer: object = None
    async with aclosing(generator):
        while True:
            try:
                item = await generator.asend(answer)
            except StopAsyncIteration:
                return None
            if isinstance(item, Forward):
                return item
            answer = await _say(reply, item)


async def _say(reply: Reply, item: object) -> str | None:
    """Say one thing a command returned or yielded; a choice gives back what was chosen."""
    match item:
        case None:
            pass
        case str():
            await reply.write(item)
        case File():
            await reply.show(item)
        case Progress():
            await reply.progress(item.done, item.note)
        case Choice():
            return await reply.ask(item.question, item.choices)
        case Card():
            await reply.card(item)
        case _:
            raise TypeError(f"a command cannot answer with a {type(item).__name__}")
    return None
