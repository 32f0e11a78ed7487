"""Texts whose pieces can vanish."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.body import Body
from bot.cited import GONE, Cited, Part, emptied, joined, parts
from bot.request import Message

SOURCE = Message("1", "general", "chat:ana", "Ana", "We ship on Friday", datetime(2026, 3, 2, tzinfo=UTC))
OTHER = replace(SOURCE, id="2")


def left(text: list[Part], *gone: int) -> str:
    return joined(
        [
            replace(part, text=emptied(part.text), gone=True) if number in gone else part
            for number, part in enumerate(text)
        ]
    )


DIGEST = [
    Part("**Release**\n"),
    Part("- Ana ships\n", ""),
    Part("- Ben tests\n", ""),
    Part("\n**Lunch**\n"),
    Part("- Soup\n", ""),
    Part("- Bread", ""),
]


@pytest.mark.parametrize(
    ("gone", "text"),
    [
        ((), "**Release**\n- Ana ships\n- Ben tests\n\n**Lunch**\n- Soup\n- Bread"),
        ((1,), "**Release**\n- Ben tests\n\n**Lunch**\n- Soup\n- Bread"),
        ((2,), "**Release**\n- Ana ships\n\n**Lunch**\n- Soup\n- Bread"),
        ((1, 2), "**Release**\n\n**Lunch**\n- Soup\n- Bread"),
        ((5,), "**Release**\n- Ana ships\n- Ben tests\n\n**Lunch**\n- Soup"),
        ((1, 2, 4, 5), GONE),
    ],
)
def test_what_is_left_has_no_gaps(gone: tuple[int, ...], text: str) -> None:
    assert text == left(DIGEST, *gone)


def test_sentences_of_a_paragraph_close_up() -> None:
    assert "A. C." == left([Part("A. ", ""), Part("B. ", ""), Part("C.", "")], 1)


def test_what_stands_instead_keeps_the_lines_apart() -> None:
    text = [Part("- a\n", "- (gone)"), Part("- b\n", "")]
    assert "- (gone)\n- b" == left(text, 0)
    assert GONE == left(text, 0, 1)


def test_of_a_part_that_is_gone_nothing_is_kept_but_its_breaks() -> None:
    assert "\n…\n\n" == emptied("\nsecret\nplan\n\n")


def test_a_text_is_cut_where_its_pieces_begin_and_end() -> None:
    body = Body()
    for piece in ("Today: ", Cited("we ship", (SOURCE,), "?"), Cited(" soon", ()), Cited("", (SOURCE,)), "."):
        body = body.adding(piece)

    assert "Today: we ship soon." == body.text
    assert [Part("Today: "), Part("we ship", "?", (SOURCE,)), Part(" soon"), Part(".")] == parts(body.text, body.cited)


def test_what_comes_word_by_word_is_one_piece() -> None:
    body = Body("Today: ")
    for piece in (Cited("we ", (SOURCE,)), Cited("ship", (SOURCE,)), Cited(" soon", (OTHER,))):
        body = body.adding(piece)

    assert ((7, Cited("we ship", (SOURCE,))), (14, Cited(" soon", (OTHER,)))) == body.cited


words = st.text(alphabet="ab \n*-", max_size=12)
citing_pieces = st.builds(lambda text, source: Cited(text, (source,)), words, st.sampled_from([SOURCE, OTHER]))
pieces = st.lists(st.one_of(words, citing_pieces), max_size=8)


@given(pieces)
def test_a_text_of_which_nothing_is_gone_is_as_it_was(said: list[str | Cited]) -> None:
    body = Body()
    for piece in said:
        body = body.adding(piece)
    assert body.text == joined(parts(body.text, body.cited))


@given(pieces, st.data())
def test_no_word_of_what_is_gone_is_left_and_all_others_are(said: list[str | Cited], data: st.DataObject) -> None:
    body = Body()
    for piece in [*said, Cited("\nstays\n", (SOURCE, OTHER))]:
        body = body.adding(piece)
    text = parts(body.text, body.cited)
    citing = [number for number, part in enumerate(text[:-1]) if part.instead is not None]
    gone = data.draw(st.sets(st.sampled_from(citing))) if citing else set()
    kept = "".join(part.text for number, part in enumerate(text) if number not in gone)
    shown = left(text, *gone)
    assert kept.replace("\n", "") == shown.replace("\n", "")
