"""Work for several people at once with one model: its thread works while anybody waits, once more if it fails."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Generic, TypeVar, cast

from bot.asking import ASKING, ITSELF, Priority, Waiting
from bot.errors import UserError
from bot.models.engines.crowd_line import J, Line
from bot.models.engines.resident import Resident, stop
from bot.models.waiting import FOR_ROOM, Failed, NoSign, Stopped, telling

M = TypeVar("M")
T = TypeVar("T")

DRIVING = replace(ITSELF, priority=Priority.INTERACTIVE)
"""Who asks the model's own queue, for all who wait here."""


class Crowd(ABC, Generic[M, J]):
    """Lets a model work for several people at once.

    What nobody has seen anything of is tried a second time when the model hung or failed.

    Args:
        resident: Keeps the model.
        line: Who waits.
    """

    def __init__(self, resident: Resident[M], line: Line[J]) -> None:
        self._resident = resident
        self._line = line
        self._lock = threading.RLock()
        self._driving = False
        self._work = self._begin(line)

    @abstractmethod
    def _begin(self, line: Line[J]) -> Callable[[M, Callable[[], bool]], None]:
        """What works a line off until nothing is left, or something else waits for the model.

        It is handed the model and what tells it whether to stop. It raises `stop()` then, and `Failed` when nothing can
        be done with the model any more. After it raised anything, or hung, another one begins.
        """

    def telling(self, future: Future[T]) -> AbstractContextManager[None]:
        """Tell who asked how long what was submitted has to wait."""
        return telling(lambda: self.waiting(future))

    def waiting(self, future: Future[T]) -> Waiting | None:
        """How long something has to wait; None while it does not."""
        if self._resident.lacks_room and not future.done():
            return FOR_ROOM
        return self._line.waiting(cast("Future[object]", future))

    def look(self, now: float, hangs_after: float) -> bool:
        """Give up what waited for too long; returns whether anything is left.

        Args:
            now: By the clock that does not jump.
            hangs_after: Seconds; what hangs is the affair of the model's own queue.
        """
        left = self._line.expire(now, lacks_room=self._resident.lacks_room)
        if not left:
            self._resident.nudge()
        return left

    def _push(self, job: J) -> None:
        with self._lock:
            self._line.push(job)
        job.future.add_done_callback(self._left)
        self._resident.watch(self)
        self._drive()

    def _drive(self) -> None:
        """See to it that the model's thread works."""
        with self._lock:
            if not self._line:
                return
            driving, self._driving = self._driving, True
            work, line = self._work, self._line
        if driving:
            self._resident.nudge()
            return
        before = ASKING.set(DRIVING)
        try:
            future = self._resident.submit(work, crowd=line.crowd, deserted=lambda: line.deserted)
        except UserError as error:
            self._fail(error)
            return
        finally:
            ASKING.reset(before)
        future.add_done_callback(self._driven)

    def _driven(self, work: Future[None]) -> None:
        error = stop() if work.cancelled() else work.exception()
        if error is None or (isinstance(error, Stopped) and not self._resident.closed):
            # Where nobody waited any more, somebody may have come since.
            with self._lock:
                line, self._driving = self._line, False
            if error is not None:
                # What nobody waits for would be begun again and again.
                line.drop(error)
        else:
            self._fail(error)
        self._drive()

    def _fail(self, error: BaseException) -> None:
        """Begin anew, with those who may be tried a second time."""
        with self._lock:
            line, self._driving = self._line, False
            # What hangs may come back: it must not find those in its line for whom something else works now.
            self._line, tell = line.anew(error, again=isinstance(error, (NoSign, Failed)))
            self._work = self._begin(self._line)
        tell()

    def _left(self, future: Future[object]) -> None:
        """Have the work look whether anybody waits for it still."""
        if future.cancelled():
            self._resident.nudge()
