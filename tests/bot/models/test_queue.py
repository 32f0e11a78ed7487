"""The queue in front of a model; nothing here waits for time to pass, only for what has happened."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError
from contextlib import contextmanager
from itertools import count

import pytest

from bot.asking import ASKING, Asking, Owner, Priority, Waiting
from bot.errors import UserError
from bot.models import queue as module
from bot.models.queue import MOST_OF_PERSON, MOST_OF_SERVER, Queue


class Held:
    """Work that goes on until it is let go."""

    def __init__(self) -> None:
        self.at_work, self.go_on = threading.Event(), threading.Event()

    def __call__(self) -> str:
        self.at_work.set()
        self.go_on.wait()
        return "held"


@contextmanager
def asked_by(
    person: str,
    server: str = "home",
    priority: Priority = Priority.INTERACTIVE,
    tell: Callable[[Waiting | None], None] = lambda waiting: None,
) -> Iterator[None]:
    token = ASKING.set(Asking(Owner(server, person), priority, tell))
    yield
    ASKING.reset(token)


@pytest.fixture
def queue() -> Iterator[Queue]:
    queue = Queue("tiny")
    yield queue
    queue.close()


@pytest.fixture
def held(queue: Queue) -> Iterator[Held]:
    held = Held()
    queue.submit(held)
    held.at_work.wait()
    yield held
    held.go_on.set()


def note(done: list[str], name: str) -> Callable[[], None]:
    return lambda: done.append(name)


def test_work_gives_its_result_or_its_error(queue: Queue) -> None:
    def fail() -> None:
        raise LookupError("lost")

    assert 2 == queue.submit(lambda: 1 + 1).result()
    with pytest.raises(LookupError, match="lost"):
        queue.submit(fail).result()
    assert 3 == queue.submit(lambda: 3).result()


def test_who_asks_once_is_not_kept_waiting_by_who_asks_often(
    queue: Queue, held: Held, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Whatever is done takes a second.
    monkeypatch.setattr(module, "perf_counter", count().__next__)
    done: list[str] = []
    with asked_by("ana"):
        work = [queue.submit(note(done, f"ana {number}")) for number in range(5)]
    with asked_by("ben"):
        work.append(queue.submit(note(done, "ben")))
    held.go_on.set()
    for one in work:
        one.result()

    assert "ben" in done[:2]


def test_what_people_ask_goes_before_digests(queue: Queue, held: Held) -> None:
    done: list[str] = []
    with asked_by("ana", priority=Priority.BACKGROUND):
        work = [queue.submit(note(done, "digest"))]
    with asked_by("ben"):
        work.append(queue.submit(note(done, "question")))
    held.go_on.set()
    for one in work:
        one.result()

    assert ["question", "digest"] == done


def test_what_is_cancelled_while_it_waits_is_never_begun(queue: Queue, held: Held) -> None:
    done: list[str] = []
    gone, last = queue.submit(note(done, "gone")), queue.submit(note(done, "last"))

    assert gone.cancel()
    assert queue.waiting(gone) is None
    held.go_on.set()
    last.result()
    assert ["last"] == done


def test_one_person_cannot_fill_the_queue(queue: Queue, held: Held) -> None:
    with asked_by("ana"):
        for _ in range(MOST_OF_PERSON):
            queue.submit(lambda: None)
        with pytest.raises(UserError, match="20 of your requests wait for tiny already"):
            queue.submit(lambda: None)
    with asked_by("ben"):
        queue.submit(lambda: None)


def test_one_server_cannot_fill_the_queue(queue: Queue, held: Held) -> None:
    for number in range(MOST_OF_SERVER):
        with asked_by(f"person {number}"):
            queue.submit(lambda: None)
    with asked_by("ana"), pytest.raises(UserError, match="Too many requests wait for tiny"):
        queue.submit(lambda: None)
    with asked_by("ana", "elsewhere"):
        queue.submit(lambda: None)


def test_the_queue_has_an_end(queue: Queue, held: Held, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST", 2)
    for number in range(2):
        with asked_by("ana", f"server {number}"):
            queue.submit(lambda: None)
    with asked_by("ana", "server 3"), pytest.raises(UserError, match="Too many requests wait for tiny"):
        queue.submit(lambda: None)


def test_how_long_it_takes_is_told_by_who_comes_before(queue: Queue, held: Held) -> None:
    with asked_by("ana"):
        first, second = queue.submit(lambda: None), queue.submit(lambda: None)
    with asked_by("ben"):
        third = queue.submit(lambda: None)
    found = [queue.waiting(one) for one in (first, third, second)]

    assert [1, 2, 3] == [waiting.position for waiting in found if waiting]
    seconds = [waiting.seconds for waiting in found if waiting]
    assert sorted(seconds) == seconds


async def test_who_waits_is_told_and_told_when_it_is_over(
    queue: Queue, held: Held, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "WORTH_TELLING", 0.0)
    told: list[Waiting | None] = []
    heard = asyncio.Event()

    def tell(waiting: Waiting | None) -> None:
        told.append(waiting)
        heard.set()

    with asked_by("ana", tell=tell):
        answer = asyncio.create_task(queue.wait(queue.submit(lambda: "done")))
        await heard.wait()
    held.go_on.set()

    assert "done" == await answer
    assert isinstance(told[0], Waiting)
    assert (1, None) == (told[0].position, told[-1])


async def test_nobody_is_told_of_a_moment(queue: Queue) -> None:
    told: list[Waiting | None] = []
    with asked_by("ana", tell=told.append):
        assert "done" == await queue.wait(queue.submit(lambda: "done"))
    assert not told


async def test_who_stops_waiting_leaves_the_queue(queue: Queue, held: Held) -> None:
    future = queue.submit(lambda: None)
    waiting = asyncio.create_task(queue.wait(future))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting

    assert future.cancelled()
    assert queue.waiting(future) is None


def test_a_closed_queue_takes_nothing_and_answers_nothing_that_waits() -> None:
    queue, held = Queue("tiny"), Held()
    present = queue.submit(held)
    held.at_work.wait()
    waiting = queue.submit(lambda: None)
    closing = threading.Thread(target=queue.close)
    closing.start()
    with pytest.raises(CancelledError):
        waiting.result()
    held.go_on.set()
    closing.join()

    assert ("held", True) == (present.result(), waiting.cancelled())
    with pytest.raises(UserError, match="stopping"):
        queue.submit(lambda: None)


def test_an_unused_queue_closes_at_once() -> None:
    Queue("tiny").close()
