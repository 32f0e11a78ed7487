from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.summarize.headlines import LONGEST, capital, headline, phrases, telling_words
from tests.plugins.summarize.busy import DAY, TOPICS
from tests.plugins.summarize.grouped import grouped, meant


def test_words_are_telling_that_are_frequent_here_and_rare_elsewhere() -> None:
    first, second = telling_words(
        [["The boards arrived in the office.", "The boards are green."], ["The office is closed.", "A cake came."]]
    )

    assert 0 < first["office"] < first["boards"] <= 1
    assert "the" not in first
    assert set(second) == {"office", "closed", "cake", "came"}


def test_a_clause_stands_for_its_topic() -> None:
    said = [
        (0, "Side note: the boards arrived, by the way."),
        (1, "I measured ten of them and they are fine, all right?"),
    ]
    found = phrases(said, telling_words([[text for _, text in said]])[0])

    assert "the boards arrived" in {phrase.text for phrase in found}
    assert all(len(phrase.text.split()) <= LONGEST for phrase in found)


def test_a_label_may_stand_before_a_clause() -> None:
    said = [(0, "Database update: version 16 runs on staging, queries are faster.")]
    found = phrases(said, telling_words([[text for _, text in said]])[0])

    assert "Database update: version 16 runs on staging" in {phrase.text for phrase in found}


def test_a_single_word_is_no_headline() -> None:
    assert [] == phrases([(0, "Okay, boards!"), (1, "Yes: really?")], {})
    assert headline([], meant([]), meant(["x"])[0]) is None


def test_the_phrase_nearest_to_the_topic_is_taken() -> None:
    said = [(0, "The green boards arrived this week, and the cake was eaten.")]
    found = phrases(said, {})
    centre = meant(["The cake was eaten quickly"])[0]
    best = headline(found, meant([phrase.text for phrase in found]), centre)

    assert best is not None
    assert "the cake was eaten" == best.text


def test_what_is_only_one_of_two_ways_is_rather_no_headline() -> None:
    either, plain = (
        phrases([(0, "We ship the boards now or wait for the cake.")], {}),
        phrases([(0, "We ship the boards.")], {}),
    )

    assert max(phrase.merit for phrase in either) < max(phrase.merit for phrase in plain)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("the boards arrived", "The boards arrived"),
        ("rc1 is out", "rc1 is out"),
        ("iOS is out", "iOS is out"),
        ("", ""),
    ],
)
def test_only_a_plain_word_gets_a_capital(text: str, shown: str) -> None:
    assert shown == capital(text)


def test_headlines_of_a_busy_day_are_words_that_were_said() -> None:
    for topic in set(TOPICS.values()) - {"_"}:
        group = grouped([message for message in DAY if TOPICS[message.id] == topic])
        said = [(sentence.source, sentence.text) for sentence in group.sentences]
        found = phrases(said, telling_words([[text for _, text in said]])[0])
        best = headline(found, meant([phrase.text for phrase in found]), group.centre)

        assert best is not None
        assert len(best.text.split()) > 1
        assert best.text in " ".join(group.messages[best.source].text.split())


@given(st.lists(st.text(max_size=120), max_size=5))
def test_any_words_can_be_looked_through(texts: list[str]) -> None:
    found = phrases(list(enumerate(texts)), telling_words([texts])[0])

    assert all(np.isfinite(phrase.merit) and 0 <= phrase.source < len(texts) for phrase in found)
