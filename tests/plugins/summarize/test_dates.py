from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.summarize.dates import due_in


@pytest.mark.parametrize(
    ("sentence", "due"),
    [
        ("I will write the release notes by Thursday.", "by Thursday"),
        ("0.9 ships on 23 June without updates.", "on 23 June"),
        ("I set up the alarm today.", "today"),
        ("The post-mortem comes by Thursday 5 March.", "by Thursday 5 March"),
        ("It has to be there by Friday morning, please.", "by Friday morning"),
        ("I can do it on Thursday at the latest.", "on Thursday at the latest"),
        ("I roll it back within the hour.", "within the hour"),
        ("Ready by 2026-03-04.", "by 2026-03-04"),
        ("The shop opens at 5pm", "at 5pm"),
        ("Ich mache das bis morgen Abend.", "bis morgen Abend"),
        ("Ich schicke es bis zum 12.3. an alle", "bis zum 12.3."),
        ("Fertig bis Ende der Woche.", "bis Ende der Woche"),
        ("Je le fais d'ici vendredi.", "d'ici vendredi"),
        ("Je termine demain matin.", "demain matin"),
        ("Lo envío antes del viernes.", "antes del viernes"),
        ("Lo termino mañana.", "mañana"),
    ],
)
def test_finds_the_words_of_a_date(sentence: str, due: str) -> None:
    assert due == due_in(sentence)


@pytest.mark.parametrize(
    "sentence",
    [
        "May I ask?",
        "Version 0.9 is out.",
        "The 3.3 V rail is quiet.",
        "Guten Morgen zusammen!",
        "por la mañana",
        "I will read https://a.example/2026-03-04/today first.",
        "I will set up monday.com for us.",
    ],
)
def test_finds_none_where_none_is_named(sentence: str) -> None:
    assert due_in(sentence) is None


@given(st.text())
def test_the_words_stand_in_the_sentence(sentence: str) -> None:
    assert (due_in(sentence) or "") in sentence
