"""Which fact is nearest to what is asked, and which one a newer fact replaces."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from bot.memories import alike, alike_in_words, by_meaning, by_words
from bot.models.tasks import Embeddings
from tests.bot.newer import BOTH, NEWER
from tests.plugins.meaning import meaning

__all__ = ["meaning"]

words = st.lists(st.sampled_from(["tea", "cat", "Lisbon", "vegetarian", "sing", ""]), max_size=5).map(" ".join)


def test_by_meaning_the_nearest_vector_comes_first_whatever_its_length() -> None:
    assert [2, 0, 1] == by_meaning([1, 0], [[1, 1], [0, 5], [30, 1]])
    assert [0, 1] == by_meaning([0, 0], [[1, 1], [0, 5]])


def test_by_words_rare_ones_and_beginnings_count() -> None:
    facts = ["I like tea", "I like my cat", "I am vegetarian"]
    assert by_words("Which vegetables do I like?", facts)[0] == 2
    assert by_words("Do I like tea?", facts)[0] == 0
    assert [0, 1, 2] == by_words("", facts)


def test_only_what_is_near_enough_can_be_replaced() -> None:
    assert alike([1, 0], [[0, 1], [1, 0.1]]) == 1
    assert alike([1, 0], [[0, 1], [1, 2]]) is None
    assert alike_in_words("My cat is called Ada", ["I like tea", "My cat is called Bo"]) == 1
    assert alike_in_words("My cat is called Ada", ["I like tea"]) is None
    assert alike_in_words("", [""]) is None


@given(asked=words, texts=st.lists(words, max_size=6))
def test_every_fact_is_ranked_once(asked: str, texts: list[str]) -> None:
    assert sorted(by_words(asked, texts)) == list(range(len(texts)))


def test_a_newer_fact_is_mostly_known_as_such_by_its_meaning(meaning: Embeddings) -> None:
    def taken(pairs: Sequence[tuple[str, str]]) -> int:
        vectors = meaning.embed_documents([fact for pair in pairs for fact in pair])
        return sum(alike(new, [old]) is not None for old, new in zip(vectors[::2], vectors[1::2], strict=True))

    assert (25, 26) == (len(NEWER), len(BOTH))
    assert taken(NEWER) >= 18
    assert taken(BOTH) <= 5
