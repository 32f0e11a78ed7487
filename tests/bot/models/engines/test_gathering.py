"""Common batches of what several people ask; nothing here waits for time to pass, only for what has happened."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Sequence
from time import monotonic

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.asking import ASKING, Asking, Owner, Priority, Waiting
from bot.errors import UserError
from bot.models import waiting as bounds_of_waiting
from bot.models.engines import gathering_shift as module
from bot.models.engines.gathering import Gathering
from bot.models.engines.gathering_parts import Asked, Bounds, Gone, Part, choose
from bot.models.engines.resident import Resident
from bot.models.machine import Machine
from bot.models.room import Room
from bot.models.turns import Turn, Turns
from bot.models.waiting import MOST_OF_PERSON

BOUNDS = Bounds(tokens=1000, texts=8, padding=100, pool=16)


class Loud:
    """A model that says everything in capitals, and keeps its batches.

    Attributes:
        lost: Threads in which it hung.
        batches: What it was handed.
        gone: Who had left at the end of each.
        at_work: Set while it is held at the text `hold`.
        go_on: Lets it go on.
        paused: Set while it is held at the text `pause`.
        resume: Lets it go on there.
        room: Texts that its memory suffices for.
    """

    def __init__(self) -> None:
        self.batches: list[list[str]] = []
        self.gone: list[Sequence[bool]] = []
        self.at_work, self.go_on = threading.Event(), threading.Event()
        self.paused, self.resume = threading.Event(), threading.Event()
        self.room = 100
        self.lost: list[threading.Thread] = []

    def __call__(self, model: str, values: Sequence[str], gone: Gone) -> list[str]:
        self.batches.append(list(values))
        if "hold" in values:
            self.at_work.set()
            self.go_on.wait()
        if "pause" in values:
            self.paused.set()
            self.resume.wait()
        self.gone.append(gone())
        if len(values) > self.room:
            raise MemoryError
        if "bad" in values:
            raise ValueError("bad")
        return [value.upper() for value in values]


def asked(*texts: str, kind: str = "") -> Asked[object, str, str, list[str]]:
    def prepare(model: object) -> tuple[list[Part[str]], Callable[[Sequence[str]], list[str]]]:
        if "unreadable" in texts:
            raise UserError("unreadable")
        return [Part(text, len(text), kind) for text in texts], list

    return prepare


class Gathered:
    """A gathering in front of a loud model."""

    def __init__(self, bounds: Bounds = BOUNDS, loud: Loud | None = None) -> None:
        self.loud = loud or Loud()
        self.resident: Resident[str] = Resident("tiny", lambda: None, lambda: "model")
        self.gathering: Gathering[str, str, str] = Gathering(self.resident, self.loud, bounds)

    def ask(
        self,
        *texts: str,
        person: str = "ana",
        kind: str = "",
        tell: Callable[[Waiting | None], None] = lambda waiting: None,
        patience: float = 600,
        priority: Priority = Priority.INTERACTIVE,
    ) -> asyncio.Task[list[str]]:
        """Let somebody ask."""

        async def ask() -> list[str]:
            ASKING.set(Asking(Owner("home", person), priority, tell, patience))
            return await self.gathering.run(asked(*texts, kind=kind), sum(map(len, texts)))

        return asyncio.create_task(ask())

    async def hold(self) -> asyncio.Task[list[str]]:
        """Keep the model at work."""
        held = self.ask("hold", person="holder", kind="held")
        await asyncio.to_thread(self.loud.at_work.wait)
        return held


@pytest.fixture
async def gathered() -> AsyncIterator[Gathered]:
    gathered = Gathered()
    yield gathered
    gathered.loud.go_on.set()
    await gathered.resident.close()


async def waits(*tasks: asyncio.Task[list[str]]) -> None:
    """Until each task has asked."""
    await asyncio.sleep(0)
    assert not any(task.done() for task in tasks)


async def test_who_asks_alone_is_answered_at_once(gathered: Gathered) -> None:
    assert ["A", "BB", "C"] == await gathered.ask("a", "bb", "c")
    assert [] == await gathered.ask()


async def test_what_several_people_ask_goes_into_one_batch(gathered: Gathered) -> None:
    held = await gathered.hold()
    tasks = [gathered.ask(f"text {number}", person=f"person {number}") for number in range(8)]
    await waits(*tasks)
    gathered.loud.go_on.set()

    assert [[f"TEXT {number}"] for number in range(8)] == await asyncio.gather(*tasks)
    assert ["HOLD"] == await held
    assert [1, 8] == [len(batch) for batch in gathered.loud.batches]


async def test_those_who_ask_again_at_once_meet_again(gathered: Gathered, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "COMPANY", 30.0)
    held = await gathered.hold()

    async def again(person: str) -> None:
        for _ in range(3):
            await gathered.ask(person, person=person)

    talks = [asyncio.create_task(again(f"person {number}")) for number in range(4)]
    for _ in range(2):  # Each begins, and then what it asks.
        await asyncio.sleep(0)
    gathered.loud.go_on.set()
    await asyncio.gather(held, *talks)
    with gathered.gathering._line._change:
        # Nobody comes any more; else it would wait for them.
        gathered.gathering._shift.company = 0
        gathered.gathering._line._change.notify()

    assert [1, 4, 4, 4] == [len(batch) for batch in gathered.loud.batches]


async def test_only_what_is_of_one_kind_goes_into_a_batch(gathered: Gathered) -> None:
    held = await gathered.hold()
    tasks = [gathered.ask(kind, person=kind, kind=kind) for kind in ("fr", "de")]
    await waits(*tasks)
    gathered.loud.go_on.set()
    await asyncio.gather(held, *tasks)

    assert [["hold"], ["fr"], ["de"]] == gathered.loud.batches


async def test_who_asks_for_little_is_not_kept_waiting_by_who_asks_for_much(gathered: Gathered) -> None:
    held = await gathered.hold()
    much = gathered.ask(*["x" * 100] * 40, person="ana")
    little = gathered.ask("y" * 90, person="ben")
    await waits(much, little)
    gathered.loud.go_on.set()
    await asyncio.gather(held, much, little)

    assert "y" * 90 in gathered.loud.batches[1] + gathered.loud.batches[2]


async def test_who_does_not_wait_any_more_takes_only_their_texts_out(gathered: Gathered) -> None:
    held = await gathered.hold()
    leaves, stays = gathered.ask("leaves", person="ana"), gathered.ask("stays", person="ben")
    await waits(leaves, stays)
    leaves.cancel()
    with pytest.raises(asyncio.CancelledError):
        await leaves
    gathered.loud.go_on.set()

    assert ["STAYS"] == await stays
    assert [["hold"], ["stays"]] == gathered.loud.batches
    assert ["HOLD"] == await held


async def test_the_model_is_told_who_left_in_the_middle_of_a_batch(gathered: Gathered) -> None:
    held = await gathered.hold()
    leaves, stays = gathered.ask("pause", person="ana"), gathered.ask("stays", person="ben")
    await waits(leaves, stays)
    gathered.loud.go_on.set()
    await asyncio.to_thread(gathered.loud.paused.wait)
    leaves.cancel()
    with pytest.raises(asyncio.CancelledError):
        await leaves
    gathered.loud.resume.set()

    assert ["STAYS"] == await stays
    assert [["hold"], ["pause", "stays"]] == gathered.loud.batches
    assert [True, False] == list(gathered.loud.gone[1])
    assert ["HOLD"] == await held


async def test_what_was_begun_and_cancelled_does_not_go_on(gathered: Gathered) -> None:
    task = gathered.ask("hold", *["x"] * 100)
    await asyncio.to_thread(gathered.loud.at_work.wait)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    gathered.loud.go_on.set()

    assert ["LAST"] == await gathered.ask("last", person="ben")
    assert "x" not in gathered.loud.batches[-1]
    assert [True] == list(gathered.loud.gone[0])[:1]


async def test_what_cannot_be_done_hits_nobody_else(gathered: Gathered) -> None:
    held = await gathered.hold()
    tasks = [gathered.ask(text, person=text) for text in ("one", "two", "bad", "four", "five")]
    await waits(*tasks)
    gathered.loud.go_on.set()
    results = await asyncio.gather(*tasks, return_exceptions=True)

    assert [["ONE"], ["TWO"], ["FOUR"], ["FIVE"]] == [one for one in results if isinstance(one, list)]
    assert isinstance(results[2], UserError)
    assert "The model tiny cannot work on that; ask for something else." == str(results[2])
    await held


async def test_what_cannot_be_prepared_hits_nobody_else(gathered: Gathered) -> None:
    held = await gathered.hold()
    tasks = [gathered.ask(text, person=text) for text in ("unreadable", "two")]
    await waits(*tasks)
    gathered.loud.go_on.set()
    unreadable, two = await asyncio.gather(*tasks, return_exceptions=True)

    assert isinstance(unreadable, UserError)
    assert ["TWO"] == two
    await held


async def test_an_answer_that_cannot_be_put_together_fails_alone(gathered: Gathered) -> None:
    def prepare(model: str) -> tuple[list[Part[str]], Callable[[Sequence[str]], str]]:
        def fail(results: Sequence[str]) -> str:
            raise LookupError("lost")

        return [Part("a", 1)], fail

    with pytest.raises(LookupError, match="lost"):
        await gathered.gathering.run(prepare, 1)


async def test_where_the_memory_does_not_suffice_batches_become_smaller_and_larger_again(gathered: Gathered) -> None:
    gathered.loud.room = 3
    texts = [f"text {number}" for number in range(8)]

    assert [text.upper() for text in texts] == await gathered.ask(*texts)
    assert [8, 4, 2, 2, 4, 2, 2] == [len(batch) for batch in gathered.loud.batches]
    gathered.loud.batches.clear()
    gathered.loud.room = 100
    await gathered.ask(*texts, *texts)
    assert [3, 4, 5, 4] == [len(batch) for batch in gathered.loud.batches]


async def test_a_text_that_the_memory_does_not_suffice_for_says_so(gathered: Gathered) -> None:
    gathered.loud.room = 0

    with pytest.raises(UserError, match="There is not enough memory for that"):
        await gathered.ask("a")


async def test_who_waited_too_long_is_told_so_even_while_nothing_goes_on(gathered: Gathered) -> None:
    held = await gathered.hold()
    late, patient = gathered.ask("late", patience=0), gathered.ask("patient")
    await waits(late, patient)
    gathered.resident._machine.look(monotonic())

    with pytest.raises(UserError, match="your turn did not come in time"):
        await late
    gathered.loud.go_on.set()
    assert [["PATIENT"], ["HOLD"]] == [await patient, await held]
    assert not gathered.gathering.look(monotonic(), 600)


class Hangs(Loud):
    """Hangs at the text "hold", as often as is said."""

    def __init__(self, times: int = 1) -> None:
        super().__init__()
        self.times = times

    def __call__(self, model: str, values: Sequence[str], gone: Gone) -> list[str]:
        if "hold" in values and self.times:
            self.times -= 1
            self.lost.append(threading.current_thread())
            self.at_work.set()
            self.go_on.wait()
            return ["lost"] * len(values)
        return [value.upper() for value in values]


async def test_what_hung_is_tried_once_more_and_the_lost_thread_reaches_nobody() -> None:
    gathered = Gathered(loud=Hangs())
    asked = gathered.ask("hold", "x" * 300, person="ana", patience=1e6)
    await asyncio.to_thread(gathered.loud.at_work.wait)
    beside = gathered.ask("beside", person="ben", patience=1e6)
    await waits(beside)
    gathered.resident._machine.look(monotonic() + 601)

    assert [["HOLD", "X" * 300], ["BESIDE"]] == [await asked, await beside]
    again = gathered.ask("again")
    gathered.loud.go_on.set()
    [lost] = gathered.loud.lost
    await asyncio.to_thread(lost.join)
    assert ["AGAIN"] == await again
    await gathered.resident.close()


async def test_what_hung_twice_fails_with_a_line() -> None:
    gathered = Gathered(loud=Hangs(2))
    asked = gathered.ask("hold", person="ana", patience=1e6)
    await asyncio.to_thread(gathered.loud.at_work.wait)
    gathered.loud.at_work.clear()
    gathered.resident._machine.look(monotonic() + 601)
    await asyncio.to_thread(gathered.loud.at_work.wait)
    gathered.resident._machine.look(monotonic() + 601)

    with pytest.raises(UserError, match="gave no sign of life for 10 minutes and is started anew; ask again"):
        await asked
    gathered.loud.go_on.set()
    for lost in gathered.loud.lost:
        await asyncio.to_thread(lost.join)
    assert ["HOLD"] == await gathered.ask("hold")
    await gathered.resident.close()


async def test_a_common_batch_is_urgent_beside_somebody_who_asks_and_a_digest_alone(gathered: Gathered) -> None:
    held = await gathered.hold()
    line = gathered.gathering._line
    digest = gathered.ask("digest", person="digest", priority=Priority.BACKGROUND)
    await waits(digest)
    assert ((Owner("home", "holder"),), Priority.INTERACTIVE) == line.crowd()
    gathered.loud.go_on.set()
    await asyncio.gather(held, digest)

    assert Priority.INTERACTIVE == line.crowd()[1]


async def test_a_digest_that_is_alone_in_a_batch_is_one_where_models_take_turns() -> None:
    gathered, machine = Gathered(), Machine(Room(10, free=lambda: 10, tidy=lambda: None))
    machine.turns = Turns(1)
    gathered.resident.join(machine, 1)
    seen: list[tuple[tuple[Owner, ...], Priority]] = []
    push = machine.turns._fair.push

    def watched(item: Turn, owners: tuple[Owner, ...], cost: float, priority: Priority) -> None:
        seen.append((owners, priority))
        push(item, owners, cost, priority)

    machine.turns._fair.push = watched  # type: ignore[method-assign, assignment]  # to see what it is told
    await gathered.ask("digest", person="digest", priority=Priority.BACKGROUND)
    # When it is the turn of something else, it is no more at work.
    await gathered.resident.run(lambda model, stopped: None)
    await gathered.ask("a", person="ana")

    assert (((Owner("home", "digest"),), Priority.BACKGROUND)) == seen[0]
    assert (((Owner("home", "ana"),), Priority.INTERACTIVE)) == seen[-1]
    await gathered.resident.close()
    machine.close()


async def test_who_waits_is_told_how_long(gathered: Gathered, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounds_of_waiting, "WORTH_TELLING", 0.0)
    held = await gathered.hold()
    told: list[Waiting | None] = []
    heard = asyncio.Event()

    def tell(waiting: Waiting | None) -> None:
        told.append(waiting)
        heard.set()

    task = gathered.ask("text", tell=tell)
    await heard.wait()
    gathered.loud.go_on.set()
    await asyncio.gather(held, task)

    assert isinstance(told[0], Waiting)
    assert (1, None) == (told[0].position, told[-1])


async def test_one_person_cannot_fill_the_line(gathered: Gathered) -> None:
    held = await gathered.hold()
    tasks = [gathered.ask("text") for _ in range(MOST_OF_PERSON)]
    await waits(*tasks)

    with pytest.raises(UserError, match="20 of your requests wait for tiny already"):
        await gathered.ask("text")
    gathered.loud.go_on.set()
    await asyncio.gather(held, *tasks)


async def test_a_model_that_cannot_be_loaded_fails_those_who_wait_and_is_tried_again() -> None:
    loads: list[str] = []

    def load() -> str:
        loads.append("once")
        if len(loads) == 1:
            raise ValueError("broken")
        return "model"

    resident = Resident("tiny", lambda: None, load)
    gathering: Gathering[str, str, str] = Gathering(resident, Loud(), BOUNDS)

    with pytest.raises(UserError, match="The model tiny cannot be loaded: broken"):
        await gathering.run(asked("a"), 1)
    assert ["A"] == await gathering.run(asked("a"), 1)
    await resident.close()


async def test_a_closed_model_answers_nobody(gathered: Gathered) -> None:
    held, waiting = await gathered.hold(), gathered.ask("text")
    await waits(waiting)
    closing = asyncio.create_task(gathered.resident.close())
    await asyncio.to_thread(gathered.resident._closed.wait)
    gathered.loud.go_on.set()
    await closing

    for task in (held, waiting):
        with pytest.raises(UserError, match="stopped"):
            await task
    with pytest.raises(UserError, match="stopping"):
        await gathered.ask("text")


async def test_work_that_goes_past_it_gets_its_turn(gathered: Gathered) -> None:
    held = await gathered.hold()
    much = gathered.ask(*["x"] * 60)
    await waits(much)
    ASKING.set(Asking(Owner("home", "ben"), Priority.INTERACTIVE, lambda waiting: None))
    beside = gathered.resident.submit(lambda model, stopped: len(gathered.loud.batches))
    gathered.loud.go_on.set()

    assert await asyncio.wrap_future(beside) < 5
    await asyncio.gather(held, much)


LENGTHS = st.lists(st.integers(min_value=0, max_value=600), min_size=1, max_size=100)


@settings(deadline=None)
@given(LENGTHS, st.integers(1, 2000), st.integers(1, 20), st.integers(0, 200))
def test_a_batch_has_the_oldest_and_keeps_within_bounds(
    lengths: list[int], tokens: int, texts: int, padding: int
) -> None:
    found = choose([Part("", length) for length in lengths], Bounds(tokens, texts, padding, 100))
    padded = len(found) * max(lengths[place] for place in found)

    assert 0 == found[0]
    assert len(set(found)) == len(found) <= texts
    assert padded <= tokens or len(found) == 1
    assert padded - sum(lengths[place] for place in found) <= padding


@settings(deadline=None)
@given(LENGTHS)
def test_a_batch_has_those_that_are_nearest_in_length(lengths: list[int]) -> None:
    found = choose([Part("", length) for length in lengths], Bounds(1000, 8, 50, 100))
    left = [place for place in range(len(lengths)) if place not in found]
    away = [abs(length - lengths[0]) for length in lengths]

    assert max(away[place] for place in found) <= min((away[place] for place in left), default=1000)
