"""Several answers of one model at once: whose turn it is to be written, and how long the others wait."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, InvalidStateError
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from time import perf_counter
from typing import TYPE_CHECKING

import structlog
from langchain_core.outputs import ChatGenerationChunk

from bot.asking import ASKING, ITSELF, Asking, Priority, Waiting
from bot.errors import UserError
from bot.models.engines.chat_loading import Loaded
from bot.models.engines.chat_turn import Draft, Turn
from bot.models.engines.resident import Resident, stop
from bot.models.fairness import FairQueue
from bot.models.queue import STAYS, refuse_too_much, telling

if TYPE_CHECKING:
    from bot.models.engines.batching_decoding import Decoder, Writing

SLOTS = 16
"""Answers that are written at once."""

TURN = 32
"""Tokens after which an answer makes room while others wait."""

LETTERS = 4
"""Characters that a token of a prompt is expected to have."""

FIRST_GUESS = 50.0
"""Tokens a second that are expected before any were measured."""

DRIVING = Asking(ITSELF.owner, Priority.INTERACTIVE, lambda waiting: None)
"""For whom the model works while it works for all."""

log = structlog.get_logger(__name__)


@dataclass(eq=False)
class _Job:
    """An answer that was asked for.

    Attributes:
        turn: What is asked for.
        emit: Handed each piece of it.
        cancelled: Set when nobody waits for it any more.
        writing: What there is of it, once it was begun.
    """

    turn: Turn
    emit: Callable[[ChatGenerationChunk], object]
    cancelled: threading.Event
    writing: Writing | None = None


class Batch:
    """Writes the answers of one model, several at once, in fair turns counted in tokens.

    Args:
        resident: Keeps the model.
        slots: How many are written at once.
    """

    def __init__(self, resident: Resident[Loaded], slots: int = SLOTS) -> None:
        self._resident = resident
        self._slots = slots
        self._fair: FairQueue[Future[None]] = FairQueue(TURN)
        self._jobs: dict[Future[None], _Job] = {}
        self._lock = threading.RLock()
        self._driving = False
        self._decoder: Decoder | None = None
        self._positions: dict[Future[None], int] | None = None
        self._speed = FIRST_GUESS
        self._turn = float(TURN)

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
        asking = ASKING.get()
        future: Future[None] = Future()
        with self._lock:
            refuse_too_much(self._fair, asking.owner, self._resident.name)
            self._fair.push(future, asking.owner, _length(turn) / LETTERS + TURN, asking.priority)
            self._jobs[future] = _Job(turn, emit, cancelled)
            self._positions = None
        future.add_done_callback(self._take_out)
        self._drive()
        return future

    def telling(self, future: Future[None]) -> AbstractContextManager[None]:
        """Tell who asked how long what was submitted has to wait."""
        return telling(lambda: self.waiting(future))

    def waiting(self, future: Future[None]) -> Waiting | None:
        """How long something has to wait; None once its turn has come."""
        with self._lock:
            if future not in self._fair:
                return None
            if self._positions is None:
                self._positions = {each: position for position, each in enumerate(self._fair.order(), 1)}
            position = self._positions[future]
            return Waiting(position, position * self._turn / self._speed)

    def _drive(self) -> None:
        """See to it that the model's thread writes."""
        with self._lock:
            if self._driving or not self._jobs:
                return
            self._driving = True
        before = ASKING.set(DRIVING)
        try:
            work = self._resident.submit(self._write)
        except UserError as error:
            self._fail_all(error)
            return
        finally:
            ASKING.reset(before)
        work.add_done_callback(self._driven)

    def _driven(self, work: Future[None]) -> None:
        error = stop() if work.cancelled() else work.exception()
        if error is not None:
            self._fail_all(error)
            return
        with self._lock:
            self._driving = False
        self._drive()

    def _write(self, loaded: Loaded, stopped: Callable[[], bool]) -> None:
        """Write until nothing is left, or something else waits for the model."""
        if self._decoder is None:
            from bot.models.engines.batching_decoding import Decoder

            self._decoder = Decoder(loaded, self._end)
        while self._jobs:
            if stopped():
                raise stop()
            began = perf_counter()
            self._drop_cancelled(self._decoder)
            try:
                tokens = self._read(self._decoder, loaded) + self._decoder.step()
            except Exception as error:  # Whatever the libraries raise, the model serves on.
                if not self._decoder.running:
                    raise
                log.warning("a batch failed", model=loaded.name, exc_info=True)
                if self._decoder.fail(error):
                    self._slots = max(1, len(self._decoder.running))
                continue
            if tokens:
                self._speed = STAYS * self._speed + (1 - STAYS) * tokens / (perf_counter() - began)
            if self._resident.wanted:
                return

    def _read(self, decoder: Decoder, loaded: Loaded) -> int:
        """Let answers join, and read a bounded part of their prompts; returns how many tokens were read."""
        from bot.models.engines.batching_decoding import CHUNK

        while len(decoder.running) > 1 and not decoder.fits():
            self._give_back(decoder.running[-1])
            decoder.leave(decoder.running[-1], keep=True)
        read = 0
        while read < CHUNK:
            if count := decoder.read(CHUNK - read):
                read += count
            elif not self._let_join(decoder, loaded):
                break
        return read

    def _let_join(self, decoder: Decoder, loaded: Loaded) -> bool:
        """Give whoever comes next a slot, of one who had enough if none is free; returns whether one was given."""
        with self._lock:
            if not self._fair:
                return False
            had = None
            if len(decoder.running) >= self._slots:
                had = max(decoder.running, key=lambda writing: writing.had)
                if had.had < TURN:
                    return False
                self._give_back(had)
            future = self._fair.take()
            self._positions = None
            job = self._jobs[future]
        if had is not None:
            if future is had.future:
                had.had = 0
                return False
            decoder.leave(had, keep=True)
        writing = self._begun(job, future, loaded)
        if writing is None:
            return True
        if not decoder.fits(writing):
            self._give_back(writing)
            return False
        decoder.join(writing)
        return True

    def _begun(self, job: _Job, future: Future[None], loaded: Loaded) -> Writing | None:
        """What there is of an answer; None when there will be none."""
        from bot.models.engines.batching_decoding import Writing

        if job.writing is None:
            if not future.set_running_or_notify_cancel():
                self._settle(future, 0, None)
                return None
            try:
                job.writing = Writing(Draft(job.turn, job.emit, loaded), loaded, future)
            except Exception as error:  # Whatever was asked for, the others are served.
                self._settle(future, 0, error)
        return job.writing

    def _give_back(self, writing: Writing) -> None:
        """End the turn of an answer that goes on later."""
        with self._lock:
            self._fair.give_back(writing.future, writing.spent, TURN)
            self._positions = None
        self._note(writing)

    def _note(self, writing: Writing) -> None:
        self._turn = STAYS * self._turn + (1 - STAYS) * writing.spent
        writing.spent = 0

    def _drop_cancelled(self, decoder: Decoder) -> None:
        with self._lock:
            gone = [job.writing for job in self._jobs.values() if job.writing and job.cancelled.is_set()]
        for writing in gone:
            if writing in decoder.running:
                decoder.leave(writing)
            decoder.forget(writing)
            self._end(writing, stop())

    def _end(self, writing: Writing, error: BaseException | None) -> None:
        self._settle(writing.future, writing.spent, error)
        self._note(writing)

    def _settle(self, future: Future[None], cost: float, error: BaseException | None) -> None:
        with self._lock:
            self._jobs.pop(future, None)
            self._positions = None
            if not self._fair.remove(future):
                # One that was cancelled as its turn came is in nobody's hands.
                with suppress(KeyError):
                    self._fair.give_back(future, cost)
        # Whoever waits may cancel it at any time.
        with suppress(InvalidStateError):
            if error is None:
                future.set_result(None)
            else:
                future.set_exception(error)

    def _fail_all(self, error: BaseException) -> None:
        with self._lock:
            self._driving = False
            self._decoder = None
            waiting = list(self._jobs)
        for future in waiting:
            self._settle(future, 0, error)

    def _take_out(self, future: Future[None]) -> None:
        if future.cancelled():
            self._settle(future, 0, None)


def _length(turn: Turn) -> int:
    """How many characters there are to read."""
    return sum(len(message.text) for message in turn.messages)
