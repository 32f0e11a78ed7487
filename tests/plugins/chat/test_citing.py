"""The numbers by which an answer cites passages."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import Passage
from plugins.chat.citing import Citations, numbered
from plugins.chat.quoting import MARKS, inert, quoted

HANDBOOK = Passage("Ships on Friday.", "Handbook", "https://wiki.test/handbook", heading="Releases", page=3)
NOTES = Passage("Ben owns it.", "notes.md")

SOURCES = {
    1: "[1] [Handbook › Releases › page 3](https://wiki.test/handbook)",
    2: "[2] notes.md",
}


def cited(*pieces: str, passages: Sequence[Passage] = (HANDBOOK, NOTES)) -> str:
    citations = Citations(passages)
    return "".join([*map(citations.write, pieces), citations.end()])


def test_a_number_becomes_a_link_and_its_source_is_named() -> None:
    assert f"On Friday [[1]](https://wiki.test/handbook).\n\n{SOURCES[1]}" == cited("On Friday [1].")


def test_sources_are_named_once_in_the_order_they_are_cited() -> None:
    assert cited("Ben [2], Friday [1], Ben [2]").endswith(f"\n\n{SOURCES[2]}  \n{SOURCES[1]}")


def test_several_numbers_in_one_pair_of_brackets_are_all_citations() -> None:
    assert cited("So it is [1, 2].").startswith("So it is [[1]](https://wiki.test/handbook)[2].")


def test_a_number_that_no_passage_has_is_left_out() -> None:
    assert "On Friday." == cited("On Friday [7].")
    assert "On Friday" == cited("On Friday [0, 9]")


def test_without_passages_brackets_are_the_authors_own() -> None:
    assert "See [1]." == cited("See [1].", passages=())


@pytest.mark.parametrize(
    "text",
    ["`a[1]` is it", "```python\nprint(a[1])\n```\n", "~~~\na[2]\n~~~", "[text](https://x.test)", "[1](x)", "[ ]"],
)
def test_code_and_links_stay_as_they_are(text: str) -> None:
    assert text == cited(text)


def test_a_lone_backtick_hides_no_citation_of_the_next_paragraph() -> None:
    assert "[[1]](https://wiki.test/handbook)" in cited("It`s so.\n\nOn Friday [1].")


@given(st.text("ab [1]29,`\n~()", max_size=40), st.lists(st.integers(0, 40), max_size=6))
def test_it_does_not_matter_how_an_answer_is_cut(text: str, cuts: list[int]) -> None:
    places = sorted({0, len(text), *(cut for cut in cuts if cut < len(text))})
    pieces = [text[start:end] for start, end in pairwise(places)]

    assert cited(text) == cited(*pieces)


def test_passages_are_data_with_numbers() -> None:
    assert (
        '<passage number="1" title="Handbook › Releases › page 3">\nShips on Friday.\n</passage>\n'
        '<passage number="2" title="notes.md">\nBen owns it.\n</passage>'
    ) == numbered([HANDBOOK, NOTES])


@given(st.sampled_from(MARKS), st.text(), st.sampled_from(["", "/", " / ", "/\t"]), st.booleans(), st.text())
def test_no_text_closes_or_opens_a_mark(mark: str, before: str, slash: str, upper: bool, after: str) -> None:
    forged = f"<{slash}{mark.upper() if upper else mark}>"

    text = quoted("file", before + forged + after, name=f'a">\n{forged}')

    assert 1 == text.casefold().count("</file>")
    assert forged not in inert(before + forged + after)
    assert 1 == text.partition("\n")[0].count(">")
