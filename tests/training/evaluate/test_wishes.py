"""How well it is told which wishes are known: the limits, and what is told by them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bot.models.stickers import known
from training.evaluate.wishes import Wish, evaluate, limits, table
from training.stickers.latents import words

SETS = Path("training/evaluate/wishes")


def test_a_wish_is_told_by_where_its_likeness_lies() -> None:
    assert ["no", "in part", "in part", "yes", "yes"] == [
        Wish("", "", likeness).told(0.4, 0.6) for likeness in (0.3, 0.4, 0.5, 0.6, 0.7)
    ]


def test_the_limits_are_those_by_which_most_are_right() -> None:
    wishes = [
        Wish(text, label, likeness)
        for text, label, likeness in (
            ("a fox", "yes", 0.9),
            ("a cat", "yes", 0.7),
            ("a fox at dusk", "in part", 0.6),
            ("a smiley", "yes", 0.3),
            ("a castle at dusk", "in part", 0.5),
            ("two sailors", "no", 0.4),
        )
    ]

    assert pytest.approx((0.45, 0.65)) == limits(wishes)


def test_the_table_counts_what_is_told_of_each_kind() -> None:
    text = table({"seen": [Wish("a fox", "yes", 1.0), Wish("a smiley", "yes", 0.1), Wish("two sailors", "no", 0.2)]})

    assert "| an emoji they learned, seen | 1 of 2 | 0 of 2 | 1 of 2 |" in text
    assert "| one, and more, seen | 0 of 0 | 0 of 0 | 0 of 0 |" in text
    assert "| no emoji they learned, seen | 0 of 1 | 0 of 1 | 1 of 1 |" in text


def test_the_two_sets_are_measured_and_written_down(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match=r"no captions.safetensors in .*; `.* captions` writes it anew"):
        evaluate(tmp_path, SETS, None)
    captions = ("fox", "castle", "smiling face")
    known.write(tmp_path, captions, words().read(captions).meaning, {"❤": "red heart"})

    evaluate(tmp_path, SETS, tmp_path / "report.md")

    told = capsys.readouterr().out
    assert "seen, wrong: a smiley" not in told
    assert "seen, wrong: pizza (yes)" in told
    assert "seen, wrong: a fox (yes)" not in told
    report = (tmp_path / "report.md").read_text()
    assert max(map(len, report.splitlines())) <= 120
    report = " ".join(report.split())
    assert "| no emoji they learned, unseen | 0 of 14 |" in report
    assert "Of 100 wishes 44 are for an emoji that they learned" in report
    assert " of the 50 seen and for " in report
    assert "From a likeness of 0.761 on nothing is told, below 0.657 it is a guess." in report


def test_no_figure_of_a_document_lies_outside_of_what_is_written_anew() -> None:
    text = Path("docs/quality.md").read_text(encoding="utf-8").partition("## What the starter pictures know")[2]
    before, _, rest = text.partition("<!-- wishes -->")

    # All that a person may write there is how large what is kept is.
    assert [] == re.findall(r"\d+", before)
    assert ["384"] == re.findall(r"\d+", rest.partition("<!-- end of wishes -->")[2])
