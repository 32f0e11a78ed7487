"""Works off the texts of several people in common batches.

Fair turns decide which parts of what people ask for, such as sentences, come into a pool. From there the oldest goes
into the next batch together with those of about its length, whosever they are.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from time import perf_counter
from typing import Generic, TypeVar

import structlog

from bot.errors import UserError
from bot.models.engines.crowd_line import Line
from bot.models.engines.gathering_parts import Bounds, Gone, Pooled, Texts, choose, refused, too_little
from bot.models.engines.memory import ran_out
from bot.models.engines.resident import Resident, broke, stop
from bot.models.waiting import Failed

M = TypeVar("M")
V = TypeVar("V")
R = TypeVar("R")

COMPANY = 0.005
"""Seconds that a batch waits at most for as many as had the last one: who is answered often asks again at once."""

log = structlog.get_logger(__name__)


class Shift(Generic[M, V, R]):
    """Works off what waits in a line.

    Args:
        resident: Keeps the model.
        line: What waits.
        work: Is handed the model, the values of a batch, and what tells which of them nobody waits for.
        bounds: How large batches are.

    Attributes:
        company: How many had something in the last batch.
    """

    def __init__(
        self,
        resident: Resident[M],
        line: Line[Texts[M, V, R]],
        work: Callable[[M, Sequence[V], Gone], Sequence[R]],
        bounds: Bounds,
    ) -> None:
        self.company = 0
        self._resident = resident
        self._line = line
        self._work = work
        self._bounds = bounds
        self._texts = bounds.texts
        self._pool: list[Pooled[M, V, R]] = []

    def __call__(self, model: M, stopped: Callable[[], bool]) -> None:
        """Work until nothing is left, or something else waits for the model or its room.

        Raises:
            Failed: The model did.
        """
        while True:
            if stopped():
                raise stop()
            if not self._gather(model):
                return
            self._serve(model, self._next(), stopped)
            if self._resident.wanted or self._resident.crowded:
                return

    def _gather(self, model: M) -> bool:
        """Fill the pool in fair turns; returns whether there is anything in it."""
        self._line.drop(stop())
        self._pool = [pooled for pooled in self._pool if not pooled.job.over]
        if not self._pool and self.company > 1:
            self._line.wait_for(lambda: len(self._line) >= self.company, COMPANY)
        while (room := self._bounds.pool - len(self._pool)) > 0 and (job := self._take(model)) is not None:
            self._bring(job, room)
        return bool(self._pool)

    def _take(self, model: M) -> Texts[M, V, R] | None:
        """Whose turn it is, prepared; None when nobody waits."""
        while (job := self._line.take()) is not None:
            if job.parts is not None:
                return job
            try:
                parts, job.finish = job.prepare(model)
            except Exception as error:  # Whatever was asked for, the others are served.
                self._line.settle(job, error)
                continue
            job.parts, job.left = parts, sorted(range(len(parts)), key=lambda place: parts[place].length)
            if not job.complete:
                return job
            self._finish(job)
        return None

    def _bring(self, job: Texts[M, V, R], room: int) -> None:
        """Bring some parts of a job into the pool, and end its turn."""
        assert job.parts is not None
        cost = 0
        while job.left and room and cost < self._line.turn:
            place = job.left.pop()
            self._pool.append(Pooled(job, place, job.parts[place]))
            cost += job.parts[place].length
            room -= 1
        self._line.give_back(job, cost, more=bool(job.left))

    def _next(self) -> list[Pooled[M, V, R]]:
        """The next batch, taken out of the pool."""
        places = set(choose([pooled.part for pooled in self._pool], replace(self._bounds, texts=self._texts)))
        batch = [self._pool[place] for place in places]
        self._pool = [pooled for place, pooled in enumerate(self._pool) if place not in places]
        self.company = len({pooled.job for pooled in batch})
        return batch

    def _serve(self, model: M, batch: Sequence[Pooled[M, V, R]], stopped: Callable[[], bool]) -> None:
        """Work on a batch; what cannot be done hits nobody else.

        Raises:
            Failed: Nothing can be done.
        """
        done, broken = self._try(model, batch, stopped)
        if broken and not done:
            raise Failed(self._resident.name)
        for job in broken:
            self._line.settle(job, refused(self._resident.name))

    def _try(
        self, model: M, batch: Sequence[Pooled[M, V, R]], stopped: Callable[[], bool]
    ) -> tuple[bool, list[Texts[M, V, R]]]:
        """Work on a batch; on its halves where it fails.

        Returns:
            Whether anything of it was done, and what failed alone as it does where the model itself is broken.
        """

        def gone() -> Sequence[bool]:
            if stopped():
                raise stop()
            return [pooled.job.over for pooled in batch]

        if all(gone()):
            return False, []
        began = perf_counter()
        try:
            results = self._work(model, [pooled.part.value for pooled in batch], gone)
        except Exception as error:  # Whatever the libraries raise, the others are served.
            if stopped():
                raise
            if len(batch) == 1:
                return False, self._refuse(batch[0].job, error)
            short = ran_out(error)
            log.warning("a batch failed", model=self._resident.name, texts=len(batch), exc_info=True)
        else:
            self._line.measured(sum(pooled.part.length for pooled in batch) / max(perf_counter() - began, 1e-6))
            # After one that went well the next may be larger again.
            self._texts = min(self._bounds.texts, max(self._texts, len(batch) + 1))
            for pooled, result in zip(batch, results, strict=True):
                pooled.job.results[pooled.place] = result
                if not pooled.job.over and pooled.job.complete:
                    self._finish(pooled.job)
            return True, []
        # Outside of the except clause, for the error holds what was computed in memory.
        middle = len(batch) // 2
        if short:
            self._texts = middle
        halves = [self._try(model, half, stopped) for half in (batch[:middle], batch[middle:])]
        return any(done for done, _ in halves), [job for _, broken in halves for job in broken]

    def _refuse(self, job: Texts[M, V, R], error: Exception) -> list[Texts[M, V, R]]:
        """Let something have failed that fails alone; returns it instead where that may be the model's own fault."""
        if not isinstance(error, UserError):
            log.warning("a text failed", model=self._resident.name, exc_info=error)
            if broke(error):
                return [job]
            error = too_little() if ran_out(error) else refused(self._resident.name)
        self._line.settle(job, error)
        return []

    def _finish(self, job: Texts[M, V, R]) -> None:
        try:
            answer = job.finish([job.results[place] for place in range(len(job.results))])
        except Exception as error:  # Whatever one answer does must not end the others.
            self._line.settle(job, error)
        else:
            self._line.settle(job, answer=answer)
