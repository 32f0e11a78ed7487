"""Texts of several people in one batch, for models that read many at once, and a short one in a moment."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Generic, TypeVar, cast

from bot.models.engines.crowd import Crowd
from bot.models.engines.crowd_line import Line
from bot.models.engines.gathering_parts import Asked, Bounds, Gone, Texts
from bot.models.engines.gathering_shift import Shift
from bot.models.engines.resident import Resident

M = TypeVar("M")
V = TypeVar("V")
R = TypeVar("R")
T = TypeVar("T")

TURN = 256
"""Tokens that a turn brings into the pool."""

LETTERS = 4
"""Characters that a token is expected to have."""

FIRST_GUESS = 1000.0
"""Tokens a second that are expected before any were measured."""


class Gathering(Crowd[M, Texts[M, V, R]], Generic[M, V, R]):
    """Works on what several people ask of one model in common batches, in fair turns counted in tokens.

    Args:
        resident: Keeps the model.
        work: Is handed the model, the values of a batch, and what tells which of them nobody waits for.
        bounds: How large batches are.
    """

    def __init__(
        self, resident: Resident[M], work: Callable[[M, Sequence[V], Gone], Sequence[R]], bounds: Bounds
    ) -> None:
        self._bounds = bounds
        self._serve = work
        super().__init__(resident, Line(resident.name, TURN, FIRST_GUESS))

    def submit(self, prepare: Asked[M, V, R, T], letters: int, cancelled: threading.Event | None = None) -> Future[T]:
        """Let something wait for its turn, for whom `ASKING` says.

        Args:
            prepare: Says what its parts are, and what makes the answer of their results; called in the model's thread,
                once more if the model hung.
            letters: About how many characters it has.
            cancelled: Set by the caller when nobody waits any more.

        Returns:
            The answer; cancelling it while it waits takes it out.

        Raises:
            UserError: Too much waits already, or Atelier is stopping.
        """
        job: Texts[M, V, R] = Texts(
            prepare=prepare, cancelled=cancelled or threading.Event(), cost=letters / LETTERS + 1
        )
        self._push(job)
        return cast("Future[T]", job.future)

    async def run(self, prepare: Asked[M, V, R, T], letters: int) -> T:
        """The answer to what is asked for; cancelling takes it out, and who asked is told how long it has to wait.

        Args:
            prepare: As for `submit`.
            letters: Likewise.

        Raises:
            UserError: The model cannot be loaded, too much waits already, or Atelier is stopping.
        """
        cancelled = threading.Event()
        try:
            future = self.submit(prepare, letters, cancelled)
            with self.telling(future):
                return await asyncio.wrap_future(future)
        finally:
            cancelled.set()

    def _begin(self, line: Line[Texts[M, V, R]]) -> Shift[M, V, R]:
        self._shift = Shift(self._resident, line, self._serve, self._bounds)
        return self._shift
