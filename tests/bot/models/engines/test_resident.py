"""A model of this process: its threads, its place in memory, and its end."""

from __future__ import annotations

import asyncio
import gc
import threading
from collections.abc import Callable
from functools import partial
from time import monotonic
from traceback import walk_tb
from weakref import finalize

import pytest
from structlog.testing import capture_logs

from bot.asking import ASKING, Asking, Owner, Priority, Waiting
from bot.errors import UserError
from bot.models import queue, room, waiting
from bot.models.engines.resident import LOADS, Resident
from bot.models.machine import Machine
from bot.models.pulse import Pulse
from bot.models.room import Room
from bot.models.turns import Turn, Turns
from bot.models.waiting import FOR_ROOM, Failed


class NotedTurns(Turns):
    """Tells when somebody waits."""

    def __init__(self) -> None:
        super().__init__(at_once=1)
        self.somebody_waits = threading.Event()

    def _wait(self, turn: Turn) -> None:
        if self._present:
            self.somebody_waits.set()
        super()._wait(turn)


class Shared:
    """A machine with room for ten bytes, and models of any size on it."""

    def __init__(self) -> None:
        self.turns = NotedTurns()
        self.machine = Machine(Room(10, free=lambda: 10**9, tidy=lambda: None), look_every=1000)
        self.machine.turns = self.turns
        self.loads: list[str] = []
        self.verified: list[str] = []
        self.residents: list[Resident[str]] = []

    def model(self, name: str, needs: int = 4) -> Resident[str]:
        def load() -> str:
            self.loads.append(name)
            return name

        resident = Resident(name, lambda: self.verified.append(name), load)
        resident.join(self.machine, needs)
        self.residents.append(resident)
        return resident

    async def close(self) -> None:
        for resident in self.residents:
            await resident.close()
        self.machine.close()


@pytest.fixture
def shared() -> Shared:
    return Shared()


@pytest.fixture
def short_rounds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every step uses up what a round gives to a person."""
    monkeypatch.setattr(queue, "ROUND", 1e-9)


def asked_by(person: str) -> None:
    ASKING.set(Asking(Owner("home", person), Priority.INTERACTIVE, lambda waiting: None))


async def use(resident: Resident[str]) -> str:
    return await resident.run(lambda model, stopped: model)


class Steps:
    """Work of several steps, each of which waits to be let go."""

    def __init__(self, name: str, count: int, done: list[str]) -> None:
        self._name, self._count, self._done = name, count, done
        self.at_work = threading.Event()

    def __call__(self, model: str, stopped: Callable[[], bool]) -> str:
        for _ in range(self._count):
            self.at_work.set()
            self._done.append(self._name)
            if stopped():
                return "stopped"
        return "done"


def test_work_that_hangs_does_not_keep_the_process_from_ending() -> None:
    resident: Resident[str] = Resident("tiny", lambda: None, lambda: "model")
    at_work, go_on, ended = threading.Event(), threading.Event(), threading.Event()

    def hang(pulse: Pulse) -> None:
        at_work.set()
        go_on.wait(timeout=20)
        ended.set()

    async def stop_in_time() -> None:
        resident._queue.submit(hang)
        at_work.wait()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0):
                await resident.close()

    # At its end this waits for every thread of the loop's own pool.
    asyncio.run(stop_in_time())
    assert not ended.is_set()
    go_on.set()


async def test_a_model_that_made_room_is_loaded_again_and_verified_once(shared: Shared) -> None:
    one, two, three = (shared.model(name) for name in ("one", "two", "three"))
    for model in (one, two, three):
        await use(model)
    assert (False, True, True) == (one.loaded, two.loaded, three.loaded)

    assert "one" == await use(one)
    assert ["one", "two", "three", "one"] == shared.loads
    assert ["one", "two", "three"] == shared.verified
    await shared.close()


async def test_a_model_that_cannot_fit_says_so_each_time(shared: Shared) -> None:
    large = shared.model("large", 11)
    for _ in range(2):
        with pytest.raises(UserError, match="models may take 10 bytes here; choose a smaller one"):
            await use(large)

    assert not shared.loads
    await shared.close()


async def test_a_model_stays_while_something_is_kept_of_it(shared: Shared) -> None:
    one, two, three = (shared.model(name) for name in ("one", "two", "three"))
    for model in (one, two):
        await use(model)
    one.before_leaving(lambda: False)
    await use(three)

    assert (True, False, True) == (one.loaded, two.loaded, three.loaded)
    await shared.close()


async def test_one_model_s_work_makes_room_for_another_s_between_two_steps(shared: Shared) -> None:
    one, two, go_on, at_work = shared.model("one"), shared.model("two"), threading.Event(), threading.Event()
    for model in (one, two):
        await use(model)

    def long(model: str, stopped: Callable[[], bool]) -> bool:
        at_work.set()
        go_on.wait()
        # Ends only when the other has had its turn.
        while not short.done():
            stopped()
        return stopped()

    asked_by("ana")
    work = one.submit(long)
    await asyncio.to_thread(at_work.wait)
    asked_by("ben")
    short = two.submit(lambda model, stopped: "short")
    go_on.set()

    assert "short" == await asyncio.wrap_future(short)
    assert not await asyncio.wrap_future(work)
    await shared.close()


@pytest.mark.parametrize(
    ("pauses", "order"),
    [
        (0, ["long", "long", "long", "short"]),
        (1, ["short", "long", "long", "long"]),
        (3, ["long", "long", "short", "long"]),
    ],
)
async def test_others_work_on_the_same_model_between_the_steps_of_what_pauses(
    shared: Shared, short_rounds: None, pauses: int, order: list[str]
) -> None:
    one, go_on, at_work, done = shared.model("one"), threading.Event(), threading.Event(), list[str]()
    await use(one)

    def long(model: str, stopped: Callable[[], bool]) -> None:
        at_work.set()
        go_on.wait()
        for _ in range(3):
            assert not stopped()
            done.append("long")

    asked_by("ana")
    work = asyncio.create_task(one.run(long, pauses=pauses))
    await asyncio.to_thread(at_work.wait)
    asked_by("ben")
    short = one.submit(lambda model, stopped: done.append("short"))
    go_on.set()
    await asyncio.gather(work, asyncio.wrap_future(short))

    assert order == done
    await shared.close()


async def test_what_has_begun_comes_to_its_end_where_another_model_waits_for_room(
    shared: Shared, short_rounds: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(waiting, "LOOK_EVERY", 0.0)
    one, two, done = shared.model("one", 8), shared.model("two", 8), list[str]()
    at_work, go_on, no_room = threading.Event(), threading.Event(), asyncio.Event()

    def long(model: str, stopped: Callable[[], bool]) -> None:
        at_work.set()
        go_on.wait()
        for _ in range(3):
            assert not stopped()
            done.append("long")

    asked_by("ana")
    work = asyncio.create_task(one.run(long, pauses=1))
    await asyncio.to_thread(at_work.wait)
    asked_by("ben")
    short = one.submit(lambda model, stopped: done.append("short"))
    ASKING.set(Asking(Owner("home", "cid"), Priority.INTERACTIVE, lambda waiting: no_room.set()))
    beside = asyncio.create_task(two.run(lambda model, stopped: done.append("two")))
    await no_room.wait()
    go_on.set()
    await asyncio.gather(work, beside, asyncio.wrap_future(short))

    assert ["long", "long", "long", "two", "short"] == done
    await shared.close()


async def test_what_is_cancelled_while_it_pauses_stops_at_its_next_turn(shared: Shared, short_rounds: None) -> None:
    one, go_on, at_work, seen = shared.model("one"), threading.Event(), threading.Event(), list[bool]()
    await use(one)

    def long(model: str, stopped: Callable[[], bool]) -> None:
        at_work.set()
        go_on.wait()
        seen.append(stopped())

    begun, let = threading.Event(), threading.Event()

    def short(model: str, stopped: Callable[[], bool]) -> None:
        begun.set()
        let.wait()

    asked_by("ana")
    work = asyncio.create_task(one.run(long, pauses=1))
    await asyncio.to_thread(at_work.wait)
    asked_by("ben")
    other = one.submit(short)
    go_on.set()
    await asyncio.to_thread(begun.wait)
    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await work
    let.set()
    await asyncio.wrap_future(other)
    await one.close()

    assert [True] == seen
    await shared.close()


async def test_work_that_nobody_waits_for_any_more_leaves_the_line_at_once(shared: Shared) -> None:
    one, two = shared.model("one"), shared.model("two")
    for model in (one, two):
        await use(model)
    go_on, began, done = threading.Event(), threading.Event(), list[str]()

    def hold(model: str, stopped: Callable[[], bool]) -> None:
        began.set()
        go_on.wait()

    holding = one.submit(hold)
    await asyncio.to_thread(began.wait)
    waiting = asyncio.create_task(two.run(Steps("two", 1, done)))
    await asyncio.to_thread(shared.turns.somebody_waits.wait)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    await two.close()

    assert not done
    go_on.set()
    await asyncio.wrap_future(holding)
    await shared.close()


async def test_want_of_memory_fails_that_work_only_and_lets_idle_models_go(shared: Shared) -> None:
    one, two = shared.model("one"), shared.model("two")
    await use(two)

    def greedy(model: str, stopped: Callable[[], bool]) -> None:
        raise MemoryError

    with pytest.raises(
        UserError, match=r"^There was not enough memory for what you asked of one; ask for less at once"
    ):
        await one.run(greedy)

    assert (True, False) == (one.loaded, two.loaded)
    assert "one" == await use(one)
    await shared.close()


async def test_other_errors_are_as_they_were(shared: Shared) -> None:
    one = shared.model("one")

    def fail(error: Exception, model: str, stopped: Callable[[], bool]) -> None:
        raise error

    for error in (ValueError("lost"), NotImplementedError("lost"), UserError("lost")):
        with pytest.raises(type(error), match=r"^lost$"):
            await one.run(partial(fail, error))
    assert ["one"] == shared.loads
    await shared.close()


class Fails:
    """Work that fails as often as is said, as the libraries do when a kernel did."""

    def __init__(self, times: int) -> None:
        self.times = times

    def __call__(self, model: str, stopped: Callable[[], bool]) -> str:
        if self.times:
            self.times -= 1
            raise RuntimeError("CUDA error: device-side assert triggered")
        return "done"


async def test_a_model_that_failed_is_loaded_anew_and_its_work_done_once_more(shared: Shared) -> None:
    one, two = shared.model("one"), shared.model("two")

    assert "done" == await one.run(Fails(1))
    assert "two" == await use(two)
    assert ["one", "one", "two"] == shared.loads
    assert (True, True) == (one.loaded, two.loaded)
    await shared.close()


@pytest.mark.parametrize("shown", [True, False])
async def test_who_saw_something_or_asked_for_what_failed_twice_is_told_in_a_line(shared: Shared, shown: bool) -> None:
    one = shared.model("one")
    await use(one)
    fails = one.submit(Fails(2), again=lambda: not shown)
    with pytest.raises(UserError, match=r"^The model one failed and is started anew; ask again\.$") as told:
        await asyncio.wrap_future(fails)

    # Nothing keeps the model in memory that is loaded anew.
    frames = [frame.f_code.co_name for frame, _ in walk_tb(told.value.__traceback__)]
    assert (None, None, False) == (told.value.__cause__, told.value.__context__, "_do" in frames)
    assert (False, ["one"] if shown else ["one", "one"]) == (one.loaded, shared.loads)
    assert "one" == await use(one)
    await shared.close()


@pytest.mark.parametrize("told", [True, False])
async def test_why_a_model_failed_is_noted_also_where_its_work_found_out_itself(shared: Shared, told: bool) -> None:
    def fail(model: str, stopped: Callable[[], bool]) -> None:
        try:
            Fails(1)(model, stopped)
        except RuntimeError as error:
            if told:
                raise Failed("one") from error
            raise

    with capture_logs() as logs, pytest.raises(UserError, match="failed and is started anew"):
        await asyncio.wrap_future(shared.model("one").submit(fail))

    assert ["a model failed"] == [each["event"] for each in logs]
    await shared.close()


async def test_paused_work_begins_again_when_the_model_failed_meanwhile(shared: Shared, short_rounds: None) -> None:
    one, at_work, go_on = shared.model("one"), threading.Event(), threading.Event()

    def load() -> str:
        shared.loads.append("one")
        return f"one {len(shared.loads)}"

    one._load = load

    def long(model: str, stopped: Callable[[], bool]) -> str:
        at_work.set()
        go_on.wait()
        return "stopped" if stopped() else model

    asked_by("ana")
    work = asyncio.create_task(one.run(long, pauses=1))
    await asyncio.to_thread(at_work.wait)
    asked_by("ben")
    fails = one.submit(Fails(1))
    with capture_logs() as logs:
        go_on.set()

        with pytest.raises(UserError, match="failed and is started anew"):
            await asyncio.wrap_future(fails)
        assert "one 2" == await work
    # Once, for all the work that was in the midst of it.
    assert ["a model failed"] == [each["event"] for each in logs]
    await shared.close()


class Weights:
    """What a model is in memory."""


async def test_paused_work_does_not_keep_a_model_in_memory_that_failed(shared: Shared, short_rounds: None) -> None:
    at_work, go_on, gone, again = (threading.Event() for _ in range(4))
    loads, begun = list[bool](), list[bool]()

    def load() -> Weights:
        if loads:
            again.set()
        # The first is gone before the second comes.
        loads.append(not loads or gone.is_set())
        weights = Weights()
        finalize(weights, gone.set)
        return weights

    one = Resident("one", lambda: None, load)
    shared.machine.room = Room(10, free=lambda: 10**9, tidy=gc.collect)
    one.join(shared.machine, 4)

    def long(model: Weights, stopped: Callable[[], bool]) -> str:
        begun.append(True)
        at_work.set()
        go_on.wait()
        try:
            return "stopped" if stopped() else "done"
        except Failed:
            # However long it takes to its end.
            again.wait(0.1)
            raise

    def fail(model: Weights, stopped: Callable[[], bool]) -> None:
        raise RuntimeError("CUDA error: device-side assert triggered")

    asked_by("ana")
    paused = one.submit(long, pauses=1, again=lambda: True)
    await asyncio.to_thread(at_work.wait)
    asked_by("ben")
    failed = one.submit(fail)
    # Whose turn comes before that of who paused.
    asked_by("cem")
    after = one.submit(lambda model, stopped: "after")
    go_on.set()

    assert "after" == await asyncio.wrap_future(after)
    assert "done" == await asyncio.wrap_future(paused)
    with pytest.raises(UserError, match="failed and is started anew"):
        await asyncio.wrap_future(failed)
    # Twice, however soon it would have been its turn again.
    assert ([True, True], [True, True]) == (loads, begun)
    await one.close()
    await shared.close()


async def test_who_waits_for_room_is_told_so_and_reads_why_it_did_not_come(
    shared: Shared, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, "LOOK_EVERY", 0.0)
    monkeypatch.setattr(waiting, "LOOK_EVERY", 0.0)
    busy, one, go_on, at_work = shared.model("busy", 8), shared.model("one", 8), threading.Event(), threading.Event()

    def hold(model: str, stopped: Callable[[], bool]) -> None:
        at_work.set()
        go_on.wait()

    holding = busy.submit(hold)
    await asyncio.to_thread(at_work.wait)
    told: dict[str, Waiting | None] = {}
    heard = [asyncio.Event(), asyncio.Event()]

    async def ask(number: int, patience: float) -> str:
        def tell(waiting: Waiting | None) -> None:
            if waiting is None or waiting.room:
                told[str(number)] = waiting
                heard[number].set()

        ASKING.set(Asking(Owner("home", str(number)), Priority.INTERACTIVE, tell, patience))
        return await use(one)

    first = asyncio.create_task(ask(0, 600))
    await heard[0].wait()
    behind = asyncio.create_task(ask(1, 500))
    await heard[1].wait()
    assert {"0": FOR_ROOM, "1": FOR_ROOM} == told
    shared.machine.look(monotonic() + 501)

    with pytest.raises(UserError, match=r"^The model one does not fit into memory beside those at work; ask again in"):
        await behind
    go_on.set()
    assert "one" == await first
    assert {"0": None, "1": None} == told
    await asyncio.wrap_future(holding)
    await shared.close()


async def test_a_model_that_hangs_is_loaded_anew_and_its_work_done_once_more(shared: Shared) -> None:
    one, two = shared.model("one"), shared.model("two")
    at_work, go_on, stops = threading.Event(), threading.Event(), list[bool]()

    def hang_once(model: str, stopped: Callable[[], bool]) -> str:
        if not at_work.is_set():
            at_work.set()
            go_on.wait()
            stops.append(stopped())
        return "second"

    answer = asyncio.create_task(one.run(hang_once))
    await asyncio.to_thread(at_work.wait)
    shared.machine.look(monotonic() + 601)

    assert "second" == await answer
    assert "two" == await use(two)
    assert ["one", "one", "two"] == shared.loads
    go_on.set()
    await shared.close()


async def test_a_load_that_hangs_keeps_nobody_else_from_loading(shared: Shared) -> None:
    began, go_on = threading.Event(), threading.Event()

    def load() -> str:
        if not began.is_set():
            began.set()
            go_on.wait()
        return "model"

    resident = Resident("slow", lambda: None, load)
    resident.join(shared.machine, 10)
    shared.residents.append(resident)
    first = resident.submit(lambda model, stopped: model)
    await asyncio.to_thread(began.wait)
    shared.machine.look(monotonic() + 601)
    assert not first.done()  # Large files on a slow disk take longer than a step does.
    shared.machine.look(monotonic() + 601 + LOADS)

    with pytest.raises(UserError, match="gave no sign of life"):
        await asyncio.wrap_future(first)
    assert "model" == await use(resident)
    go_on.set()
    await shared.close()


async def test_a_machine_looks_by_itself_and_stops_when_nothing_is_left() -> None:
    machine = Machine(Room(10, free=lambda: 10, tidy=lambda: None), hangs_after=0.0, look_every=0.001)
    resident = Resident("slow", lambda: None, lambda: "model")
    resident.join(machine, 1)
    go_on = threading.Event()

    with pytest.raises(UserError, match="gave no sign of life"):
        await asyncio.wrap_future(resident.submit(lambda model, stopped: go_on.wait()))
    go_on.set()
    await resident.close()
    machine.close()


async def test_nothing_is_loaded_for_nobody(shared: Shared) -> None:
    model = shared.model("tiny")
    gone = threading.Event()
    gone.set()

    with pytest.raises(UserError, match="stopped"):
        await asyncio.wrap_future(model.submit(lambda model, stopped: model, gone))

    assert [] == shared.loads
    await shared.close()
