from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from langchain_core.language_models import LanguageModelInput
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage
from langchain_core.runnables import Runnable, RunnableLambda
from pydantic import PrivateAttr

from plugins.summarize.notes import LONGEST, Notes, asked, form, read, uncited
from plugins.summarize.topics import Kind
from tests.plugins.conversation import Scripted

ASKED: list[BaseMessage] = [HumanMessage("Take notes.")]
GOOD = json.dumps({"headline": "Release", "points": [{"text": "It ships.", "messages": [1]}]})


class Held(Scripted):
    """A chat model that a library holds to a form, and what comes of it."""

    _raw: AIMessage = PrivateAttr()

    def __init__(self, raw: AIMessage, *answers: str) -> None:
        super().__init__(*answers)
        self._raw = raw

    def with_structured_output(self, schema: Any, **kwargs: Any) -> Runnable[LanguageModelInput, Any]:
        def answer(_: object) -> dict[str, object]:
            try:
                parsed = Notes.model_validate(self._raw.tool_calls[0]["args"]) if self._raw.tool_calls else None
            except ValueError:
                parsed = None
            return {"raw": self._raw, "parsed": parsed, "parsing_error": None}

        return RunnableLambda(answer)


def call(args: dict[str, object]) -> AIMessage:
    return AIMessage("", tool_calls=[{"name": "Notes", "args": args, "id": "1"}])


async def test_a_model_that_is_held_to_the_form_is_asked_once() -> None:
    model = Held(call({"headline": "Release", "points": [{"text": "It ships.", "messages": ["2"]}]}))

    notes, held = await asked(ASKED, model, structured=True)

    assert held
    assert isinstance(notes, Notes)
    assert [(1,)] == [claim.cited for claim in notes.claims()]
    assert [] == model.asked


async def test_words_instead_of_a_call_are_read_all_the_same() -> None:
    notes, held = await asked(ASKED, Held(AIMessage(f"Here you are: {GOOD}")), structured=True)

    assert held
    assert isinstance(notes, Notes)
    assert "Release" == notes.headline


async def test_a_call_that_does_not_fit_is_mended() -> None:
    model = Held(call({"headline": ["no"]}), GOOD)

    notes, _ = await asked(ASKED, model, structured=True)

    assert isinstance(notes, Notes)
    assert "headline: Input should be a valid string" in model.prompt


async def test_a_model_that_cannot_be_held_is_asked_in_words_from_then_on() -> None:
    model = Scripted(GOOD)

    notes, held = await asked(ASKED, model, structured=True)

    assert isinstance(notes, Notes)
    assert not held
    assert 1 == len(model.asked)


async def test_malformed_json_is_mended_once() -> None:
    model = Scripted('{"headline": "Rel', GOOD)

    notes, _ = await asked(ASKED, model, structured=False)

    assert isinstance(notes, Notes)
    assert 2 == len(model.asked)
    assert "Answer again with the whole JSON object" in model.prompt


@pytest.mark.parametrize("said", ["no JSON at all", "", '{"points": 1', "[1, 2]"])
async def test_what_cannot_be_mended_comes_back_as_words(said: str) -> None:
    model = Scripted(said)

    found, _ = await asked(ASKED, model, structured=False)

    assert said == found
    assert 2 == len(model.asked)


def test_what_small_models_make_of_the_form_is_understood() -> None:
    notes = read(
        """Sure! {"headline": "Release", "points": "It ships.", "decisions": ["**Decision:** We ship [3].", null, ""],
        "actions": [{"text": "- Ben writes (messages 2, #4)", "messages": "1 and 2", "owner": "None", "due": 5}],
        "questions": null, "mood": "good"} I hope that helps."""
    )

    assert isinstance(notes, Notes)
    decision, point, action = notes.claims()
    assert (Kind.DECISION, "We ship.", (2,)) == (decision.kind, decision.text, decision.cited)
    assert (Kind.POINT, "It ships.", ()) == (point.kind, point.text, point.cited)
    assert (Kind.ACTION, "Ben writes", (0, 1, 1, 3)) == (action.kind, action.text, action.cited)
    assert (None, "5") == (action.who, action.due)


def test_the_form_names_every_key() -> None:
    example = json.loads(form().splitlines()[0])

    assert set(Notes.model_fields) == set(example)
    assert {"text", "messages", "owner", "due"} == set(example["actions"][0])


def test_a_claim_is_one_line_of_bearable_length() -> None:
    text, inline = uncited("* It\n ships [1, 2] " + "and ships " * 200)

    assert "\n" not in text
    assert len(text) <= LONGEST
    assert text.startswith("It ships and ships")
    assert [1, 2] == inline


@given(st.text() | st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists).map(json.dumps))
def test_any_answer_is_read_or_refused(said: str) -> None:
    found = read(said)

    assert isinstance(found, str) or list(found.claims()) is not None


@given(
    st.fixed_dictionaries(
        {},
        optional={
            name: st.none() | st.text() | st.integers() | st.lists(st.none() | st.text() | st.integers(), max_size=3)
            for name in Notes.model_fields
        },
    )
)
def test_any_object_is_read_or_refused(given_: dict[str, object]) -> None:
    found = read(json.dumps(given_))

    assert isinstance(found, str) or all(claim.text for claim in found.claims())
