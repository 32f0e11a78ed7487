"""Writes the answers of one model, several at once: lets them join and leave, and makes room for others."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from time import perf_counter
from typing import TYPE_CHECKING

import structlog
from langchain_core.outputs import ChatGenerationChunk

from bot.models.engines.batching_line import Answer
from bot.models.engines.chat_loading import Loaded
from bot.models.engines.chat_turn import Draft
from bot.models.engines.crowd_line import Line
from bot.models.engines.resident import Resident, stop

if TYPE_CHECKING:
    from bot.models.engines.batching_decoding import Decoder
    from bot.models.engines.batching_writing import Writing

EVERY = 2
"""Tokens that those who are being written get for each prompt that is begun."""

SAVED = 2.0
"""Prompts that are begun without that after some time without any."""

CALM = 256
"""Steps after which one slot more is tried again, since the memory did not suffice for as many."""

log = structlog.get_logger(__name__)


class Shift:
    """Works off the answers in a line.

    Args:
        resident: Keeps the model.
        line: The answers.
        slots: How many are written at once.

    Attributes:
        decoder: What is being written, and remembered of prompts; may be let go while nothing is written.
    """

    def __init__(self, resident: Resident[Loaded], line: Line[Answer], slots: int) -> None:
        self.decoder: Decoder | None = None
        self._resident = resident
        self._line = line
        self._most = slots
        self._slots = slots
        self._calm = 0
        self._saved = SAVED

    def __call__(self, loaded: Loaded, stopped: Callable[[], bool]) -> None:
        """Write until nothing is left, or something else waits for the model."""
        if self.decoder is None:
            from bot.models.engines.batching_decoding import Decoder

            self.decoder = Decoder(loaded, self._end)
        decoder = self.decoder
        while self._line:
            if stopped():
                raise stop()
            began = perf_counter()
            self._drop(decoder)
            try:
                self._fill(decoder, loaded)
                tokens = decoder.step() if decoder.running else 0
            except Exception as error:  # Whatever the libraries raise, the model serves on.
                if not decoder.running:
                    raise
                self._recover(decoder, error)
                continue
            self._rise()
            if tokens:
                self._line.measured(tokens / (perf_counter() - began))
            if self._resident.wanted:
                return

    def _drop(self, decoder: Decoder) -> None:
        """Let go of what nobody waits for any more."""
        for job in self._line.drop(stop()):
            if (writing := job.writing) is not None:
                if writing in decoder.running:
                    decoder.leave(writing)
                decoder.forget(writing)

    def _fill(self, decoder: Decoder, loaded: Loaded) -> None:
        """Let answers join until there is a prompt to read.

        Prompts are spread: of answers that began one straight after the other many end so, and who asks again then
        would wait behind all the others who do.
        """
        while len(decoder.running) > 1 and not decoder.fits():
            self._give_way(decoder, decoder.running[-1])
        self._saved = min(SAVED, self._saved + 1 / EVERY)
        while not decoder.reading and (self._saved >= 1 or not decoder.running) and self._let_join(decoder, loaded):
            if decoder.reading:
                self._saved = max(0.0, self._saved - 1)

    def _let_join(self, decoder: Decoder, loaded: Loaded) -> bool:
        """Give whoever comes next a slot, of one who had enough if none is free; returns whether one was given."""
        if not self._line.waits:
            return False
        had = None
        if len(decoder.running) >= self._slots:
            had = max(decoder.running, key=lambda writing: writing.had)
            if had.had < self._line.turn:
                return False
            self._give_back(had)
        job = self._line.take()
        if job is None:
            return False
        if had is not None:
            if job is had.job:
                had.had = 0
                return False
            decoder.leave(had, keep=True)
        writing = self._begun(job, loaded)
        if writing is None:
            return True
        if not decoder.fits(writing):
            self._give_back(writing)
            return False
        decoder.join(writing)
        return True

    def _begun(self, job: Answer, loaded: Loaded) -> Writing | None:
        """What there is of an answer; None when there will be none."""
        from bot.models.engines.batching_writing import Writing

        if job.writing is None:
            try:
                job.writing = Writing(Draft(job.turn, partial(self._show, job), loaded), loaded, job)
            except Exception as error:  # Whatever was asked for, the others are served.
                self._line.settle(job, error)
        return job.writing

    def _show(self, job: Answer, chunk: ChatGenerationChunk) -> None:
        if self._line.show(job):
            job.emit(chunk)

    def _give_back(self, writing: Writing) -> None:
        """End the turn of an answer that goes on later."""
        self._line.give_back(writing.job, writing.spent)
        writing.spent = 0

    def _end(self, writing: Writing, error: BaseException | None) -> None:
        """Let an answer be done, or have failed."""
        self._line.settle(writing.job, error, cost=writing.spent)

    def _give_way(self, decoder: Decoder, writing: Writing) -> None:
        """Take the slot from an answer that goes on later."""
        self._give_back(writing)
        decoder.leave(writing, keep=True)

    def _recover(self, decoder: Decoder, error: Exception) -> None:
        """Go on after the model failed, with fewer answers at once if it was for want of memory."""
        from bot.models.engines.memory import ran_out

        log.warning("a batch failed", model=self._resident.name, exc_info=error)
        if not ran_out(error):
            decoder.fail(error)
            return
        later = decoder.retreat(error)
        if later is not None:
            self._give_back(later)
        if decoder.running:
            self._slots = len(decoder.running)
            self._calm = 0

    def _rise(self) -> None:
        """Try more answers at once again, some time after the memory did not suffice for them."""
        self._calm += 1
        if self._slots < self._most and self._calm >= CALM:
            self._slots += 1
            self._calm = 0
