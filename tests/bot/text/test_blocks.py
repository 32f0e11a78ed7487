"""Markdown as Block Kit."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given, settings

from bot.text.blocks import MOST_BLOCKS, Element, to_blocks
from tests.bot.text.documents import anything, texts, visible


def elements(blocks: list[Element]) -> list[Element]:
    """What the only block holds."""
    (block,) = blocks
    inside = block["elements"]
    assert "rich_text" == block["type"]
    assert isinstance(inside, list)
    return inside


def walk(value: object) -> Iterator[Element]:
    if isinstance(value, dict):
        yield value
        for inner in value.values():
            yield from walk(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from walk(inner)


def section(*inside: Element) -> Element:
    return {"type": "rich_text_section", "elements": list(inside)}


def text(words: str, *styles: str) -> Element:
    return {"type": "text", "text": words} | ({"style": dict.fromkeys(styles, True)} if styles else {})


@settings(deadline=None, max_examples=60)
@given(anything)
def test_blocks_are_what_slack_takes(markdown: str) -> None:
    blocks = to_blocks(markdown)
    assert len(blocks) <= MOST_BLOCKS
    for element in walk(blocks):
        assert element.get("type") not in {"user", "usergroup", "broadcast", "channel"}
        assert [] != element.get("elements")
        assert "" != element.get("text")


@settings(deadline=None, max_examples=60)
@given(texts)
def test_what_people_see_stays(markdown: str) -> None:
    shown = iter("".join(str(element.get("text") or element.get("url") or "") for element in walk(to_blocks(markdown))))
    assert all(mark in shown for mark in visible(markdown))


def test_nothing_is_no_block() -> None:
    assert [] == to_blocks("")
    assert [] == to_blocks("[only]: https://a.definition")


def test_words_have_styles() -> None:
    words = (
        text("a ", "bold"),
        text("b", "bold", "italic"),
        text(" "),
        text("c", "strike"),
        text(" "),
        text("*d*", "code"),
    )
    assert [section(*words)] == elements(to_blocks("**a *b*** ~~c~~ `*d*`"))


def test_marks_in_words_are_words() -> None:
    assert [section(text("*a* <!here> <@U1> :+1:"), text("\n"), text("b"))] == elements(
        to_blocks("\\*a\\* <!here> <@U1> :+1:\nb")
    )


def test_headings_are_bold_and_paragraphs_apart() -> None:
    inside = text("Title", "bold"), text("\n\n"), text("one"), text("\n\n"), text("two")
    assert [section(*inside)] == elements(to_blocks("# Title\n\none\n\ntwo"))


def test_lists_go_deeper_and_go_on_counting() -> None:
    made = elements(to_blocks("3. a\n   - b\n     - [x] c\n4. d\n\n   # e\n5."))
    kinds = [(it["style"], it["indent"], it.get("offset"), it["elements"]) for it in made]
    assert [
        ("ordered", 0, 2, [section(text("a"))]),
        ("bullet", 1, None, [section(text("b"))]),
        ("bullet", 2, None, [section(text("☑ c"))]),
        ("ordered", 0, 3, [section(text("d"), text("\n"), text("e", "bold")), section(text(" "))]),
    ] == kinds


def test_an_item_may_begin_with_code() -> None:
    made = elements(to_blocks("1. ```\n   x\n   ```\n\n   after\n2. b"))
    assert ["rich_text_list", "rich_text_preformatted", "rich_text_list"] == [it["type"] for it in made]
    assert [section(text("after")), section(text("b"))] == made[2]["elements"]


def test_quotes_hold_words_lists_and_code() -> None:
    made = elements(to_blocks("> a\n>\n> # b\n>\n> - c\n>   ```\n>   d\n>   ```\n>\n> > e"))
    quote = {"type": "rich_text_quote", "elements": [text("a"), text("\n\n"), text("b", "bold")]}
    assert quote == made[0]
    assert [1, 1] == [it["border"] for it in made[1:3]]
    assert {"type": "rich_text_quote", "elements": [text("e")]} == made[3]


def test_code_and_tables_have_equal_widths() -> None:
    made = elements(
        to_blocks("```py\nx\n```\n\n```\n```\n\n| a |\n|---|\n| [b](https://e.com) |\n| [c](https://e.org) |")
    )
    kinds = ["rich_text_preformatted"] * 3 + ["rich_text_section"]
    assert kinds == [it["type"] for it in made]
    assert [[text("x")], [text(" ")], [text("a\n─\nb\nc")]] == [it["elements"] for it in made[:3]]
    links: list[Element] = [
        {"type": "link", "url": "https://e.com", "text": "b"},
        {"type": "link", "url": "https://e.org", "text": "c"},
    ]
    assert section(links[0], text("\n"), links[1]) == made[3]


def test_a_rule_is_a_divider_where_there_are_not_too_many() -> None:
    assert ["rich_text", "divider", "rich_text"] == [block["type"] for block in to_blocks("a\n\n***\n\nb")]
    assert ["rich_text"] == [block["type"] for block in to_blocks("a\n\n***\n\n" * 40)]


@pytest.mark.parametrize(
    ("markdown", "expected"),
    [
        ("[l](https://e.com)", [{"type": "link", "url": "https://e.com", "text": "l"}]),
        ("**https://e.com**", [{"type": "link", "url": "https://e.com", "style": {"bold": True}}]),
        ("![](https://e.com/f.png)", [{"type": "link", "url": "https://e.com/f.png", "text": "🖼 picture"}]),
        ("[the page](/docs)", [text("the page (/docs)")]),
        ("<ana@e.com>", [text("ana@e.com")]),
        (
            "[bank.com](https://evil.com)",
            [text("bank.com", "code"), text(" ("), {"type": "link", "url": "https://evil.com"}, text(")")],
        ),
    ],
)
def test_links_lead_where_they_say(markdown: str, expected: list[Element]) -> None:
    assert [section(*expected)] == elements(to_blocks(markdown))


def test_only_what_is_named_is_mentioned() -> None:
    named = ["<@U1>", "<!here>", "<#C1>", "<!subteam^S1>", "not a mention"]
    made = elements(to_blocks("<@U1> <!here> <#C1> <!subteam^S1> <@U2>", mentions=named))
    expected = [
        {"type": "user", "user_id": "U1"},
        {"type": "broadcast", "range": "here"},
        {"type": "channel", "channel_id": "C1"},
        {"type": "usergroup", "usergroup_id": "S1"},
    ]
    assert expected == [element for element in walk(made[0]["elements"]) if element["type"] != "text"]
