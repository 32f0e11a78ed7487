"""Two orders are made one, and what only seems to fit is left out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.knowing.finding import fuse, share
from bot.knowing.places import Known
from bot.knowledge import Passage
from bot.text.terms import terms
from tests.bot.knowing.conftest import RANDOM, add, document, place, texts


def test_what_both_orders_find_comes_before_what_one_of_them_does() -> None:
    assert [3, 1, 5, 2, 4] == fuse([1, 3, 2], [5, 3, 4])
    assert [] == fuse([], [])


@given(st.lists(st.integers(0, 20), unique=True), st.lists(st.integers(0, 20), unique=True))
def test_nothing_is_lost_and_nothing_doubled(one: list[int], other: list[int]) -> None:
    assert sorted({*one, *other}) == sorted(fuse(one, other))
    assert one == fuse(one, one)


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("how many days of leave", 9 / 13),
        ("leave days", 1.0),
        ("the vpn", 0.0),
        ("a", 1.0),
        ("Handbook", 1.0),
        ("…", 0.0),
        ("error 42", 6 / 11),
    ],
)
def test_the_share_of_words_counts_long_ones_more(question: str, expected: float) -> None:
    passage = Passage("Thirty days of leave, a year; see 42.", "handbook", heading="Time off")
    assert expected == pytest.approx(share(terms(question), passage))


async def test_a_rare_word_tells_more_than_common_ones(known: Known) -> None:
    here = place(known)
    common = [f"The meeting of the team is in the room number {number}." for number in range(30)]
    await add(here, document("a.txt", *common, "The zebra is ill."))
    best, *_ = await known.store.by_words(here._view, terms("Is the zebra in the meeting of the team?"), 60)
    (passage,) = (await known.store.passages(here._view, [best])).values()
    assert "The zebra is ill." == passage.text


async def test_words_are_found_in_every_script_and_however_they_are_written(known: Known) -> None:
    here = place(known)
    quoted = "'quoted' \"words\" (AND) OR*"
    await add(here, document("a.txt", "L'été à Besançon est chaud.", "東京都庁は新宿にあります。", quoted))
    assert ["L'été à Besançon est chaud."] == await texts(here, "BESANCON ETE")
    assert ["東京都庁は新宿にあります。"] == await texts(here, "新宿の都庁")
    assert [quoted] == await texts(here, 'quoted "words" AND NOT (OR* NEAR')


async def test_words_that_are_everywhere_are_left_out_and_the_rarest_never(
    known: Known, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.store.knowledge_words.MOST_FOUND", 3)
    here = place(known, RANDOM)
    await add(here, document("a.txt", *(f"Every page says hello, number {number} too." for number in range(6))))
    assert 1 == len(await known.store.by_words(here._view, terms("page number 4"), 60))
    assert 6 == len(await known.store.by_words(here._view, terms("page"), 60))
