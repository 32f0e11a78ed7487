"""A model that lives in this process: loaded at its first use, worked on in one thread, let go when closed."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Generic, TypeVar

from bot.errors import UserError
from bot.models.queue import Queue
from bot.threads import in_thread

M = TypeVar("M")
T = TypeVar("T")

BROKEN = (OSError, ValueError, KeyError, TypeError, AttributeError, ImportError, RuntimeError, MemoryError)
"""What the libraries raise when a checkpoint is not what it should be, or does not fit."""


class Resident(Generic[M]):
    """Keeps one model of this process.

    All its work waits in one queue and happens in one thread: that is also why it is loaded once, however many ask at
    the same time, and why the event loop never waits for it.

    Args:
        name: What people call the model.
        verify: Called once before it is loaded; raises `UserError` when its files are not what they should be.
        load: Brings it into memory.
        folder: Where its files lie, for errors not to tell people.
    """

    def __init__(
        self, name: str, verify: Callable[[], object], load: Callable[[], M], folder: Path | None = None
    ) -> None:
        self.name = name
        self._folder = folder
        self._verify = verify
        self._load = load
        self._model: M | None = None
        self._closed = threading.Event()
        self._queue = Queue(name)

    @property
    def loaded(self) -> bool:
        """Whether it is in memory."""
        return self._model is not None

    @property
    def wanted(self) -> bool:
        """Whether anything waits for its turn: long work that is told so can make room."""
        return len(self._queue) > 0

    async def load(self) -> None:
        """Bring it into memory.

        Raises:
            UserError: Its files are missing, altered or not of a kind that can be run.
        """
        await asyncio.wrap_future(self.submit(lambda model, stopped: None))

    def submit(self, work: Callable[[M, Callable[[], bool]], T], cancelled: threading.Event | None = None) -> Future[T]:
        """Let the thread work on the model, loaded if it is not.

        Args:
            work: Is handed the model, and what tells it whether to stop: ask between steps.
            cancelled: Set by the caller when nobody waits any more.

        Raises:
            UserError: Too much waits already, or Atelier is stopping.
        """

        def stopped() -> bool:
            return self._closed.is_set() or (cancelled is not None and cancelled.is_set())

        return self._queue.submit(lambda: work(self._ready(), stopped))

    def telling(self, future: Future[T]) -> AbstractContextManager[None]:
        """Tell who asked how long what was submitted has to wait."""
        return self._queue.telling(future)

    async def run(self, work: Callable[[M, Callable[[], bool]], T]) -> T:
        """Work on the model and wait for it; cancelling tells the work to stop.

        Args:
            work: Is handed the model, and what tells it whether to stop: ask between steps.

        Raises:
            UserError: The model cannot be loaded, too much waits already, or Atelier is stopping.
        """
        cancelled = threading.Event()
        try:
            return await self._queue.wait(self.submit(work, cancelled))
        finally:
            cancelled.set()

    async def close(self) -> None:
        """Stop after the present step and let the memory go."""
        self._closed.set()
        await in_thread(self._queue.close)
        self._model = None

    def _ready(self) -> M:
        if self._model is None:
            self._verify()
            _hush()
            from safetensors import SafetensorError

            from bot.models.engines.memory import ran_out

            try:
                self._model = self._load()
            except (*BROKEN, SafetensorError) as error:
                if ran_out(error):
                    raise UserError(
                        f"The model {self.name} does not fit into memory; choose a smaller one, or close programs."
                    ) from error
                raise unloadable(self.name, self._folder, error) from error
        return self._model


def stop() -> UserError:
    """What work raises when it was told to stop."""
    return UserError("The work was stopped.")


def unloadable(name: str, folder: Path | None, error: Exception) -> UserError:
    """Says in one line why a checkpoint cannot be loaded, and not where on this machine it lies.

    Args:
        name: What to call it.
        folder: The checkpoint.
        error: As the libraries raised it.
    """
    reason = str(error).strip().partition("\n")[0] or type(error).__name__
    if folder is not None:
        reason = reason.replace(f"{folder}/", "").replace(str(folder), "its folder")
    return UserError(f"The model {name} cannot be loaded: {reason}")


def _hush() -> None:
    """Bars, and reports on weights that are not needed, would stand in the middle of an answer on a terminal."""
    from transformers.utils.logging import disable_progress_bar

    hide: Callable[[], None] = disable_progress_bar
    hide()
    logging.getLogger("transformers").setLevel(logging.ERROR)
