"""People who ask one model for answers at the same time."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path

from langchain_core.messages import HumanMessage, SystemMessage
from langchain_core.outputs import ChatGenerationChunk

from bot.asking import ASKING, Asking, Owner, Priority
from bot.models.catalog import Entry
from bot.models.engines.batching import Batch
from bot.models.engines.chat_choosing import Sampling
from bot.models.engines.chat_loading import Loaded
from bot.models.engines.chat_turn import Turn, answer
from bot.models.engines.resident import Resident
from bot.models.tasks import Task

WORDS = "who sleeps in the snow where foxes run until the morning comes again".split()


def entry(folder: Path) -> Entry:
    return Entry(name="tiny", task=Task.CHAT, kind="folder", source=str(folder))


class Person:
    """Asks for one answer."""

    def __init__(self, turn: Turn) -> None:
        self.turn = turn
        self.cancelled = threading.Event()
        self.began = threading.Event()
        self.chunks: list[ChatGenerationChunk] = []
        self.hear: Callable[[int], object] = lambda count: None
        self.future: Future[None] | None = None

    def take(self, chunk: ChatGenerationChunk) -> None:
        self.chunks.append(chunk)
        self.began.set()
        self.hear(len(self.chunks))

    def ask(self, batch: Batch) -> Person:
        self.future = batch.submit(self.turn, self.take, self.cancelled)
        return self

    def wait(self) -> Person:
        assert self.future is not None
        self.future.result()
        return self

    def leave_after(self, last: int, count: int) -> None:
        if count >= last:
            self.cancelled.set()

    @property
    def text(self) -> str:
        return "".join(chunk.text for chunk in self.chunks)


def turn(number: int = 0, length: int = 5, tokens: int = 20, **more: object) -> Turn:
    words = " ".join((WORDS[number % len(WORDS) :] + WORDS * 20)[:length])
    sampling = Sampling.model_validate({"temperature": 0, "max_tokens": tokens, **more})
    return Turn([SystemMessage("Be brief and kind to whoever asks, always."), HumanMessage(words)], sampling)


@contextmanager
def asked_by(person: str, server: str = "home", priority: Priority = Priority.INTERACTIVE) -> Iterator[None]:
    before = ASKING.set(Asking(Owner(server, person), priority, lambda waiting: None))
    yield
    ASKING.reset(before)


@contextmanager
def held(resident: Resident[Loaded]) -> Iterator[None]:
    """Keeps the model from working, so that everything waits when it begins."""
    at_work, go_on = threading.Event(), threading.Event()

    def hold(loaded: Loaded, stopped: Callable[[], bool]) -> None:
        at_work.set()
        go_on.wait()

    work = resident.submit(hold)
    at_work.wait()
    try:
        yield
    finally:
        go_on.set()
    work.result()


def alone(llama: Loaded, wanted: Turn) -> str:
    """What `generate` makes of it."""
    chunks: list[ChatGenerationChunk] = []
    answer(wanted, chunks.append, llama, lambda: False)
    return "".join(chunk.text for chunk in chunks)
