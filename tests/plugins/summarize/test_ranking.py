from __future__ import annotations

from typing import TypeAlias

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from numpy.typing import NDArray

from plugins.summarize.ranking import MATTERS, SMALL_TALK, choose, cover, mentions, pull, ranked, settles, weigh
from plugins.summarize.sentences import Sentence

Floats: TypeAlias = NDArray[np.float32]

UNIT = st.integers(1, 12).flatmap(
    lambda rows: arrays.arrays(np.float32, (rows, 4), elements=st.floats(-1, 1, width=32, allow_subnormal=False))
)


def unit(rows: Floats) -> Floats:
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(np.where(lengths > 1e-3, rows / np.maximum(lengths, 1e-3), 0), dtype=np.float32)


def ones(number: int) -> Floats:
    return np.ones(number, dtype=np.float32)


def nothing(rows: int) -> Floats:
    """What sentences say that share no words."""
    return np.zeros((rows, 0), dtype=np.float32)


def sentences(*texts: str) -> list[Sentence]:
    return [Sentence(text, place, 0) for place, text in enumerate(texts)]


def anchors(width: int = 4) -> Floats:
    return np.zeros((len(MATTERS) + len(SMALL_TALK), width), dtype=np.float32)


def test_what_many_sentences_resemble_is_taken_first() -> None:
    vectors = unit(np.asarray([[1, 0.3], [1, 0], [1, -0.3], [-0.2, 1]], dtype=np.float32))

    assert cover(vectors @ vectors.T, nothing(4), 0 * ones(4), ones(4), [9] * 4, 1) == [1]


def test_a_repetition_gives_way_to_something_else() -> None:
    similar = np.asarray([[1, 1, 0], [1, 1, 0], [0, 0, 1]], dtype=np.float32)

    assert [0, 2] == cover(similar, nothing(3), 0 * ones(3), np.asarray([1.0, 0.95, 0.6], dtype=np.float32), [9] * 3, 2)


def test_what_many_speak_of_counts_for_more() -> None:
    said = mentions([{"oven"}, {"oven", "price"}, {"oven"}, {"price"}, {"tent"}])

    assert (5, 2) == said.shape
    assert said[1].sum() == pytest.approx(1)
    assert said[0].sum() > said[3].sum() > said[4].sum() == 0


def test_nothing_is_shared_by_sentences_without_words() -> None:
    assert (2, 0) == mentions([set(), {"alone"}]).shape


def test_a_long_sentence_has_to_say_more_and_a_short_one_is_no_better_for_it() -> None:
    similar, weights = np.eye(3, dtype=np.float32), ones(3)

    assert [1, 2, 0] == cover(similar, nothing(3), 0 * weights, weights, [60, 4, 14], 3)


def test_no_more_are_taken_once_there_are_words_enough() -> None:
    assert [0, 1] == cover(np.eye(4, dtype=np.float32), nothing(4), 0 * ones(4), ones(4), [10] * 4, 4, words=15)


@given(UNIT, st.integers(0, 15))
def test_as_many_as_wanted_are_chosen_once_and_in_order(rows: Floats, count: int) -> None:
    vectors = unit(rows)
    said = sentences(*(f"Number {place} is about the same oven." for place in range(len(vectors))))

    chosen = choose(said, vectors, anchors(), count)

    assert min(count, len(vectors)) == len(chosen)
    assert sorted(set(chosen)) == chosen
    assert sorted(ranked(said, vectors, anchors(), count)) == chosen


def test_nothing_is_chosen_of_nothing() -> None:
    assert [] == choose([], np.zeros((0, 4), dtype=np.float32), anchors(), 3)


def test_what_is_settled_is_not_lost_where_all_else_is_about_one_thing() -> None:
    said = sentences(
        *["The shelves in the store hold paint and brushes."] * 9, "We decided to close for good next Friday."
    )
    vectors = np.eye(2, dtype=np.float32)[[0] * 9 + [1]]

    assert [0, 1, 9] == choose(said, vectors, anchors(2), 3)


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("Decision: we ship on Friday.", True),
        ("We agreed to wait for the tests.", True),
        ("I will fix the login by Thursday noon.", True),
        ("I will think of you.", False),
        ("Nothing is decided yet.", False),
        ("The oven is broken.", False),
    ],
)
def test_decisions_and_dated_tasks_settle_something(sentence: str, expected: bool) -> None:
    assert settles(sentence) is expected


def test_what_looks_like_what_matters_weighs_more_than_small_talk() -> None:
    vectors = np.eye(3, dtype=np.float32)

    matter, talk, other = weigh(pull(vectors, vectors[:1], vectors[1:2]), ["The same words for each of these."] * 3)

    assert matter > other > talk


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        ("The oven in the kitchen is broken again since Monday.", "I think you told me my oven is broken, you know."),
        ("The oven in the kitchen is broken again since Monday.", "And it is broken again."),
        ("Decision: the oven is sold before the summer.", "Perhaps the oven is sold before the summer."),
        ("I will take the oven to the kitchen on Monday.", "I believe the oven in the kitchen is me, I think."),
    ],
)
def test_what_stands_alone_weighs_more(better: str, worse: str) -> None:
    weights = weigh(0 * ones(20), [worse] * 19 + [better])

    assert weights[-1] > weights[-2]


def test_what_a_text_begins_with_weighs_more() -> None:
    weights = weigh(0 * ones(3), ["The same words for each of these."] * 3)

    assert weights[0] > weights[1] > weights[2]
