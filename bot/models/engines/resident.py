"""A model that lives in this process: loaded at its first use, worked on in one thread, let go when closed."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Generic, TypeVar

from bot.errors import UserError

M = TypeVar("M")
T = TypeVar("T")

BROKEN = (OSError, ValueError, KeyError, TypeError, AttributeError, ImportError, RuntimeError, MemoryError)
"""What the libraries raise when a checkpoint is not what it should be, or does not fit."""


class Resident(Generic[M]):
    """Keeps one model of this process.

    All its work happens in one thread of its own: that is also why it is loaded once, however many ask at the same
    time, and why the event loop never waits for it.

    Args:
        name: What people call the model.
        verify: Called once before it is loaded; raises `UserError` when its files are not what they should be.
        load: Brings it into memory.
    """

    def __init__(self, name: str, verify: Callable[[], object], load: Callable[[], M]) -> None:
        self.name = name
        self._verify = verify
        self._load = load
        self._model: M | None = None
        self._closed = threading.Event()
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix=f"model-{name}")

    @property
    def loaded(self) -> bool:
        """Whether it is in memory."""
        return self._model is not None

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
            UserError: Atelier is stopping.
        """
        if self._closed.is_set():
            raise UserError("Atelier is stopping; ask again in a minute.")

        def stopped() -> bool:
            return self._closed.is_set() or (cancelled is not None and cancelled.is_set())

        return self._thread.submit(lambda: work(self._ready(), stopped))

    async def run(self, work: Callable[[M, Callable[[], bool]], T]) -> T:
        """Work on the model and wait for it; cancelling tells the work to stop.

        Args:
            work: Is handed the model, and what tells it whether to stop: ask between steps.

        Raises:
            UserError: The model cannot be loaded, or Atelier is stopping.
        """
        cancelled = threading.Event()
        try:
            return await asyncio.wrap_future(self.submit(work, cancelled))
        finally:
            cancelled.set()

    async def close(self) -> None:
        """Stop after the present step and let the memory go."""
        self._closed.set()
        await asyncio.to_thread(self._thread.shutdown, cancel_futures=True)
        self._model = None

    def _ready(self) -> M:
        if self._model is None:
            self._verify()
            _hush()
            from safetensors import SafetensorError

            try:
                self._model = self._load()
            except (*BROKEN, SafetensorError) as error:
                reason = str(error).strip().partition("\n")[0] or type(error).__name__
                raise UserError(f"The model {self.name} cannot be loaded: {reason}") from error
        return self._model


def stop() -> UserError:
    """What work raises when it was told to stop."""
    return UserError("The work was stopped.")


def _hush() -> None:
    """Bars, and reports on weights that are not needed, would stand in the middle of an answer on a terminal."""
    from transformers.utils.logging import disable_progress_bar

    hide: Callable[[], None] = disable_progress_bar
    hide()
    logging.getLogger("transformers").setLevel(logging.ERROR)
