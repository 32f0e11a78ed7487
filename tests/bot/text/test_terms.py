"""The words that texts are searched by."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.text.terms import LONGEST, terms


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Où est l'Été?", ["ou", "est", "l", "ete"]),
        ("STRASSE Straße", ["strasse", "strasse"]),
        ("snake_case v2.0 e-mail", ["snake", "case", "v2", "0", "e", "mail"]),
        ("東京都庁はgoodです", ["東京", "京都", "都庁", "庁は", "good", "です"]),
        ("茶", ["茶"]),
        ("ไทย", ["ไท", "ทย"]),
        ("한국어", ["한국어"]),
        ("हिन्दी भाषा।", ["हिन्दी", "भाषा"]),
        ("שָׁלוֹם", ["שלום"]),
        ("  …  ", []),
        ("x" * 100, ["x" * LONGEST]),
    ],
)
def test_words_are_the_same_however_they_are_written(text: str, expected: list[str]) -> None:
    assert expected == terms(text)


@given(st.text(max_size=80))
def test_words_have_letters_and_digits_only_and_stay_when_they_are_folded_again(text: str) -> None:
    found = terms(text)
    assert all(term and not any(mark in term for mark in "'\":*()\\ _") for term in found)
    assert [len(term) <= LONGEST for term in found] == [True] * len(found)
