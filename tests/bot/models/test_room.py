"""Which models are in memory; nothing here waits for time to pass, only for what has happened."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import ExitStack

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import UserError
from bot.models import room as module
from bot.models.pulse import Pulse
from bot.models.room import Room


class Model:
    """A model that takes some of a machine's memory once it is loaded."""

    def __init__(self, name: str, needs: int, machine: Memory | None = None) -> None:
        self.name = name
        self.needs = needs
        self.machine = machine or Memory(0)
        self.loaded = False
        self.stays = False

    def let_go(self) -> bool:
        if self.stays:
            return False
        self.loaded = False
        self.machine.taken.discard(self)
        return True


class Memory:
    """A machine's memory, as it tells how much is free."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.taken: set[Model] = set()

    def free(self) -> int:
        return self.size - sum(model.needs for model in self.taken)


def never() -> bool:
    return False


def load(room: Room, model: Model, pulse: Pulse | None = None, ended: Callable[[], bool] = never) -> None:
    """What a model's thread does before its work."""
    pulse = pulse or Pulse()
    with room.working(model, pulse, ended):
        if not model.loaded:
            with room.loading(model, model.needs, pulse, ended):
                model.loaded = True
                model.machine.taken.add(model)


def in_thread(work: Callable[[], None]) -> Future[None]:
    done: Future[None] = Future()

    def run() -> None:
        try:
            work()
        except BaseException as error:
            done.set_exception(error)
        else:
            done.set_result(None)

    threading.Thread(target=run, daemon=True).start()
    return done


def within(budget: int) -> Room:
    return Room(budget, free=lambda: 10**9, tidy=lambda: None)


def waits(room: Room, ended: threading.Event, looked: threading.Event) -> Callable[[], bool]:
    """What a load that waits asks: notes that it does."""

    def look() -> bool:
        looked.set()
        return ended.is_set()

    return look


def test_the_model_that_was_not_used_for_longest_makes_room() -> None:
    room = within(10)
    one, two, three = Model("one", 4), Model("two", 4), Model("three", 4)
    for model in (one, two, one, three):
        load(room, model)

    assert (True, False, True) == (one.loaded, two.loaded, three.loaded)


def test_a_model_that_was_let_go_is_loaded_again_when_it_is_used() -> None:
    room = within(6)
    one, two = Model("one", 4), Model("two", 4)
    for model in (one, two, one):
        load(room, model)

    assert (True, False) == (one.loaded, two.loaded)


def test_a_model_that_can_never_fit_says_so_in_one_line() -> None:
    room, there = within(6_000_000_000), Model("there", 4_000_000_000)
    load(room, there)
    with pytest.raises(UserError, match=r"^The model large needs about 9.0 GB .* take 6.0 GB here; .*memory_gib"):
        load(room, Model("large", 9_000_000_000))

    assert there.loaded


def test_without_a_budget_models_take_what_is_free() -> None:
    memory = Memory(10)
    room = Room(None, memory.free, tidy=lambda: None)
    one, two, three = Model("one", 4, memory), Model("two", 4, memory), Model("three", 4, memory)
    for model in (one, two, three):
        load(room, model)

    assert (False, True, True) == (one.loaded, two.loaded, three.loaded)


def test_without_a_budget_whoever_loads_a_model_says_what_is_lacking() -> None:
    memory = Memory(10)
    room = Room(None, memory.free, tidy=lambda: None)
    one, large = Model("one", 4, memory), Model("large", 11, memory)
    load(room, one)
    load(room, large)

    assert (False, True) == (one.loaded, large.loaded)


def test_a_model_at_work_is_not_let_go_and_the_load_waits_for_its_end() -> None:
    room, ended, looked = within(6), threading.Event(), threading.Event()
    one, two = Model("one", 4), Model("two", 4)
    load(room, one)
    with room.working(one, Pulse(), never):
        waiting = in_thread(lambda: load(room, two, ended=waits(room, ended, looked)))
        looked.wait()
        assert (True, False) == (one.loaded, two.loaded)
    waiting.result()

    assert (False, True) == (one.loaded, two.loaded)


def test_a_model_that_is_asked_often_makes_room_between_two_times() -> None:
    room, ended, looked = within(6), threading.Event(), threading.Event()
    one, two = Model("one", 4), Model("two", 4)
    load(room, one)
    with room.working(one, Pulse(), never):
        waiting = in_thread(lambda: load(room, two, ended=waits(room, ended, looked)))
        looked.wait()
    with room.working(one, Pulse(), never):
        assert (False, True) == (one.loaded, two.loaded)
    waiting.result()


def test_a_model_in_the_middle_of_something_goes_on_before_who_waits_for_room() -> None:
    room, ended, looked = within(6), threading.Event(), threading.Event()
    one, two = Model("one", 4), Model("two", 4)
    load(room, one)
    one.stays = True
    waiting = in_thread(lambda: load(room, two, ended=waits(room, ended, looked)))
    looked.wait()
    with room.working(one, Pulse(), never):
        assert one.loaded
        one.stays = False
    waiting.result()

    assert (False, True) == (one.loaded, two.loaded)


@pytest.mark.parametrize("late", [True, False])
def test_a_load_that_waits_too_long_or_for_nobody_is_given_up(late: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LOOK_EVERY", 0.0)
    room, one, two = within(6), Model("one", 4), Model("two", 4)
    load(room, one)
    pulse = Pulse(deadline=0.0 if late else float("inf"))
    told = "The model two does not fit into memory beside those at work; ask again" if late else "The work was stopped"
    with room.working(one, Pulse(), never), pytest.raises(UserError, match=f"^{told}"):
        load(room, two, pulse, lambda: not late)

    assert (True, False) == (one.loaded, two.loaded)
    load(room, two)
    assert two.loaded


def test_work_that_waits_for_room_says_so_until_it_has_it() -> None:
    room, ended, looked, pulse = within(6), threading.Event(), threading.Event(), Pulse()
    one, two = Model("one", 4), Model("two", 4)
    load(room, one)
    one.stays = True
    waiting = in_thread(lambda: load(room, two, pulse, waits(room, ended, looked)))
    looked.wait()
    with room.working(one, Pulse(), never):
        assert pulse.lacks_room
        one.stays = False
    waiting.result()

    assert not pulse.lacks_room


def test_a_model_keeps_its_place_for_as_long_again_as_its_load_took(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr(module, "monotonic", lambda: now)
    room, ended, looked = within(6), threading.Event(), threading.Event()
    one, two = Model("one", 4), Model("two", 4)
    with room.working(one, Pulse(), never):
        with room.loading(one, one.needs, Pulse(), never):
            now = 105.0
        now = 120.0
        assert not room.crowded(one)
        waiting = in_thread(lambda: load(room, two, ended=waits(room, ended, looked)))
        looked.wait()
        now = 109.9
        assert not room.crowded(one)
        now = 110.0
        assert room.crowded(one)
    waiting.result()

    assert not room.crowded(one)


def test_what_was_given_up_is_swept_up_before_another_has_to_go() -> None:
    memory = Memory(10)
    given_up, idle, next_ = Model("given up", 4, memory), Model("idle", 4, memory), Model("next", 4, memory)
    room = Room(None, memory.free, tidy=lambda: memory.taken.discard(given_up))
    for model in (given_up, idle):
        load(room, model)
    room.leave(given_up)
    load(room, next_)

    assert {idle, next_} == memory.taken


def test_a_load_that_fails_leaves_its_room_to_others() -> None:
    room, one, two = within(6), Model("one", 4), Model("two", 4)
    with pytest.raises(ValueError, match="broken"), room.loading(one, one.needs, Pulse(), never):
        raise ValueError("broken")
    load(room, two)

    assert two.loaded


def test_a_model_that_was_closed_leaves_its_room_to_others() -> None:
    tidied: list[bool] = []
    room = Room(6, free=lambda: 10**9, tidy=lambda: tidied.append(True))
    one, two = Model("one", 4), Model("two", 4)
    load(room, one)
    room.leave(one)
    load(room, two)

    # What is left of it in memory goes before the next one comes.
    assert (True, [True]) == (two.loaded, tidied)


def test_all_other_idle_models_can_be_let_go() -> None:
    room = within(20)
    models = [Model(str(number), 4) for number in range(4)]
    for model in models:
        load(room, model)
    with room.working(models[1], Pulse(), never):
        assert room.clear(models[0])
        assert not room.clear(models[0])

    assert [True, True, False, False] == [model.loaded for model in models]


@given(
    st.lists(st.integers(1, 6), min_size=1, max_size=6),
    st.lists(st.tuples(st.integers(0, 5), st.booleans()), max_size=40),
    st.booleans(),
)
def test_models_never_take_more_than_there_is_and_those_at_work_stay(
    sizes: list[int], asked: list[tuple[int, bool]], measured: bool
) -> None:
    memory = Memory(12)
    room = Room(None if measured else 12, memory.free, tidy=lambda: None)
    models = [Model(str(number), needs, memory) for number, needs in enumerate(sizes)]
    with ExitStack() as work:
        at_work: set[Model] = set()
        for number, goes_on in asked:
            model = models[number % len(models)]
            if model not in at_work and sum(one.needs for one in at_work) + model.needs > 12:
                continue  # It would wait.
            load(room, model)
            assert model.loaded
            if goes_on:
                work.enter_context(room.working(model, Pulse(), never))
                at_work.add(model)
            assert memory.free() >= 0
            assert all(one.loaded for one in at_work)


def test_a_load_that_was_given_up_takes_nothing_from_the_next() -> None:
    room = Room(free=lambda: 10, tidy=lambda: None)
    model, other = Model("model", 6), Model("other", 6)
    hangs = room.loading(model, model.needs, Pulse(), never)
    hangs.__enter__()
    room.leave(model)
    again = Pulse()
    with room.working(model, again, never), room.loading(model, model.needs, again, never):
        error = OSError("it was read to its end after all")
        assert not hangs.__exit__(OSError, error, None)
        with pytest.raises(UserError, match="does not fit"):
            load(room, other, Pulse(deadline=0))


def test_the_event_loop_does_not_wait_while_memory_is_given_back() -> None:
    tidying, go_on = threading.Event(), threading.Event()

    def tidy() -> None:
        tidying.set()
        go_on.wait()

    room = Room(10, free=lambda: 10**9, tidy=tidy)
    load(room, Model("idle", 8))
    loading = in_thread(lambda: load(room, Model("next", 8)))
    tidying.wait()
    room.nudge()
    go_on.set()
    assert loading.result() is None
