"""Where links lead, and whether their labels say something else."""

from __future__ import annotations

import pytest

from bot.text.links import is_disguised, is_same, is_web, readable, web_address


@pytest.mark.parametrize(
    ("label", "target"),
    [
        ("the docs", "https://example.com"),
        ("example.com", "https://www.example.com/page"),
        ("https://example.com/a", "https://example.com/a/b"),
        ("example.com/a…", "https://example.com/abc"),
        ("Example.com", "https://example.com?q=1"),
        ("Node.js", "https://nodejs.org"),
        ("version 1.5, e.g. this", "https://example.com"),
        ("settings.json", "https://example.com"),
    ],
)
def test_a_label_that_says_the_truth_is_no_disguise(label: str, target: str) -> None:
    assert not is_disguised(label, target)


@pytest.mark.parametrize(
    ("label", "target"),
    [
        ("bank.com", "https://evil.com"),
        ("https://bank.com", "https://bank.com.evil.com"),
        ("bank.com", "https://bank.community"),
        ("bank.com/login", "https://bank.com/evil"),
        ("go to www.bank.com now", "https://evil.com"),
        ("b\u200bank.com", "https://evil.com"),
        ("ｂａｎｋ．ｃｏｍ", "https://evil.com"),
        ("//bank.com", "https://evil.com"),
        ("192.168.0.1", "https://evil.com"),
        ("https://bank", "https://evil.com"),
        ("http:// bank com", "https://evil.com"),
    ],
)
def test_a_label_that_looks_like_another_address_is_a_disguise(label: str, target: str) -> None:
    assert is_disguised(label, target)


def test_an_address_written_out_is_the_same() -> None:
    assert is_same("example.com/", "https://www.example.com")
    assert not is_same("example.com", "https://example.org")


def test_only_http_is_the_web() -> None:
    assert is_web("HTTPS://example.com")
    assert not is_web("javascript:alert(1)")


def test_a_label_is_one_line_that_turns_nothing_around() -> None:
    assert "abc d" == readable("a\u202eb\u200bc\n d")


def test_an_address_holds_no_mention() -> None:
    assert "https://x.y/%40everyone/%40123%7C%3C%3E%20" == web_address("https://x.y/@everyone/@123|<> ")
