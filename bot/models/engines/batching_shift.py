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
from bot.models.waiting import Failed

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
        decoder: What is being written, and remembered of prompts.
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
        """Write until nothing is left, or something else waits for the model or its room.

        Raises:
            Failed: The model did.
        """
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
                self._recover(decoder, error)
                continue
            self._rise()
            if tokens:
                self._line.measured(tokens / (perf_counter() - began))
            if self._resident.wanted or (self._resident.crowded and not decoder.running):
                return

    def let_go(self) -> None:
        """Forget what is remembered of the model, while none of its steps is under way."""
        if self.decoder is not None:
            self.decoder.forget_all()
            self.decoder = None

    def _drop(self, decoder: Decoder) -> None:
        """Let go of what nobody waits for any more."""
        for job in self._line.drop(stop(), lambda job: job.writing.spent if job.writing else 0):
            if (writing := job.writing) is not None:
                if writing in decoder.running:
                    decoder.leave(writing)
                decoder.forget(writing)

    def _fill(self, decoder: Decoder, loaded: Loaded) -> None:
        """Let answers join until there is a prompt to read, unless another model waits for the room of this one.

        Prompts are spread: of answers that began one straight after the other many end so, and who asks again then
        would wait behind all the others who do.
        """
        while len(decoder.running) > 1 and not decoder.fits():
            self._give_way(decoder, decoder.running[-1])
        self._saved = min(SAVED, self._saved + 1 / EVERY)
        if self._resident.crowded:
            return
        while self._may_read(decoder) and self._let_join(decoder, loaded):
            if decoder.reading:
                self._saved = max(0.0, self._saved - 1)

    def _may_read(self, decoder: Decoder) -> bool:
        """Whether a prompt may be begun."""
        return decoder.read_enough if decoder.reading else self._saved >= 1 or not decoder.running

    def _let_join(self, decoder: Decoder, loaded: Loaded) -> bool:
        """Give whoever comes next a slot; returns whether one was given.

        It is that of one who had enough if none is free, or that of the prompt that is being read: only one can be.
        """
        if not self._line.waits:
            return False
        had = decoder.running[-1] if decoder.reading else None
        if had is None and len(decoder.running) >= self._slots:
            # Only for others: those who come later need not wait for a turn that is for nobody's good.
            done = (writing for writing in decoder.running if writing.had >= self._line.turn)
            may = [writing for writing in done if self._line.others_wait(writing.job)]
            had = max(may, key=lambda writing: writing.had, default=None)
            if had is None:
                return False
        if had is not None:
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
        decoder.leave(writing, keep=True)
        self._give_back(writing)

    def _recover(self, decoder: Decoder, error: Exception) -> None:
        """Go on with fewer answers at once after the model failed for want of memory.

        Raises:
            Failed: It was for something else.
        """
        from bot.models.engines.memory import ran_out

        if not ran_out(error):
            # What people wait for leads here until it is done, and must not keep the model in memory.
            self.let_go()
            raise Failed(self._resident.name) from error
        if not decoder.running:
            raise error
        log.warning("a batch failed", model=self._resident.name, exc_info=error)
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
