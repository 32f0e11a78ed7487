"""Several answers at once where memory is scarce, and what is kept of a model beside it."""

from __future__ import annotations

import pytest
import torch

from bot.errors import UserError
from bot.models.engines import batching, batching_decoding, batching_shift
from bot.models.engines.batching import Batch
from bot.models.engines.batching_decoding import SHARE, Decoder
from bot.models.engines.batching_line import TURN
from bot.models.engines.batching_rows import STEP, Rows
from bot.models.engines.batching_writing import Writing
from bot.models.engines.chat_loading import Loaded
from bot.models.engines.resident import Resident
from tests.bot.models.engines.answers import Person, alone, asked_by, held, turn


def scarce(monkeypatch: pytest.MonkeyPatch, most: list[int]) -> None:
    """Let there be memory for so many answers only."""
    reserve = Rows.reserve

    def limited(rows: Rows, count: int, length: int) -> None:
        if count > most[0]:
            raise torch.OutOfMemoryError("no more")
        reserve(rows, count, length)

    monkeypatch.setattr(Rows, "reserve", limited)


def test_without_memory_fewer_are_written_at_once_and_nobody_loses_an_answer(
    llama: Loaded, resident: Resident[Loaded], monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = Batch(resident)
    scarce(monkeypatch, [2])
    with held(resident):
        people = [Person(turn(number)).ask(batch) for number in range(4)]

    assert [alone(llama, person.turn) for person in people] == [person.wait().text for person in people]
    assert batch._shift._slots == 2


def test_memory_that_is_kept_for_an_answer_is_given_back_when_it_cannot_join(
    llama: Loaded, resident: Resident[Loaded], monkeypatch: pytest.MonkeyPatch
) -> None:
    batch, refused = Batch(resident, slots=2), list[Writing]()
    reserve = Rows.reserve

    def limited(rows: Rows, count: int, length: int) -> None:
        decoder = batch._shift.decoder
        if count == 2 and decoder is not None and decoder.running[-1].kept is not None and not refused:
            refused.append(decoder.running[-1])
            raise torch.OutOfMemoryError("no more")
        reserve(rows, count, length)

    monkeypatch.setattr(Rows, "reserve", limited)
    people = [Person(turn(number, tokens=2 * TURN)) for number in range(3)]
    with held(resident):
        for number, person in enumerate(people):
            with asked_by(str(number)):
                person.ask(batch)

    assert [alone(llama, person.turn) for person in people] == [person.wait().text for person in people]
    assert 1 == len(refused)
    assert batch._shift.decoder is not None
    assert not batch._shift.decoder._parked


def test_who_came_last_gives_way_when_answers_outgrow_the_memory(
    llama: Loaded, resident: Resident[Loaded], monkeypatch: pytest.MonkeyPatch
) -> None:
    token = Rows(llama.model.config, torch.float32, torch.device("cpu"), 0).token_bytes
    budget = SHARE * 2 * STEP * token
    monkeypatch.setattr(batching_decoding, "free_memory", lambda device: budget)
    batch = Batch(resident)
    left: list[int] = []
    leave = Decoder.leave

    def watched(decoder: Decoder, writing: Writing, *, keep: bool = False) -> None:
        if keep:
            left.append(len(writing.tokens))
        leave(decoder, writing, keep=keep)

    monkeypatch.setattr(Decoder, "leave", watched)
    with held(resident):
        long, other = Person(turn(length=40, tokens=60)).ask(batch), Person(turn(tokens=90)).ask(batch)

    assert [alone(llama, long.turn), alone(llama, other.turn)] == [long.wait().text, other.wait().text]
    assert len(left) == 1


def test_an_answer_that_never_fits_fails_alone(
    llama: Loaded, resident: Resident[Loaded], monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = Batch(resident)
    compute = Decoder._compute

    def limited(decoder: Decoder, places: list[int], *more: object) -> torch.Tensor:
        if any(len(writing.tokens) > 100 for writing in decoder.running):
            raise torch.OutOfMemoryError("no more")
        return compute(decoder, places, *more)  # type: ignore[arg-type]

    monkeypatch.setattr(Decoder, "_compute", limited)
    with held(resident):
        other, long = Person(turn(tokens=30)).ask(batch), Person(turn(length=60)).ask(batch)
    with pytest.raises(UserError, match="There is not enough memory for this answer"):
        long.wait()

    assert alone(llama, other.turn) == other.wait().text


def test_after_a_calm_while_more_are_tried_at_once_again(
    llama: Loaded, resident: Resident[Loaded], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batching_shift, "CALM", TURN + 8)
    batch, most = Batch(resident, slots=4), [1]
    scarce(monkeypatch, most)
    people = [Person(turn(number)) for number in range(4)]
    with held(resident):
        for person in people:
            person.ask(batch)
    assert [alone(llama, person.turn) for person in people] == [person.wait().text for person in people]
    most[0] = 4
    Person(turn(tokens=4 * TURN)).ask(batch).wait()

    assert batch._shift._slots == 4


def test_what_is_remembered_goes_with_the_model(resident: Resident[Loaded]) -> None:
    batch = Batch(resident)
    person, gone = Person(turn()), []
    person.hear = lambda count: gone.append(resident.let_go())
    person.ask(batch).wait()
    resident.submit(lambda loaded, _: None).result()

    assert not any(gone)
    assert batch._shift.decoder is not None
    assert resident.let_go()
    assert batch._shift.decoder is None


def test_a_model_makes_room_while_answers_wait_that_are_not_begun(llama: Loaded, resident: Resident[Loaded]) -> None:
    batch = Batch(resident)
    Person(turn()).ask(batch).wait()
    with held(resident):
        person = Person(turn(1)).ask(batch)
        let_go, decoder = resident.let_go(), batch._shift.decoder

    assert (True, None) == (let_go, decoder)
    assert alone(llama, person.turn) == person.wait().text


def test_what_is_remembered_goes_when_nobody_asks_for_long(
    resident: Resident[Loaded], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batching, "REMEMBERS", 0.0)
    batch = Batch(resident)
    Person(turn()).ask(batch).wait()
    resident.submit(lambda loaded, _: None).result()
    assert batch._idle is not None
    batch._idle.join()

    assert batch._shift.decoder is None
