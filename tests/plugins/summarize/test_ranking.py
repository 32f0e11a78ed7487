from __future__ import annotations

from typing import TypeAlias

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from numpy.typing import NDArray

from plugins.summarize.ranking import centrality, closeness, diverse, repetition, weigh

Floats: TypeAlias = NDArray[np.float32]

UNIT = st.integers(1, 12).flatmap(
    lambda rows: arrays.arrays(np.float32, (rows, 4), elements=st.floats(-1, 1, width=32, allow_subnormal=False))
)


def unit(rows: Floats) -> Floats:
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(np.where(lengths > 1e-3, rows / np.maximum(lengths, 1e-3), 0), dtype=np.float32)


def ones(number: int) -> Floats:
    return np.ones(number, dtype=np.float32)


def test_what_many_sentences_resemble_is_central() -> None:
    vectors = unit(np.asarray([[1, 0.3], [1, 0], [1, -0.3], [-0.2, 1]], dtype=np.float32))

    scores = centrality(vectors @ vectors.T, ones(4))

    assert scores[:3].argmax() == 1
    assert scores.argmin() == 3


def test_what_matters_by_itself_is_central_among_equals() -> None:
    similar = np.full((3, 3), 0.5, dtype=np.float32)

    assert centrality(similar, np.asarray([1, 1, 3], dtype=np.float32)).argmax() == 2


@given(UNIT, st.floats(0, 0.95))
def test_centrality_is_a_distribution(rows: Floats, damping: float) -> None:
    vectors = unit(rows)

    scores = centrality(vectors @ vectors.T, ones(len(vectors)), damping)

    assert np.isfinite(scores).all()
    assert (scores >= 0).all()
    assert pytest.approx(float(scores.sum()), abs=1e-3) == 1


def test_a_repetition_gives_way_to_something_else() -> None:
    similar = np.asarray([[1, 1, 0], [1, 1, 0], [0, 0, 1]], dtype=np.float32)

    assert diverse(similar, np.asarray([1.0, 0.95, 0.6], dtype=np.float32), 2) == [0, 2]


@given(UNIT, st.integers(0, 15))
def test_as_many_as_wanted_are_chosen_once_and_in_order(rows: Floats, count: int) -> None:
    vectors = unit(rows)

    chosen = diverse(vectors @ vectors.T, ones(len(vectors)), count)

    assert min(count, len(vectors)) == len(chosen)
    assert sorted(set(chosen)) == chosen


def test_nothing_is_chosen_of_nothing() -> None:
    assert diverse(np.zeros((0, 0), dtype=np.float32), np.zeros(0, dtype=np.float32), 3) == []


def test_neighbours_are_close_and_what_is_far_apart_is_not() -> None:
    near = closeness(np.asarray([0, 1, 50], dtype=np.float32), 5)

    assert near[0, 1] > 0.9
    assert near[0, 2] < 0.01
    assert near[2, 2] == 1


def test_repeating_is_being_alike_or_standing_beside() -> None:
    alike = np.asarray([[1, -0.5], [-0.5, 1]], dtype=np.float32)

    beside = repetition(alike, np.asarray([0, 0], dtype=np.float32), 1)
    apart = repetition(alike, np.asarray([0, 90], dtype=np.float32), 9)

    assert beside[0, 1] > apart[0, 1] >= 0


def test_what_matters_weighs_more_than_small_talk_and_scraps() -> None:
    vectors = np.eye(3, dtype=np.float32)
    matters, small_talk = vectors[:1], vectors[1:2]

    weights = weigh(vectors, ones(3), matters, small_talk)

    assert weights[0] > weights[2] > weights[1]
    assert weigh(vectors, ones(3) / np.float32(4), matters, small_talk)[0] < weights[0]
