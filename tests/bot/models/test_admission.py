"""The line in front of a server; nothing here waits for time to pass, only for what has happened."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.asking import ASKING, Asking, Owner, Priority, Waiting
from bot.errors import UserError
from bot.models import admission as module
from bot.models import waiting as bounds
from bot.models.admission import Admission


class Asks:
    """People who ask, each in a task of their own, until they are let go."""

    def __init__(self, at_once: int = 1) -> None:
        self.admission = Admission("far", at_once)
        self.inside: list[str] = []
        self.most = 0
        self._now = 0

    async def ask(
        self,
        person: str,
        go_on: asyncio.Event,
        priority: Priority = Priority.INTERACTIVE,
        tell: Callable[[Waiting | None], None] = lambda waiting: None,
        patience: float = 600,
    ) -> None:
        ASKING.set(Asking(Owner("home", person), priority, tell, patience))
        async with self.admission.turn():
            self.inside.append(person)
            self._now += 1
            self.most = max(self.most, self._now)
            try:
                await go_on.wait()
            finally:
                self._now -= 1

    def task(self, person: str, go_on: asyncio.Event, priority: Priority = Priority.INTERACTIVE) -> asyncio.Task[None]:
        return asyncio.create_task(self.ask(person, go_on, priority))


async def settle() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


async def test_only_a_few_ask_at_once() -> None:
    asks, go_on = Asks(2), asyncio.Event()
    tasks = [asks.task("ana", go_on) for _ in range(5)]
    await settle()
    assert 2 == len(asks.inside)
    go_on.set()
    await asyncio.gather(*tasks)

    assert (5, 2) == (len(asks.inside), asks.most)


async def test_who_asks_once_does_not_wait_for_who_asks_often(monkeypatch: pytest.MonkeyPatch) -> None:
    # Each answer takes a second.
    monkeypatch.setattr(module, "perf_counter", count().__next__)
    asks, go_on = Asks(), asyncio.Event()
    tasks = [asks.task("ana", go_on) for _ in range(5)]
    await settle()
    tasks += [asks.task("ben", go_on), asks.task("digest", go_on, Priority.BACKGROUND)]
    await settle()
    go_on.set()
    await asyncio.gather(*tasks)

    assert asks.inside.index("ben") <= 2
    assert "digest" == asks.inside[-1]


async def test_one_long_answer_after_the_other_gets_no_more_than_short_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    now, long = 0.0, 60.0
    monkeypatch.setattr(module, "perf_counter", lambda: now)
    admission, had = Admission("far", 1), dict.fromkeys("abcd", 0.0)

    async def ask(person: str) -> None:
        nonlocal now
        ASKING.set(Asking(Owner("home", person), Priority.INTERACTIVE, lambda waiting: None, 600))
        while now < 50 * long:
            async with admission.turn():
                took = long if person == "a" else 2.0
                now += took
                had[person] += took

    await asyncio.gather(*map(ask, had))

    assert max(had.values()) - min(had.values()) <= 2 * long, had


async def test_who_owes_for_a_long_answer_is_told_a_place_behind_who_has_had_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = 0.0
    monkeypatch.setattr(module, "perf_counter", lambda: now)
    asks, long, go_on = Asks(), asyncio.Event(), asyncio.Event()
    tasks = [asks.task("ana", long)]
    await settle()
    tasks.append(asks.task("ben", go_on))
    await settle()
    now = 60.0
    long.set()
    await settle()
    tasks += [asks.task("ana", go_on), asks.task("cai", go_on)]
    await settle()
    told = [asks.admission.waiting(place) for place in asks.admission._fair._waiting]
    assert [2, 1] == [one.position for one in told if one]
    go_on.set()
    await asyncio.gather(*tasks)

    assert ["ana", "ben", "cai", "ana"] == asks.inside


async def test_a_few_who_ask_often_do_not_shut_the_others_out() -> None:
    asks, go_on = Asks(), asyncio.Event()

    async def fill() -> list[asyncio.Task[None]]:
        tasks = [asks.task(f"person {number % 5}", go_on) for number in range(5 * bounds.MOST_OF_PERSON)]
        await settle()
        return tasks

    tasks = await fill()
    assert any(task.done() for task in tasks)
    others = [asks.task(f"other {number}", go_on) for number in range(10)]
    await settle()
    tasks += await fill()
    assert not any(task.done() for task in others)
    go_on.set()
    await asyncio.gather(*others)
    await asyncio.gather(*tasks, return_exceptions=True)

    assert {f"other {number}" for number in range(10)} <= set(asks.inside)


async def test_who_waits_is_told_the_place_and_when_it_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounds, "WORTH_TELLING", 0.0)
    asks, go_on, told = Asks(), asyncio.Event(), list[Waiting | None]()
    first = asks.task("ana", go_on)
    await settle()
    second = asyncio.create_task(asks.ask("ben", go_on, tell=told.append))
    await settle()
    go_on.set()
    await asyncio.gather(first, second)

    assert isinstance(told[0], Waiting)
    assert (1, None) == (told[0].position, told[-1])


async def test_places_are_counted_once_for_all_who_look() -> None:
    asks, go_on = Asks(), asyncio.Event()
    order, counted = asks.admission._fair.order, list[int]()

    def watched() -> Iterator[Future[None]]:
        counted.append(len(asks.admission._fair))
        return order()

    asks.admission._fair.order = watched  # type: ignore[method-assign]  # to see how often it is asked
    tasks = [asks.task(f"person {number}", go_on) for number in range(20)]
    await settle()
    places = list(asks.admission._fair._waiting)
    assert [*range(1, 20)] == sorted(told.position for place in places if (told := asks.admission.waiting(place)))
    assert [19] == counted
    tasks[-1].cancel()
    await settle()
    assert [*range(1, 19)] == sorted(told.position for place in places if (told := asks.admission.waiting(place)))
    assert [19, 18] == counted
    go_on.set()
    await asyncio.gather(*tasks[:-1])


async def test_who_does_not_wait_any_more_leaves_the_line() -> None:
    asks, go_on = Asks(), asyncio.Event()
    first, second, third = (asks.task(name, go_on) for name in ("ana", "ben", "cai"))
    await settle()
    second.cancel()
    await settle()
    first.cancel()
    await settle()
    go_on.set()
    await third

    assert ["ana", "cai"] == asks.inside


async def test_who_waits_too_long_is_told_so_and_leaves_the_line() -> None:
    asks, go_on = Asks(), asyncio.Event()
    first = asks.task("ana", go_on)
    await settle()
    with pytest.raises(UserError, match=r"^The model far has too much to do, and your turn did not come in time"):
        await asks.ask("ben", go_on, patience=0)
    go_on.set()
    await first

    assert ["ana"] == asks.inside


async def test_nobody_can_fill_the_line() -> None:
    asks, go_on = Asks(), asyncio.Event()
    tasks = [asks.task("ana", go_on) for _ in range(bounds.MOST_OF_PERSON)]
    await settle()
    with pytest.raises(UserError, match="20 of your requests wait for far already"):
        await asks.ask("ana", go_on)
    go_on.set()
    await asyncio.gather(*tasks)


def test_threads_wait_in_the_same_line() -> None:
    admission, done = Admission("far", 1), list[str]()

    def ask() -> None:
        with admission.turn_in_thread():
            done.append("second")

    with admission.turn_in_thread():
        thread = threading.Thread(target=ask)
        thread.start()
        done.append("first")
        before = ASKING.set(Asking(Owner("home", "ana"), Priority.INTERACTIVE, lambda waiting: None, 0))
        with pytest.raises(UserError, match="did not come in time"), admission.turn_in_thread():
            pass
        ASKING.reset(before)
    thread.join()

    assert ["first", "second"] == done


@given(st.integers(1, 4), st.lists(st.tuples(st.sampled_from("abc"), st.booleans()), min_size=1, max_size=20))
def test_everyone_who_stays_has_a_turn_and_never_too_many_at_once(at_once: int, people: list[tuple[str, bool]]) -> None:
    async def all_ask() -> Asks:
        asks, go_on = Asks(at_once), asyncio.Event()
        tasks = [asks.task(person, go_on) for person, _ in people]
        await settle()
        for task, (_, stays) in zip(tasks, people, strict=True):
            if not stays:
                task.cancel()
        await settle()
        go_on.set()
        await asyncio.gather(*tasks, return_exceptions=True)
        assert all(stays for task, (_, stays) in zip(tasks, people, strict=True) if not task.cancelled())
        return asks

    asks = asyncio.run(all_ask())
    assert asks.most <= at_once
    assert 0 == len(asks.admission._fair)
    assert not asks.admission._inside
