"""Documents are cut at headings, paragraphs and sentences, and nothing of them is lost."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.documents import Part
from bot.knowing.chunks import ROOM, Chunk, cut, cut_message
from bot.prompts import tokens
from bot.request import Message

SENTENCE = "This sentence has some words in it. "


def said(text: str, **more: object) -> Message:
    return Message("m1", "general", "ana", "Ana", text, datetime(2026, 3, 2, tzinfo=UTC), **more)  # type: ignore[arg-type]  # any field of a message


def test_short_paragraphs_stay_together_and_parts_apart() -> None:
    parts = [Part("## Leave\n\nThirty days.\n\nFor all.", "Leave", 1), Part("Second class.", "Travel", 2)]
    assert [Chunk("Thirty days.\n\nFor all.", "Leave", 1), Chunk("Second class.", "Travel", 2)] == cut(parts)


def test_what_has_no_words_is_no_passage() -> None:
    assert [] == cut([Part("# Title", "Title"), Part("---\n\n***"), Part("")])


def test_a_long_paragraph_is_cut_between_sentences() -> None:
    chunks = cut([Part(SENTENCE * 60)])
    assert len(chunks) > 1
    assert all(chunk.text.startswith("This") and chunk.text.endswith("it.") for chunk in chunks)
    assert all(tokens(chunk.text) <= ROOM for chunk in chunks)


def test_long_lists_and_code_are_cut_between_lines() -> None:
    listed = "\n".join(f"- item number {number} of the list" for number in range(80))
    code = "```python\n" + "\n\n".join(f"line_{number} = {number}" for number in range(120)) + "\n```"
    for text in (listed, code):
        chunks = cut([Part(text)])
        assert len(chunks) > 1
        lines = [line for chunk in chunks for line in chunk.text.splitlines() if line]
        assert [line for line in text.splitlines() if line] == lines


def test_a_fence_ends_where_it_began() -> None:
    text = "```\none\n\n~~~\n\ntwo\n```\n\n" + SENTENCE
    assert [text.strip()] == [chunk.text for chunk in cut([Part(text)])]


@given(st.lists(st.text(max_size=400), max_size=6))
def test_no_letter_is_lost_and_no_passage_is_too_long(paragraphs: list[str]) -> None:
    chunks = cut([Part("\n\n".join(paragraphs))])
    kept = "".join(character for chunk in chunks for character in chunk.text if character.isalnum())
    # What stands between two passages that hold no letter is dropped with them, but no letter is.
    assert "".join(character for text in paragraphs for character in text if character.isalnum()) == kept
    assert all(tokens(chunk.text) <= ROOM for chunk in chunks)


def test_a_message_is_a_passage_with_its_author_and_link() -> None:
    message = said("We meet on Friday at noon.", link="https://chat.test/1")
    assert [Chunk(message.text, "Ana", link=message.link, message="m1")] == cut_message(message)


@pytest.mark.parametrize("text", ["/help me with this please", "@atelier what is new here today?", "see you later", ""])
def test_what_tells_nothing_or_is_for_a_bot_is_no_passage(text: str) -> None:
    assert [] == cut_message(said(text))


def test_what_a_bot_said_is_no_passage_and_a_short_sentence_in_chinese_is() -> None:
    assert [] == cut_message(said("We meet on Friday at noon.", from_bot=True))
    assert 1 == len(cut_message(said("周五中午见面。")))


def test_a_passage_is_compared_with_its_title_and_heading() -> None:
    assert "handbook\nLeave\nThirty days." == Chunk("Thirty days.", "Leave").spoken("handbook")
    assert "Leave\nThirty days." == Chunk("Thirty days.", "Leave").spoken("Leave")
    assert "handbook\nThirty days." == Chunk("Thirty days.").spoken("handbook")
