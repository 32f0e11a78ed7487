"""Long work that makes room for others between its steps; nothing here waits for time to pass."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError
from math import inf
from time import monotonic

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.asking import Priority
from bot.errors import UserError
from bot.models import queue as module
from bot.models.pulse import Pulse
from bot.models.queue import Queue
from tests.bot.models.test_queue import Held, asked_by, note


@pytest.fixture(autouse=True)
def short_rounds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every step uses up what a round gives to a person."""
    monkeypatch.setattr(module, "ROUND", 1e-9)


@pytest.fixture
def often_switched() -> Iterator[None]:
    """Threads that may run at the same time do."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


@pytest.fixture
def queue() -> Iterator[Queue]:
    queue = Queue("tiny")
    yield queue
    queue.close()


def steps(queue: Queue, name: str, number: int, done: list[str]) -> Callable[[Pulse], str]:
    """Work of several steps of a second each, with room for others after each."""

    def work(pulse: Pulse) -> str:
        for step in range(number):
            done.append(f"{name} {step + 1}")
            pulse.spent = step + 1.0
            queue.pause(pulse)
        return name

    return work


def all_of(queue: Queue, *works: tuple[str, Callable[[Pulse], str]]) -> list[str]:
    """Ask for works while something else is done, and wait for them."""
    held = Held()
    holding = queue.submit(held)
    held.at_work.wait()
    futures = []
    for person, work in works:
        with asked_by(person):
            futures.append(queue.submit(work))
    held.go_on.set()
    holding.result()
    return [future.result() for future in futures]


def test_two_people_s_steps_are_done_in_turn(queue: Queue) -> None:
    done: list[str] = []

    made = all_of(queue, ("ana", steps(queue, "ana", 3, done)), ("ben", steps(queue, "ben", 3, done)))

    assert ["ana", "ben"] == made
    assert ["ana 1", "ben 1", "ana 2", "ben 2", "ana 3", "ben 3"] == done


def test_one_person_s_works_are_done_one_after_the_other(queue: Queue) -> None:
    done: list[str] = []

    all_of(
        queue,
        ("ana", steps(queue, "first", 2, done)),
        ("ana", steps(queue, "second", 2, done)),
        ("ben", steps(queue, "ben", 4, done)),
    )

    assert ["first 1", "first 2", "second 1", "second 2"] == [step for step in done if not step.startswith("ben")]
    assert done.index("ben 1") < done.index("second 1")


def test_work_goes_on_at_once_while_nobody_waits(queue: Queue) -> None:
    done: list[str] = []

    assert "ana" == queue.submit(steps(queue, "ana", 3, done)).result()
    assert ["ana 1", "ana 2", "ana 3"] == done


def test_a_digest_makes_room_for_what_people_ask(queue: Queue) -> None:
    done: list[str] = []
    begun, go_on = threading.Event(), threading.Event()

    def digest(pulse: Pulse) -> None:
        begun.set()
        go_on.wait()
        queue.pause(pulse)
        done.append("digest")

    with asked_by("ana", priority=Priority.BACKGROUND):
        long = queue.submit(digest)
    begun.wait()
    with asked_by("ben"):
        queue.submit(note(done, "question"))
    go_on.set()
    long.result()

    assert ["question", "digest"] == done


class Paused:
    """Work that has paused, while somebody else's is at work."""

    def __init__(self, queue: Queue) -> None:
        self.held, self.stopped = Held(), threading.Event()
        begun, go_on = threading.Event(), threading.Event()

        def work(pulse: Pulse) -> str:
            begun.set()
            go_on.wait()
            queue.pause(pulse)
            return "stopped" if self.stopped.is_set() else "done"

        with asked_by("ana"):
            self.future = queue.submit(work)
        begun.wait()
        with asked_by("ben"):
            self.other = queue.submit(self.held)
        go_on.set()
        self.held.at_work.wait()


def test_what_has_begun_is_not_told_to_wait_and_never_fails_for_having_waited(queue: Queue) -> None:
    paused = Paused(queue)

    assert queue.waiting(paused.future) is None
    assert queue.look(monotonic() + 10_000, inf)
    paused.held.go_on.set()
    assert "done" == paused.future.result()


def test_work_goes_on_after_that_which_it_made_room_for_was_given_up() -> None:
    queue = Queue("tiny")
    paused = Paused(queue)

    queue.look(monotonic() + 601, 600)

    with pytest.raises(UserError, match="gave no sign of life"):
        paused.other.result()
    assert "done" == paused.future.result()
    paused.held.go_on.set()
    queue.close()


def test_a_closed_queue_lets_what_has_begun_come_to_its_end() -> None:
    queue = Queue("tiny")
    paused = Paused(queue)
    waits = queue.submit(lambda _: "never")
    paused.stopped.set()
    closing = threading.Thread(target=queue.close)
    closing.start()
    with pytest.raises(CancelledError):
        waits.result()
    paused.held.go_on.set()
    closing.join()

    assert ("stopped", "held") == (paused.future.result(), paused.other.result())


def test_work_that_fails_after_a_pause_keeps_nobody_from_being_served(queue: Queue) -> None:
    def fail(pulse: Pulse) -> str:
        queue.pause(pulse)
        raise LookupError("lost")

    done: list[str] = []
    with pytest.raises(LookupError):
        all_of(queue, ("ana", fail), ("ben", steps(queue, "ben", 2, done)))

    assert "cai" == queue.submit(steps(queue, "cai", 1, done)).result()
    assert {"ben 1", "ben 2", "cai 1"} == set(done)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from(["ana", "ben", "cai"]), st.integers(0, 4)), min_size=1, max_size=8))
def test_every_work_comes_to_its_end_and_only_one_is_at_work(
    often_switched: None, asked: list[tuple[str, int]]
) -> None:
    queue, at_work = Queue("tiny"), threading.Lock()

    def work(number: int, count: int) -> Callable[[Pulse], str]:
        def do(pulse: Pulse) -> str:
            for _ in range(count):
                assert at_work.acquire(blocking=False)
                sum(range(2_000))
                at_work.release()
                queue.pause(pulse)
            return str(number)

        return do

    made = all_of(queue, *((person, work(number, count)) for number, (person, count) in enumerate(asked)))
    queue.close()

    assert [str(number) for number in range(len(asked))] == made


def test_only_a_few_are_in_the_midst_of_their_work(queue: Queue) -> None:
    done: list[str] = []
    people = ["ana", "ben", "cem", "dana", "eve", "finn"]

    made = all_of(queue, *((name, steps(queue, name, 3, done)) for name in people))

    assert people == made
    assert [f"{name} {step}" for step in (1, 2) for name in people[:4]] == done[:8]
    for place in range(len(done)):
        begun = {each.split()[0] for each in done[: place + 1]}
        over = {each.split()[0] for each in done[:place] if each.endswith("3")}
        assert len(begun - over) <= module.MOST_BEGUN
