from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import numpy as np
import pytest

from bot import Embeddings
from plugins.summarize.sentences import Sentence
from tests.plugins.summarize.grouped import Words
from training.evaluate import baselines, summaries
from training.evaluate.meetings import Meeting
from training.evaluate.summaries import Embedded, against, cut


def test_a_summary_has_exactly_as_many_words_in_the_order_they_were_said() -> None:
    assert "one two five six" == cut(["one two", "three four", "five six seven"], [0, 2], 4)
    assert "one" == cut(["one two"], [0], 1)
    assert "one two" == cut(["one two"], [0], 9)


def test_right_boundaries_are_perfect_and_a_near_miss_is_better_than_a_far_one() -> None:
    right = [50]

    assert (0, 0) == against(right, right, 100)
    assert 0 < against([55], right, 100)[0] < against([80], right, 100)[0]


def test_what_is_compared_with_takes_the_first_the_longest_or_even_parts() -> None:
    sentences = ["One two.", "One two three four.", "One two three."]

    assert [0, 1, 2] == baselines.lead(sentences)
    assert [1, 2, 0] == baselines.longest(sentences)
    assert [25, 50, 75] == baselines.even(100, 4)
    assert [] == baselines.even(100, 1)
    assert [1] == baselines.even(2, 5)


def test_each_turn_has_the_rows_of_its_sentences() -> None:
    vectors = np.eye(3, dtype=np.float32)
    sentences = [Sentence("a", 1, 0), Sentence("b", 1, 1), Sentence("c", 3, 0)]

    rows = Embedded(Meeting(("", "a b", "", "c", ""), (), ""), sentences, vectors).by_turn

    assert [0, 2, 0, 1, 0] == list(map(len, rows))
    assert rows[3][0].tolist() == [0, 0, 1]


def test_both_tables_tell_of_all_meetings_and_of_the_later_half(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("sumy")
    oven = [f"The oven in kitchen number {number} is broken and cold today." for number in range(40)]
    tent = [f"A tent with {number} beds was put up behind our house yesterday." for number in range(40)]
    meeting = Meeting((*oven, *tent), (40,), "The kitchen oven is broken. A tent was put up.")

    @asynccontextmanager
    async def words() -> AsyncIterator[Embeddings]:
        yield Words()  # type: ignore[misc]

    monkeypatch.setattr(summaries, "starter_embeddings", words)
    monkeypatch.setattr(summaries, "read", lambda path: [meeting, meeting])
    report = tmp_path / "report.md"
    report.write_text("# Report\n\n<!-- summaries -->\nold\n<!-- end of summaries -->\n\nEnd.\n")

    summaries.evaluate(tmp_path, words=20, report=report)

    told = capsys.readouterr().out
    assert "ROUGE-L, all 2 | ROUGE-1, last 1" in told
    assert "| Atelier | 2.0 | 0.000 | 0.000 | 2.0 | 0.000 | 0.000 |" in told
    assert all(f"| {name} |" in told for name in ("LEAD", "LONGEST", "LexRank", "TextRank", "TextTiling"))
    assert report.read_text().startswith("# Report\n\n<!-- summaries -->\n\n**Summaries**")
    assert "old" not in report.read_text()
    assert report.read_text().endswith("<!-- end of summaries -->\n\nEnd.\n")
