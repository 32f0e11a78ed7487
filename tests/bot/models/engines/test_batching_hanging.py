"""Several answers at once by a model that hangs: who has seen nothing of an answer gets it all the same."""

from __future__ import annotations

import threading
from time import monotonic

import pytest

from bot.errors import UserError
from bot.models.engines.batching import Batch
from bot.models.engines.batching_decoding import Decoder
from bot.models.engines.chat_loading import Loaded
from bot.models.engines.resident import Resident
from tests.bot.models.engines.answers import Person, alone, held, turn


def look_late(resident: Resident[Loaded]) -> None:
    """Have it found that the model hangs."""
    resident._machine.look(monotonic() + 601)


def test_answers_of_which_nobody_saw_anything_are_begun_anew_when_the_model_hung(
    llama: Loaded, resident: Resident[Loaded], monkeypatch: pytest.MonkeyPatch
) -> None:
    hangs, go_on, lost = threading.Event(), threading.Event(), list[threading.Thread]()
    step = Decoder.step

    def hang_once(decoder: Decoder) -> int:
        if not lost:
            lost.append(threading.current_thread())
            hangs.set()
            go_on.wait()
        return step(decoder)

    monkeypatch.setattr(Decoder, "step", hang_once)
    batch = Batch(resident)
    people = [Person(turn(number)) for number in range(3)]
    with held(resident):
        for person in people:
            person.ask(batch)
    hangs.wait()
    look_late(resident)
    # The lost thread writes on beside the new one, and must not be heard.
    people[1].hear = lambda count: go_on.set()

    assert [alone(llama, person.turn) for person in people] == [person.wait().text for person in people]
    lost[0].join()
    assert [alone(llama, person.turn) for person in people] == [person.text for person in people]
    assert people[0].future is not None
    assert batch.waiting(people[0].future) is None


def test_an_answer_that_was_seen_fails_when_the_model_hangs_and_another_is_begun_anew(
    llama: Loaded, resident: Resident[Loaded]
) -> None:
    hangs, go_on, lost = threading.Event(), threading.Event(), list[threading.Thread]()
    seen, other = Person(turn(tokens=60)), Person(turn(3))

    def hang(count: int) -> None:
        if count == 2:
            lost.append(threading.current_thread())
            hangs.set()
            go_on.wait()

    seen.hear = hang
    batch = Batch(resident, slots=1)
    with held(resident):
        for person in (seen, other):
            person.ask(batch)
    hangs.wait()
    look_late(resident)

    with pytest.raises(UserError, match="tiny gave no sign of life for 10 minutes"):
        seen.wait()
    assert alone(llama, other.turn) == other.wait().text
    go_on.set()
    lost[0].join()
    assert len(seen.chunks) == 2
