"""A piece of work for a model, from when it is asked for until it is done."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, InvalidStateError
from contextlib import suppress
from dataclasses import dataclass, field
from math import inf
from time import monotonic

from bot.models.pulse import Pulse


@dataclass(eq=False, slots=True)
class Job:
    """A piece of work.

    Attributes:
        future: Its result.
        work: Does it; is handed its pulse.
        patience: Seconds that it may wait.
        again: Tells whether it may be done a second time, because nobody has seen anything of it yet.
        began: When its turn began the last time.
        held: Seconds of its turns before that one.
        charged: Seconds that its turns were counted as so far.
        deadline: When it may wait no longer.
        tried: Whether it is done a second time.
        begun: Whether it had a turn; while it waits for the next one, its thread waits in the midst of it.
        thread: Does it.
        pulse: Its signs of life since it began.
        bereft: Whether the model that it was in the midst of has failed since.
    """

    future: Future[object]
    work: Callable[[Pulse], object]
    patience: float
    again: Callable[[], bool]
    began: float = 0.0
    held: float = 0.0
    charged: float = 0.0
    deadline: float = inf
    tried: bool = False
    begun: bool = False
    thread: threading.Thread | None = None
    pulse: Pulse = field(default_factory=Pulse)
    bereft: bool = False

    def __post_init__(self) -> None:
        self.wait_anew()

    def wait_anew(self) -> None:
        """Let it wait for its first turn, as if nothing of it had been done."""
        self.begun, self.bereft, self.held, self.charged = False, False, 0.0, 0.0
        self.deadline = monotonic() + self.patience

    def cost(self, took: float) -> float:
        """What the turn that ends is counted as: its share of the seconds computed, where these are known."""
        spent = took if self.pulse.spent is None else self.pulse.spent
        cost, self.charged = spent - self.charged, spent
        return cost


def settle(future: Future[object], failure: BaseException | None, result: object = None) -> None:
    """Tell who waits what became of work.

    Args:
        future: What they wait for.
        failure: What it raised.
        result: What it made, if it raised nothing.
    """
    # Whoever waits may have cancelled it.
    with suppress(InvalidStateError):
        if failure is None:
            future.set_result(result)
        else:
            future.set_exception(failure)
