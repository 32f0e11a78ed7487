"""Markdown as mrkdwn."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings

from bot.text.slack import to_slack
from tests.bot.text.documents import anything, texts, visible

LINK = re.compile(r"<https?://[^\s<>|]+(\|[^<>\n]+)?>", re.IGNORECASE)


@settings(deadline=None, max_examples=60)
@given(anything)
def test_all_that_slack_reads_as_its_own_is_links(text: str) -> None:
    assert "<" not in LINK.sub("", to_slack(text))


@settings(deadline=None, max_examples=60)
@given(texts)
def test_what_people_see_stays(text: str) -> None:
    marks = iter(to_slack(text))
    assert all(mark in marks for mark in visible(text))


@settings(deadline=None, max_examples=60)
@given(anything)
def test_code_is_closed(text: str) -> None:
    assert 0 == sum(line == "```" for line in to_slack(text).split("\n")) % 2


@pytest.mark.parametrize(
    ("markdown", "expected"),
    [
        ("# Title **bold**", "*Title bold*"),
        ("**b** *i* ***both*** ~~s~~ `c & <d>`", "*b* _i_ _*both*_ ~s~ `c &amp; &lt;d&gt;`"),
        ("in**tra**word", "in\u200b*tra*\u200bword"),
        ("- a\n  - b\n    - c\n      - d\n1. e", "• a\n  ◦ b\n    ▪ c\n      ▪ d\n1. e"),
        ("- [x] done", "• ☑ done"),
        ("> a\n> b", "> a\n> b"),
        ("\\> a", "\u200b&gt; a"),
        ("a < b & c > d", "a &lt; b &amp; c &gt; d"),
        ("\\*no\\* 2 * 3", "*\u200bno* 2 * 3"),
        ("```python\nx < 1\n```", "```\nx &lt; 1\n```"),
        ("````\n```\n````", "```\n``\u200b`\n```"),
        ("> ```\n> x\n> ```", "```\nx\n```"),
        ("`` a`b ``", "`aˋb`"),
        ("[l & m](https://e.com?a=1&b=2|3)", "<https://e.com?a=1&amp;b=2%7C3|l &amp; m>"),
        ("https://e.com", "<https://e.com>"),
        ("![fox](https://e.com/f.png)", "<https://e.com/f.png|🖼 fox>"),
        ("[bank.com](https://evil.com)", "`bank.com` (<https://evil.com>)"),
        ("| a |\n|---|\n| b |", "```\na\n─\nb\n```"),
        ("<!channel> <!here> <@U1> <!subteam^S1>", "&lt;!channel&gt; &lt;!here&gt; &lt;@U1&gt; &lt;!subteam^S1&gt;"),
    ],
)
def test_markdown_becomes_mrkdwn(markdown: str, expected: str) -> None:
    assert expected == to_slack(markdown)


def test_only_what_is_named_is_mentioned() -> None:
    assert "<@U1> &lt;@U2&gt; <!here>" == to_slack("<@U1> <@U2> <!here>", mentions=["<@U1>", "<!here>"])
