"""Several answers at once while the memory or the model fails: nobody waits for ever, and nobody fails for another."""

from __future__ import annotations

import asyncio
import gc
import weakref
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from structlog.testing import capture_logs

from bot.errors import UserError
from bot.models.engines import batching_decoding
from bot.models.engines.batching import Batch
from bot.models.engines.batching_decoding import SHARE, Decoder
from bot.models.engines.batching_line import TURN
from bot.models.engines.batching_rows import STEP, Rows
from bot.models.engines.batching_writing import Writing
from bot.models.engines.chat_loading import Loaded, load
from bot.models.engines.resident import Resident
from tests.bot.models.engines.answers import Person, alone, asked_by, entry, held, turn


def nothing_left_to_keep(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Let the memory not suffice once to keep what an answer that gives way had read; returns how much that was."""
    leave, take = Decoder.leave, Rows.take
    leaving, lost = list[Writing](), list[int]()

    def watched(decoder: Decoder, writing: Writing, *, keep: bool = False) -> None:
        leaving.append(writing)
        leave(decoder, writing, keep=keep)
        leaving.clear()

    def short(rows: Rows, row: int, length: int) -> torch.Tensor:
        if leaving and not lost:
            lost.append(length)
            leaving.clear()
            raise torch.OutOfMemoryError("no more")
        return take(rows, row, length)

    monkeypatch.setattr(Decoder, "leave", watched)
    monkeypatch.setattr(Rows, "take", short)
    return lost


def test_an_answer_that_cannot_be_kept_when_its_turn_ends_is_read_once_more(
    llama: Loaded, resident: Resident[Loaded], monkeypatch: pytest.MonkeyPatch
) -> None:
    lost = nothing_left_to_keep(monkeypatch)
    batch = Batch(resident, slots=1)
    people = [Person(turn(number, tokens=2 * TURN)) for number in range(3)]
    with held(resident):
        for number, person in enumerate(people):
            with asked_by(str(number)):
                person.ask(batch)

    assert [alone(llama, person.turn) for person in people] == [person.wait().text for person in people]
    assert len(lost) == 1


def test_an_answer_that_cannot_be_kept_when_others_outgrow_the_memory_is_read_once_more(
    llama: Loaded, resident: Resident[Loaded], monkeypatch: pytest.MonkeyPatch
) -> None:
    lost = nothing_left_to_keep(monkeypatch)
    token = Rows(llama.model.config, torch.float32, torch.device("cpu"), 0).token_bytes
    monkeypatch.setattr(batching_decoding, "free_memory", lambda device: SHARE * 2 * STEP * token)
    batch = Batch(resident)
    with held(resident):
        long, other = Person(turn(length=40, tokens=60)).ask(batch), Person(turn(tokens=90)).ask(batch)

    assert [alone(llama, long.turn), alone(llama, other.turn)] == [long.wait().text, other.wait().text]
    assert len(lost) == 1


class Loads:
    """A model that is loaded anew each time, and fails as often as it is told.

    Attributes:
        batch: Writes with it.
        made: How many were loaded before; only the last of them is still there.
        fails: How many steps fail, from the next on.
    """

    def __init__(self, folder: Path) -> None:
        self.resident = Resident("tiny", lambda: None, self._load)
        self.batch = Batch(self.resident)
        self.made = 0
        self.fails = 0
        self._folder = folder
        self._last: weakref.ref[torch.nn.Module] | None = None

    def _load(self) -> Loaded:
        gc.collect()
        assert self._last is None or self._last() is None
        loaded = load(entry(self._folder), self._folder)
        loaded.ends = []
        self._last = weakref.ref(loaded.model)
        self.made += 1
        forward = loaded.model.forward

        def fail(*args: object, **options: object) -> object:
            if self.fails:
                self.fails -= 1
                raise RuntimeError("device-side assert triggered")
            return forward(*args, **options)

        loaded.model.forward = fail
        return loaded


@pytest.fixture
def loads(folder: Path, llama: Loaded) -> Iterator[Loads]:
    made = Loads(folder)
    with capture_logs():  # To draw a model takes long.
        yield made
    asyncio.run(made.resident.close())


def test_a_model_that_fails_is_loaded_anew_and_answers_whoever_had_seen_nothing(llama: Loaded, loads: Loads) -> None:
    loads.fails = 1
    with held(loads.resident):
        people = [Person(turn(number, tokens=8)).ask(loads.batch) for number in range(5)]

    assert [alone(llama, person.turn) for person in people] == [person.wait().text for person in people]
    assert loads.made == 2


def test_a_model_that_fails_always_says_so_to_each_in_one_line(loads: Loads) -> None:
    loads.fails = 1000
    with held(loads.resident):
        people = [Person(turn(number)).ask(loads.batch) for number in range(2)]
    for person in people:
        with pytest.raises(UserError, match=r"^The model tiny failed and is started anew; ask again\.$"):
            person.wait()

    assert loads.made <= 2 * len(people)


def test_who_saw_something_is_told_that_the_model_failed_and_the_others_are_answered(
    llama: Loaded, loads: Loads
) -> None:
    def fail_at_the_third(count: int) -> None:
        loads.fails = int(count == 3)

    batch = Batch(loads.resident, slots=1)
    seen, other = Person(turn(tokens=60)), Person(turn(3))
    seen.hear = fail_at_the_third
    with held(loads.resident):
        seen.ask(batch)
        other.ask(batch)
    with pytest.raises(UserError, match="The model tiny failed and is started anew; ask again"):
        seen.wait()

    assert alone(llama, other.turn) == other.wait().text
    assert (3, 2) == (len(seen.chunks), loads.made)
