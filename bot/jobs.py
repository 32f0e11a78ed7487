"""What runs at set times: digests, plugins' jobs, retention."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Container, Coroutine, Sequence
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Literal, Protocol, TypeAlias
from zoneinfo import ZoneInfo

import structlog

from bot.platform import Body, MessageRef, State
from bot.request import Channel, ChannelKind, Clock, Origin, Person, Request, new_id, utc_now
from bot.schedule import Subscription, Window
from bot.times import crontab, last_run, next_run

log = structlog.get_logger(__name__)

Handle: TypeAlias = Callable[[Request], Awaitable[tuple[Body, MessageRef | None]]]
"""Answers a request; returns the complete answer and the message it was posted in."""

LAST_WORDS_SECONDS = 2.0
"""How long what is cancelled may take to say so."""

Outcome: TypeAlias = Literal["posted", "failed"]


class Runs(Protocol):
    """What the store knows of digests that are switched on, and of those that were posted."""

    async def all_active(self) -> Sequence[Subscription]:
        """Every subscription."""

    async def last_window_end(self, subscription_id: str) -> datetime | None:
        """Where the last posted window ended; None when there was none."""

    async def claim(self, subscription_id: str, window_start: datetime, window_end: datetime) -> bool:
        """Take a window; of all processes that try, one gets True.

        One that nobody finished, because the process died, can be taken again after a while, and one that failed when
        there is more to cover.
        """

    async def finish(
        self, subscription_id: str, window_start: datetime, state: Outcome, message_id: str | None
    ) -> None:
        """Note how a claimed window ended."""


class Subscriptions(Protocol):
    """Where subscriptions are kept."""

    async def replace(self, subscription: Subscription) -> None:
        """Keep a subscription in place of the one of the same channel and command."""

    async def remove(self, platform: str, channel: str, command: str) -> bool:
        """Drop a channel's subscription; returns whether there was one."""

    async def all_for(self, platform: str, server: str | None, channel: str) -> Sequence[Subscription]:
        """The subscriptions of a server, or without a server of that channel."""


def due_window(subscription: Subscription, last_end: datetime | None, now: datetime) -> Window | None:
    """The window that should have been posted by now and was not; None when there is none.

    However many were missed while Atelier was down, they make one window.

    Args:
        subscription: When it is posted.
        last_end: Where its last window ended.
        now: UTC.
    """
    times = subscription.at, subscription.days, subscription.zone
    end = last_run(*times, now)
    if end <= subscription.since or (last_end is not None and end <= last_end):
        return None
    return Window(last_end or last_run(*times, end - timedelta(microseconds=1)), end)


class Jobs:
    """Runs everything that falls due.

    Once a minute it looks for digests whose time has come. What was missed, because Atelier or the whole machine was
    asleep, takes no other way than what comes in time; and what another process switched on is found as well.

    Args:
        runs: Knows the digests.
        handle: Answers a request.
        platforms: Names of the connected platforms; digests of others wait.
        clock: Tells the time.
    """

    def __init__(self, runs: Runs, handle: Handle, platforms: Container[str], clock: Clock = utc_now) -> None:
        from apscheduler.schedulers.asyncio import AsyncIOScheduler

        # It tells every minute that it runs a job; only its warnings are of interest.
        logging.getLogger("apscheduler").setLevel(logging.WARNING)
        self._runs = runs
        self._handle = handle
        self._platforms = platforms
        self._clock = clock
        self._running: set[asyncio.Task[None]] = set()
        self._posting: set[str] = set()
        self._watched: list[Callable[[datetime], Coroutine[None, None, None]]] = []
        # Late is better than never, and once is enough.
        self._scheduler = AsyncIOScheduler(timezone=UTC, job_defaults={"misfire_grace_time": None, "coalesce": True})

    def start(self) -> None:
        """Begin, with what was missed while Atelier was not running."""
        self.add("digests", "* * * * *", self._begin_due)
        self._scheduler.start()
        for run in (self.run_due, *self._watched):
            self._begin(run(self._clock()))

    async def stop(self, grace: float = 0) -> None:
        """Start nothing more; what runs has `grace` seconds to finish, then it is cancelled."""
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)
            # The scheduler does it in the loop's next turn.
            await asyncio.sleep(0)
        if self._running:
            _, late = await asyncio.wait(self._running, timeout=grace)
            for task in late:
                task.cancel()
            if late:
                await asyncio.wait(late, timeout=LAST_WORDS_SECONDS)

    def add(self, name: str, cron: str, run: Callable[[], Awaitable[object]]) -> None:
        """Run something at set times; a second one of the same name replaces the first.

        Args:
            name: To remove it by, and for the log.
            cron: Minute, hour, day of month, month, day of week, as in crontab, in UTC.
            run: What to run; its failure is logged and stops nothing else.

        Raises:
            PluginError: `cron` cannot be read.
        """
        self._scheduler.add_job(_guarded(name, run), crontab(cron), id=name, replace_existing=True)

    def repeat(self, name: str, every: timedelta, run: Callable[[], Awaitable[object]]) -> None:
        """Run something a minute from now and again and again; otherwise as `add`.

        For what must be done now and then, also on a machine that is never on at night.
        """
        from apscheduler.triggers.interval import IntervalTrigger

        first = datetime.now(UTC) + timedelta(minutes=1)
        trigger = IntervalTrigger(seconds=int(every.total_seconds()), start_date=first, timezone=UTC)
        self._scheduler.add_job(_guarded(name, run), trigger, id=name, replace_existing=True)

    def watch(self, name: str, every: timedelta, run: Callable[[datetime], Coroutine[None, None, None]]) -> None:
        """Look for what is due again and again, and at the start for what was missed; otherwise as `repeat`.

        Args:
            name: To remove it by, and for the log.
            every: How often; nobody waits for the round before.
            run: Is told the time.
        """

        async def begin() -> None:
            self._begin(run(self._clock()))

        self._watched.append(run)
        self.repeat(name, every, begin)

    def remove(self, name: str) -> None:
        """Run it no more; nothing happens when it is not there."""
        if self._scheduler.get_job(name) is not None:
            self._scheduler.remove_job(name)

    def times(self) -> dict[str, datetime | None]:
        """When each job runs next, by name; None before `start`."""
        return {job.id: getattr(job, "next_run_time", None) for job in self._scheduler.get_jobs()}

    async def run_due(self, now: datetime) -> None:
        """Post every digest whose time has come by `now`; returns when they are posted."""
        try:
            active = await self._runs.all_active()
        except Exception:
            log.exception("digests not read")
            return
        here = [subscription for subscription in active if subscription.platform in self._platforms]
        await asyncio.gather(*(self._run(subscription, now) for subscription in here))

    async def _begin_due(self) -> None:
        # Not awaited: a slow digest must not keep those of the next minute waiting.
        self._begin(self.run_due(self._clock()))

    def _begin(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def _run(self, subscription: Subscription, now: datetime) -> None:
        if subscription.id in self._posting:
            return
        self._posting.add(subscription.id)
        try:
            window = due_window(subscription, await self._runs.last_window_end(subscription.id), now)
            if window is None or not await self._runs.claim(subscription.id, window.start, window.end):
                return
            await self._post(subscription, window, now)
        except Exception:
            log.exception("digest failed", subscription=subscription.id, channel=subscription.channel)
        finally:
            self._posting.discard(subscription.id)

    async def _post(self, subscription: Subscription, window: Window, now: datetime) -> None:
        outcome: Outcome = "failed"
        ref: MessageRef | None = None
        try:
            body, ref = await self._handle(request_for(subscription, window, now))
            outcome = "posted" if body.state is State.DONE else "failed"
        finally:
            # However it ended, when Atelier stops too, the window says so.
            await self._runs.finish(subscription.id, window.start, outcome, ref.id if ref else None)
            log.info("digest", subscription=subscription.id, outcome=outcome, late=str(now - window.end))


def request_for(subscription: Subscription, window: Window, now: datetime) -> Request:
    """What a digest that is due asks for, in the name of the person who switched it on.

    Its id is the window's, so that a second try after a crash shows its answer in the same message.
    """
    kind = ChannelKind.DM if subscription.server is None else ChannelKind.CHANNEL
    return Request(
        id=f"digest-{subscription.id}-{window.start:%Y%m%dT%H%M%S}",
        origin=Origin(subscription.platform, event=f"digest:{subscription.id}:{window.start}:{window.end}"),
        person=Person(subscription.person, subscription.person.partition(":")[2] or subscription.person),
        channel=Channel(subscription.channel, subscription.server, kind, subscription.channel_name),
        command=subscription.command,
        options={"start": window.start, "end": window.end},
        received=now,
        scheduled=True,
    )


class ScopedSchedule:
    """The `Schedule` of one request.

    Args:
        subscriptions: Keeps them.
        request: Says for whom and where.
        clock: Tells the time.
    """

    def __init__(self, subscriptions: Subscriptions, request: Request, clock: Clock = utc_now) -> None:
        self._subscriptions = subscriptions
        self._request = request
        self._clock = clock

    async def subscribe(self, command: str, at: time, days: frozenset[int], zone: ZoneInfo) -> Subscription:
        """Post at those times from now on; a second one for the same channel and command replaces the first."""
        now, channel = self._clock(), self._request.channel
        subscription = Subscription(
            id=new_id(),
            platform=self._request.origin.platform,
            server=channel.server,
            channel=channel.id,
            channel_name=channel.name,
            person=self._request.person.id,
            at=at,
            days=days,
            zone=zone,
            command=command,
            since=now,
            next_run=next_run(at, days, zone, now),
        )
        await self._subscriptions.replace(subscription)
        return subscription

    async def unsubscribe(self, command: str) -> bool:
        """Stop; returns whether there was one."""
        return await self._subscriptions.remove(self._request.origin.platform, self._request.channel.id, command)

    async def all(self) -> list[Subscription]:
        """The subscriptions of this server (in a direct message, of that conversation)."""
        channel, now = self._request.channel, self._clock()
        found = await self._subscriptions.all_for(self._request.origin.platform, channel.server, channel.id)
        return [replace(each, next_run=next_run(each.at, each.days, each.zone, now)) for each in found]


def _guarded(name: str, run: Callable[[], Awaitable[object]]) -> Callable[[], Awaitable[None]]:
    async def guarded() -> None:
        try:
            await run()
        except Exception:
            log.exception("job failed", job=name)

    return guarded
