"""Markdown for native streaming."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.platforms.slack.stream import GAP, defused, settled

STRANGE = st.lists(
    st.sampled_from(
        [
            "<",
            "!",
            "channel",
            ">",
            "@",
            "here",
            "U1",
            "#C1",
            "|",
            "[",
            "]",
            "(",
            ")",
            "https://a.b",
            "x",
            " ",
            "\n",
            "`",
        ]
    )
).map("".join)


@pytest.mark.parametrize(
    ("expected", "written"),
    [
        (f"<{GAP}!channel> <{GAP}@U1>", "<!channel> <@U1>"),
        (f"@{GAP}here and @{GAP}everyone", "@here and @everyone"),
        (f"<{GAP}https://evil.example|bank>", "<https://evil.example|bank>"),
        ("[label](https://a.example)", "[label](https://a.example)"),
        ("https://evil.example", "[https://bank.example](https://evil.example)"),
        ("<!DOCTYPE html><!-- x -->", "<!DOCTYPE html><!-- x -->"),
        ("a < b, List<int>, <https://a.example>", "a < b, List<int>, <https://a.example>"),
    ],
)
def test_nothing_is_a_mention_or_a_disguised_link(expected: str, written: str) -> None:
    assert expected == defused(written)


@pytest.mark.parametrize("tail", ["<", "<!chan", "@her", "[label", "[label]", "[label](https://a", "![alt"])
def test_what_could_still_become_a_mention_or_link_is_held_back(tail: str) -> None:
    assert "before " == settled(f"before {tail}")


@given(STRANGE, st.integers(0, 40))
def test_what_was_streamed_is_always_the_beginning_of_what_follows(text: str, cut: int) -> None:
    assert defused(text).startswith(defused(settled(text[:cut])))


@given(STRANGE)
def test_no_text_contains_a_mention(text: str) -> None:
    assert not re.search(r"<[@#]\w|<!(channel|here)|@(channel|here|everyone)\b", defused(text))
