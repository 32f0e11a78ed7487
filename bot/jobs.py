"""What runs at set times: digests, plugins' jobs, retention."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from datetime import UTC, datetime, timedelta
from typing import TypeAlias

import structlog

from bot.body import Body
from bot.platform import MessageRef
from bot.request import Clock, Request, utc_now
from bot.times import crontab

log = structlog.get_logger(__name__)

Handle: TypeAlias = Callable[[Request], Awaitable[tuple[Body, MessageRef | None]]]
"""Answers a request; returns the complete answer and the message it was posted in."""

LAST_WORDS_SECONDS = 2.0
"""How long what is cancelled may take to say so."""


class Jobs:
    """Runs everything that falls due.

    Args:
        clock: Tells the time.
    """

    def __init__(self, clock: Clock = utc_now) -> None:
        from apscheduler.schedulers.asyncio import AsyncIOScheduler

        # It tells every minute that it runs a job; only its warnings are of interest.
        logging.getLogger("apscheduler").setLevel(logging.WARNING)
        self._clock = clock
        self._running: set[asyncio.Task[None]] = set()
        self._watched: list[Callable[[datetime], Coroutine[None, None, None]]] = []
        # Late is better than never, and once is enough.
        self._scheduler = AsyncIOScheduler(timezone=UTC, job_defaults={"misfire_grace_time": None, "coalesce": True})

    def start(self) -> None:
        """Begin, with what was missed while Atelier was not running."""
        self._scheduler.start()
        for run in self._watched:
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

    def watch(self, name: str, every: timedelta | str, run: Callable[[datetime], Coroutine[None, None, None]]) -> None:
        """Look for what is due again and again, and at the start for what was missed; otherwise as `repeat` or `add`.

        Args:
            name: To remove it by, and for the log.
            every: How often, or when as in crontab; nobody waits for the round before.
            run: Is told the time.
        """

        async def begin() -> None:
            # Not awaited: what takes long must not keep what is due next waiting.
            self._begin(run(self._clock()))

        self._watched.append(run)
        if isinstance(every, str):
            self.add(name, every, begin)
        else:
            self.repeat(name, every, begin)

    def remove(self, name: str) -> None:
        """Run it no more; nothing happens when it is not there."""
        if self._scheduler.get_job(name) is not None:
            self._scheduler.remove_job(name)

    def times(self) -> dict[str, datetime | None]:
        """When each job runs next, by name; None before `start`."""
        return {job.id: getattr(job, "next_run_time", None) for job in self._scheduler.get_jobs()}

    def _begin(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._running.add(task)
        task.add_done_callback(self._running.discard)


def _guarded(name: str, run: Callable[[], Awaitable[object]]) -> Callable[[], Awaitable[None]]:
    async def guarded() -> None:
        try:
            await run()
        except Exception:
            log.exception("job failed", job=name)

    return guarded
