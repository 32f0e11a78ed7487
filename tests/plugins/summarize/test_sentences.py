from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.summarize.sentences import (
    LONGEST,
    blocks,
    fullness,
    paragraphs,
    says_something,
    sentences_of,
    shorten,
    size_in_words,
    split,
    unwrapped,
)


def test_a_message_is_split_into_sentences_on_one_line_each() -> None:
    assert split("The demo is down. I look at v2.1, e.g. at its log.\nDone?", "en") == [
        "The demo is down.",
        "I look at v2.1, e.g. at its log.",
        "Done?",
    ]


def test_code_and_what_others_said_are_left_out() -> None:
    text = (
        "Please run this now:\n```sh\nrm -rf build everything here\n```\n> Somebody said this before me.\nThen tell me."
    )

    assert split(text, "en") == ["Please run this now:", "Then tell me."]


def test_an_open_fence_hides_the_rest() -> None:
    assert split("Look: ```\nnever closed\nnor quoted", "en") == ["Look:"]


def test_marks_of_lists_headings_and_emphasis_are_dropped() -> None:
    text = "# Plan\n- **Ana**: the fix\n- [x] *done* already\n1. snake_case stays"

    assert split(text, "en-GB") == ["Plan", "Ana: the fix", "done already", "snake_case stays"]


def test_addresses_and_code_keep_what_looks_like_emphasis() -> None:
    text = "**Read** https://a.example/_new/x_y and `__init__` and **https://b.example/_z**."

    assert ["Read https://a.example/_new/x_y and `__init__` and https://b.example/_z."] == split(text, "en")


def test_a_link_is_not_cut_in_two() -> None:
    assert "Read…" == shorten("Read [the whole plan](https://a.example/plan) now", 20)
    assert "Read…" == shorten("Read [the whole plan](https://a.example/plan) now", 35)


def test_items_numbered_in_a_line_stay_together() -> None:
    text = "In this order: 1. scheduler merged, 2. boards tested, 3. notes written."

    assert [text] == split(text, "en")


def test_a_text_that_ends_in_a_number_is_kept() -> None:
    assert split("It is on page 14.", "en") == ["It is on page 14."]


@pytest.mark.parametrize(
    "line",
    [
        "Morning all!",
        "https://example.org/a/very/long/link",
        ":tada: :tada: :tada: :tada:",
        "👍👍👍👍",
        "ok",
        "<@U1> <@U2>",
    ],
)
def test_greetings_links_and_emoji_say_nothing(line: str) -> None:
    assert not says_something(line)


@pytest.mark.parametrize(
    "line",
    ["We ship the release on Friday.", "Wir liefern am Freitag aus.", "金曜日にリリースします。", "เราจะส่งมอบในวันศุกร์นี้"],
)
def test_statements_in_any_script_say_something(line: str) -> None:
    assert says_something(line)


def test_sentences_that_lean_on_others_stand_alone_less() -> None:
    whole = "The release ships on Sunday with the sensor fix and the new scheduler."

    assert fullness(whole) == 1
    assert fullness("That fixes it for all of us.") < fullness("Release fixed for all of us.")
    assert fullness(whole.replace(".", ":")) < fullness(whole)


def test_what_is_labelled_a_decision_counts_for_more() -> None:
    assert fullness("Decision: we ship on Friday.") > fullness("Tomorrow we ship on Friday.")
    assert fullness("Entscheidung: wir liefern am Freitag.") > fullness("Morgen wir liefern am Freitag.")


def test_sentences_know_where_they_are_from() -> None:
    found = sentences_of(["Hello!", "The pump moved to pin 14. The board is rev C now."], "en")

    assert [sentence.source for sentence in found] == [1, 1]


def test_paragraphs_are_parted_by_blank_lines() -> None:
    assert paragraphs("\none\nstill one\n \n\ntwo\n") == ["one\nstill one", "two"]


def test_line_ends_within_a_paragraph_mean_nothing_but_items_and_headings_do() -> None:
    assert (
        unwrapped("a long line\ngoes on\n- item one\n- item two\n  goes on")
        == "a long line goes on\n- item one\n- item two goes on"
    )
    assert unwrapped("## Notes\nWe ship on Friday,\nall of it.") == "## Notes\nWe ship on Friday, all of it."


# A megabyte: what takes the square of that would take hours.
@pytest.mark.parametrize(
    "part",
    [
        "<@",
        "<:a",
        ":a",
        "@a",
        "https://a ",
        "\n",
        " ",
        "_",
        "*_",
        "a_",
        ", 1. ",
        "1. ",
        "- ",
        "> ",
        "~~~\n",
        "`",
        "あ。",
        "a\n",
    ],
)
def test_a_megabyte_of_one_thing_over_and_over_is_read(part: str) -> None:
    text = part * (1_000_000 // len(part))

    for sentence in sentences_of(map(unwrapped, paragraphs(f"{text}\n\nWe ship the release on Friday.")), "en"):
        assert len(sentence.text) <= LONGEST
    assert size_in_words(f"{text} word") >= 1


def test_emphasis_goes_and_underscores_within_words_stay() -> None:
    assert ["really very sure about snake_case", "a____b stays"] == split(
        "_really_ **very** __sure__ about snake_case\na____b stays", "en"
    )


@given(st.text(), st.sampled_from(["en", "de", "ja", "pt-BR", "xx"]))
def test_no_text_breaks_splitting(text: str, language: str) -> None:
    for sentence in split(text, language):
        assert sentence
        assert len(sentence) <= LONGEST
        assert sentence == " ".join(sentence.split())


@given(st.lists(st.from_regex(r"[A-Z][a-z]{2,9}( [a-z]{2,9}){3,9}\.", fullmatch=True), min_size=1, max_size=5))
def test_no_word_of_plain_prose_is_lost(sentences: list[str]) -> None:
    text = " ".join(sentences)

    assert re.findall(r"\w+", text) == re.findall(r"\w+", " ".join(split(text, "en")))


@given(st.text(min_size=1), st.integers(5, 50))
def test_shortened_text_fits(text: str, longest: int) -> None:
    assert len(shorten(text, longest)) <= longest


@given(st.lists(st.integers(), max_size=30), st.integers(1, 7))
def test_blocks_hold_everything_once_and_in_order(numbers: list[int], size: int) -> None:
    found = blocks(numbers, size)

    assert numbers == [number for block in found for number in block]
    assert all(0 < len(block) <= size for block in found)
