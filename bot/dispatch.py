"""The path of a request: in by one door, through the middleware, to its command, out by its reply."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable, Container, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TypeAlias

import structlog

from bot.arguments import Provide, injected, option_values
from bot.asking import ASKING, Asking, Owner, Priority
from bot.commands import Command, Listener, Plugin
from bot.errors import UserError
from bot.handlers import drain, run_handler, say
from bot.middleware.call import Call, Middleware, Proceed
from bot.middleware.errors import RESTARTING, REVISED, STOPPING, WITHDRAWN
from bot.middleware.routing import SettingsFor
from bot.options import Converter
from bot.platform import Address, Button, Forward, MessageRef, Platform, State
from bot.questions import Questions, Running
from bot.reply import Reply
from bot.request import (
    CancelAsked,
    Channel,
    ChoiceMade,
    Event,
    MessageDeleted,
    MessageEdited,
    MessageSeen,
    Person,
    Request,
)
from bot.router import Router
from bot.signatures import where
from bot.threads import in_thread

log = structlog.get_logger(__name__)

ButtonsFor: TypeAlias = Callable[[Command, str], Mapping[State, Sequence[Button]]]
"""The buttons under a command's answer to the request of that id, by how it ends."""


def no_buttons(command: Command, request_id: str) -> Mapping[State, Sequence[Button]]:
    """Offers none."""
    return {}


LAST_WORDS_SECONDS = 2.0
"""How long the apologies may take when Atelier stops."""

MAX_FORWARDS = 3
"""How often a command may answer by another one, which may again."""


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
        buttons_for: The buttons under a command's answer.
        questions: What was just asked by messages.
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
    owners: Container[str] = ()
    buttons_for: ButtonsFor = no_buttons
    questions: Questions = field(default_factory=Questions)
    _running: dict[str, Running] = field(default_factory=dict)
    _background: set[asyncio.Task[None]] = field(default_factory=set)
    _stopping: bool = False

    def __post_init__(self) -> None:
        self._before_command = _chain(self.inner, self._run)
        self._enter = _chain(self.outer, self._admit)

    async def receive(self, event: Event) -> None:
        """Take an event in; the work goes on after this returns."""
        match event:
            case Request(first_asked=None):
                self.submit(event)
            case Request():
                self._revise(event)
            case ChoiceMade():
                running = self._running.get(event.request_id)
                if running and running.request.person.id == event.person.id:
                    running.reply.choose(event.choice)
            case CancelAsked():
                self.cancel(event.request_id, event.person, event.server)
            case MessageDeleted():
                if (running := self.questions.running(event)) is not None:
                    running.stop(WITHDRAWN)
                self._tell(event)
            case MessageSeen() | MessageEdited():
                self._tell(event)

    def submit(
        self,
        request: Request,
        replaces: MessageRef | None = None,
        after: Running | None = None,
        *,
        counted: bool = False,
    ) -> Running:
        """Start answering a request; its task ends when its reply is closed.

        Args:
            request: What is asked.
            replaces: An answer that everyone there sees, whose place this one takes.
            after: What has to end first; this answer takes the place of that one.
            counted: Whether the limits have counted it already.
        """
        platform = self.platforms[request.origin.platform]
        address = Address(request.channel.id, reply_to=request.origin.message, token=request.origin.token)
        reply = Reply(platform, address, request.id, replaces)
        call = Call(request, reply, counted=counted, late=self._stopping, after=after)
        task = asyncio.get_running_loop().create_task(self._answer(call))
        running = self._running[request.id] = Running(task, request, reply)
        self.questions.began(running)
        task.add_done_callback(partial(self._ended, running))
        return running

    def running_in(self, channel: Channel, person: str) -> list[Running]:
        """The requests of a person that are being answered in a channel and its threads."""
        place = channel.parent or channel.id
        return [
            running
            for running in self._running.values()
            if place == (running.request.channel.parent or running.request.channel.id)
            and running.request.person.id == person
        ]

    async def ended(self, request_id: str) -> None:
        """Wait until a request is answered and all that is kept of it is kept."""
        if (running := self._running.get(request_id)) is not None:
            await asyncio.wait([running.task])

    def writes(self, ref: MessageRef) -> bool:
        """Whether this answer is being written now."""
        return any(
            running.reply.ref is not None and (running.reply.ref.channel, running.reply.ref.id) == (ref.channel, ref.id)
            for running in self._running.values()
        )

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

    def _revise(self, request: Request) -> None:
        """Answer an edited question anew, in the same place; one that was not just sent stays as it is."""
        running, answered = self.questions.running(request), self.questions.answered(request)
        before = running.request if running else answered.request if answered else None
        if before is None or (before.text, before.person.id) == (request.text, request.person.id):
            return
        if running is not None:
            running.stop(REVISED)
        self.submit(request, answered.ref if answered and not running else None, after=running)

    async def _answer(self, call: Call) -> None:
        request_id = call.request.id
        self._running[request_id].begun = True
        ASKING.set(_asking(call))
        try:
            await self._enter(call)
        except Exception:
            # The boundary stands within; what reaches here is a platform that takes no answer.
            log.exception("answer not delivered", request=request_id)

    async def _admit(self, call: Call) -> None:
        if call.after is not None:
            await call.after.leave_place_to(call.reply)
        if (why := self._running[call.request.id].stopped) is not None:
            raise asyncio.CancelledError(why)
        if call.late:
            # Only now: what was delivered twice must not be told of the stop.
            raise UserError(RESTARTING)
        await self._before_command(call)

    def _ended(self, running: Running, task: asyncio.Task[None]) -> None:
        self._running.pop(running.request.id, None)
        self.questions.ended(running)
        if not task.cancelled() and task.exception() is not None:
            log.error("answer not delivered", request=running.request.id, error=repr(task.exception()))

    def _in_background(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._background.add(task)
        task.add_done_callback(self._background.discard)

    async def _run(self, call: Call) -> None:
        assert call.command is not None
        if not call.request.scheduled:
            call.reply.offer(self.buttons_for(call.command, call.request.id))
        forward = await self._invoke(call, call.command)
        if forward is None:
            if call.command.quiet:
                call.reply.discard()
            return
        call.forwards += 1
        if call.forwards > MAX_FORWARDS:
            raise RuntimeError(f"{where(call.command.handler)}: commands answer by each other without end")
        call.request = replace(call.request, command=forward.command, options=forward.options)
        await self._before_command(call)

    async def _invoke(self, call: Call, command: Command) -> Forward | None:
        arguments = await option_values(call, command, self.converter_for)
        for need in command.signature.needs:
            arguments[need.name] = await injected(call, command.plugin, need, self.providers, self.configs)
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
                need.name: event
                if need.type is listener.event
                else await injected(call, plugin, need, self.providers, self.configs)
                for need in listener.signature.needs
            }
            await run_handler(listener.handler, arguments)
        except Exception:
            log.exception("listener failed", plugin=plugin.name, listener=where(listener.handler))


def _asking(call: Call) -> Asking:
    """Whose turn it is when a model works for this call."""
    request = call.request
    owner = Owner(request.channel.server or request.person.id, request.person.id)
    priority = Priority.BACKGROUND if request.scheduled else Priority.INTERACTIVE
    return Asking(owner, priority, call.reply.wait)


def _chain(steps: Sequence[Middleware], last: Proceed) -> Proceed:
    for step in reversed(steps):
        last = _bind(step, last)
    return last


def _bind(step: Middleware, following: Proceed) -> Proceed:
    async def bound(call: Call) -> None:
        await step(call, following)

    return bound
