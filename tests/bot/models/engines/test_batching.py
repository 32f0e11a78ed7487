"""Several answers at once: each must be what it is alone, whoever joins, leaves, gives way or gives up beside it."""

from __future__ import annotations

import asyncio
import json
from functools import partial
from pathlib import Path
from time import monotonic

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.asking import ASKING, Asking, Owner, Priority
from bot.errors import UserError
from bot.models.engines import batching, batching_decoding
from bot.models.engines.batching import Batch
from bot.models.engines.batching_rows import Part, Rows
from bot.models.engines.batching_rules import together
from bot.models.engines.chat_loading import Loaded, load
from bot.models.engines.chat_turn import Turn
from bot.models.engines.resident import Resident
from bot.models.waiting import MOST_OF_PERSON
from tests.bot.models.chat_checkpoints import Kind, make_chat
from tests.bot.models.engines.answers import Person, alone, asked_by, entry, held, turn


def test_answers_of_a_batch_are_those_of_generate(llama: Loaded, resident: Resident[Loaded]) -> None:
    wanted = [turn(number, 3 + 9 * number, 10 + number) for number in range(6)]
    batch = Batch(resident)
    with held(resident):
        people = [Person(one).ask(batch) for one in wanted]

    assert [alone(llama, one) for one in wanted] == [person.wait().text for person in people]


def test_a_seed_makes_the_same_answer_beside_others(llama: Loaded, resident: Resident[Loaded]) -> None:
    wanted = [turn(n, 4 + n, 24, temperature=0.9, top_k=12, top_p=0.9, seed=n) for n in range(4)]
    batch = Batch(resident)
    with held(resident):
        people = [Person(one).ask(batch) for one in [*wanted, turn()]]

    assert [alone(llama, one) for one in wanted] == [person.wait().text for person in people[:4]]


def test_what_a_checkpoint_wants_of_each_answer_holds_in_a_batch(
    llama: Loaded, resident: Resident[Loaded], monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = alone(llama, turn())
    monkeypatch.setattr(llama.settings, "repetition_penalty", 5.0)
    expected = alone(llama, turn())

    assert plain != expected
    assert expected == Person(turn()).ask(Batch(resident)).wait().text


def test_a_long_prompt_is_read_in_parts_while_others_are_written(
    llama: Loaded, resident: Resident[Loaded], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batching_decoding, "CHUNK", 8)
    first, long = Person(turn(tokens=60)), Person(turn(2, 100, 4))
    batch = Batch(resident)
    before: list[int] = []

    def hear(count: int) -> None:
        if count == 2:
            long.ask(batch)
        before.append(len(long.chunks))

    first.hear = hear
    first.ask(batch).wait()
    long.wait()

    assert before.count(0) > 10
    assert [alone(llama, first.turn), alone(llama, long.turn)] == [first.text, long.text]


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_whatever_happens_beside_it_an_answer_stays_the_same(
    llama: Loaded, resident: Resident[Loaded], data: st.DataObject
) -> None:
    count = data.draw(st.integers(2, 7))
    slots = data.draw(st.integers(1, 4))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(batching, "TURN", data.draw(st.integers(1, 6)))
        patch.setattr(batching_decoding, "CHUNK", data.draw(st.integers(1, 40)))
        patch.setattr(batching_decoding, "READ", data.draw(st.integers(1, 60)))
        budget = data.draw(st.sampled_from([0, 200_000, 2**30]))
        patch.setattr(batching_decoding, "free_memory", lambda device: budget)
        batch = Batch(resident, slots)
        people = [
            Person(turn(data.draw(st.integers(0, 9)), data.draw(st.integers(1, 30)), data.draw(st.integers(1, 16))))
            for _ in range(count)
        ]
        leaves = [data.draw(st.none() | st.integers(1, 8)) for _ in people]
        for person, after in zip(people, leaves, strict=True):
            if after is not None:
                person.hear = partial(person.leave_after, after)
        with held(resident):
            for number, person in enumerate(people):
                with asked_by(f"person {number % 3}"):
                    person.ask(batch)
        for person, after in zip(people, leaves, strict=True):
            expected = alone(llama, person.turn)
            assert person.future is not None
            if person.future.exception() is None:
                assert expected == person.text
            else:
                assert after is not None
                assert expected.startswith(person.text)
        assert not batch._line
        assert not batch._line.waits


def test_an_answer_nobody_waits_for_leaves_after_the_present_token(llama: Loaded, resident: Resident[Loaded]) -> None:
    batch = Batch(resident)
    gone, other = Person(turn(tokens=200)), Person(turn(1, tokens=30))
    gone.hear = partial(gone.leave_after, 3)
    with held(resident):
        gone.ask(batch)
        other.ask(batch)
    with pytest.raises(UserError, match="The work was stopped"):
        gone.wait()

    assert len(gone.chunks) == 3
    assert alone(llama, other.turn) == other.wait().text


@pytest.mark.parametrize("kind", ["qwen3", "mistral"])
def test_other_architectures_write_together_too(kind: Kind, tmp_path: Path, llama: Loaded) -> None:
    folder = make_chat(tmp_path / kind, kind)
    if kind == "mistral":
        told = json.loads((folder / "config.json").read_text())
        (folder / "config.json").write_text(json.dumps({**told, "sliding_window": None}))
    loaded = load(entry(folder), folder)
    resident = Resident("tiny", lambda: None, lambda: loaded)
    batch = Batch(resident)
    # Mistral's template knows no instructions of the system.
    wanted = [Turn(turn(number, 9 + 20 * number).messages[1:], turn(tokens=24).sampling) for number in range(3)]
    with held(resident):
        people = [Person(one).ask(batch) for one in wanted]

    assert together(folder)
    assert [alone(loaded, one) for one in wanted] == [person.wait().text for person in people]
    asyncio.run(resident.close())


def test_what_is_cancelled_while_it_waits_is_never_begun(resident: Resident[Loaded]) -> None:
    batch = Batch(resident)
    with held(resident):
        gone, other = Person(turn()).ask(batch), Person(turn()).ask(batch)
        assert gone.future is not None
        assert gone.future.cancel()
    other.wait()

    assert gone.chunks == []


def test_a_prompt_that_is_too_long_fails_alone(llama: Loaded, resident: Resident[Loaded]) -> None:
    batch = Batch(resident)
    with held(resident):
        long, other = Person(turn(length=2000)).ask(batch), Person(turn()).ask(batch)
    with pytest.raises(UserError, match="too long for the language model tiny"):
        long.wait()

    assert alone(llama, other.turn) == other.wait().text


def test_an_error_in_one_answer_ends_that_one_only(llama: Loaded, resident: Resident[Loaded]) -> None:
    def fail(count: int) -> None:
        raise LookupError("lost")

    batch = Batch(resident)
    broken, other = Person(turn(tokens=30)), Person(turn(1))
    broken.hear = fail
    with held(resident):
        broken.ask(batch)
        other.ask(batch)
    with pytest.raises(LookupError, match="lost"):
        broken.wait()

    assert alone(llama, other.turn) == other.wait().text


def test_who_waits_too_long_is_told_so_even_while_nothing_is_written(llama: Loaded, resident: Resident[Loaded]) -> None:
    batch = Batch(resident, slots=1)
    with held(resident):
        other = Person(turn()).ask(batch)
        before = ASKING.set(Asking(Owner("home", "ben"), Priority.INTERACTIVE, lambda waiting: None, patience=0))
        late = Person(turn()).ask(batch)
        ASKING.reset(before)
        resident._machine.look(monotonic())
        with pytest.raises(UserError, match="your turn did not come in time"):
            late.wait()

    assert alone(llama, other.turn) == other.wait().text


def test_prompts_are_read_beside_the_tokens_of_others_and_spread_among_them(
    resident: Resident[Loaded], monkeypatch: pytest.MonkeyPatch
) -> None:
    steps: list[tuple[int, int]] = []
    aim = Rows.aim

    def watched(rows: Rows, places: list[int], part: Part | None = None) -> torch.Tensor:
        steps.append((len(places), part.row if part else -1))
        return aim(rows, places, part)

    monkeypatch.setattr(Rows, "aim", watched)
    batch = Batch(resident)
    with held(resident):
        people = [Person(turn(number, tokens=5)).ask(batch) for number in range(4)]
    for person in people:
        person.wait()

    # The fourth waits for a token more of the others; the first token of each is written with its prompt's last.
    assert [(0, 0), (1, 1), (2, 2), (3, -1), (3, 3), (3, -1), (2, -1), (1, -1), (1, -1)] == steps


def test_a_model_that_cannot_be_loaded_fails_every_answer() -> None:
    def load() -> Loaded:
        raise ValueError("damaged")

    resident = Resident("tiny", lambda: None, load)
    batch = Batch(resident)
    for _ in range(2):
        with pytest.raises(UserError, match="The model tiny cannot be loaded: damaged"):
            Person(turn()).ask(batch).wait()
    asyncio.run(resident.close())
    with pytest.raises(UserError, match="Atelier is stopping"):
        Person(turn()).ask(batch).wait()


async def test_answers_end_when_atelier_stops(llama: Loaded) -> None:
    resident = Resident("tiny", lambda: None, lambda: llama)
    batch = Batch(resident, slots=1)
    people = [Person(turn(tokens=400)).ask(batch) for _ in range(2)]
    await asyncio.to_thread(people[0].began.wait)
    await resident.close()

    for person in people:
        with pytest.raises(UserError, match="stopp"):
            person.wait()


def test_one_person_cannot_fill_the_queue(resident: Resident[Loaded]) -> None:
    batch = Batch(resident)
    with held(resident), asked_by("ana"):
        people = [Person(turn(tokens=1)).ask(batch) for _ in range(MOST_OF_PERSON)]
        with pytest.raises(UserError, match="20 of your requests wait for tiny"):
            Person(turn()).ask(batch)
    for person in people:
        person.wait()


async def test_who_waits_is_told_the_place_and_the_time(resident: Resident[Loaded]) -> None:
    batch = Batch(resident)
    with held(resident):
        people = [Person(turn(tokens=1)).ask(batch) for _ in range(2)]
        places = [batch.waiting(person.future) for person in people if person.future]
        assert [1, 2] == [place.position for place in places if place]
        assert places[0] is not None
        assert places[0].seconds > 0
    for person in people:
        assert person.wait().future is not None
        assert batch.waiting(person.future) is None  # type: ignore[arg-type]


def test_other_work_of_the_model_goes_between_two_tokens(resident: Resident[Loaded]) -> None:
    batch = Batch(resident)
    person, heard = Person(turn(tokens=300)), []
    person.hear = lambda count: (
        heard.append(resident.submit(lambda loaded, _: len(person.chunks))) if count == 2 else None
    )
    person.ask(batch)
    person.wait()

    assert heard[0].result() < 20


def test_a_beginning_that_prompts_share_is_read_once(
    llama: Loaded, resident: Resident[Loaded], monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = Batch(resident)
    read: list[int] = []
    aim = Rows.aim

    def watched(rows: Rows, places: list[int], part: Part | None = None) -> torch.Tensor:
        if part:
            read.append(part.end - part.start)
        return aim(rows, places, part)

    monkeypatch.setattr(Rows, "aim", watched)
    first = Person(turn(0, 6)).ask(batch).wait()
    second = Person(turn(5, 6)).ask(batch).wait()
    third = Person(turn(0, 6)).ask(batch).wait()

    assert read[0] > 2 * sum(read[1:])
    assert [first.text, alone(llama, second.turn)] == [third.text, second.text]


def test_answers_whose_prompts_begin_alike_are_those_of_generate(llama: Loaded, resident: Resident[Loaded]) -> None:
    batch = Batch(resident)
    Person(turn(length=40)).ask(batch).wait()
    with held(resident):
        people = [Person(turn(length=length)).ask(batch) for length in (8, 40, 60, 25)]

    assert [alone(llama, person.turn) for person in people] == [person.wait().text for person in people]
