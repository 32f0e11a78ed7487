from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bot.models.engines.passages import parts


def words(text: str) -> int:
    return len(text.split())


@given(st.lists(st.text("ab c.", max_size=40), max_size=20), st.integers(1, 12))
def test_nothing_is_dropped_and_every_part_fits(sentences: list[str], room: int) -> None:
    made = parts(sentences, room, words)

    assert " ".join(made).split() == " ".join(sentences).split()
    assert all(0 < words(part) <= room for part in made)


@given(st.text("ab", max_size=60), st.integers(1, 12))
def test_a_text_without_spaces_is_cut_where_it_must(text: str, room: int) -> None:
    made = parts([text], room, len)

    assert "".join(made) == text
    assert all(len(part) <= room for part in made)


def test_a_character_that_is_more_than_the_room_goes_alone() -> None:
    assert parts(["🦊🦊"], 1, lambda text: 3 * len(text)) == ["🦊", "🦊"]


def test_sentences_are_joined_while_they_fit() -> None:
    assert parts(["One two.", " ", "Three.", "Four five six."], 3, words) == ["One two. Three.", "Four five six."]
