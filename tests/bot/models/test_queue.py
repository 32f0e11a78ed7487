"""The queue in front of a model; nothing here waits for time to pass, only for what has happened."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError
from contextlib import contextmanager
from itertools import count
from math import inf
from time import monotonic

import pytest

from bot.asking import ASKING, Asking, Owner, Priority, Waiting
from bot.errors import UserError
from bot.models import queue as module
from bot.models import waiting as bounds
from bot.models.pulse import Pulse
from bot.models.queue import Queue
from bot.models.waiting import MOST_OF_PERSON, MOST_OF_SERVER


class Held:
    """Work that goes on until it is let go."""

    def __init__(self) -> None:
        self.at_work, self.go_on = threading.Event(), threading.Event()

    def __call__(self, pulse: Pulse) -> str:
        self.at_work.set()
        self.go_on.wait()
        return "held"


@contextmanager
def asked_by(
    person: str,
    server: str = "home",
    priority: Priority = Priority.INTERACTIVE,
    tell: Callable[[Waiting | None], None] = lambda waiting: None,
    patience: float = 600,
) -> Iterator[None]:
    token = ASKING.set(Asking(Owner(server, person), priority, tell, patience))
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


def note(done: list[str], name: str) -> Callable[[Pulse], None]:
    return lambda _: done.append(name)


def test_work_gives_its_result_or_its_error(queue: Queue) -> None:
    def fail(pulse: Pulse) -> None:
        raise LookupError("lost")

    assert 2 == queue.submit(lambda _: 1 + 1).result()
    with pytest.raises(LookupError, match="lost"):
        queue.submit(fail).result()
    assert 3 == queue.submit(lambda _: 3).result()


def test_a_thread_that_computed_ends_when_nothing_waits(queue: Queue) -> None:
    done = list[threading.Thread]()
    for _ in range(3):
        queue.submit(lambda pulse: done.append(threading.current_thread())).result()
        done[-1].join(10)
    assert [False] * 3 == [thread.is_alive() for thread in done]


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
            queue.submit(lambda _: None)
        with pytest.raises(UserError, match="20 of your requests wait for tiny already"):
            queue.submit(lambda _: None)
    with asked_by("ben"):
        queue.submit(lambda _: None)


def test_one_server_cannot_fill_the_queue(queue: Queue, held: Held) -> None:
    for number in range(MOST_OF_SERVER):
        with asked_by(f"person {number}"):
            queue.submit(lambda _: None)
    with asked_by("ana"), pytest.raises(UserError, match="Too many requests wait for tiny"):
        queue.submit(lambda _: None)
    with asked_by("ana", "elsewhere"):
        queue.submit(lambda _: None)


def test_the_queue_has_an_end(queue: Queue, held: Held, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounds, "MOST", 2)
    for number in range(2):
        with asked_by("ana", f"server {number}"):
            queue.submit(lambda _: None)
    with asked_by("ana", "server 3"), pytest.raises(UserError, match="Too many requests wait for tiny"):
        queue.submit(lambda _: None)


def test_how_long_it_takes_is_told_by_who_comes_before(queue: Queue, held: Held) -> None:
    with asked_by("ana"):
        first, second = queue.submit(lambda _: None), queue.submit(lambda _: None)
    with asked_by("ben"):
        third = queue.submit(lambda _: None)
    found = [queue.waiting(one) for one in (first, third, second)]

    assert [1, 2, 3] == [waiting.position for waiting in found if waiting]
    seconds = [waiting.seconds for waiting in found if waiting]
    assert sorted(seconds) == seconds


async def test_who_waits_is_told_and_told_when_it_is_over(
    queue: Queue, held: Held, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bounds, "WORTH_TELLING", 0.0)
    told: list[Waiting | None] = []
    heard = asyncio.Event()

    def tell(waiting: Waiting | None) -> None:
        told.append(waiting)
        heard.set()

    with asked_by("ana", tell=tell):
        answer = asyncio.create_task(queue.wait(queue.submit(lambda _: "done")))
        await heard.wait()
    held.go_on.set()

    assert "done" == await answer
    assert isinstance(told[0], Waiting)
    assert (1, None) == (told[0].position, told[-1])


async def test_nobody_is_told_of_a_moment(queue: Queue) -> None:
    told: list[Waiting | None] = []
    with asked_by("ana", tell=told.append):
        assert "done" == await queue.wait(queue.submit(lambda _: "done"))
    assert not told


async def test_who_stops_waiting_leaves_the_queue(queue: Queue, held: Held) -> None:
    future = queue.submit(lambda _: None)
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
    waiting = queue.submit(lambda _: None)
    closing = threading.Thread(target=queue.close)
    closing.start()
    with pytest.raises(CancelledError):
        waiting.result()
    held.go_on.set()
    closing.join()

    assert ("held", True) == (present.result(), waiting.cancelled())
    with pytest.raises(UserError, match="stopping"):
        queue.submit(lambda _: None)


def test_closing_does_not_wait_for_ever_for_what_hangs() -> None:
    queue, hangs = Queue("tiny"), Held()
    queue.submit(hangs)
    hangs.at_work.wait()

    queue.close(patience=0)

    with pytest.raises(UserError, match="stopping"):
        queue.submit(lambda _: None)
    hangs.go_on.set()


def test_an_unused_queue_closes_at_once() -> None:
    Queue("tiny").close()


def test_what_waits_too_long_is_told_so_and_leaves_its_place(queue: Queue, held: Held) -> None:
    with asked_by("ana"):
        late = queue.submit(lambda _: None)
    with asked_by("ben", priority=Priority.BACKGROUND, patience=3600):
        patient = queue.submit(lambda _: "done")
    assert queue.look(monotonic() + 1000, inf)

    with pytest.raises(UserError, match=r"^The model tiny has too much to do, and your turn did not come in time; ask"):
        late.result()
    assert 1 == len(queue)
    held.go_on.set()
    assert "done" == patient.result()


def test_there_is_nothing_to_look_at_when_all_is_done(queue: Queue) -> None:
    queue.submit(lambda _: None).result()

    assert not queue.look(monotonic(), 600)


def test_work_without_a_sign_of_life_is_given_up_and_others_are_served() -> None:
    lost: list[Pulse] = []
    queue, held = Queue("tiny", lost=lost.append), Held()
    hangs, waits = queue.submit(held), queue.submit(lambda _: "served")
    held.at_work.wait()
    assert queue.look(monotonic() + 100, 600)
    assert not lost
    queue.look(monotonic() + 601, 600)

    with pytest.raises(
        UserError, match=r"^The model tiny gave no sign of life for 10 minutes and is started anew; ask"
    ):
        hangs.result()
    assert "served" == waits.result()
    assert [True] == [pulse.lost for pulse in lost]
    held.go_on.set()
    queue.close()


def test_what_waits_is_served_by_the_thread_that_is_free_when_work_is_given_up() -> None:
    queue, held, submitted = Queue("tiny"), Held(), threading.Event()

    def work(pulse: Pulse) -> str:
        submitted.wait()
        # The digest does not come before it, so that it has the next turn, too.
        queue.pause(pulse)
        return held(pulse)

    queue.submit(work)
    with asked_by("ana", priority=Priority.BACKGROUND, patience=6_000):
        waits = queue.submit(lambda _: "served")
    submitted.set()
    held.at_work.wait()
    queue.look(monotonic() + 601, 600)

    assert "served" == waits.result(10)
    held.go_on.set()
    queue.close()


def test_what_has_shown_nothing_is_done_once_more() -> None:
    queue, held = Queue("tiny"), Held()
    tries: list[Pulse] = []

    def work(pulse: Pulse) -> str:
        tries.append(pulse)
        return held(pulse) if len(tries) == 1 else "second"

    future = queue.submit(work, again=lambda: True)
    held.at_work.wait()
    queue.look(monotonic() + 601, 600)

    assert "second" == future.result()
    held.go_on.set()
    queue.close()
    assert "second" == future.result()


def test_what_is_done_once_more_may_wait_for_its_turn_as_long_as_before() -> None:
    queue, held = Queue("tiny"), Held()
    tries: list[Pulse] = []

    def work(pulse: Pulse) -> str:
        tries.append(pulse)
        return held(pulse) if len(tries) == 1 else "second"

    with asked_by("ana"):
        future = queue.submit(work, again=lambda: True)
    held.at_work.wait()
    queue.look(monotonic() + 601, 600)

    assert "second" == future.result()
    assert tries[0].deadline < tries[1].deadline
    held.go_on.set()
    queue.close()


def test_what_hangs_twice_has_failed() -> None:
    queue, held = Queue("tiny"), [Held(), Held()]
    left = iter(held)

    def work(pulse: Pulse) -> str:
        return next(left)(pulse)

    future = queue.submit(work, again=lambda: True)
    for one in held:
        one.at_work.wait()
        queue.look(monotonic() + 601, 600)

    with pytest.raises(UserError, match="gave no sign of life"):
        future.result()
    for one in held:
        one.go_on.set()
    queue.close()


def test_work_that_rests_does_not_hang(queue: Queue) -> None:
    rests, go_on = threading.Event(), threading.Event()

    def work(pulse: Pulse) -> str:
        pulse.rest()
        rests.set()
        go_on.wait()
        return "done"

    future = queue.submit(work)
    rests.wait()
    assert queue.look(monotonic() + 601, 600)
    go_on.set()

    assert "done" == future.result()


def test_work_is_charged_for_what_it_computed(queue: Queue, held: Held, monkeypatch: pytest.MonkeyPatch) -> None:
    # Whatever is done takes a second, of which ana's work computes almost nothing.
    monkeypatch.setattr(module, "perf_counter", count().__next__)
    done: list[str] = []

    def little(pulse: Pulse) -> None:
        pulse.spent = 0.01
        done.append("ana")

    with asked_by("ben"):
        work = [queue.submit(note(done, "ben")) for _ in range(4)]
    with asked_by("ana"):
        work += [queue.submit(little) for _ in range(4)]
    held.go_on.set()
    for one in work:
        one.result()

    assert ["ben", *["ana"] * 4, *["ben"] * 3] == done
