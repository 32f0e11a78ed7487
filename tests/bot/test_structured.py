from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from langchain_core.language_models import LanguageModelInput
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage
from langchain_core.runnables import Runnable, RunnableLambda
from pydantic import BaseModel, PrivateAttr

from bot import fill_in
from bot.structured import read
from tests.plugins.conversation import Scripted


class Recipe(BaseModel):
    """What is baked, and of what."""

    name: str
    grams: dict[str, int] = {}


ASKED: list[BaseMessage] = [HumanMessage("Write a recipe.")]
GOOD = json.dumps({"name": "Rye bread", "grams": {"rye": 500}})


class Held(Scripted):
    """A chat model that a library holds to a form, and what comes of it."""

    _raw: AIMessage = PrivateAttr()

    def __init__(self, raw: AIMessage, *answers: str) -> None:
        super().__init__(*answers)
        self._raw = raw

    def with_structured_output(self, schema: Any, **kwargs: Any) -> Runnable[LanguageModelInput, Any]:
        def answer(_: object) -> dict[str, object]:
            try:
                parsed = Recipe.model_validate(self._raw.tool_calls[0]["args"]) if self._raw.tool_calls else None
            except ValueError:
                parsed = None
            return {"raw": self._raw, "parsed": parsed, "parsing_error": None}

        return RunnableLambda(answer)


def call(args: dict[str, object]) -> AIMessage:
    return AIMessage("", tool_calls=[{"name": "Recipe", "args": args, "id": "1"}])


async def test_a_model_that_is_held_to_the_form_is_asked_once() -> None:
    model = Held(call({"name": "Rye bread", "grams": {"rye": "500"}}))

    recipe, held = await fill_in(Recipe, ASKED, model)

    assert (Recipe(name="Rye bread", grams={"rye": 500}), True) == (recipe, held)
    assert [] == model.asked


async def test_words_instead_of_a_call_are_read_all_the_same() -> None:
    recipe, held = await fill_in(Recipe, ASKED, Held(AIMessage(f"Here you are: {GOOD}")))

    assert (Recipe(name="Rye bread", grams={"rye": 500}), True) == (recipe, held)


async def test_a_call_that_does_not_fit_is_mended() -> None:
    model = Held(call({"name": ["no"]}), GOOD)

    recipe, _ = await fill_in(Recipe, ASKED, model)

    assert isinstance(recipe, Recipe)
    assert "name: Input should be a valid string" in model.prompt


async def test_a_model_that_cannot_be_held_is_asked_in_words_from_then_on() -> None:
    model = Scripted(GOOD)

    recipe, held = await fill_in(Recipe, ASKED, model)

    assert isinstance(recipe, Recipe)
    assert not held
    assert 1 == len(model.asked)


async def test_malformed_json_is_mended_once() -> None:
    model = Scripted('{"name": "Rye', GOOD)

    recipe, _ = await fill_in(Recipe, ASKED, model, held=False)

    assert isinstance(recipe, Recipe)
    assert 2 == len(model.asked)
    assert "Answer again with the whole JSON object" in model.prompt


@pytest.mark.parametrize("said", ["no JSON at all", "", '{"name": 1', "[1, 2]"])
async def test_what_cannot_be_mended_comes_back_as_words(said: str) -> None:
    model = Scripted(said)

    found, _ = await fill_in(Recipe, ASKED, model, held=False)

    assert said == found
    assert 2 == len(model.asked)


@given(st.text() | st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists).map(json.dumps))
def test_any_answer_is_read_or_refused(said: str) -> None:
    assert isinstance(read(Recipe, said), str | Recipe)


@given(st.text(st.characters(exclude_characters="{}")), st.text(st.characters(exclude_characters="{}")))
def test_a_form_is_found_whatever_stands_around_it(before: str, after: str) -> None:
    assert Recipe(name="Rye bread", grams={"rye": 500}) == read(Recipe, f"{before}{GOOD}{after}")
