"""Several answers at once: each must be what it is alone, whoever joins, leaves, gives way or gives up beside it."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from langchain_core.messages import HumanMessage, SystemMessage
from langchain_core.outputs import ChatGenerationChunk

from bot.asking import ASKING, Asking, Owner, Priority
from bot.errors import UserError
from bot.models.catalog import Entry
from bot.models.engines import batching, batching_decoding, hardware
from bot.models.engines.batching import TURN, Batch
from bot.models.engines.batching_rows import Rows
from bot.models.engines.batching_rules import together
from bot.models.engines.chat_choosing import Sampling
from bot.models.engines.chat_loading import Loaded, load
from bot.models.engines.chat_turn import Turn, answer
from bot.models.engines.resident import Resident
from bot.models.queue import MOST_OF_PERSON
from bot.models.tasks import Task
from tests.bot.models.chat_checkpoints import Kind, make_chat

WORDS = "who sleeps in the snow where foxes run until the morning comes again".split()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_chat(tmp_path_factory.mktemp("batching") / "llama", "llama")


@pytest.fixture(scope="module")
def llama(folder: Path) -> Iterator[Loaded]:
    hardware.prefer("float32")
    loaded = load(entry(folder), folder)
    # What the batch makes must not depend on chance alone: an answer of full length shows most.
    loaded.ends = []
    yield loaded
    hardware.prefer("auto")


def entry(folder: Path) -> Entry:
    return Entry(name="tiny", task=Task.CHAT, kind="folder", source=str(folder))


class Person:
    """Asks for one answer."""

    def __init__(self, turn: Turn) -> None:
        self.turn = turn
        self.cancelled = threading.Event()
        self.began = threading.Event()
        self.chunks: list[ChatGenerationChunk] = []
        self.hear: Callable[[int], object] = lambda count: None
        self.future: Future[None] | None = None

    def take(self, chunk: ChatGenerationChunk) -> None:
        self.chunks.append(chunk)
        self.began.set()
        self.hear(len(self.chunks))

    def ask(self, batch: Batch) -> Person:
        self.future = batch.submit(self.turn, self.take, self.cancelled)
        return self

    def wait(self) -> Person:
        assert self.future is not None
        self.future.result()
        return self

    def leave_after(self, last: int, count: int) -> None:
        if count >= last:
            self.cancelled.set()

    @property
    def text(self) -> str:
        return "".join(chunk.text for chunk in self.chunks)


def turn(number: int = 0, length: int = 5, tokens: int = 20, **more: object) -> Turn:
    words = " ".join((WORDS[number % len(WORDS) :] + WORDS * 20)[:length])
    sampling = Sampling.model_validate({"temperature": 0, "max_tokens": tokens, **more})
    return Turn([SystemMessage("Be brief and kind to whoever asks, always."), HumanMessage(words)], sampling)


@pytest.fixture
def resident(llama: Loaded) -> Iterator[Resident[Loaded]]:
    made = Resident("tiny", lambda: None, lambda: llama)
    yield made
    asyncio.run(made.close())


@contextmanager
def asked_by(person: str, server: str = "home") -> Iterator[None]:
    before = ASKING.set(Asking(Owner(server, person), Priority.INTERACTIVE, lambda waiting: None))
    yield
    ASKING.reset(before)


@contextmanager
def held(resident: Resident[Loaded]) -> Iterator[None]:
    """Keeps the model from working, so that everything waits when it begins."""
    at_work, go_on = threading.Event(), threading.Event()

    def hold(loaded: Loaded, stopped: Callable[[], bool]) -> None:
        at_work.set()
        go_on.wait()

    work = resident.submit(hold)
    at_work.wait()
    yield
    go_on.set()
    work.result()


def alone(llama: Loaded, wanted: Turn) -> str:
    """What `generate` makes of it."""
    chunks: list[ChatGenerationChunk] = []
    answer(wanted, chunks.append, llama, lambda: False)
    return "".join(chunk.text for chunk in chunks)


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
        assert batch._jobs == {}
        assert len(batch._fair) == 0


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


def test_a_step_that_fails_is_one_line_and_the_next_answer_comes(
    llama: Loaded, resident: Resident[Loaded], monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = Batch(resident)
    forward = llama.model.forward
    monkeypatch.setattr(llama.model, "forward", lambda *args, **options: torch.zeros(2) @ torch.zeros(3))
    with held(resident):
        people = [Person(turn()).ask(batch) for _ in range(2)]
    for person in people:
        with pytest.raises(UserError, match="The language model tiny failed; ask again"):
            person.wait()
    monkeypatch.setattr(llama.model, "forward", forward)

    assert alone(llama, turn()) == Person(turn()).ask(batch).wait().text


def test_without_memory_the_last_answer_fails_and_fewer_are_written_at_once(
    llama: Loaded, resident: Resident[Loaded], monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = Batch(resident)
    reserve = Rows.reserve

    def scarce(rows: Rows, count: int, length: int) -> None:
        if count > 2:
            raise torch.OutOfMemoryError("no more")
        reserve(rows, count, length)

    monkeypatch.setattr(Rows, "reserve", scarce)
    with held(resident):
        people = [Person(turn(number)).ask(batch) for number in range(4)]
    failed = []
    for person in people:
        try:
            assert alone(llama, person.turn) == person.wait().text
        except UserError as error:
            failed.append(str(error))

    assert ["There is not enough memory for this answer; ask about less, or again later."] == failed


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
    reading = Rows.reading

    def watched(rows: Rows, row: int, start: int, end: int) -> None:
        read.append(end - start)
        reading(rows, row, start, end)

    monkeypatch.setattr(Rows, "reading", watched)
    first = Person(turn(0, 6)).ask(batch).wait()
    second = Person(turn(5, 6)).ask(batch).wait()
    third = Person(turn(0, 6)).ask(batch).wait()

    assert read[0] > 2 * sum(read[1:])
    assert [first.text, alone(llama, second.turn)] == [third.text, second.text]
