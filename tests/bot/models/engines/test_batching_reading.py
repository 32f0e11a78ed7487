"""Long prompts beside short ones: only one is read at a time, and none keeps the others from being read."""

from __future__ import annotations

from functools import partial

import pytest
import torch
from langchain_core.messages import AIMessageChunk

from bot.models.engines import batching_decoding
from bot.models.engines.batching import Batch
from bot.models.engines.batching_rows import Part, Rows
from bot.models.engines.chat_loading import Loaded
from bot.models.engines.resident import Resident
from tests.bot.models.engines.answers import Person, alone, asked_by, held, turn

CHUNK, READ = 8, 96


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many tokens of prompts are read at once, in parts so small that a tiny model has long prompts."""
    parts: list[int] = []
    aim = Rows.aim

    def watched(rows: Rows, places: list[int], part: Part | None = None) -> torch.Tensor:
        if part:
            parts.append(part.end - part.start)
        return aim(rows, places, part)

    monkeypatch.setattr(Rows, "aim", watched)
    monkeypatch.setattr(batching_decoding, "CHUNK", CHUNK)
    monkeypatch.setattr(batching_decoding, "READ", READ)
    return parts


def prompt(person: Person) -> int:
    """How many tokens of a prompt somebody was told of who was answered."""
    told = person.chunks[-1].message
    assert isinstance(told, AIMessageChunk)
    assert told.usage_metadata is not None
    return told.usage_metadata["input_tokens"]


def heard_at(person: Person, read: list[int]) -> list[int]:
    """How much was read when each piece of an answer came."""
    heard: list[int] = []
    person.hear = lambda count: heard.append(sum(read))
    return heard


def test_a_newcomer_waits_for_a_turn_of_those_who_have_long_prompts_read_and_not_for_all_of_these(
    llama: Loaded, resident: Resident[Loaded], read: list[int]
) -> None:
    batch = Batch(resident)
    long = [Person(turn(number, 150, 5)) for number in range(3)]
    short = Person(turn(3, tokens=5))
    heard = heard_at(short, read)
    with held(resident):
        with asked_by("ana"):
            for person in long:
                person.ask(batch)
        with asked_by("ben"):
            short.ask(batch)
    people = [*long, short]

    assert [alone(llama, person.turn) for person in people] == [person.wait().text for person in people]
    assert heard[0] <= READ + CHUNK + prompt(short)
    # What was read once is not read again.
    assert sum(read) <= sum(prompt(person) for person in people)


def test_long_prompts_of_several_people_are_read_in_turns_while_others_are_written(
    llama: Loaded, resident: Resident[Loaded], read: list[int]
) -> None:
    batch = Batch(resident)
    writes, long = Person(turn(tokens=90)), [Person(turn(number, 120, 5)) for number in range(2)]
    begun = [heard_at(person, read) for person in long]
    ask = [partial(person.ask, batch) for person in long]

    def hear(count: int) -> None:
        if count == 2:
            for number, one in enumerate(ask):
                with asked_by(str(number)):
                    one()

    writes.hear = hear
    writes.ask(batch)
    people = [writes, *long]
    writes.wait()

    assert [alone(llama, person.turn) for person in people] == [person.wait().text for person in people]
    assert abs(begun[0][0] - begun[1][0]) <= 2 * READ


def test_a_prompt_of_which_nothing_can_be_kept_is_read_to_its_end(
    llama: Loaded, resident: Resident[Loaded], read: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batching_decoding, "free_memory", lambda device: 0)
    batch = Batch(resident)
    long, short = Person(turn(length=120, tokens=5)), Person(turn(3, tokens=5))
    heard = heard_at(short, read)
    with held(resident):
        with asked_by("ana"):
            long.ask(batch)
        with asked_by("ben"):
            short.ask(batch)

    assert [alone(llama, long.turn), alone(llama, short.turn)] == [long.wait().text, short.wait().text]
    assert prompt(long) <= heard[0] == sum(read) <= prompt(long) + prompt(short)


def test_who_asked_for_what_nobody_waits_for_any_more_has_had_that_turn(resident: Resident[Loaded]) -> None:
    batch = Batch(resident, slots=1)
    gone, again, other = Person(turn(tokens=60)), Person(turn(1, tokens=5)), Person(turn(2, tokens=5))
    order: list[str] = []
    gone.hear = partial(gone.leave_after, 3)
    again.hear = lambda count: order.append("ana")
    other.hear = lambda count: order.append("ben")
    with held(resident):
        with asked_by("ana"):
            gone.ask(batch)
            again.ask(batch)
        with asked_by("ben"):
            other.ask(batch)
    again.wait()
    other.wait()

    assert "ben" == order[0]
