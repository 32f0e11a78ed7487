"""What a start does about the time before: it answers what was accepted and not answered, and what was missed."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from bot.dispatch import Dispatcher
from bot.errors import StoreError, UserError
from bot.inbox import Pending
from bot.platform import Platform
from bot.request import Clock

log = structlog.get_logger(__name__)

LISTENING = timedelta(minutes=1)
"""How often it is noted that platforms are listened to."""

OVERLAP = timedelta(minutes=2)
"""What was written so shortly before the last such note is looked at again: it may not have come in any more."""


PAUSE_SECONDS = 60.0
"""How long it takes until a history that could not be read is read again."""


class Past(Protocol):
    """What the store knows of the time before."""

    async def unfinished(self, platforms: Collection[str]) -> Sequence[Pending]:
        """What earlier processes left, oldest first."""

    async def try_again(self, request_ids: Collection[str]) -> None:
        """Note that one more process runs these."""

    async def listened(self, platforms: Collection[str]) -> None:
        """Note that these are listened to now."""

    async def listened_until(self, platform: str) -> datetime | None:
        """When it was last listened to; None when it never was."""


class Recovery:
    """Goes on where an earlier process ended.

    Args:
        past: What the store knows of it.
        dispatcher: Answers.
        clock: Tells the time.
        longest: How long ago what was missed may have been asked; nothing is caught up by 0.
        pause: Seconds until what could not be read is read again.
    """

    def __init__(
        self,
        past: Past,
        dispatcher: Dispatcher,
        clock: Clock,
        longest: timedelta,
        pause: float = PAUSE_SECONDS,
    ) -> None:
        self._past = past
        self._dispatcher = dispatcher
        self._clock = clock
        self._longest = longest
        self._pause = pause
        self._pending: Sequence[Pending] = ()
        self._until: Mapping[str, datetime | None] = {}
        self._listening: set[str] = set()

    async def look_back(self, platforms: Collection[str]) -> None:
        """Read what was left, before anything new comes in.

        Args:
            platforms: Their names.
        """
        self._pending = await self._past.unfinished(platforms)
        self._until = {name: await self._past.listened_until(name) for name in platforms}

    async def resume(self) -> None:
        """Answer what was accepted and not answered; only now does that count as a try."""
        if self._pending:
            log.info("going on with what was left", requests=len(self._pending))
            await self._past.try_again([pending.request.id for pending in self._pending])
        for pending in self._pending:
            self._dispatcher.resume(pending)
        self._pending = ()

    async def catch_up(self) -> None:
        """Ask what was asked on each platform while nobody listened; returns when all of it is accepted."""
        await asyncio.gather(*(self._catch_up(platform) for platform in self._dispatcher.platforms.values()))

    async def note_listening(self) -> None:
        """Note which platforms are listened to, of those where what was missed before is accepted."""
        platforms = [self._dispatcher.platforms[name] for name in sorted(self._listening)]
        await self._past.listened([platform.name for platform in platforms if await platform.listening()])

    async def _catch_up(self, platform: Platform) -> None:
        until, now = self._until.get(platform.name), self._clock()
        while until is not None and self._longest:
            try:
                await platform.catch_up(max(until - OVERLAP, now - self._longest))
                break
            except Exception as error:
                if isinstance(error, UserError) and not isinstance(error, StoreError):
                    log.warning("what was missed may not be read", platform=platform.name, reason=str(error))
                    break
                # What was accepted is known when it is read again.
                log.warning("not caught up yet", platform=platform.name, error=repr(error))
                await asyncio.sleep(self._pause)
        self._listening.add(platform.name)
        with suppress(StoreError):  # it is noted again in a minute
            if until is None:
                # What is asked from the first start on is missed by no later one.
                await self._past.listened([platform.name])
            await self.note_listening()
