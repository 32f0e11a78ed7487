"""The composition root: builds the parts, starts and stops them in order, and owns the signals."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextlib import AsyncExitStack
from datetime import timedelta

import structlog

from bot import answer_commands
from bot.answer_commands import buttons_for
from bot.body import Body
from bot.config import Config
from bot.digesting import Digesting
from bot.dispatch import Dispatcher
from bot.errors import ConfigError
from bot.inbox import Pending, Stage
from bot.jobs import Jobs
from bot.knowing.places import Known
from bot.middleware.errors import STOPPING
from bot.models.registry import ModelRegistry
from bot.path import build_dispatcher
from bot.platform import MessageRef, Platform
from bot.plugins import Plugins
from bot.readiness import readiness
from bot.recording import Recording
from bot.recovery import LISTENING, Recovery
from bot.reminding import EVERY, Reminding
from bot.request import ChannelDeleted, ChannelKind, Clock, Event, MessageEdited, MessageSeen, Request, utc_now
from bot.revising import EVERY as REVISED
from bot.revising import Rereading, Revising
from bot.store.claim import claim
from bot.stored import Said, Store
from bot.wiring import Wiring

log = structlog.get_logger(__name__)

RETENTION = timedelta(hours=6)
"""How often what has become too old is deleted."""

CATCHING_UP = timedelta(minutes=1)
"""How often it is looked whether there is anything new to be searched."""

EACH_MINUTE = "* * * * *"
"""When it is looked for digests that are due, as in crontab: at the full minute, for which people set them."""

GRACE_SECONDS = 5.0
"""How long running answers may take to finish when Atelier stops."""

STOP_SECONDS = 9.0
"""How long stopping may take, everything included."""


class App:
    """A whole Atelier.

    Args:
        config: The configuration.
        platforms: Makes the platforms, once the store is open.
        clock: Tells the time.
        models: The models; by default those that the configuration names.
        jobs: Whether digests and other jobs run; a process that only asks something leaves them to others.

    Attributes:
        store: What is kept; there once started.
        known: What is searched for answers; there once started.
        dispatcher: The path of a request; there once started.
        plugins: What is loaded; there once started.
        jobs: What runs at set times; there once started.
        digesting: Posts digests; there once started.
        reminding: Tells reminders; there once started.
        revising: Brings posted answers up to date; there once started.
        rereading: Notices what was changed or deleted unheard; there once started.
    """

    store: Store
    known: Known
    dispatcher: Dispatcher
    plugins: Plugins
    jobs: Jobs
    digesting: Digesting
    reminding: Reminding
    revising: Revising
    rereading: Rereading

    def __init__(
        self,
        config: Config,
        platforms: Callable[[App], Sequence[Platform]],
        *,
        clock: Clock = utc_now,
        models: ModelRegistry | None = None,
        jobs: bool = True,
    ) -> None:
        self.config = config
        self.clock = clock
        self.models = models or ModelRegistry(config.models)
        self._make_platforms = platforms
        self._with_jobs = jobs
        self._deadline: float | None = None
        self._running = AsyncExitStack()
        self._background: set[asyncio.Task[None]] = set()
        self._told = asyncio.Event()
        self._lost: dict[str, str] = {}

    async def start(self) -> None:
        """Start every part in order; what was started is stopped again when a later part cannot.

        Raises:
            ConfigError: The configuration does not fit this machine.
        """
        try:
            await self._start()
        except BaseException:
            await self._running.aclose()
            raise
        log.info("ready", plugins=sorted(self.plugins.loaded), failed=sorted(self.plugins.failed))

    async def _start(self) -> None:
        if self._with_jobs:
            self._at_stop(await claim(self.config.store.url))
        self.store = await Store.open(self.config, self.clock)
        self._at_stop(self.store.database.close)
        self._at_stop(self._end_background)
        self._at_stop(self.models.close)
        wiring = Wiring(self.store, self.models, self.config, self.clock, lambda: self.dispatcher)
        self.known = wiring.known
        recording = Recording(self.store, self.clock)
        self.dispatcher = build_dispatcher(
            limits=self.config.limits,
            owners=self.config.owners,
            clock=self.clock,
            settings_for=wiring.settings_for,
            used_since=wiring.used_since,
            record=recording.keep,
            keep_answer=recording.keep_answer,
            explain=self.models.explain,
            providers=wiring.providers(),
            converter_for=wiring.converter_for,
            buttons_for=buttons_for,
            # What a process that only asks something leaves unanswered, nobody waits for.
            inbox=self.store.inbox if self._with_jobs else None,
        )
        minutes = timedelta(minutes=self.config.platforms.catch_up_minutes)
        recovery = Recovery(self.store.inbox, self.dispatcher, self.clock, minutes)
        self.jobs = Jobs(self.clock)
        self.digesting = Digesting(self.store.digests, self._answer, self.dispatcher.platforms)
        self.jobs.watch("digests", EACH_MINUTE, self.digesting.run_due)
        self.reminding = Reminding(self.store.reminders, self._answer, self.dispatcher.platforms)
        self.jobs.watch("reminders", EVERY, self.reminding.run_due)
        self.revising = Revising(self.store.cited, self.dispatcher.platforms, self.dispatcher.writing)
        if self._with_jobs:
            self.store.cited.on_change = lambda: self._in_background(self.revising.run())
        self.rereading = Rereading(self.store.cited, self.dispatcher.platforms, self.receive, self.store.kept_channels)
        self.jobs.repeat("cited answers", REVISED, self.revising.run)
        self.jobs.repeat("retention", RETENTION, self.store.prune)
        self.jobs.repeat("knowledge", CATCHING_UP, self.known.adding.catch_up)
        self.jobs.repeat("forgotten knowledge", RETENTION, self.known.adding.tidy)
        self.plugins = Plugins(self.dispatcher, self.jobs, wiring.model_for, self.config.plugin, self._changed)
        self._at_stop(self.plugins.stop)
        await self.plugins.load_all(self.config.plugins, [answer_commands.plugin])
        platforms = self._make_platforms(self)
        if self._with_jobs:
            await recovery.look_back([platform.name for platform in platforms])
        for platform in platforms:
            self.dispatcher.platforms[platform.name] = platform
            await platform.start(self.receive)
            self._at_stop(platform.stop)
        await self.publish()
        if self._with_jobs:
            await recovery.resume()
            self._in_background(recovery.catch_up())
            self._in_background(self.rereading.run())
            self.jobs.repeat("listening", LISTENING, recovery.note_listening)
            self.jobs.start()
            self._at_stop(self.jobs.stop)
        self._in_background(self._preload())

    async def stop(self, grace: float = GRACE_SECONDS) -> None:
        """Let running answers finish for `grace` seconds, then stop every part, last started first."""
        self._deadline = asyncio.get_running_loop().time() + STOP_SECONDS
        for task in list(self._background):
            task.cancel()
        # Together: no digest may begin while the others end.
        await asyncio.gather(self.jobs.stop(grace), self.dispatcher.stop(grace))
        await self._running.aclose()
        log.info("stopped")

    async def run(self, started: Callable[[App], None] = lambda app: None) -> None:
        """Start, run until the process is told to stop, and stop. A second signal ends the process at once.

        Args:
            started: Called when everything runs.

        Raises:
            ConfigError: The configuration does not fit this machine, or no platform takes it any more.
        """
        loop = asyncio.get_running_loop()

        def tell(number: signal.Signals) -> None:
            log.info("stopping", signal=number.name)
            for each in (signal.SIGINT, signal.SIGTERM):
                loop.remove_signal_handler(each)
            self._told.set()

        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, tell, number)
        await self.start()
        try:
            started(self)
            await self._told.wait()
        finally:
            await self.stop()
        if self._lost.keys() >= self.dispatcher.platforms.keys():
            raise ConfigError("; ".join(self._lost.values()))

    def lose(self, platform: str, why: str) -> None:
        """Go on without a platform that is gone for good; where it was the last one, Atelier ends.

        Args:
            platform: Its name.
            why: What happened, and what to do.
        """
        self._lost[platform] = why
        if self._lost.keys() >= self.dispatcher.platforms.keys():
            self._told.set()

    async def receive(self, event: Event) -> None:
        """The one door in: keep what an admin wants kept, and answer what asks for an answer."""
        if isinstance(event, Said):
            await self.store.keep(event)
        if isinstance(event, ChannelDeleted):
            self._in_background(self._follow(event))
        if isinstance(event, MessageSeen | MessageEdited):
            await self.known.adding.follow(event)
        await self.dispatcher.receive(event)

    async def _follow(self, event: ChannelDeleted) -> None:
        """See to what went with a channel, and to what was to come there."""
        steps = [self.reminding.move(event), self.digesting.end(event, self.clock())]
        if event.channel.kind is ChannelKind.CHANNEL:
            steps.append(self.rereading.find_deleted(event))
        for failed in await asyncio.gather(*steps, return_exceptions=True):
            if isinstance(failed, Exception):
                log.warning("not all was seen to of a deleted channel", channel=event.channel.id, error=repr(failed))

    async def ready(self) -> dict[str, bool]:
        """Each part, and whether it can do its work."""
        return await readiness(self.store.database, self.config)

    async def publish(self) -> None:
        """Tell every platform which commands there are."""
        commands = self.dispatcher.router.all()
        for platform in self.dispatcher.platforms.values():
            await platform.publish(commands)

    async def _answer(self, request: Request) -> tuple[Body, MessageRef | None]:
        """A job's request takes the same path as everybody's; one that a process died of is gone on with."""
        if request.first_asked is None:
            running = self.dispatcher.submit(request)
        else:
            running = self.dispatcher.resume(Pending(request, Stage.ACCEPTED, None, 0))
        try:
            await asyncio.shield(running.task)
        except asyncio.CancelledError:
            running.stop(STOPPING)
            raise
        return running.reply.body, running.reply.ref

    def _at_stop(self, stop: Callable[[], Awaitable[object]]) -> None:
        """Call this when Atelier stops; what takes too long or fails keeps nothing else from stopping."""

        async def bounded() -> None:
            deadline = self._deadline or asyncio.get_running_loop().time() + STOP_SECONDS
            try:
                async with asyncio.timeout_at(deadline):
                    await stop()
            except Exception as error:
                log.warning("part did not stop well", part=getattr(stop, "__qualname__", ""), error=repr(error))

        self._running.push_async_callback(bounded)

    def _changed(self) -> None:
        self._in_background(self.publish())

    def _in_background(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._background.add(task)
        task.add_done_callback(self._background.discard)

    async def _end_background(self) -> None:
        """Cancel what runs beside, and wait until it has ended: it may be reading from the store."""
        while self._background:
            for task in self._background:
                # Not twice: what ends in order may take a moment.
                if not task.cancelling():
                    task.cancel()
            await asyncio.wait(self._background)

    async def _preload(self) -> None:
        for error in await self.models.preload():
            log.warning("model not loaded", error=str(error))
