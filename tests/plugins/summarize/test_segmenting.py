from __future__ import annotations

from typing import TypeAlias

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from plugins.summarize import segmenting
from plugins.summarize.segmenting import segment

Floats: TypeAlias = NDArray[np.float32]


def talk(*topics: int, each: int = 12, seed: int = 1) -> list[Floats]:
    """Turns of a sentence each, so many about one topic after the other."""
    chance = np.random.default_rng(seed)
    rows = np.eye(8, dtype=np.float32)[np.repeat(topics, each)] + chance.normal(0, 0.2, (len(topics) * each, 8))
    return list((rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)[:, None])


def test_a_new_topic_begins_where_the_meaning_changes() -> None:
    assert [12, 24] == segment(talk(0, 1, 2))


def test_what_is_about_one_thing_is_one_topic() -> None:
    assert [] == segment(talk(0, 0, 0))


def test_turns_that_say_nothing_begin_no_topic() -> None:
    turns = talk(0, 1)
    silence = np.zeros((0, 8), dtype=np.float32)

    assert [14] == segment([*turns[:12], silence, silence, *turns[12:]])


@pytest.mark.parametrize("count", [0, 1, 2, 5])
def test_there_are_no_topics_to_part_in_next_to_nothing(count: int) -> None:
    assert [] == segment([np.full((1, 4), 0.5, dtype=np.float32)] * count)
    assert [] == segment([np.zeros((0, 4), dtype=np.float32)] * count)


def test_a_long_transcript_is_parted_near_where_it_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(segmenting, "STEPS", 10)

    first, second = segment(talk(0, 1, 2, each=30))

    assert abs(first - 30) <= 9
    assert abs(second - 60) <= 9


@given(st.lists(st.integers(0, 3), max_size=40), st.integers(0, 5))
def test_boundaries_stand_in_order_before_turns_that_say_something(counts: list[int], seed: int) -> None:
    chance = np.random.default_rng(seed)
    turns = [chance.normal(size=(count, 3)).astype(np.float32) for count in counts]

    found = segment(turns)

    assert sorted(set(found)) == found
    assert all(place > 0 and counts[place] for place in found)
    assert found == segment(turns)
