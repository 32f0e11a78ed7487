"""How much a model reads, and how it is told to write."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bot import TONES, Tone, context, counter, tokens
from bot.prompts import CONTEXT
from tests.plugins.conversation import Scripted


def test_a_model_that_says_how_much_it_reads_is_believed() -> None:
    assert [4000, CONTEXT] == [context(Scripted("", context=4000)), context(Scripted(""))]


@given(st.text(max_size=200), st.text(max_size=200))
def test_more_text_is_never_fewer_tokens(text: str, more: str) -> None:
    assert 1 <= tokens(text) <= tokens(text + more)


def test_every_tone_is_asked_for_in_its_own_words() -> None:
    assert len(Tone) == len(set(TONES.values())) == len(TONES)


def test_a_model_of_this_process_counts_its_own_tokens() -> None:
    ours, other = Scripted(""), Scripted("")
    ours.custom_get_token_ids = lambda text: [0] * len(text.split())

    assert [3, tokens("one two three")] == [counter(model)("one two three") for model in (ours, other)]
