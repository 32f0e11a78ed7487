"""About one change a second in each channel, whoever makes it."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable

BURST = 4.0
"""Changes that may come at once; Slack lets short bursts through."""

REMEMBERED = 1_000


class Pace:
    """Lets changes wait for their turn.

    Args:
        clock: Tells the seconds.
        sleep: Waits.
    """

    def __init__(
        self,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._clock = clock
        self._sleep = sleep
        self._free_at: OrderedDict[str, float] = OrderedDict()

    async def turn(self, channel: str, *, urgent: bool = False) -> None:
        """Wait until the channel may be changed.

        Args:
            channel: Where.
            urgent: Count it but do not wait: a new message or the complete answer, which Slack itself may hold back.
        """
        now = self._clock()
        # The time at which everything that was let through so far would have been, at one a second.
        free = max(self._free_at.get(channel, 0.0), now - BURST)
        self._free_at[channel] = free + 1.0
        self._free_at.move_to_end(channel)
        if len(self._free_at) > REMEMBERED:
            self._free_at.popitem(last=False)
        if free > now and not urgent:
            await self._sleep(free - now)
