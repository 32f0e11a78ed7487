"""A model in this process: loaded when it is needed, worked on in one thread, let go when another needs room."""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Generic, TypeVar

import structlog

from bot.asking import ASKING, Asking
from bot.errors import UserError
from bot.models.engines.loading import loaded
from bot.models.machine import Machine, Watched
from bot.models.pulse import Pulse
from bot.models.queue import Queue
from bot.models.turns import ForWhom
from bot.models.waiting import Failed, Stopped
from bot.threads import in_thread

M = TypeVar("M")
T = TypeVar("T")

DEVICES = re.compile(r"\b(?:CUDA|HIP|cuDNN|CUBLAS|MPS|XPU|Metal)\b", re.IGNORECASE)
"""What errors of devices name."""

TURN = 32
"""Tokens that work has on a model before it makes room for others."""

LOADS = 1800.0
"""Seconds that loading may take longer than other work that gives no sign of life: it reads all files, some twice."""

log = structlog.get_logger(__name__)


class Resident(Generic[M]):
    """Keeps one model of this process.

    All its work waits in one queue, and one piece at a time is done: that is also why it is loaded once, however many
    ask at the same time, and why the event loop never waits for it. Between its steps the work asks whether to stop;
    there it also makes room for other models, which compute in turns with it.

    Args:
        name: What people call the model.
        verify: Called once before it is loaded first; raises `UserError` when its files are not what they should be.
        load: Brings it into memory.
        folder: Where its files lie, for errors not to tell people.
    """

    def __init__(
        self, name: str, verify: Callable[[], object], load: Callable[[], M], folder: Path | None = None
    ) -> None:
        self._name = name
        self._folder = folder
        self._verify = verify
        self._verified = False
        self._load = load
        self._model: M | None = None
        self._closed = threading.Event()
        self._machine = Machine()
        self._needs = 0
        self._forget: Callable[[], bool] = lambda: True
        self._queue = Queue(name, self._lose)

    @property
    def name(self) -> str:
        """What people call the model."""
        return self._name

    @property
    def loaded(self) -> bool:
        """Whether it is in memory."""
        return self._model is not None

    @property
    def wanted(self) -> bool:
        """Whether anything waits for its turn: long work that is told so can make room."""
        return len(self._queue) > 0

    @property
    def crowded(self) -> bool:
        """Whether another model waits for room that this one could give: work that ends is followed by its load."""
        return self._machine.room.crowded(self)

    @property
    def lacks_room(self) -> bool:
        """Whether it waits itself for room that another model takes."""
        return self._queue.lacks_room

    @property
    def closed(self) -> bool:
        """Whether it works no more."""
        return self._closed.is_set()

    def join(self, machine: Machine, needs: int) -> None:
        """Share a machine with other models; before anything is asked of it.

        Args:
            machine: The machine.
            needs: Bytes that the model takes.
        """
        self._machine, self._needs = machine, needs

    def before_leaving(self, forget: Callable[[], bool]) -> None:
        """Have something asked before the model is let go.

        Args:
            forget: Lets go of what it keeps of the model; False if it cannot, because it is in the middle of something.
        """
        self._forget = forget

    async def load(self) -> None:
        """Bring it into memory.

        Raises:
            UserError: Its files are missing, altered or not of a kind that can be run, or it does not fit.
        """
        await asyncio.wrap_future(self.submit(lambda model, stopped: None))

    def submit(
        self,
        work: Callable[[M, Callable[[], bool]], T],
        cancelled: threading.Event | None = None,
        *,
        again: Callable[[], bool] = lambda: False,
        crowd: ForWhom | None = None,
        deserted: Callable[[], bool] = lambda: False,
        pauses: int = 0,
    ) -> Future[T]:
        """Let the thread work on the model, loaded if it is not.

        Args:
            work: Is handed the model, and what tells it whether to stop: ask between steps, where other models may
                compute too.
            cancelled: Set by the caller when nobody waits any more.
            again: Asked when it hangs, or the model fails: whether it may be done a second time, because nobody has
                seen anything of it yet.
            crowd: For whom it computes, if for several people at once; `nudge` when that changes.
            deserted: Asked while it waits for room: whether nobody waits for it any more.
            pauses: After how many of its steps it makes room for others that wait for the model; 0 for never.

        Raises:
            UserError: Too much waits already, or Atelier is stopping.
        """
        asking = ASKING.get()

        def do(pulse: Pulse) -> T:
            def ended() -> bool:
                return self._closed.is_set() or pulse.lost or (cancelled is not None and cancelled.is_set())

            def left() -> bool:
                return ended() or deserted()

            if left():
                raise stop()
            # Loading is charged to nobody: whoever asks first cannot help it.
            pulse.spent = 0.0
            with self._machine.room.working(self, pulse, left):
                model = self._ready(pulse, left)
                return self._do(work, model, asking, pulse, ended, crowd, pauses=pauses)

        future = self._queue.submit(do, again=again)
        self._machine.watch(self._queue)
        return future

    def watch(self, what: Watched) -> None:
        """Have something looked at from time to time, until there is nothing left in it to look at."""
        self._machine.watch(what)

    def nudge(self) -> None:
        """Have work that waits for its turn look whether it has ended, and for whom it is."""
        self._machine.nudge()

    def telling(self, future: Future[T]) -> AbstractContextManager[None]:
        """Tell who asked how long what was submitted has to wait."""
        return self._queue.telling(future)

    async def run(self, work: Callable[[M, Callable[[], bool]], T], *, pauses: int = 0) -> T:
        """Work on the model and wait for it; cancelling tells the work to stop.

        Args:
            work: As for `submit`; may be done a second time.
            pauses: As for `submit`.

        Raises:
            UserError: The model cannot be loaded, too much waits already, the turn did not come in time, or Atelier is
                stopping.
        """
        cancelled = threading.Event()
        try:
            return await self._queue.wait(self.submit(work, cancelled, again=lambda: True, pauses=pauses))
        finally:
            cancelled.set()
            self._machine.nudge()

    def let_go(self) -> bool:
        """Free its memory; returns whether it did, for it may be in the middle of something."""
        if not self._forget():
            return False
        self._model = None
        return True

    async def close(self) -> None:
        """Stop after the present step and let the memory go."""
        self._closed.set()
        self._machine.nudge()
        await in_thread(self._queue.close)
        self._model = None
        self._machine.room.leave(self)

    def _do(
        self,
        work: Callable[[M, Callable[[], bool]], T],
        model: M,
        asking: Asking,
        pulse: Pulse,
        ended: Callable[[], bool],
        crowd: ForWhom | None,
        *,
        pauses: int,
    ) -> T:
        with self._machine.turns.taking(asking, pulse, ended, crowd) as turn:
            if not turn.has:
                raise stop()

            steps = 0

            def stopped() -> bool:
                nonlocal steps
                steps += 1
                # Where another model waits for room, what has begun comes to its end first.
                if 0 < pauses <= steps and self.wanted and not (ended() or self.crowded):
                    steps = 0
                    with self._machine.turns.leaving(turn):
                        self._queue.pause(pulse)
                return ended() or not turn.step()

            try:
                return work(model, stopped)
            except (RuntimeError, MemoryError, Failed) as error:
                from bot.models.engines.memory import ran_out

                if ran_out(error):
                    self._machine.room.clear(self)
                    raise UserError(
                        f"There was not enough memory for what you asked of {self.name}; ask for less at once."
                    ) from error
                if not (isinstance(error, Failed) or broke(error)):
                    raise
                # What else was in the midst of it has nothing new to tell.
                if self._model is model:
                    log.warning("a model failed", model=self.name, exc_info=True)
        # Outside of the except clause, for the error keeps in memory what was computed.
        if self._model is model:
            self._drop()
        raise Failed(self.name)

    def _ready(self, pulse: Pulse, ended: Callable[[], bool]) -> M:
        model = self._model
        if model is None:
            with self._machine.room.loading(self, self._needs, pulse, ended):
                pulse.beat(LOADS)
                model = self._loaded()
            if pulse.lost:
                raise stop()
            pulse.beat()
            self._model = model
        return model

    def _lose(self, pulse: Pulse) -> None:
        """Take everything from work that hangs: its thread cannot be ended, but others serve on."""
        log.warning("a model hangs", model=self.name)
        self._drop()
        self._machine.turns.revoke(pulse)

    def _drop(self) -> None:
        """Forget the model, which is loaded anew when it is next asked."""
        self._model = None
        self._queue.forsake()
        self._machine.room.leave(self)

    def _loaded(self) -> M:
        if not self._verified:
            self._verify()
            self._verified = True
        return loaded(self._name, self._folder, self._load)


def stop() -> UserError:
    """What work raises when it was told to stop."""
    return Stopped()


def broke(error: BaseException) -> bool:
    """Whether what the libraries raised says that the model itself failed, and not that it was asked for too much.

    They use `RuntimeError` for whatever goes wrong in computing, also for what was asked; after one of a device each
    next piece of work fails too.

    Args:
        error: As they raised it.
    """
    from bot.models.engines.memory import ran_out

    return isinstance(error, RuntimeError) and bool(DEVICES.search(str(error))) and not ran_out(error)
