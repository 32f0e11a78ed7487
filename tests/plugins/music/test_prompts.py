"""Prompts written by meaning, and by a language model."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest
from langchain_core.language_models import LanguageModelInput
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from langchain_core.runnables import Runnable
from pydantic import ValidationError

from bot import Embeddings
from plugins.music.prompts import Prompt, by_meaning
from plugins.music.written import by_model
from tests.plugins.conversation import Scripted
from tests.plugins.meaning import meaning

__all__ = ["meaning"]

WRITTEN: dict[str, object] = {
    "genre": "sea shanty",
    "tempo": 104,
    "key": "d minor",
    "metre": "4/4",
    "instruments": ["accordion", "choir"],
    "moods": ["stormy", "defiant"],
    "form": "verses and a refrain",
}
LINE = "stormy, defiant sea shanty, accordion and choir, D minor, 4/4, 104 bpm, verses and a refrain"


class Formed(Scripted):
    """Answers in the form it is held to, as models with structured output do."""

    def __init__(self, *answers: str) -> None:
        super().__init__(*answers)

    def bind_tools(self, tools: Sequence[object], **kwargs: object) -> Runnable[LanguageModelInput, AIMessage]:
        """As it is."""
        return self

    def _generate(self, messages: list[BaseMessage], *args: Any, **kwargs: Any) -> ChatResult:
        said = self._next(messages)
        call = {"name": "Prompt", "args": json.loads(said), "id": "1", "type": "tool_call"}
        return ChatResult(generations=[ChatGeneration(message=AIMessage("", tool_calls=[call]))])


def answer(**changes: object) -> str:
    return json.dumps({**WRITTEN, **changes})


@pytest.mark.parametrize(
    ("idea", "genres", "moods"),
    [
        ("something for a rainy afternoon at the window", {"lo-fi hip hop"}, {"melancholy", "calm"}),
        ("our team shipped the release!", {"march", "orchestral film score"}, {"triumphant", "hopeful"}),
        ("spooky halloween party", {"horror score"}, {"eerie"}),
        ("background for meditation", {"ambient"}, {"calm", "dreamy"}),
        ("a lullaby", {"lullaby"}, {"calm"}),
        ("the dragon attacks", {"orchestral film score", "metal"}, {"epic", "aggressive"}),
    ],
)
async def test_an_idea_becomes_music_that_means_the_same(
    meaning: Embeddings, idea: str, genres: set[str], moods: set[str]
) -> None:
    prompt = await by_meaning(idea, meaning)

    assert prompt.genre in genres
    assert prompt.moods[0] in moods


async def test_what_is_said_outright_wins_over_what_is_usual(meaning: Embeddings) -> None:
    prompt = await by_meaning("a cheerful waltz at 97 bpm in F# minor, 5/4, for two flutes", meaning)

    assert "cheerful waltz, two flutes, F♯ minor, 5/4, 97 bpm, three parts of sixteen bars (ABA)" == prompt.line


async def test_slow_and_fast_stay_within_what_the_genre_bears(meaning: Embeddings) -> None:
    slow, fast = [(await by_meaning(f"a {pace} reel", meaning)).tempo for pace in ("slow", "fast")]

    assert 180 <= slow < fast <= 220


async def test_a_mode_is_kept_and_the_key_fits_it(meaning: Embeddings) -> None:
    major = await by_meaning("a horror score in a major key", meaning)
    minor = await by_meaning("a Christmas carol in a minor key", meaning)

    assert major.key in {"C major", "G major", "D major"}
    assert minor.key in {"A minor", "D minor", "E minor"}


async def test_the_same_words_make_the_same_prompt(meaning: Embeddings) -> None:
    idea = "a train journey through Ireland"

    assert await by_meaning(idea, meaning) == await by_meaning(idea, meaning)


async def test_a_model_writes_a_prompt_that_is_checked_and_completed() -> None:
    model = Scripted(f"Here you are:\n```json\n{answer()}\n```")

    prompt = await by_model("a storm at sea", model)

    assert prompt is not None
    assert LINE == prompt.line
    assert "human> a storm at sea" in model.prompt
    assert "- tempo: Beats a minute." in model.prompt


async def test_a_model_that_can_is_held_to_the_form() -> None:
    model = Formed(answer())

    prompt = await by_model("a storm at sea", model)

    assert prompt is not None
    assert LINE == prompt.line
    assert 1 == len(model.asked)


async def test_a_model_that_broke_the_form_is_asked_to_mend_it() -> None:
    model = Formed(answer(tempo=900), answer())

    # Its second answer is a call again, without words that could be read.
    assert await by_model("a storm", model) is None
    assert "tempo: Input should be less than or equal to 300" in model.prompt


async def test_a_wrong_answer_is_mended_once() -> None:
    model = Scripted(answer(key="the key of the sea"), answer())

    prompt = await by_model("a storm at sea", model)

    assert prompt is not None
    assert LINE == prompt.line
    assert "key: Value error, write it as a note and a mode" in model.prompt


async def test_a_model_that_cannot_write_one_is_given_up_after_two_answers() -> None:
    model = Scripted("I would love to!")

    assert await by_model("a storm at sea", model) is None
    assert 2 == len(model.asked)


async def test_what_the_person_said_wins_over_the_model() -> None:
    prompt = await by_model("a storm at sea, 80 bpm, for bagpipes", Scripted(answer()))

    assert prompt is not None
    assert (80, ("bagpipes",)) == (prompt.tempo, prompt.instruments)


@pytest.mark.parametrize(
    "wrong", [{"metre": "7/3"}, {"tempo": 10}, {"instruments": []}, {"genre": " "}, {"form": "two\nlines"}, {"key": 3}]
)
def test_what_is_no_music_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Prompt.model_validate({**WRITTEN, **wrong})
