"""Markdown as Discord shows it."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given, settings

from bot.text.discord import to_discord
from tests.bot.text.documents import anything, texts, visible

MENTION = re.compile(
    r"@everyone|@here|<@[!&]?\d+>|@[!&]?\d|<#\d+>|<t:-?\d+(:\w)?>|<a?:\w+:\d+>|</[\w -]+:\d+>|<id:\w+>", re.IGNORECASE
)


@settings(deadline=None, max_examples=60)
@given(anything)
def test_no_text_mentions_anybody(text: str) -> None:
    assert not MENTION.search(to_discord(text))
    assert not MENTION.search(to_discord(text, embeds=True))


@settings(deadline=None, max_examples=60)
@given(texts)
def test_what_people_see_stays(text: str) -> None:
    # Numbers of lists, languages and targets of links are shown besides.
    marks = iter(to_discord(text))
    assert all(mark in marks for mark in visible(text))


@settings(deadline=None, max_examples=60)
@given(anything)
@example("https://```")
def test_code_is_closed(text: str) -> None:
    fences = [line for line in to_discord(text).split("\n") if re.match(r"(> |  +|[-\d.] )*```", line)]
    assert 0 == len(fences) % 2


@pytest.mark.parametrize(
    ("markdown", "expected"),
    [
        ("# One\n## Two\n### Three", "# One\n## Two\n### Three"),
        ("#### Four **bold**", "**Four bold**"),
        ("**b** *i* ***both*** ~~s~~ `c`", "**b** _i_ _**both**_ ~~s~~ `c`"),
        ("in*tra*word *a**b*", "in*tra*word _a\\*\\*b_"),
        ("two\nlines\\\nthree", "two\nlines\nthree"),
        ("- a\n  - b\n    1. c\n- [ ] open\n- [x] done", "- a\n  - b\n    1. c\n- ☐ open\n- ☑ done"),
        ("3. a\n1. b", "3. a\n4. b"),
        ("- a\n\n  more\n\n- b", "- a\n\n  more\n\n- b"),
        ("-\n- b", "-\n- b"),
        ("> a\n> > b\n>\n> - c", "> a\n> > b\n>\n> - c"),
        ("a\n\n***\n\nb", "a\n\n────────────\n\nb"),
        ("<b>html</b> &lt;i&gt;", "\\<b>html\\</b> \\<i>"),
        ("1986\\. A year", "1986\\. A year"),
        ("\\# no title\n\\- no item\n\\> no quote", "\\# no title\n\\- no item\n\\> no quote"),
        ("-# small", "\\-# small"),
        ("||spoiler|| \\*\\_\\~", "\\|\\|spoiler\\|\\| \\*\\_\\~"),
        ("[ ] no task", "\\[ \\] no task"),
        ("`` a`b `` `` ` ``", "``a`b`` `` ` ``"),
    ],
)
def test_markdown_becomes_discords(markdown: str, expected: str) -> None:
    assert expected == to_discord(markdown)


def test_code_keeps_its_language_and_cannot_end_early() -> None:
    assert "```c++\nx\n```" == to_discord("```c++ title\nx\n```")
    assert "```\n``\u200b`\n```" == to_discord("````\n```\n````")
    assert "```\n \n```" == to_discord("```\n```")
    assert "```python\n1\n```" == to_discord("```py*thon\n1")


def test_code_in_a_list_stands_at_the_margin() -> None:
    assert "- a\n```py\nx\n```\n- b" == to_discord("- a\n  ```py\n  x\n  ```\n- b")
    assert "-\n```\nx\n```" == to_discord("- ```\n  x\n  ```")
    assert "> ```\n> x\n> ```" == to_discord("> ```\n> x\n> ```")


def test_a_table_becomes_columns_with_its_links_below() -> None:
    table = "| name | n |\n| :-- | --: |\n| [site](https://x.y) | 1 |\n| 日本 | 23 |\n| **b** | |"
    expected = "```\nname       n\n────────  ──\nsite [1]   1\n日本      23\nb\n```\n\\[1\\] <https://x.y>"
    assert expected == to_discord(table)


@pytest.mark.parametrize(
    ("markdown", "expected"),
    [
        ("[label](https://example.com)", "[label](<https://example.com>)"),
        ("https://example.com/a_b", "<https://example.com/a_b>"),
        ("[](https://example.com)", "<https://example.com>"),
        ("![a fox](https://example.com/fox.png)", "[🖼 a fox](<https://example.com/fox.png>)"),
        ("![](https://example.com/fox.png)", "[🖼 picture](<https://example.com/fox.png>)"),
        ("[example.com](https://www.example.com/)", "<https://www.example.com/>"),
        ("[the page](/docs)", "the page (/docs)"),
        ("[Ana](mailto:ana@example.com) <ana@example.com>", "Ana (ana@example.com) ana@example.com"),
        ("[a [b]](https://example.com/@everyone)", "[a \\[b\\]](<https://example.com/%40everyone>)"),
        ("README.md and main.py", "README.md and main.py"),
    ],
)
def test_links_lead_where_they_say(markdown: str, expected: str) -> None:
    assert expected == to_discord(markdown)


@pytest.mark.parametrize(
    "label", ["https://bank.com", "bank.com", "log in at bank.com/x", "bank。com", "https:╱╱bank․com"]
)
def test_a_disguised_link_shows_where_it_leads(label: str) -> None:
    assert f"`{label}` (<https://evil.com>)" == to_discord(f"[{label}](https://evil.com)")


def test_links_with_previews_are_bare() -> None:
    shown = to_discord("https://example.com [l](https://example.com/a_(b))", embeds=True)
    assert "https://example.com [l](https://example.com/a_%28b%29)" == shown


def test_only_what_is_named_is_mentioned() -> None:
    shown = to_discord(
        "<@80351110224678912>, <@80351110224678913> @here @everyone", mentions=["<@80351110224678912>", "@here"]
    )
    assert "<@80351110224678912>, \\<@\u200b80351110224678913> @here @\u200beveryone" == shown
