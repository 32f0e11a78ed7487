"""Who may ask a server now: a few at a time, in fair turns, and the others wait within bounds."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import Future
from contextlib import asynccontextmanager, contextmanager
from math import isinf
from time import perf_counter

from bot.asking import ASKING, Waiting
from bot.models.fairness import FairQueue
from bot.models.waiting import STAYS, refuse_too_much, telling, waited_too_long

ROUND = 1.0
"""Seconds of the server's time that a round of turns gives to each person."""

FIRST_GUESS = 5.0
"""Seconds that an answer is expected to take before any was measured."""


class Admission:
    """Lets a few at a time through to a model that another server runs.

    Args:
        name: What people call the model.
        at_once: How many may ask at the same time.
    """

    def __init__(self, name: str, at_once: int) -> None:
        self._name = name
        self._at_once = at_once
        self._fair: FairQueue[Future[None]] = FairQueue(ROUND)
        self._inside: dict[Future[None], float] = {}
        self._lock = threading.RLock()
        self._expected = FIRST_GUESS

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Wait for a turn, for whom `ASKING` says, and have it until the block ends.

        Raises:
            UserError: Too much waits already, or the turn did not come in time.
        """
        patience = ASKING.get().patience
        place = self._ask()
        try:
            try:
                with telling(lambda: self.waiting(place)):
                    async with asyncio.timeout(None if isinf(patience) else patience):
                        await asyncio.wrap_future(place)
            except TimeoutError:
                raise waited_too_long(self._name) from None
            yield
        finally:
            self._leave(place)

    @contextmanager
    def turn_in_thread(self) -> Iterator[None]:
        """The same for a thread, which stands still until then.

        Raises:
            UserError: Too much waits already, or the turn did not come in time.
        """
        patience = ASKING.get().patience
        place = self._ask()
        try:
            try:
                place.result(None if isinf(patience) else patience)
            except TimeoutError:
                raise waited_too_long(self._name) from None
            yield
        finally:
            self._leave(place)

    def waiting(self, place: Future[None]) -> Waiting | None:
        """How long a place in the line has to wait; None once its turn has come."""
        with self._lock:
            if place not in self._fair:
                return None
            position = self._fair.position(place)
            return Waiting(position, position * self._expected / self._at_once)

    def _ask(self) -> Future[None]:
        asking, place = ASKING.get(), Future[None]()
        with self._lock:
            refuse_too_much(self._fair, asking.owner, self._name)
            self._fair.push(place, asking.owner, self._expected, asking.priority)
            self._let_in()
        return place

    def _let_in(self) -> None:
        while self._fair and len(self._inside) < self._at_once:
            place = self._fair.take()
            if place.set_running_or_notify_cancel():
                self._inside[place] = perf_counter()
                place.set_result(None)
            else:
                self._fair.give_back(place, 0.0)

    def _leave(self, place: Future[None]) -> None:
        with self._lock:
            self._fair.remove(place)
            if (began := self._inside.pop(place, None)) is not None:
                took = perf_counter() - began
                self._expected = STAYS * self._expected + (1 - STAYS) * took
                self._fair.give_back(place, took)
            self._let_in()
