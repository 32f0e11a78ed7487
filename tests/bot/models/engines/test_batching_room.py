"""Several answers at once beside another model, for which there is no room at the same time."""

from __future__ import annotations

import asyncio
import gc
import threading
import weakref
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from pathlib import Path

import pytest
import torch

from bot.errors import UserError
from bot.models.engines.batching import Batch
from bot.models.engines.batching_line import TURN
from bot.models.engines.chat_loading import Loaded, load
from bot.models.engines.resident import Resident
from bot.models.machine import Machine
from bot.models.room import Room
from tests.bot.models.engines.answers import Person, alone, asked_by, entry, turn


class Tight:
    """A machine with room for a chat model or for one that draws.

    Attributes:
        chat: The first.
        loads: How often that was loaded.
        gone: For each load of the other, whether the first was in memory no more.
    """

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.loads = 0
        self.gone: list[bool] = []
        self._folder = folder
        self._last: weakref.ref[torch.nn.Module] | None = None
        self._waits = threading.Event()
        self._machine = Machine(Room(10, free=lambda: 10**9, tidy=gc.collect), look_every=1000)
        self.chat = Resident("tiny", lambda: None, self._load)
        self._pictures = Resident("pictures", lambda: None, self._load_other)
        for resident in (self.chat, self._pictures):
            resident.join(self._machine, 6)
        could = Room._could_fit

        def noted(room: Room, needs: int, model: Resident[object]) -> bool:
            if model is self._pictures:
                self._waits.set()
            return could(room, needs, model)

        monkeypatch.setattr(Room, "_could_fit", noted)

    def _load(self) -> Loaded:
        loaded = load(entry(self._folder), self._folder)
        loaded.ends = []
        self._last = weakref.ref(loaded.model)
        self.loads += 1
        return loaded

    def _load_other(self) -> str:
        self.gone.append(self._last is None or self._last() is None)
        return "pictures"

    def begin(self) -> None:
        """Load the chat model, as if that was long ago."""
        asyncio.run(self.chat.load())
        self._machine.room._keeps_until.clear()

    def draw(self, work: Callable[[], object]) -> Future[None]:
        """Have something drawn; back when it waits for room."""
        drawn = self._pictures.submit(lambda model, stopped: (work(), None)[1])
        self._waits.wait()
        return drawn

    def close(self) -> None:
        for resident in (self.chat, self._pictures):
            asyncio.run(resident.close())
        self._machine.close()


@pytest.fixture
def tight(folder: Path, llama: Loaded, monkeypatch: pytest.MonkeyPatch) -> Iterator[Tight]:
    made = Tight(folder, monkeypatch)
    yield made
    made.close()


def ask_in_turn(batch: Batch, waits: Person, ends: Person) -> None:
    """Let one ask while the other's first turn is under way."""

    def ask(count: int) -> None:
        if count == 1:
            with asked_by("ben"):
                ends.ask(batch)
            asked.set()

    asked = threading.Event()
    waits.hear = ask
    with asked_by("ana"):
        waits.ask(batch)
    asked.wait()


def test_who_asks_again_and_again_does_not_keep_another_model_out(llama: Loaded, tight: Tight) -> None:
    tight.begin()
    batch = Batch(tight.chat, slots=2)
    answered: list[Person] = []
    before: list[int] = []
    drawn: list[Future[None]] = []
    ended = threading.Semaphore(0)

    def ask(number: int, rounds: int) -> None:
        person = Person(turn(number, tokens=10))
        if not drawn:
            person.hear = draw
        with asked_by(str(number)):
            future = person.ask(batch).future

        def again(_: Future[None]) -> None:
            answered.append(person)
            if rounds and not before:
                ask(number, rounds - 1)
            else:
                ended.release()

        assert future is not None
        future.add_done_callback(again)

    def draw(count: int) -> None:
        if not drawn:
            drawn.append(tight.draw(lambda: before.append(len(answered))))

    for number in range(4):
        ask(number, 4)
    for _ in range(4):
        ended.acquire()
    drawn[0].result()

    assert before[0] <= 2
    assert [alone(llama, person.turn) for person in answered] == [person.wait().text for person in answered]


def test_an_answer_that_waits_for_its_turn_lets_the_model_go_and_is_continued_with_it_loaded_anew(
    llama: Loaded, tight: Tight
) -> None:
    tight.begin()
    batch = Batch(tight.chat, slots=1)
    waits = Person(turn(tokens=2 * TURN, temperature=0.9, seed=1))
    ends = Person(turn(1, tokens=2 * TURN))
    had: list[int] = []

    def draw(count: int) -> None:
        if count == 3:
            tight.draw(lambda: had.extend(len(person.chunks) for person in (waits, ends)))

    ends.hear = draw
    ask_in_turn(batch, waits, ends)

    assert [alone(llama, waits.turn), alone(llama, ends.turn)] == [waits.wait().text, ends.wait().text]
    assert 0 < had[0] < len(waits.chunks)
    assert len(ends.chunks) == had[1]
    assert ([True], 2) == (tight.gone, tight.loads)


def test_who_gives_up_an_answer_while_there_is_no_room_for_its_model_is_told_so_at_once(tight: Tight) -> None:
    tight.begin()
    batch = Batch(tight.chat, slots=1)
    waits, ends = Person(turn(tokens=2 * TURN)), Person(turn(1, tokens=2 * TURN))
    go_on, drawn = threading.Event(), list[Future[None]]()
    ends.hear = lambda count: drawn.append(tight.draw(go_on.wait)) if count == 3 else None
    ask_in_turn(batch, waits, ends)
    ends.wait()
    waits.cancelled.set()
    tight.chat.nudge()
    with pytest.raises(UserError, match="The work was stopped"):
        waits.wait()
    go_on.set()
    drawn[0].result()

    assert tight.loads == 1
