"""What waits for a model: worked off in one thread, in fair turns, and never without a bound."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Hashable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from time import perf_counter
from typing import TypeVar, cast

from bot.asking import ASKING, ITSELF, Owner, Waiting
from bot.errors import UserError
from bot.models.fairness import FairQueue

T = TypeVar("T")
H = TypeVar("H", bound=Hashable)

MOST_OF_PERSON = 20
"""Pieces of work that one person may have waiting for a model in one server."""

MOST_OF_SERVER = 100
"""Pieces of work that all people of a server may have waiting for a model."""

MOST = 400
"""Pieces of work that may wait for a model."""

ROUND = 0.1
"""Seconds of the model's time that a round of turns gives to each person."""

FIRST_GUESS = 1.0
"""Seconds that a piece of work is expected to take before any was measured."""

STAYS = 0.7
"""How much of what was expected stays when a piece of work was measured."""

WORTH_TELLING = 2.0
"""Seconds of waiting that people are told of."""

LOOK_EVERY = 1.0
"""Seconds between two looks at how long there is still to wait."""


def refuse_too_much(fair: FairQueue[H], owner: Owner, name: str) -> None:
    """Keep what waits for a model within its bounds.

    Args:
        fair: What waits.
        owner: Who asks for more.
        name: What people call the model.

    Raises:
        UserError: Too much waits already.
    """
    if owner == ITSELF.owner:
        return
    if fair.of(owner) >= MOST_OF_PERSON:
        raise UserError(
            f"{MOST_OF_PERSON} of your requests wait for {name} already; ask again when some are answered, "
            "or `/stop` them."
        )
    if fair.in_server(owner.server) >= MOST_OF_SERVER or len(fair) >= MOST:
        raise UserError(f"Too many requests wait for {name}; ask again in a few minutes.")


@contextmanager
def telling(look: Callable[[], Waiting | None]) -> Iterator[None]:
    """Tell who asked how long something has to wait, from now on and until its turn has come.

    Args:
        look: Says how long it is; None once its turn has come.
    """
    tell, told = ASKING.get().tell, False

    async def watch() -> None:
        nonlocal told
        while (waiting := look()) is not None:
            if waiting.seconds >= WORTH_TELLING:
                tell(waiting)
                told = True
            await asyncio.sleep(LOOK_EVERY)
        hush()

    def hush() -> None:
        nonlocal told
        if told:
            told = False
            tell(None)

    looking = asyncio.get_running_loop().create_task(watch())
    try:
        yield
    finally:
        looking.cancel()
        hush()


class Queue:
    """Works off what is asked of one model.

    Turns go round between servers and, inside one, between people; they are counted in the seconds that the model was
    busy for each, so that neither many small wishes nor a few large ones get more than their share. What people ask now
    goes before digests.

    Args:
        name: What people call the model.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._fair: FairQueue[Future[object]] = FairQueue(ROUND)
        self._work: dict[Future[object], Callable[[], object]] = {}
        self._change = threading.Condition()
        self._closed = False
        self._thread: threading.Thread | None = None
        self._expected = FIRST_GUESS
        self._began: float | None = None
        self._positions: dict[Future[object], int] | None = None

    def __len__(self) -> int:
        """How much waits."""
        return len(self._fair)

    def submit(self, work: Callable[[], T]) -> Future[T]:
        """Let `work` wait for its turn, for whom `ASKING` says.

        Returns:
            Its result; cancelling it while it waits takes it out of the queue.

        Raises:
            UserError: Too much waits already, or Atelier is stopping.
        """
        asking = ASKING.get()
        future: Future[object] = Future()
        with self._change:
            self._refuse_too_much(asking.owner)
            self._fair.push(future, asking.owner, self._expected, asking.priority)
            self._work[future] = work
            self._positions = None
            if self._thread is None:
                # A daemon: work that hangs must not keep the process from ending.
                self._thread = threading.Thread(target=self._work_off, name=f"model-{self._name}", daemon=True)
                self._thread.start()
            self._change.notify()
        future.add_done_callback(self._take_out)
        return cast("Future[T]", future)

    async def wait(self, future: Future[T]) -> T:
        """The result of what was submitted; who asked is told how long it has to wait.

        Raises:
            UserError: The work raised it; so with every other error.
        """
        with self.telling(future):
            return await asyncio.wrap_future(future)

    @contextmanager
    def telling(self, future: Future[T]) -> Iterator[None]:
        """Tell who asked how long something has to wait, from now on and until its turn has come."""
        with telling(lambda: self.waiting(future)):
            yield

    def waiting(self, future: Future[T]) -> Waiting | None:
        """How long something has to wait; None once its turn has come."""
        item = cast("Future[object]", future)
        with self._change:
            if item not in self._fair:
                return None
            if self._positions is None:
                self._positions = {each: position for position, each in enumerate(self._fair.order(), 1)}
            position = self._positions[item]
            running = 0.0 if self._began is None else max(self._expected - (perf_counter() - self._began), 0.0)
            return Waiting(position, running + (position - 1) * self._expected)

    def close(self) -> None:
        """Take nothing more, cancel what waits and wait for the present work to end."""
        with self._change:
            self._closed = True
            waiting = list(self._work)
            self._change.notify()
        for future in waiting:
            future.cancel()
        if self._thread is not None:
            self._thread.join()

    def _refuse_too_much(self, owner: Owner) -> None:
        if self._closed:
            raise UserError("Atelier is stopping; ask again in a minute.")
        refuse_too_much(self._fair, owner, self._name)

    def _work_off(self) -> None:
        while (future := self._next()) is not None:
            began = perf_counter()
            self._run(future)
            took = perf_counter() - began
            with self._change:
                self._began = None
                self._expected = STAYS * self._expected + (1 - STAYS) * took
                self._fair.give_back(future, took)

    def _next(self) -> Future[object] | None:
        with self._change:
            while not self._fair and not self._closed:
                self._change.wait()
            if self._closed:
                return None
            self._positions = None
            self._began = perf_counter()
            return self._fair.take()

    def _run(self, future: Future[object]) -> None:
        with self._change:
            work = self._work.pop(future, None)
        if work is None or not future.set_running_or_notify_cancel():
            return
        try:
            result = work()
        except BaseException as error:
            future.set_exception(error)
        else:
            future.set_result(result)

    def _take_out(self, future: Future[object]) -> None:
        if not future.cancelled():
            return
        with self._change:
            self._work.pop(future, None)
            if self._fair.remove(future):
                self._positions = None
