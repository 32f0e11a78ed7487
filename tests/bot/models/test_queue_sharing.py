"""How the people who ask one model for one thing after the other share it."""

from __future__ import annotations

import threading
from concurrent.futures import Future
from functools import partial

import pytest

from bot.asking import ASKING, Asking, Owner, Priority
from bot.models import queue as module
from bot.models.pulse import Pulse
from bot.models.queue import Queue

LONG, SHORT = 60.0, 2.0


def test_one_long_thing_after_the_other_gets_no_more_than_short_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 0.0
    monkeypatch.setattr(module, "perf_counter", lambda: now)
    queue, had, go_on = Queue("tiny"), dict.fromkeys("abcd", 0.0), threading.Event()
    ended = {person: threading.Event() for person in had}

    def work(person: str, pulse: Pulse) -> None:
        nonlocal now
        took = LONG if person == "a" else SHORT
        now += took
        had[person] += took

    def ask(person: str, before: Future[None] | None = None) -> None:
        if now >= 50 * LONG:
            ended[person].set()
            return
        token = ASKING.set(Asking(Owner("home", person), Priority.INTERACTIVE, lambda waiting: None))
        queue.submit(partial(work, person)).add_done_callback(partial(ask, person))
        ASKING.reset(token)

    queue.submit(lambda pulse: go_on.wait())
    for person in had:
        ask(person)
    go_on.set()
    assert all(end.wait(60) for end in ended.values())
    queue.close()

    assert max(had.values()) - min(had.values()) <= 2 * LONG, had
