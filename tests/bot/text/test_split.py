"""Pages of Markdown."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.text.discord import to_discord
from bot.text.leaves import read_leaves, write_leaves
from bot.text.reading import read
from bot.text.slack import to_slack
from bot.text.split import split
from tests.bot.text.documents import anything, texts, texts_with_tables, visible

PROSE = "It rained all day. The fox stayed in, and slept by the fire; the snow came later. Was it cold? It was. " * 30


def test_a_short_text_is_one_page() -> None:
    assert ["# Title\nwords"] == split("# Title\nwords", 100)


@pytest.mark.parametrize("text", ["", " \n\n", "[only]: https://a.definition"])
def test_nothing_to_show_is_no_page(text: str) -> None:
    assert [] == split(text, 100)


@settings(deadline=None, max_examples=60)
@given(anything, st.integers(40, 300))
def test_every_page_is_within_the_limit(text: str, limit: int) -> None:
    assert all(len(page) <= limit for page in split(text, limit))


@settings(deadline=None, max_examples=40)
@given(anything, st.sampled_from([to_discord, to_slack]))
def test_every_page_is_within_the_limit_as_the_platform_counts(text: str, convert: object) -> None:
    assert callable(convert)
    assert all(len(convert(page)) <= 120 for page in split(text, 120, lambda page: len(convert(page))))


@settings(deadline=None, max_examples=60)
@given(texts, st.integers(60, 300))
def test_nothing_that_people_see_is_lost(text: str, limit: int) -> None:
    assert visible(text) == "".join(visible(page) for page in split(text, limit))


@settings(deadline=None, max_examples=60)
@given(texts_with_tables, st.integers(100, 300))
def test_every_page_closes_its_code(text: str, limit: int) -> None:
    for page in split(text, limit):
        assert 0 == sum(line.lstrip("> -*0123456789.").startswith("```") for line in page.split("\n")) % 2


@settings(deadline=None, max_examples=60)
@given(texts_with_tables, st.integers(60, 300))
def test_a_page_stands_alone(text: str, limit: int) -> None:
    for page in split(text, limit):
        assert visible(page) == visible(write_leaves(read_leaves(page)))


@settings(deadline=None, max_examples=60)
@given(texts_with_tables, texts_with_tables, st.integers(60, 300))
def test_full_pages_stay_when_text_is_added(text: str, more: str, limit: int) -> None:
    before = split(text, limit)
    after = split(f"{text}\n\n{more}", limit)
    assert before[:-1] == after[: len(before) - 1]


@pytest.mark.parametrize(
    "text",
    [
        PROSE,
        "\n\n".join(f"- item {number}\n  - with another in it\n\n1. one\n2. two" for number in range(20)),
        "```python\n" + "print('hello')\n\n" * 60 + "```\nand the end of it",
        "| a | b |\n| --- | --- |\n" + "| 1 | two |\n" * 60,
        "> " + PROSE,
    ],
)
def test_full_pages_stay_while_text_streams_in_character_by_character(text: str) -> None:
    whole = split(text, 200)
    for end in range(1, len(text), 7):
        so_far = split(text[:end], 200)
        assert so_far[:-1] == whole[: max(len(so_far) - 1, 0)]


def test_a_page_ends_between_paragraphs_where_it_is_half_full() -> None:
    assert ["first " * 8 + "end", "second " * 8 + "end"] == split("first " * 8 + "end\n\n" + "second " * 8 + "end", 80)


def test_a_page_that_would_be_nearly_empty_is_filled() -> None:
    first, _ = split("Short.\n\n" + "A sentence of a few words. " * 5, 100)
    assert "Short.\n\n" + "A sentence of a few words. " * 2 + "A sentence of a few words." == first


def test_a_heading_stays_with_what_is_under_it() -> None:
    pages = split("words " * 12 + "end\n\n## Heading\n\n" + "words " * 12 + "end", 100)
    assert "## Heading" == pages[1].split("\n")[0]


def test_a_list_is_cut_between_its_items_and_goes_on_counting() -> None:
    pages = split("\n".join(f"1. item number {number}" for number in range(1, 9)), 80)
    assert ["1. item number 1", "5. item number 5"] == [page.split("\n")[0] for page in pages]


def test_outer_items_are_better_places_than_inner_ones() -> None:
    pages = split("- one is here\n- two is here\n  - two and a half is here\n- three is here\n  - and four", 70)
    assert "- three is here" == pages[1].split("\n")[0]


def test_the_rest_of_an_item_is_no_longer_indented() -> None:
    _, second = split("- " + "word " * 30 + "\n  - inner\n- next", 100)
    assert second.startswith("word word")
    assert second.endswith("- inner\n- next")


def test_code_closes_and_opens_again_with_its_language() -> None:
    pages = split("~~~python title\n" + "print('line')\n" * 12 + "~~~", 100)
    assert len(pages) > 1
    assert all(page.startswith("~~~python title\nprint") and page.endswith("')\n~~~") for page in pages)


def test_code_is_cut_at_an_empty_line_rather_than_within_a_function() -> None:
    first, _ = split("```\ndef one():\n    return 1\n    # really\n\ndef two():\n    return 2\n    # really\n```", 80)
    assert "```\ndef one():\n    return 1\n    # really\n```" == first


def test_a_line_of_code_longer_than_a_page_is_cut_within_the_fence() -> None:
    pages = split("```\n" + "x" * 100 + "\n```", 60)
    assert ["```\n" + "x" * 52 + "\n```", "```\n" + "x" * 48 + "\n```"] == pages


def test_an_open_fence_is_closed_on_every_page() -> None:
    assert ["```py\nx = 1\n```"] == split("```py\nx = 1", 100)


def test_indented_code_becomes_a_fence_that_holds_it() -> None:
    assert ["words\n\n````\nx ``` y\n````"] == split("words\n\n    x ``` y", 100)


def test_a_fence_with_a_language_of_tildes_keeps_it() -> None:
    assert "~" in next(token.info for token in read(split("~~~ ~x\ncode\n~~~", 100)[0]))


def test_a_table_repeats_its_header() -> None:
    table = "| name | size |\n| :--- | ---: |\n" + "".join(f"| row {number} | {number} |\n" for number in range(12))
    pages = split(table, 100)
    assert len(pages) > 1
    assert {"| name | size |\n| :--- | ---: |"} == {"\n".join(page.split("\n")[:2]) for page in pages}
    assert 12 == sum(page.count("| row") for page in pages)


def test_a_row_larger_than_a_page_becomes_lines() -> None:
    pages = split(f"| name | text |\n| --- | --- |\n| fox | {'snow ' * 30}|\n| owl | wood |", 100)
    assert pages[0].startswith("name: fox\ntext: snow snow")
    assert pages[-1].endswith("| name | text |\n| --- | --- |\n| owl | wood |")


def test_a_header_larger_than_a_page_becomes_lines() -> None:
    pages = split(f"| {'long ' * 30}|\n| --- |", 100)
    assert visible("long " * 30) == "".join(visible(page) for page in pages)


def test_a_pipe_in_a_cell_stays_in_it() -> None:
    assert [r"| a \| b |" + "\n| --- |"] == split(r"| a \| b |" + "\n|---|", 100)


def test_sentences_are_cut_before_words() -> None:
    first, _ = split("One sentence that is here. Another sentence that is far too long for it", 60)
    assert "One sentence that is here." != first
    first, _ = split("One sentence that is certainly here. Another that is far too long", 60)
    assert "One sentence that is certainly here." == first


def test_lines_are_cut_before_sentences() -> None:
    first, _ = split("One sentence. A second one is here\nand a third. A fourth is far too long.", 60)
    assert "One sentence. A second one is here" == first


def test_text_without_spaces_is_cut_between_its_sentences_and_words() -> None:
    pages = split("今日は雨が降っていました。" * 8, 60)
    assert all(page.endswith("。") for page in pages)
    assert "".join(pages) == "今日は雨が降っていました。" * 8


def test_emphasis_closes_and_opens_again() -> None:
    pages = split("**" + "strong words *and more* " * 6 + "end**", 80)
    assert len(pages) > 1
    assert all(page.startswith("**") and page.endswith("**") for page in pages)
    assert all("strong_open" in {token.type for token in read(page)[1].children or []} for page in pages)


def test_a_link_is_kept_whole() -> None:
    link = "[a label of several words](https://example.com/a/long/path)"
    pages = split("Some words that come before the link, which is " + link + " and more words after it.", 90)
    assert any(link in page for page in pages)


def test_a_link_larger_than_a_page_is_cut_only_as_the_last_resort() -> None:
    address = "https://example.com/" + "x" * 100
    pages = split(f"see {address} there", 60)
    assert "see" == pages[0]
    assert address in "".join(pages[1:])


def test_code_in_a_line_larger_than_a_page_closes_and_opens_again() -> None:
    pages = split("``" + "some `code " * 12 + "``", 60)
    assert len(pages) > 1
    assert all(page.startswith("``") and page.rstrip().endswith("``") for page in pages)
    assert [["code_inline"]] * len(pages) == [[token.type for token in read(page)[1].children or []] for page in pages]
    assert ["``" + "x" * 44 + "``", "``x`x``"] == split("``" + "x" * 45 + "`x``", 50)
    assert ["`" + "x" * 48 + "`", "`" + "x" * 2 + "` end"] == split("`" + "x" * 50 + "` end", 50)


def test_a_character_of_several_code_points_is_not_cut() -> None:
    assert all(page.startswith("👩") for page in split("👩‍💻" * 40, 50))
    assert all(page.startswith("👍") for page in split("```\n" + "👍🏽" * 40 + "\n```", 51)[0].split("\n")[1:2])
    assert "e\u0301" * 25 == split("e\u0301" * 40, 51)[0]


def test_a_quote_keeps_its_mark_on_every_page() -> None:
    pages = split("> " + "quoted words " * 12 + "\n>\n> > and one in it", 80)
    assert all(line.startswith(">") for page in pages for line in page.split("\n"))


@pytest.mark.parametrize(
    "start", ["2024. That", "# 1", "- dash", "> more", "[x]: y", "+ plus", "```", "=== is", "| a |"]
)
def test_words_at_the_start_of_a_page_do_not_become_a_block(start: str) -> None:
    _, second = split("word " * 11 + start + " goes on for some time, and more so.", 55)
    assert ["paragraph_open", "inline", "paragraph_close"] == [token.type for token in read(second)]
    assert visible(start) in visible(second)


def test_lines_that_are_words_only_where_they_stand_stay_words() -> None:
    assert ["> quote\n> \\==="] == split("> quote\n===", 100)


def test_links_by_reference_get_their_targets() -> None:
    text = "See [the docs][d], [d], ![pic][d] and [x](https://x.y).\n\n[d]: https://d.ocs"
    links = "[the docs](<https://d.ocs>), [d](<https://d.ocs>), ![pic](<https://d.ocs>) and [x](https://x.y)"
    assert [f"See {links}."] == split(text, 200)


def test_headings_of_two_lines_and_with_a_closing_mark_stay_headings() -> None:
    assert ["# Two lines", "## C # #"] == [split("Two\nlines\n===", 100)[0], split("C #\n---", 100)[0]]


def test_a_heading_longer_than_a_page_stays_a_heading() -> None:
    assert all(page.startswith("# word") for page in split("# " + "word " * 30, 60))


def test_a_hard_break_is_no_part_of_a_page() -> None:
    first, second = split("some words on the first line\\\nand some on the second line", 50)
    assert ("some words on the first line", "and some on the second line") == (first, second)
    first, _ = split("some words on the first line\\\\\nand some on the second line", 50)
    assert "some words on the first line\\\\" == first


def test_empty_items_and_rules_are_kept() -> None:
    assert ["-\n- b\n\n***\nwords\n\n---"] == split("-\n- b\n*****\nwords\n\n----", 100)


def test_words_so_deep_in_quotes_that_there_is_no_room_leave_them() -> None:
    pages = split("> " * 30 + "words in the deep and more of them", 50)
    assert visible("words in the deep and more of them") == "".join(visible(page) for page in pages)


@pytest.mark.parametrize(
    "text", [">" * 500 + "x", "- " * 500 + "x", "*a " * 1500 + "b* " * 1500, "[" * 500 + "x", "![" * 300 + "x"]
)
def test_what_is_nested_too_deeply_is_neither_lost_nor_an_error(text: str) -> None:
    letters = sum(mark in "abx" for mark in text)
    for shown in (to_discord(text), to_slack(text), "".join(split(text, 500))):
        assert letters == sum(mark in "abx" for mark in shown)


def test_a_language_longer_than_a_page_is_no_language() -> None:
    assert ["x = 1"] == split("```" + "python" * 20 + "\nx = 1\n```", 50)


def test_a_page_without_room_for_one_character_is_an_error() -> None:
    with pytest.raises(ValueError, match="a page of 0 has no room for a character"):
        split("words", 0)
