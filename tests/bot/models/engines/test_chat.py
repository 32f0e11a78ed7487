from __future__ import annotations

import asyncio
import threading
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from functools import partial
from itertools import groupby
from pathlib import Path
from time import monotonic
from typing import Any, get_args

import pytest
import torch
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage, HumanMessage, SystemMessage
from langchain_core.outputs import ChatGenerationChunk
from pydantic import BaseModel

from bot.errors import UserError
from bot.models.catalog import Entry
from bot.models.engines import chat_decoding, chat_turn, hardware
from bot.models.engines.chat import LocalChat, TokenIds, open_model
from bot.models.engines.chat_choosing import Sampling
from bot.models.engines.chat_decoding import Written
from bot.models.engines.chat_loading import Loaded, interruptible
from bot.models.engines.chat_prompt import render
from bot.models.engines.resident import TURN, Resident
from bot.models.machine import Machine
from bot.models.tasks import Task
from tests.bot.models.chat_checkpoints import OWN, Kind, make_chat
from tests.bot.models.engines.turns import in_turns, noted_pauses

KINDS: tuple[Kind, ...] = get_args(Kind)

QUESTION: list[BaseMessage] = [SystemMessage("Be brief."), HumanMessage("Who sleeps in the snow? 🦊")]


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Kind], Path]:
    """Checkpoints of this module, each made at its first use."""
    made: dict[Kind, Path] = {}

    def folder(kind: Kind) -> Path:
        if kind not in made:
            made[kind] = make_chat(tmp_path_factory.mktemp("chat") / kind, kind)
        return made[kind]

    return folder


@pytest.fixture(autouse=True)
def full_precision() -> Iterator[None]:
    hardware.prefer("float32")
    yield
    hardware.prefer("auto")


Open = Callable[..., LocalChat]


@pytest.fixture
async def chat(folders: Callable[[Kind], Path]) -> AsyncIterator[Open]:
    """Opens a chat model of a kind."""
    opened: list[Resident[Loaded]] = []

    def make(kind: Kind = "qwen3", **more: object) -> LocalChat:
        entry = Entry.model_validate({"name": kind, "task": Task.CHAT, "kind": "folder", "source": "here", **more})
        model, resident = open_model(entry, folders(kind), lambda: None)
        opened.append(resident)
        assert isinstance(model, LocalChat)
        return model

    yield make
    for resident in opened:
        await resident.close()


@pytest.fixture
def scripted(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Puts words into the model's mouth."""

    def script(text: str) -> None:
        def write(
            loaded: Loaded,
            prompt: Sequence[int],
            sampling: Sampling,
            take: Callable[[int], bool],
            stopped: Callable[[], bool],
            form: object = None,
        ) -> Written:
            for count, token in enumerate(loaded.tokenizer.encode(text, add_special_tokens=False), 1):
                if not take(token):
                    return Written(count, "stop")
            return Written(len(text), "stop")

        monkeypatch.setattr(chat_turn, "write", write)
        monkeypatch.setattr("bot.models.engines.chat.together", lambda folder: False)

    return script


async def loaded(model: LocalChat) -> Loaded:
    return await model._resident.run(lambda inside, stopped: inside)


async def tokens_of(model: LocalChat, **settings: object) -> list[int]:
    """The tokens that the engine makes of the question."""
    inside = await loaded(model)
    prompt = render(inside, QUESTION, [])
    made: list[int] = []

    def take(token: int) -> bool:
        made.append(token)
        return True

    sampling = Sampling.model_validate({"temperature": 0, "max_tokens": 24, **settings})
    await model._resident.run(lambda inside, stopped: chat_decoding.write(inside, prompt.ids, sampling, take, stopped))
    return made


async def generated(model: LocalChat, **settings: object) -> list[int]:
    """The tokens that the library's own `generate` makes of the question."""
    inside = await loaded(model)
    prompt = torch.tensor([render(inside, QUESTION, []).ids])
    generate: Callable[..., torch.Tensor] = getattr(inside.model, "generate")  # noqa: B009
    options: dict[str, object] = {"do_sample": False, "max_new_tokens": 24, "eos_token_id": inside.ends, **settings}
    made = generate(prompt, attention_mask=torch.ones_like(prompt), pad_token_id=0, **options)
    return [token for token in made[0, prompt.shape[1] :].tolist() if token not in inside.ends]


@pytest.mark.parametrize("kind", KINDS)
async def test_the_likeliest_tokens_are_those_of_generate(chat: Open, kind: Kind) -> None:
    model = chat(kind)

    assert await generated(model) == await tokens_of(model)


async def test_a_seed_makes_the_answer_that_generate_makes_with_it(chat: Open) -> None:
    model = chat("llama")
    torch.manual_seed(7)
    expected = await generated(model, do_sample=True, temperature=0.9, top_k=12, top_p=0.8)

    assert expected == await tokens_of(model, temperature=0.9, top_k=12, top_p=0.8, seed=7)


async def test_without_a_seed_each_answer_is_another(chat: Open) -> None:
    model = chat("llama")

    first, second = [await tokens_of(model, temperature=1.5) for _ in range(2)]

    assert first != second


async def test_an_answer_streams_in_whole_characters(chat: Open) -> None:
    model = chat()

    chunks = [chunk async for chunk in model.astream(QUESTION, temperature=0, max_tokens=40)]

    whole = await model.ainvoke(QUESTION, temperature=0, max_tokens=40)
    assert len(chunks) > 10
    assert whole.text == "".join(chunk.text for chunk in chunks)
    inside = await loaded(model)
    written = inside.tokenizer.decode(await tokens_of(model, max_tokens=40))
    assert isinstance(written, str)
    assert written.strip() == whole.text.strip()


async def test_usage_and_the_reason_of_the_end_are_told(chat: Open) -> None:
    answer = await chat("llama").ainvoke(QUESTION, temperature=0, max_tokens=5)

    used = answer.usage_metadata
    assert used is not None
    assert (used["output_tokens"], used["total_tokens"]) == (5, used["input_tokens"] + 5)
    assert {"finish_reason": "length", "model_name": "llama"} == answer.response_metadata


async def test_the_synchronous_call_says_the_same(chat: Open) -> None:
    model = chat()
    expected = await model.ainvoke(QUESTION, temperature=0, max_tokens=8)

    assert expected.text == (await asyncio.to_thread(model.invoke, QUESTION, temperature=0, max_tokens=8)).text


async def test_an_answer_ends_before_a_stop(chat: Open) -> None:
    model = chat("llama")
    whole = (await model.ainvoke(QUESTION, temperature=0, max_tokens=30)).text
    stop = whole[9:12]

    cut = await model.ainvoke(QUESTION, temperature=0, max_tokens=30, stop=[stop])

    assert whole.partition(stop)[0] == cut.text
    assert cut.response_metadata["finish_reason"] == "stop"


async def test_a_prompt_longer_than_the_context_is_one_line(chat: Open) -> None:
    model = chat()
    with pytest.raises(UserError, match=r"too long for the language model qwen3: [\d,]+ tokens, and it reads 512"):
        await model.ainvoke("word " * 600)


async def test_the_context_is_told_before_anything_is_loaded(chat: Open) -> None:
    assert chat().profile == {"max_input_tokens": 512}
    assert chat(context=100).profile == {"max_input_tokens": 100}


async def test_a_stream_that_is_closed_frees_the_model_within_a_token(
    chat: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = chat("mistral")
    go_on = threading.Event()
    put = chat_decoding._Relay.put
    made: list[int] = []

    def held(relay: chat_decoding._Relay, value: torch.Tensor) -> None:
        put(relay, value)
        if relay.count:
            made.append(relay.count)
        if relay.count == 4:
            go_on.wait()

    monkeypatch.setattr(chat_decoding._Relay, "put", held)
    stream = model.astream(QUESTION, temperature=0, max_tokens=200)
    assert isinstance(stream, AsyncIterator)
    await anext(stream)
    await stream.aclose()  # type: ignore[attr-defined]  # it is a generator
    go_on.set()
    await loaded(model)  # The thread is free again.

    assert max(made) <= 4


async def test_an_answer_ends_when_atelier_stops(chat: Open) -> None:
    model = chat("llama")
    stream = model.astream(QUESTION, temperature=0, max_tokens=400)
    await anext(stream)
    closing = asyncio.create_task(model._resident.close())

    with pytest.raises(UserError, match="The work was stopped"):
        async for _ in stream:
            pass
    await closing


async def test_answers_that_are_not_batched_are_written_in_turns_of_32_tokens_as_if_alone(
    chat: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    noted_pauses(monkeypatch)
    model = chat("gemma3")
    (await loaded(model)).ends.clear()
    ways: list[dict[str, Any]] = [{"temperature": 0, "max_tokens": 70}, {"seed": 7, "max_tokens": 70}]
    alone = [(await model.ainvoke(QUESTION, **each)).text for each in ways]
    written: list[int] = []
    put = chat_decoding._Relay.put

    def noted(relay: chat_decoding._Relay, value: torch.Tensor) -> None:
        before = relay.count
        put(relay, value)
        written.extend([threading.get_ident()] * (relay.count - before))

    monkeypatch.setattr(chat_decoding._Relay, "put", noted)
    in_turn = await in_turns(model._resident, *(partial(model.ainvoke, QUESTION, **each) for each in ways))
    stretches = [(thread, len([*stretch])) for thread, stretch in groupby(written)]

    assert alone == [each.text for each in in_turn]
    # Who comes next is decided by the seconds that each took.
    so_far: Counter[int] = Counter()
    for thread, stretch in stretches:
        so_far[thread] += stretch
        assert so_far[thread] in {31, 63, 70}
    assert len(stretches) > 2


LONG: list[BaseMessage] = [HumanMessage("The quick brown fox sleeps. " * 12)]


@pytest.mark.parametrize("kind", KINDS)
async def test_a_long_prompt_that_is_read_in_parts_is_answered_as_if_it_were_read_at_once(
    chat: Open, monkeypatch: pytest.MonkeyPatch, kind: Kind
) -> None:
    inside = await loaded(model := chat(kind))
    prompt, parts = render(inside, LONG, []).ids, list[int]()
    inside.model.register_forward_pre_hook(
        lambda model, inputs, options: parts.append(options["input_ids"].shape[1]), with_kwargs=True
    )

    async def written(part: int) -> list[int]:
        monkeypatch.setattr(chat_decoding, "PART", part)
        parts.clear()
        made: list[int] = []

        def take(token: int) -> bool:
            made.append(token)
            return True

        sampling = Sampling(temperature=0, max_tokens=20)
        await model._resident.run(lambda inside, stopped: chat_decoding.write(inside, prompt, sampling, take, stopped))
        return made

    at_once = await written(1000)
    assert [len(prompt), 1] == parts[:2]
    # Also where a part reaches farther than the window of some layers.
    for part in (len(prompt) // 2 + 1, 16, 5):
        assert at_once == await written(part)
        assert -(-len(prompt) // part) == len([one for one in parts if one > 1]) + (len(prompt) % part == 1)


async def test_reading_a_long_prompt_makes_room_after_four_parts_and_ends_between_two(
    chat: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chat_decoding, "PART", 8)
    inside = await loaded(chat("gemma3"))
    prompt, steps, read = render(inside, LONG, []).ids, [0], list[int]()
    inside.model.register_forward_pre_hook(lambda model, inputs: read.append(steps[0]))

    def stopped() -> bool:
        steps[0] += 1
        return steps[0] > 40

    with pytest.raises(UserError, match="stopped"):
        chat_decoding.write(inside, prompt, Sampling(temperature=0), lambda token: True, stopped)
    # The test looks before the engine asks.
    assert [0, 0, 8, 16, 24, 32, 40] == read
    assert 4 * chat_decoding.PART_COUNTS == TURN


async def test_an_answer_waits_for_the_end_of_another_where_the_network_itself_keeps_what_it_read(
    chat: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "config.json").write_text('{"model_type": "recurrent_gemma"}')

    assert not interruptible(tmp_path)
    assert not interruptible(tmp_path / "nowhere")
    monkeypatch.setattr("bot.models.engines.chat.interruptible", lambda folder: False)
    pauses, model = noted_pauses(monkeypatch), chat("gemma3")
    await in_turns(model._resident, *[partial(model.ainvoke, QUESTION, max_tokens=40)] * 2)
    assert [] == pauses


@pytest.mark.parametrize("shown", [True, False])
async def test_an_answer_that_hangs_is_written_once_more_if_nothing_of_it_was_shown(
    chat: Open, monkeypatch: pytest.MonkeyPatch, shown: bool
) -> None:
    model = chat("gemma3")
    await loaded(model)
    machine = Machine(look_every=1000)
    model._resident.join(machine, 0)
    hangs, over, tries = threading.Event(), threading.Event(), list[int]()

    def answer(turn: object, emit: Callable[[ChatGenerationChunk], object], *rest: object) -> None:
        tries.append(1)
        if shown or len(tries) > 1:
            emit(ChatGenerationChunk(message=AIMessageChunk(content="Hello")))
        if len(tries) == 1:
            hangs.set()
            over.wait()

    monkeypatch.setattr("bot.models.engines.chat.answer", answer)
    work = asyncio.create_task(model.ainvoke(QUESTION))
    await asyncio.to_thread(hangs.wait)
    machine.look(monotonic() + 1000)
    if shown:
        with pytest.raises(UserError):
            await work
    else:
        assert "Hello" == (await work).text
    over.set()
    assert (1 if shown else 2) == len(tries)
    machine.close()


async def test_tokens_are_counted_by_the_models_own_tokenizer(chat: Open) -> None:
    model = chat("llama")

    counted = await asyncio.to_thread(model.get_num_tokens, "the fox")

    assert not model._resident.loaded
    inside = await loaded(model)
    assert len(inside.tokenizer.encode("the fox", add_special_tokens=False)) == counted


def test_a_tokenizer_that_is_missing_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"^The model tiny cannot be loaded: [^\n]+$"):
        TokenIds("tiny", tmp_path)("the fox")


async def test_a_cancelled_answer_that_waits_its_turn_is_never_begun(
    chat: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = chat("gemma3")
    at_work, go_on = threading.Event(), threading.Event()

    def hold(inside: Loaded, stopped: Callable[[], bool]) -> None:
        at_work.set()
        go_on.wait()

    first = asyncio.create_task(model._resident.run(hold))
    await asyncio.to_thread(at_work.wait)
    begun: list[object] = []
    waiting = asyncio.Event()
    submit = model._resident.submit

    def watched(*args: object, **more: object) -> object:
        waiting.set()
        return submit(*args, **more)  # type: ignore[arg-type]  # passed on as it came

    monkeypatch.setattr(model._resident, "submit", watched)
    monkeypatch.setattr("bot.models.engines.chat.answer", lambda *args: begun.append(args))
    second = asyncio.create_task(model.ainvoke(QUESTION, max_tokens=2))
    await waiting.wait()
    second.cancel()
    with pytest.raises(asyncio.CancelledError):
        await second
    go_on.set()
    await first
    await loaded(model)

    assert begun == []


def roll(sides: int) -> str:
    """Roll a die.

    Args:
        sides: How many sides it has.
    """
    return str(sides)


def look(place: str) -> str:
    """Look somewhere.

    Args:
        place: Where.
    """
    return place


@pytest.mark.parametrize("kind", KINDS)
async def test_a_call_that_must_be_made_is_always_valid(chat: Open, kind: Kind) -> None:
    answer = await chat(kind).bind_tools([roll], tool_choice="any").ainvoke("roll", max_tokens=60, seed=1)

    (call,) = answer.tool_calls
    assert call["name"] == "roll"
    assert isinstance(call["args"]["sides"], int)
    assert answer.response_metadata["finish_reason"] == "tool_calls"


async def test_the_named_function_is_called(chat: Open) -> None:
    named = chat("mistral").bind_tools([look, roll], tool_choice={"type": "function", "function": {"name": "roll"}})

    assert [call["name"] for call in (await named.ainvoke("look", max_tokens=60, seed=3)).tool_calls] == ["roll"]


async def test_a_function_that_is_not_there_cannot_be_called(chat: Open) -> None:
    with pytest.raises(ValueError, match="There is no tool called dance; there are look"):
        await chat().bind_tools([look], tool_choice="dance").ainvoke("dance")


async def test_a_form_that_no_answer_can_follow_is_refused(chat: Open) -> None:
    odd = {
        "title": "odd",
        "description": "Odd.",
        "type": "object",
        "properties": {"a": {"pattern": "(", "type": "string"}},
    }

    with pytest.raises(ValueError, match="regex"):
        await chat("llama").bind_tools([odd], tool_choice="any").ainvoke("odd")


async def test_a_call_that_is_cut_off_is_none(chat: Open) -> None:
    answer = await chat("llama").bind_tools([roll], tool_choice="required").ainvoke("roll", max_tokens=3, seed=1)

    assert answer.tool_calls == []
    assert len(answer.invalid_tool_calls) == 1


class Weather(BaseModel):
    """The weather somewhere."""

    warm: bool
    degrees: int


@pytest.mark.parametrize("kind", ["qwen3", "gemma3"])
async def test_structured_output_follows_its_schema(chat: Open, kind: Kind) -> None:
    structured = chat(kind).with_structured_output(Weather)

    assert isinstance(await structured.ainvoke("How is it?", max_tokens=120, seed=2), Weather)


async def test_a_call_among_words_is_read_while_it_streams(chat: Open, scripted: Callable[[str], None]) -> None:
    scripted('Let me roll. <tool_call>\n{"name": "roll", "arguments": {"sides": 6}}\n</tool_call>')

    chunks = [chunk async for chunk in chat().bind_tools([roll]).astream("roll")]

    whole = chunks[0]
    for chunk in chunks[1:]:
        whole += chunk  # type: ignore[assignment]  # a chunk and a chunk are a chunk
    assert isinstance(whole, AIMessageChunk)
    assert whole.text == "Let me roll."
    assert [(call["name"], call["args"]) for call in whole.tool_calls] == [("roll", {"sides": 6})]


async def test_without_functions_nothing_is_taken_for_a_call(chat: Open, scripted: Callable[[str], None]) -> None:
    text = 'Write <tool_call>{"name": "roll"}</tool_call>.'
    scripted(text)

    for model in (chat(), chat().bind_tools([roll], tool_choice="none")):
        answer = await model.ainvoke("How?")
        assert (text, []) == (answer.text, answer.tool_calls)


async def test_a_broken_call_is_kept_as_invalid(chat: Open, scripted: Callable[[str], None]) -> None:
    scripted('<tool_call>\n{"name": "roll", "arguments": {"sides":\n</tool_call>')

    answer = await chat().bind_tools([roll]).ainvoke("roll")

    assert (answer.text, answer.tool_calls) == ("", [])
    assert '"name": "roll"' in str(answer.invalid_tool_calls[0]["args"]).replace("\\", "")


async def test_a_call_in_bare_json_is_read_at_its_end(chat: Open, scripted: Callable[[str], None]) -> None:
    scripted('{"name": "roll", "parameters": {"sides": 6}}')

    answer = await chat("llama").bind_tools([roll]).ainvoke("roll")

    assert (answer.text, [call["args"] for call in answer.tool_calls]) == ("", [{"sides": 6}])


async def test_arguments_that_are_no_json_make_no_call(chat: Open, scripted: Callable[[str], None]) -> None:
    scripted('[TOOL_CALLS]roll[ARGS]{"sides":')

    answer = await chat("mistral").bind_tools([roll]).ainvoke("roll")

    assert ([], "roll") == (answer.tool_calls, answer.invalid_tool_calls[0]["name"])


async def test_a_checkpoints_own_form_of_answers_holds(chat: Open, scripted: Callable[[str], None]) -> None:
    scripted('<thoughts>hm</thoughts>The fox.<call>{"name": "roll", "arguments": {"sides": 6}}</call>')
    model = chat()
    (await loaded(model)).tokenizer.response_template = OWN

    answer = await model.bind_tools([roll]).ainvoke("roll")

    assert (answer.text, [call["args"] for call in answer.tool_calls]) == ("The fox.", [{"sides": 6}])


async def test_a_parameter_may_be_called_like_a_word_of_schemas(chat: Open) -> None:
    def describe(properties: list[str]) -> None:
        """Describe something.

        Args:
            properties: What it is like.
        """

    answer = await chat("llama").bind_tools([describe], tool_choice="any").ainvoke("it", max_tokens=100, seed=4)

    assert [list(call["args"]) for call in answer.tool_calls] == [["properties"]]


async def test_thoughts_are_not_part_of_the_answer(chat: Open, scripted: Callable[[str], None]) -> None:
    scripted("<think>\nfoxes, snow\n</think>\n\nThe fox.")

    assert (await chat().ainvoke(QUESTION)).text == "The fox."


async def test_special_tokens_are_no_text(chat: Open, scripted: Callable[[str], None]) -> None:
    scripted("The <|im_start|>fox.")

    assert (await chat().ainvoke(QUESTION)).text == "The fox."


async def test_a_picture_is_refused_in_one_line(chat: Open) -> None:
    picture = HumanMessage([{"type": "text", "text": "What is this?"}, {"type": "image", "url": "data:"}])

    with pytest.raises(UserError, match="The model qwen3 reads text only; it was given image"):
        await chat().ainvoke([picture])


async def test_memory_that_runs_out_while_answering_fails_that_answer_only(
    chat: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = chat("mistral")
    inside = await loaded(model)

    def full(*args: object, **options: object) -> None:
        raise torch.OutOfMemoryError("CUDA out of memory")

    with monkeypatch.context() as patched:
        patched.setattr(inside.model, "generate", full)
        with pytest.raises(UserError, match="There is not enough memory for this answer"):
            await model.ainvoke(QUESTION)

    assert (await model.ainvoke(QUESTION, max_tokens=2)).usage_metadata is not None


async def test_a_model_that_fails_is_loaded_anew_and_the_answer_written_once_more(
    chat: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = chat("gemma3")
    expected = (await model.ainvoke(QUESTION, temperature=0, max_tokens=8)).text
    inside = await loaded(model)

    def broken(*args: object, **options: object) -> None:
        raise RuntimeError("CUDA error: device-side assert triggered")

    monkeypatch.setattr(inside.model, "generate", broken)

    assert expected == (await model.ainvoke(QUESTION, temperature=0, max_tokens=8)).text
    assert inside is not await loaded(model)

    monkeypatch.setattr("bot.models.engines.chat.answer", broken)
    with pytest.raises(UserError, match="gemma3"):
        await model.ainvoke(QUESTION)


async def test_an_answer_in_turn_of_earlier_calls_can_be_made(chat: Open) -> None:
    from langchain_core.messages import ToolMessage

    call = AIMessage("", tool_calls=[{"name": "roll", "args": {"sides": 6}, "id": "call_of_another_model"}])
    talk = [HumanMessage("Roll."), call, ToolMessage("4", tool_call_id="call_of_another_model")]

    for kind in KINDS:
        answer = await chat(kind).bind_tools([roll]).ainvoke(talk, max_tokens=2, temperature=0)
        assert answer.usage_metadata is not None


@pytest.mark.parametrize("settings", [{"temperature": 3}, {"max_tokens": 0}, {"top_p": 0}, {"seed": -1}])
async def test_settings_out_of_range_are_refused(chat: Open, settings: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=next(iter(settings))):
        await chat().bind(**settings).ainvoke(QUESTION)
