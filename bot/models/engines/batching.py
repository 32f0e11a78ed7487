"""Several answers of one model at once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import cast

from langchain_core.outputs import ChatGenerationChunk

from bot.models.engines.batching_line import FIRST_GUESS, TURN, Answer, length
from bot.models.engines.batching_shift import Shift
from bot.models.engines.chat_loading import Loaded
from bot.models.engines.chat_turn import Turn
from bot.models.engines.crowd import Crowd
from bot.models.engines.crowd_line import Line
from bot.models.engines.resident import Resident

SLOTS = 16
"""Answers that are written at once."""

REMEMBERS = 300.0
"""Seconds for which the beginnings of prompts are remembered while nobody asks."""


class Batch(Crowd[Loaded, Answer]):
    """Writes the answers of one model, several at once, in fair turns counted in tokens.

    Args:
        resident: Keeps the model.
        slots: How many are written at once.
    """

    def __init__(self, resident: Resident[Loaded], slots: int = SLOTS) -> None:
        self._slots = slots
        self._idle: threading.Timer | None = None
        super().__init__(resident, Line(resident.name, TURN, FIRST_GUESS))
        resident.before_leaving(self._let_go)

    def submit(
        self, turn: Turn, emit: Callable[[ChatGenerationChunk], object], cancelled: threading.Event
    ) -> Future[None]:
        """Let an answer wait for its turn, for whom `ASKING` says.

        Args:
            turn: What is asked for.
            emit: Handed each piece as soon as it is there, in the model's thread.
            cancelled: Set by the caller when nobody waits any more.

        Returns:
            Done when the answer is; cancelling it while it waits takes it out.

        Raises:
            UserError: Too much waits already.
        """
        job = Answer(turn=turn, emit=emit, cancelled=cancelled, cost=length(turn) + TURN)
        self._push(job)
        return cast("Future[None]", job.future)

    def _begin(self, line: Line[Answer]) -> Shift:
        self._shift = Shift(self._resident, line, self._slots)
        return self._shift

    def _driven(self, work: Future[None]) -> None:
        super()._driven(work)
        with self._lock:
            if self._idle is not None:
                self._idle.cancel()
            if not self._line:
                self._idle = threading.Timer(REMEMBERS, self._forget)
                self._idle.daemon = True
                self._idle.start()

    def _let_go(self) -> bool:
        """Let go of what is remembered of the model, which is not at work; False while an answer has a slot."""
        with self._lock:
            decoder = self._shift.decoder
            if decoder is not None and decoder.running:
                return False
            self._shift.let_go()
            return True

    def _forget(self) -> None:
        """Do so because nobody asked for long, if that is still so."""
        with self._lock:
            if not self._driving:
                self._let_go()
