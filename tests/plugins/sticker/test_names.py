from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import UserError
from plugins.sticker.names import checked, name_of, spelt


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("A happy fox!", "a_happy_fox"),
        ("häppy  Füchse", "happy_fuchse"),
        ("🦊", "fox_face"),
        ("狐", "sticker"),
        ("", "sticker"),
        ("x", "sticker"),
        ("a fox " * 20, "a_fox_a_fox_a_fox_a_fox_a_fox_a"),
    ],
)
def test_names_are_made_of_words(words: str, name: str) -> None:
    assert name == name_of(words)


@given(st.text(max_size=100))
def test_every_name_that_is_made_is_one_that_is_taken(words: str) -> None:
    assert name_of(words) == checked(name_of(words))


@pytest.mark.parametrize(("typed", "name"), [(":fox:", "fox"), (" Fox_2 ", "Fox_2"), ("ab", "ab")])
def test_names_are_taken_as_people_type_them(typed: str, name: str) -> None:
    assert name == checked(typed)


@pytest.mark.parametrize("typed", ["", "a", "a-b", "füchsin", "a b", "x" * 33, "fox\n2"])
def test_what_no_emoji_can_be_called_is_refused(typed: str) -> None:
    with pytest.raises(UserError, match="from 2 to 32 letters"):
        checked(typed)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a happy fox", "a happy fox"),
        ("🦊 in the ❄️", "fox face in the snowflake"),
        ("👩🏽‍🚀", "woman rocket"),
        ("crème brûlée © 2 €", "crème brûlée © 2 €"),
    ],
)
def test_emoji_are_read_by_their_names(text: str, words: str) -> None:
    assert words == spelt(text)


@given(st.text(max_size=100))
def test_no_emoji_is_left_to_a_model_that_reads_words(text: str) -> None:
    assert not re.search("[\U0001f300-\U0001faff]", spelt(text))
