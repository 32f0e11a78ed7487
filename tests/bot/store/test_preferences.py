"""What a preference may be."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import UserError
from bot.store.preferences import PREFERENCES, load_zone


@pytest.mark.parametrize(
    ("name", "typed", "kept"),
    [
        ("language", "German", "de"),
        ("language", "pt-BR", "pt-BR"),
        ("language", "français", "fr"),
        ("zone", "Europe/Berlin", "Europe/Berlin"),
        ("zone", "berlin", "Europe/Berlin"),
        ("zone", " new york ", "America/New_York"),
        ("tone", "Playful", "playful"),
        ("length", " SHORT", "short"),
    ],
)
def test_what_people_type_is_understood(name: str, typed: str, kept: str) -> None:
    assert kept == PREFERENCES[name](typed)


@pytest.mark.parametrize(
    ("name", "typed", "advice"),
    [
        ("language", "qqqq wwww", "such as German, de or pt-BR"),
        ("zone", "Europe/Berlim", "Europe/Berlin"),
        ("tone", "rude", "Tone can be plain, friendly, formal or playful, not “rude”."),
        ("length", "", "Length can be short, medium or long"),
    ],
)
def test_what_is_not_understood_names_what_would_be(name: str, typed: str, advice: str) -> None:
    with pytest.raises(UserError) as caught:
        PREFERENCES[name](typed)
    assert advice in str(caught.value)


@given(st.sampled_from(sorted(PREFERENCES)), st.text(max_size=40))
def test_anything_typed_is_a_value_or_advice(name: str, typed: str) -> None:
    try:
        kept = PREFERENCES[name](typed)
    except UserError:
        return
    assert kept == PREFERENCES[name](kept)


@pytest.mark.parametrize("name", ["", "Europe", "../etc/passwd", "No/Where", "x" * 5000, "a\x00b"])
def test_a_zone_that_is_not_there_is_none(name: str) -> None:
    assert load_zone(name) is None
