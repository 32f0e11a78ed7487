"""Five edits in five seconds for each channel, whichever answers they belong to."""

from __future__ import annotations

import asyncio
import time
from bisect import insort
from collections import OrderedDict
from collections.abc import Awaitable, Callable

WINDOW = 5.0
"""Seconds in which Discord counts a channel's edits."""

SHARE = 4
"""Edits that growing answers make in it; one more is left for an answer that is complete."""

REMEMBERED = 1_000


class Pace:
    """Lets edits wait for their turn.

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
        self._edits: OrderedDict[str, list[float]] = OrderedDict()

    async def turn(self, channel: str, *, urgent: bool = False) -> None:
        """Wait until a message in the channel may be edited.

        Args:
            channel: Where.
            urgent: Count it but do not wait: discord.py holds back what would be too much.
        """
        now = self._clock()
        edits = self._edits.setdefault(channel, [])
        self._edits.move_to_end(channel)
        if len(self._edits) > REMEMBERED:
            self._edits.popitem(last=False)
        edits[:] = [at for at in edits if at > now - WINDOW]
        at = now if urgent or len(edits) < SHARE else max(now, edits[-SHARE] + WINDOW)
        insort(edits, at)
        if at > now:
            await self._sleep(at - now)
