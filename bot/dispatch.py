"""The path of a request: in by one door, through the middleware, to its command, out by its reply."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Container, Sequence
from dataclasses import dataclass, field
from functools import partial

import structlog

from bot.accepting import Accepting, apology_for, asked_ago
from bot.arguments import Arguments
from bot.asking import ASKING
from bot.calling import ButtonsFor, Calling, no_buttons
from bot.errors import StoreError
from bot.inbox import Pending
from bot.listening import Listening
from bot.middleware.call import Call, Middleware, chain
from bot.middleware.errors import HANDING_OVER, REVISED, STOPPING, WITHDRAWN
from bot.platform import Address, MessageRef, Platform
from bot.questions import Questions, Running
from bot.reply import Reply
from bot.request import (
    CancelAsked,
    Channel,
    ChannelDeleted,
    ChoiceMade,
    Clock,
    Event,
    MessageDeleted,
    MessageEdited,
    MessageSeen,
    Person,
    Request,
    utc_now,
)
from bot.router import Router

log = structlog.get_logger(__name__)

LOOK_SECONDS = 5.0
"""How long it may take to look whether a question of before the start is there still."""

LAST_WORDS_SECONDS = 2.0
"""How long the apologies may take when Atelier stops."""


@dataclass
class Dispatcher:
    """Takes every event in and runs what it asks for.

    Attributes:
        router: Knows the commands.
        outer: What each request passes once, outermost first.
        inner: What it passes before each command: the one it means, and one that this answers by.
        arguments: Makes what commands are called with.
        listening: Tells plugins of messages.
        owners: Accounts that may stop everything.
        platforms: By name.
        buttons_for: The buttons under a command's answer.
        questions: What was just asked by messages.
        accepting: Keeps requests until they are answered.
        clock: Tells the time.
    """

    router: Router
    outer: Sequence[Middleware]
    inner: Sequence[Middleware]
    arguments: Arguments
    listening: Listening
    platforms: dict[str, Platform] = field(default_factory=dict)
    owners: Container[str] = ()
    buttons_for: ButtonsFor = no_buttons
    questions: Questions = field(default_factory=Questions)
    _running: dict[str, Running] = field(default_factory=dict)
    accepting: Accepting = field(default_factory=Accepting)
    clock: Clock = utc_now
    _stopping: bool = False

    def __post_init__(self) -> None:
        self._enter = chain(self.outer, self._admit)
        self._run = Calling(self.inner, self.arguments, self.buttons_for, self.begin)

    async def receive(self, event: Event) -> None:
        """Take an event in; the work goes on after this returns.

        Raises:
            StoreError: A request that was missed cannot be kept; it may be handed over again.
        """
        match event:
            case Request(first_asked=None):
                running = self.submit(event)
                await running.accepted.wait()
                if running.trouble is not None:
                    raise running.trouble
            case Request():
                await self._revise(event)
            case ChoiceMade():
                asking = self._running.get(event.request_id)
                if asking and asking.request.person.id == event.person.id:
                    asking.reply.choose(event.choice)
            case CancelAsked():
                self.cancel(event.request_id, event.person, event.server)
            case MessageDeleted():
                if (answering := self.questions.running(event)) is not None:
                    answering.stop(WITHDRAWN)
                self.listening.tell(event, self.platforms[event.origin.platform])
            case ChannelDeleted():
                for running in self._running_below(event):
                    running.stop(WITHDRAWN)
                self.listening.tell(event, self.platforms[event.origin.platform])
            case MessageSeen() | MessageEdited():
                self.listening.tell(event, self.platforms[event.origin.platform])

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
        call = Call(request, self._reply(request, replaces), counted=counted, late=self._stopping, after=after)
        soon = self.platforms[request.origin.platform].limits.sign_seconds
        return self._start(call, partial(self.accepting.take_in, call, replaces, soon))

    def resume(self, pending: Pending) -> Running:
        """Go on with what an earlier process accepted; an apology where it may not run again."""
        request = pending.request
        reply = self._reply(request, pending.ref, resumed=True)
        call = Call(request, reply, counted=True, late=self._stopping, kept=True, apology=apology_for(pending))
        running = self._start(call, partial(self._still_asked, call))
        running.can_resume = not call.apology
        return running

    async def _still_asked(self, call: Call) -> bool:
        """Whether a question of before was not deleted meanwhile; else what was shown of its answer goes, too."""
        request, gone = call.request, False
        if request.origin.message is not None and request.first_asked is None:
            platform = self.platforms[request.origin.platform]
            try:
                async with asyncio.timeout(LOOK_SECONDS):
                    gone = await platform.deleted(request.channel.id, request.origin.message)
            except Exception as error:
                # It is answered then, as it would be if nobody had asked.
                log.info("question not looked up", request=request.id, error=repr(error))
        if gone:
            await call.reply.withdraw()
            await self.accepting.settle(call)
        return not gone

    def _reply(self, request: Request, ref: MessageRef | None, *, resumed: bool = False) -> Reply:
        return Reply(
            self.platforms[request.origin.platform],
            Address(request.channel.id, reply_to=request.origin.message, token=request.origin.token),
            request.id,
            ref,
            notes=self.accepting.notes(request),
            asked=request.first_asked or request.received,
            resumed=resumed,
            preface=asked_ago(self.clock() - request.received),
            whole=request.scheduled,
        )

    def _start(self, call: Call, take_in: Callable[[], Awaitable[bool]] | None = None) -> Running:
        task = asyncio.get_running_loop().create_task(self._answer(call, take_in))
        running = self._running[call.request.id] = Running(task, call.request, call.reply)
        self.questions.began(running)
        task.add_done_callback(partial(self._ended, running))
        return running

    def running_in(self, channel: Channel, person: str) -> list[Running]:
        """The requests of a person that are being answered in a channel and its threads."""
        place = channel.parent or channel.id
        return [
            running
            for running in self._running.values()
            # What is delivered again is known as such only once the inbox was asked.
            if running.begun
            and place == (running.request.channel.parent or running.request.channel.id)
            and running.request.person.id == person
        ]

    def _running_below(self, event: ChannelDeleted) -> list[Running]:
        """What is being answered in a channel that was deleted, and in its threads."""
        return [
            running
            for running in self._running.values()
            if running.request.origin.platform == event.origin.platform
            and event.channel.id in (running.request.channel.id, running.request.channel.parent)
        ]

    async def ended(self, request_id: str) -> None:
        """Wait until a request is answered and all that is kept of it is kept."""
        if (running := self._running.get(request_id)) is not None:
            await asyncio.wait([running.task])

    def writing(self, ref: MessageRef) -> asyncio.Task[None] | None:
        """What writes this answer now, until all that is kept of it is kept."""
        for running in self._running.values():
            at = running.reply.ref
            if at is not None and (at.channel, at.id) == (ref.channel, ref.id):
                return running.task
        return None

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

    async def run_within(self, call: Call) -> None:
        """Run a command within the answer to a request that is being answered.

        Args:
            call: Has the id of that request, and a reply of its own.

        Raises:
            UserError: The person may not, or it did not do it.
        """
        await self._run(call)

    async def begin(self, call: Call) -> None:
        """Note that something runs for a request that may not run twice.

        Raises:
            StoreError: That cannot be noted, so it must not run.
        """
        await self.accepting.begin(call, self._running[call.asked.id])

    async def stop(self, grace: float) -> None:
        """Take nothing more; let running requests finish for `grace` seconds, then end them with an apology."""
        self._stopping = True
        tasks = [running.task for running in self._running.values()] + list(self.listening.tasks)
        if tasks:
            await asyncio.wait(tasks, timeout=grace)
        for running in list(self._running.values()):
            running.stop(HANDING_OVER if running.can_resume else STOPPING)
        for task in self.listening.tasks:
            task.cancel()
        late = [running.task for running in self._running.values()] + list(self.listening.tasks)
        if late:
            await asyncio.wait(late, timeout=LAST_WORDS_SECONDS)
        await self.accepting.stop()

    async def _revise(self, request: Request) -> None:
        """Answer an edited question anew, in the same place; one that was not just sent stays as it is."""
        running, answered = self.questions.running(request), self.questions.answered(request)
        before = running.request if running else answered.request if answered else None
        if before is None or (before.text, before.person.id) == (request.text, request.person.id):
            return
        if running is not None:
            running.stop(REVISED)
        place = answered.ref if answered and not running else None
        await self.submit(request, place, after=running).accepted.wait()

    async def _answer(self, call: Call, take_in: Callable[[], Awaitable[bool]] | None) -> None:
        request_id, running = call.request.id, self._running[call.request.id]
        try:
            if take_in is not None and not await take_in():
                return
        except StoreError as error:
            running.trouble = error
            return
        finally:
            running.accepted.set()
        running.begun, running.can_resume = True, call.kept and not call.apology
        ASKING.set(call.asking)
        try:
            await self._enter(call)
        except Exception:
            # The boundary stands within; what reaches here is a platform that takes no answer.
            log.exception("answer not delivered", request=request_id)
        finally:
            if not call.handed_over:
                await self.accepting.settle(call)

    async def _admit(self, call: Call) -> None:
        if call.after is not None:
            await call.after.leave_place_to(call.reply)
        if (why := self._running[call.request.id].stopped) is not None:
            raise asyncio.CancelledError(why)
        await self._run(call)

    def _ended(self, running: Running, task: asyncio.Task[None]) -> None:
        self._running.pop(running.request.id, None)
        self.questions.ended(running)
        if not task.cancelled() and task.exception() is not None:
            log.error("answer not delivered", request=running.request.id, error=repr(task.exception()))
