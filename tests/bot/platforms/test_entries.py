from __future__ import annotations

import pytest

from bot.platforms.entries import is_line, mentions, unmentioned


@pytest.mark.parametrize(
    ("text", "line"), [("/help", True), ("/ is the root", False), ("see /help", False), ("", False)]
)
def test_a_command_line_begins_with_its_command(text: str, *, line: bool) -> None:
    assert is_line(text) is line


@pytest.mark.parametrize(
    ("text", "rest"), [("@atelier hi", "hi"), ("@Atelier, hi", "hi"), ("hi @atelier", "hi"), ("@atelier", "")]
)
def test_who_speaks_to_atelier_says_its_name(text: str, rest: str) -> None:
    assert mentions(text)
    assert unmentioned(text) == rest


@pytest.mark.parametrize("text", ["me@atelier.example", "@ateliers", "atelier"])
def test_what_only_looks_like_its_name_is_none(text: str) -> None:
    assert not mentions(text)
    assert unmentioned(text) == text
