"""Slots that answers have in turns: who gives way, to whom, and where it goes on."""

from __future__ import annotations

import pytest
import torch

from bot.asking import Priority
from bot.models.engines import batching
from bot.models.engines.batching import Batch
from bot.models.engines.batching_line import TURN
from bot.models.engines.batching_rows import Rows
from bot.models.engines.chat_loading import Loaded
from bot.models.engines.resident import Resident
from tests.bot.models.engines.answers import Person, alone, asked_by, held, turn


def test_who_waits_gets_a_slot_after_a_turn_of_another(llama: Loaded, resident: Resident[Loaded]) -> None:
    batch = Batch(resident, slots=1)
    long, short = Person(turn(tokens=3 * TURN)), Person(turn(3, tokens=5))
    with held(resident):
        with asked_by("ana"):
            long.ask(batch)
        with asked_by("ben"):
            short.ask(batch)
    had: list[int] = []
    short.hear = lambda count: had.append(len(long.chunks))
    long.wait()
    short.wait()

    assert max(had) <= TURN + 1
    assert [alone(llama, long.turn), alone(llama, short.turn)] == [long.text, short.text]


def test_turns_that_only_the_same_person_waits_for_keep_nobody_else_waiting(
    llama: Loaded, resident: Resident[Loaded]
) -> None:
    batch = Batch(resident, slots=1)
    first, second, other = Person(turn(tokens=3 * TURN)), Person(turn(2, tokens=4)), Person(turn(3, tokens=5))
    had: list[int] = []

    def hear(count: int) -> None:
        if count == TURN + 5:
            with asked_by("ben"):
                other.ask(batch)

    first.hear = hear
    other.hear = lambda count: had.append(len(first.chunks))
    with held(resident), asked_by("ana"):
        first.ask(batch)
        second.ask(batch)
    for person in (first, second, other):
        person.wait()

    assert had[0] <= TURN + 7
    assert [alone(llama, one.turn) for one in (first, second, other)] == [first.text, second.text, other.text]


def test_a_digest_gives_way_to_what_the_same_person_asks_now(llama: Loaded, resident: Resident[Loaded]) -> None:
    batch = Batch(resident, slots=1)
    digest, now = Person(turn(tokens=3 * TURN)), Person(turn(3, tokens=5))
    had: list[int] = []

    def hear(count: int) -> None:
        if count == 2:
            with asked_by("ana"):
                now.ask(batch)

    digest.hear = hear
    now.hear = lambda count: had.append(len(digest.chunks))
    with asked_by("ana", priority=Priority.BACKGROUND):
        digest.ask(batch)
    for person in (digest, now):
        person.wait()

    assert had[0] <= TURN + 1
    assert [alone(llama, one.turn) for one in (digest, now)] == [digest.text, now.text]


def test_who_gives_way_goes_on_where_it_was(
    llama: Loaded, resident: Resident[Loaded], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batching, "TURN", 4)
    put: list[int] = []
    back = Rows.put

    def watched(rows: Rows, row: int, kept: torch.Tensor, length: int) -> None:
        put.append(length)
        back(rows, row, kept, length)

    monkeypatch.setattr(Rows, "put", watched)
    batch = Batch(resident, slots=2)
    people = [Person(turn(number, tokens=30)) for number in range(4)]
    with held(resident):
        for number, person in enumerate(people):
            with asked_by(f"person {number}"):
                person.ask(batch)

    assert [alone(llama, person.turn) for person in people] == [person.wait().text for person in people]
    assert len(put) > 8
