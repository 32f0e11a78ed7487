from __future__ import annotations

from types import SimpleNamespace
from typing import cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.errors import UserError
from bot.models.engines.chat_answer import Call, Reader, calls, way
from bot.models.engines.chat_decoding import Text
from bot.models.engines.chat_loading import Loaded
from tests.bot.models.chat_checkpoints import CHATML, LLAMA, MISTRAL, OWN, make_tokenizer

TOKENIZER = make_tokenizer("qwen3")


def loaded(template: str = CHATML, own: object = None) -> Loaded:
    tokenizer = SimpleNamespace(response_template=own, get_chat_template=lambda tools: template)
    return cast("Loaded", SimpleNamespace(tokenizer=tokenizer))


def read(
    text: str,
    mark: str | None = None,
    stops: tuple[str, ...] = (),
    *,
    prompt: str = "",
    own: object = None,
    step: int = 3,
) -> tuple[str, list[Call]]:
    """The text and the calls of an answer that comes a few characters at a time."""
    reader = Reader(loaded(own=own), prompt, mark, stops)
    pieces = [piece for at in range(0, len(text), step) for piece in reader.feed(text[at : at + step])]
    pieces += reader.finish()
    said = "".join(piece for piece in pieces if isinstance(piece, str))
    return said, [piece for piece in pieces if isinstance(piece, Call)]


ROLL = Call("roll", '{"sides": 6}')


@pytest.mark.parametrize(
    ("mark", "text"),
    [
        ("<tool_call>", '<tool_call>\n{"name": "roll", "arguments": {"sides": 6}}\n</tool_call>'),
        ("<tool_call>", '<tool_call>{"name": "roll", "arguments": "{\\"sides\\": 6}"}</tool_call>'),
        (
            "<tool_call>",
            "<tool_call>\n<function=roll>\n<parameter=sides>\n6\n</parameter>\n</function>\n</tool_call>",
        ),
        ("[TOOL_CALLS]", '[TOOL_CALLS][{"name": "roll", "arguments": {"sides": 6}}]'),
        ("[TOOL_CALLS]", '[TOOL_CALLS]roll[ARGS]{"sides": 6}'),
        ("[TOOL_CALLS]", '[TOOL_CALLS]roll[CALL_ID]abcdefghi[ARGS]{"sides": 6}'),
        ("{", '{"name": "roll", "parameters": {"sides": 6}}'),
        ("{", ' <|python_tag|>{"type": "function", "name": "roll", "parameters": {"sides": 6}}'),
    ],
)
def test_a_call_is_read_in_every_familys_way(mark: str, text: str) -> None:
    assert ("", [ROLL]) == read(text, mark)


@pytest.mark.parametrize(
    ("mark", "text"),
    [
        ("<tool_call>", '<tool_call>{"name": "a"}</tool_call>\n<tool_call>{"name": "b"}</tool_call>'),
        ("[TOOL_CALLS]", '[TOOL_CALLS][{"name": "a"}, {"name": "b"}]'),
        ("[TOOL_CALLS]", "[TOOL_CALLS]a[ARGS]{}[TOOL_CALLS]b[ARGS]{}"),
        ("{", '{"name": "a", "parameters": {}}; {"name": "b", "parameters": {}}'),
    ],
)
def test_several_calls_are_read_in_order(mark: str, text: str) -> None:
    assert ("", [Call("a", "{}"), Call("b", "{}")]) == read(text, mark)


def test_values_of_parameters_in_tags_are_json_or_text() -> None:
    text = "<function=look><parameter=place>the snow</parameter><parameter=far>true</parameter></function>"

    assert calls(text) == [Call("look", '{"place": "the snow", "far": true}')]


def test_what_is_no_call_is_kept_without_a_name() -> None:
    assert calls("roll it") == [Call("", "roll it")]
    assert calls('{"sides": 6}') == [Call("", '{"sides": 6}')]
    assert calls('{"name": "a"} and so on') == [Call("a", "{}"), Call("", "and so on")]


def test_json_that_is_no_call_is_an_answer() -> None:
    assert read('{"sides": 6}', "{") == ('{"sides": 6}', [])


@pytest.mark.parametrize(("open_", "close"), [("<think>", "</think>"), ("[THINK]", "[/THINK]")])
def test_thoughts_are_left_out(open_: str, close: str) -> None:
    assert read(f"{open_}\nhm, {close}\n\nThe fox.") == ("The fox.", [])


def test_thoughts_that_the_prompt_began_are_left_out() -> None:
    assert read("hm\n</think>\n\nThe fox.", prompt="<|im_start|>assistant\n<think>\n") == ("The fox.", [])


def test_thoughts_that_never_end_leave_nothing() -> None:
    assert read("<think> on and on") == ("", [])


def test_what_a_checkpoint_says_of_its_answers_holds() -> None:
    text = 'The fox.<call>{"name": "roll", "arguments": {"sides": 6}}</call>'

    assert ("The fox.", [ROLL]) == read(
        "hm</thoughts>" + text, "{", prompt="<|im_start|>assistant\n<thoughts>", own=OWN
    )
    assert read(text, None, prompt="<|im_start|>assistant\n", own=OWN) == ("The fox.", [])


def test_an_answer_that_breaks_its_own_form_is_one_line() -> None:
    with pytest.raises(UserError, match="made a call that cannot be read"):
        read("<call>{roll}</call>", "{", own=OWN)


def test_the_way_is_told_by_the_template() -> None:
    assert [way(loaded(template), plain=False) for template in (CHATML, MISTRAL, LLAMA)] == [
        "<tool_call>",
        "[TOOL_CALLS]",
        "{",
    ]
    assert way(loaded(LLAMA), plain=True) == "<tool_call>"


def test_of_several_stops_the_first_in_the_text_counts() -> None:
    assert read("a fox in the snow", stops=("snow", "in")) == ("a fox ", [])
    assert read("a fox in the sn", stops=("snow", "")) == ("a fox in the sn", [])


def test_nothing_is_read_after_a_stop() -> None:
    assert read("stop <tool_call>{}</tool_call>", "<tool_call>", ("stop",), step=100) == ("", [])


@settings(deadline=None)
@given(st.text("ab\n ", max_size=30), st.text("ab", min_size=1, max_size=4), st.integers(1, 7))
def test_an_answer_ends_at_its_stop_however_it_comes(text: str, stop: str, step: int) -> None:
    assert read(text, stops=(stop,), step=step)[0].rstrip() == text.lstrip().partition(stop)[0].rstrip()


@settings(deadline=None)
@given(st.text(max_size=40))
def test_text_of_tokens_is_what_they_decode_to(text: str) -> None:
    made = Text(TOKENIZER, frozenset())

    tokens = TOKENIZER.encode(text, add_special_tokens=False)

    assert "".join([made.add(token) for token in tokens] + [made.rest()]) == TOKENIZER.decode(tokens)


def test_a_character_of_several_tokens_comes_whole() -> None:
    made = Text(TOKENIZER, frozenset())

    pieces = [made.add(token) for token in TOKENIZER.encode("a 🦢 b", add_special_tokens=False)]

    assert "".join(pieces) == "a 🦢 b"
    assert all("\ufffd" not in piece for piece in pieces)


def test_tokens_that_make_no_character_hold_nothing_up() -> None:
    broken = TOKENIZER.convert_tokens_to_ids("Ä")
    assert isinstance(broken, int)
    made = Text(TOKENIZER, frozenset())

    pieces = [made.add(broken) for _ in range(8)]

    assert "\ufffd" in pieces[-1]
