from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import UserError
from plugins.sticker.names import checked, chosen, name_of


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


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        *((typed, "") for typed in ("", " ", "false", "no", "None", "OFF")),
        *((typed, "a_fox") for typed in ("true", "Yes", " on ")),
        ("foxy", "foxy"),
        (":no:", "no"),
        (":true:", "true"),
    ],
)
def test_a_name_is_given_refused_or_left_to_the_words(typed: str, name: str) -> None:
    assert name == chosen(typed, "a fox")


@pytest.mark.parametrize("typed", ["", "a", "a-b", "füchsin", "a b", "x" * 33, "fox\n2"])
def test_what_no_emoji_can_be_called_is_refused(typed: str) -> None:
    with pytest.raises(UserError, match="from 2 to 32 letters"):
        checked(typed)
