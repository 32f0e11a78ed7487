"""Cooldowns and quotas: one person, or one server, cannot use everything up."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from functools import cache
from typing import TypeAlias

from limits import RateLimitItemPerMinute
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import FixedWindowRateLimiter

from bot.config import Limits as LimitsConfig
from bot.errors import UserError
from bot.middleware.call import Call, Proceed
from bot.request import Clock, Request

UsedSince: TypeAlias = Callable[[Request, datetime], Awaitable[int]]
"""How many requests the person made in this server since a time, as the store remembers."""


class Limits:
    """Refuses requests beyond what the channel's settings, or else the configuration, permit.

    Requests by the minute are counted in memory. Requests by the day begin with the store's count, so that a restart
    gives nobody a second helping.

    Args:
        config: The limits where an admin set none.
        used_since: Asks the store.
        clock: Tells the time.
    """

    def __init__(self, config: LimitsConfig, used_since: UsedSince, clock: Clock) -> None:
        self._config = config
        self._used_since = used_since
        self._clock = clock
        self._minute = FixedWindowRateLimiter(MemoryStorage())
        self._day: datetime | None = None
        self._today: dict[tuple[str, str], int] = {}

    async def __call__(self, call: Call, proceed: Proceed) -> None:
        """Count the request and go on if it is within the limits."""
        assert call.command is not None
        if call.request.scheduled or call.forwards or call.counted or call.command.unlimited:
            # Nobody asked for it just now; it was counted with the command that led to this one; or it is what
            # changes the limits, or what a person has a right to at any time.
            await proceed(call)
            return
        request, settings = call.request, call.settings
        person = (request.person.id, request.channel.server or "")
        alone = request.channel.server is None
        per_minute = _limit(settings.per_minute, self._config.person_per_minute, alone=alone)
        if per_minute and not await self._minute.hit(_per_minute(per_minute), "person", *person):
            raise UserError(f"That is more than {per_minute} requests in a minute. Please wait a little.")
        per_server = self._config.server_per_minute
        if per_server and person[1] and not await self._minute.hit(_per_minute(per_server), "server", person[1]):
            raise UserError("This server is asking more than I can answer right now. Please wait a minute.")
        per_day = _limit(settings.per_day, self._config.person_per_day, alone=alone)
        if per_day and await self._count_today(request, person) > per_day:
            raise UserError(
                f"You asked {per_day} times today, and that is the limit here; it begins again at 00:00 UTC."
            )
        await proceed(call)

    async def _count_today(self, request: Request, person: tuple[str, str]) -> int:
        day = self._clock().replace(hour=0, minute=0, second=0, microsecond=0)
        if day != self._day:
            self._day = day
            self._today.clear()
        if person not in self._today:
            used = await self._used_since(request, day)
            self._today[person] = max(used, self._today.get(person, 0))
        self._today[person] += 1
        return self._today[person]


@cache
def _per_minute(count: int) -> RateLimitItemPerMinute:
    return RateLimitItemPerMinute(count)


def _limit(chosen: int | None, configured: int, *, alone: bool) -> int:
    """The limit that holds; 0 is none. In a direct message, where everyone is admin, it can only become stricter."""
    if chosen is None:
        return configured
    if alone and configured:
        return min(chosen or configured, configured)
    return chosen
