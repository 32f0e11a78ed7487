"""How many tokens the others get between the moment that somebody cancels an answer and that its slot is free."""

from __future__ import annotations

import random
import threading
import time
from typing import ClassVar
from unittest.mock import patch

from bot.models.engines import batching_decoding
from bot.models.engines.batching import Batch
from bot.models.engines.batching_decoding import Decoder
from bot.models.engines.batching_writing import Writing
from bot.models.engines.chat_choosing import Sampling
from bot.models.engines.chat_loading import Loaded
from bot.models.engines.chat_turn import Turn
from bot.models.engines.resident import Resident
from tests.benchmarks.batching_rig import CLIENTS, question


class _Counting(Decoder):
    """Counts the steps, and notes after how many of them an answer left."""

    steps: ClassVar = 0
    left: ClassVar[dict[object, int]] = {}
    change: ClassVar = threading.Condition()

    def step(self) -> int:
        tokens = super().step()
        _Counting.steps += 1
        return tokens

    def leave(self, writing: Writing, *, keep: bool = False) -> None:
        super().leave(writing, keep=keep)
        with self.change:
            self.left[writing.job.future] = self.steps
            self.change.notify_all()


def measure(loaded: Loaded, times: int = 8) -> float:
    """The most steps that ended between a cancel and the freeing of its slot.

    Args:
        loaded: The model.
        times: How often somebody cancels.
    """
    resident = Resident("measured", lambda: None, lambda: loaded)
    batch, most = Batch(resident), 0
    with patch.object(batching_decoding, "Decoder", _Counting):
        asked = [_Asked(batch, number) for number in range(CLIENTS)]
        for one in asked:
            one.began.wait()
        for one in asked[:times]:
            time.sleep(random.uniform(0.0, 0.2))  # at any moment of a step
            before = _Counting.steps
            one.cancelled.set()
            # Who asked is told first.
            with _Counting.change:
                while one.future not in _Counting.left:
                    _Counting.change.wait()
            most = max(most, _Counting.left[one.future] - before)
        for one in asked[times:]:
            one.cancelled.set()
        for one in asked[times:]:
            one.ended.wait()
    return float(most)


class _Asked:
    """An answer that would go on for long."""

    def __init__(self, batch: Batch, number: int) -> None:
        self.cancelled, self.began, self.ended = threading.Event(), threading.Event(), threading.Event()
        turn = Turn(question(number), Sampling(temperature=0, max_tokens=1024))
        self.future = batch.submit(turn, lambda chunk: self.began.set(), self.cancelled)
        self.future.add_done_callback(lambda future: self.ended.set())
