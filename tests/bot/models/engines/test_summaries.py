from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from functools import partial
from pathlib import Path
from typing import get_args

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import UserError
from bot.models.catalog import Entry
from bot.models.engines import hardware
from bot.models.engines import summaries as engine
from bot.models.engines.resident import Resident
from bot.models.engines.summaries import LocalSummarizer, lengths, open_model
from bot.models.tasks import Task
from tests.bot.models.engines.turns import in_turns, noted_pauses
from tests.bot.models.summary_checkpoints import Kind, make_summarizer

TEXT = "The fox sleeps in the snow. Dana counts the stars."

LONG = " ".join(f"Fox {number} sleeps in the snow." for number in range(40))

Open = Callable[..., LocalSummarizer]


@pytest.fixture(autouse=True)
def full_precision() -> Iterator[None]:
    hardware.prefer("float32")
    yield
    hardware.prefer("auto")


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[Kind, Path]:
    home = tmp_path_factory.mktemp("summaries")
    return {kind: make_summarizer(home / kind, kind) for kind in get_args(Kind)}


@pytest.fixture
async def summarizer(folders: dict[Kind, Path]) -> AsyncIterator[Open]:
    """Opens a summarizer of a kind."""
    opened: list[Resident[engine._Loaded]] = []

    def make(kind: Kind = "bart", **more: object) -> LocalSummarizer:
        entry = Entry.model_validate({"name": kind, "task": Task.SUMMARIES, "kind": "folder", "source": "x", **more})
        model, resident = open_model(entry, folders[kind], lambda: None)
        opened.append(resident)
        assert isinstance(model, LocalSummarizer)
        return model

    yield make
    for resident in opened:
        await resident.close()


async def loaded(model: LocalSummarizer) -> engine._Loaded:
    return await model._resident.run(lambda inside, stopped: inside)


@pytest.fixture
def parts_read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the model was given to read at once, in order; it says how many words that is."""
    seen: list[str] = []

    def short(text: str, words: int, inside: engine._Loaded, stopped: Callable[[], bool]) -> str:
        seen.append(text)
        assert inside.count(text) <= inside.window
        return " ".join(["a"] * min(words, len(text.split())))

    monkeypatch.setattr(engine, "_short", short)
    return seen


@pytest.mark.parametrize("kind", get_args(Kind))
async def test_a_short_text_becomes_the_tokens_of_generate(summarizer: Open, kind: Kind) -> None:
    model = summarizer(kind)
    inside = await loaded(model)
    prefix = "summarize: " if kind == "t5" else ""
    inputs = inside.tokenizer(prefix + TEXT, return_tensors="pt")
    generate: Callable[..., torch.Tensor] = getattr(inside.model, "generate")  # noqa: B009
    expected = generate(**inputs, **lengths(TEXT, 6, inside.count))[0]

    actual = await model._resident.run(lambda inside, stopped: engine._write(inside, TEXT, 6, stopped))

    assert expected.tolist() == actual.tolist()
    assert await model.summarize(TEXT, 6)


async def test_a_long_text_is_read_in_parts_that_fit(summarizer: Open, parts_read: list[str]) -> None:
    summary = await summarizer().summarize(LONG, 200)

    assert " ".join(parts_read) == LONG
    assert all(part.endswith("snow.") for part in parts_read)
    assert len(summary.split()) <= 300


async def test_summaries_of_parts_are_summarized_until_they_are_short(summarizer: Open, parts_read: list[str]) -> None:
    summary = await summarizer().summarize(LONG, 10)

    assert len(parts_read) > len(LONG) // 200
    assert len(summary.split()) <= 15


async def test_a_text_that_does_not_get_short_is_refused(summarizer: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "_short", lambda text, *rest: text)

    with pytest.raises(UserError, match="too long for this summary model"):
        await summarizer().summarize(LONG, 10)


async def test_nothing_cannot_be_summarized(summarizer: Open) -> None:
    with pytest.raises(UserError, match="There is nothing to summarize"):
        await summarizer().summarize(" \n", 10)


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("The fox sleeps.<n>It is cold", "The fox sleeps."),
        ("The fox sleeps. It is cold.", "The fox sleeps. It is cold."),
        ("the fox sleeps in", "the fox sleeps in"),
    ],
)
async def test_a_summary_ends_at_a_whole_sentence(
    summarizer: Open, monkeypatch: pytest.MonkeyPatch, written: str, said: str
) -> None:
    model = summarizer()
    inside = await loaded(model)
    monkeypatch.setattr(engine, "_write", lambda *args: torch.tensor(inside.tokenizer.encode(written)))

    assert said == await model.summarize(TEXT, 10)


async def test_a_summary_that_is_cancelled_stops_within_a_token(
    summarizer: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = summarizer("t5")
    inside = await loaded(model)
    at_work, go_on = threading.Event(), threading.Event()
    forward = inside.model.forward
    steps: list[int] = []

    def held(*args: object, **options: object) -> object:
        steps.append(1)
        at_work.set()
        go_on.wait()
        return forward(*args, **options)

    monkeypatch.setattr(inside.model, "forward", held)
    work = asyncio.create_task(model.summarize(TEXT, 40))
    await asyncio.to_thread(at_work.wait)
    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await work
    go_on.set()
    await loaded(model)  # The thread is free again.

    assert len(steps) == 1


@pytest.mark.parametrize("kind", get_args(Kind))
async def test_summaries_are_written_in_turns_as_if_alone(
    summarizer: Open, kind: Kind, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "TURN", 2)
    pauses = noted_pauses(monkeypatch)
    model = summarizer(kind)
    asked = [partial(model.summarize, TEXT, words) for words in (6, 9)]
    alone = [await each() for each in asked]

    assert alone == await in_turns(model._resident, *asked)
    assert len(set(pauses)) == 2


async def test_the_window_is_the_smallest_that_anything_says(summarizer: Open) -> None:
    assert (await loaded(summarizer())).window == 64
    assert (await loaded(summarizer(context=40))).window == 40


async def test_a_summary_is_no_longer_than_the_model_can_tell_the_places_of(summarizer: Open) -> None:
    model = summarizer("bart")
    inside = await model._resident.run(lambda inside, stopped: inside)
    text = "Fox " * 14
    assert 1.4 * inside.count(text) > inside.window

    assert await model.summarize(text, 400)


@given(st.text(max_size=200), st.integers(1, 400), st.none() | st.integers(32, 300))
def test_the_bounds_of_a_summary_never_contradict_each_other(text: str, words: int, positions: int | None) -> None:
    bounds = lengths(text, words, lambda some: len(some) + 1, positions)

    least, most = bounds["min_new_tokens"], bounds["max_new_tokens"]
    assert least is not None
    assert most is not None
    assert 0 <= least < most <= max(8, 1.4 * (len(text) + 1))
    assert positions is None or most < positions


def test_more_words_may_take_more_tokens() -> None:
    short, long = (lengths(LONG, words, lambda text: 2 * len(text.split())) for words in (20, 100))

    assert (short["max_new_tokens"], long["max_new_tokens"]) == (56, 280)
