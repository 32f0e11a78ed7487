from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from training.evaluate.meetings import boundaries, read, spoken


@pytest.mark.parametrize(
    ("said", "written"),
    [
        ("{vocalsound} Okay .", "Okay."),
        ("Uh , I mean um it 's the the button {disfmarker}", "I mean it's the button"),
        ("Mm - hmm . Right .", "Right."),
        ("You 'd do n't like like that ?", "You'd don't like that?"),
        ("The humming mm-wave error .", "The humming mm-wave error."),
        ("{gap}", ""),
    ],
)
def test_speech_is_written_without_what_only_speech_has(said: str, written: str) -> None:
    assert written == spoken(said)


def test_topics_begin_where_their_stretches_do() -> None:
    assert (50,) == boundaries([(0, 49), (50, 99)], 100)


def test_a_long_stretch_about_nothing_is_a_segment_of_its_own() -> None:
    assert (40, 60) == boundaries([(0, 39), (60, 99)], 100)


def test_a_short_one_goes_with_what_was_said_before_it() -> None:
    assert (55,) == boundaries([(3, 49), (55, 98)], 100)


def test_where_two_overlap_the_later_begins_with_its_first_turn() -> None:
    assert (40,) == boundaries([(0, 45), (40, 99)], 100)


def test_meetings_are_read(tmp_path: Path) -> None:
    row = {
        "meeting_transcripts": [{"speaker": "Ana", "content": f"Turn {turn} ."} for turn in range(30)],
        "topic_list": [{"relevant_text_span": [["0", "14"]]}, {"relevant_text_span": [["15", "29"]]}],
        "general_query_list": [{"query": "Summarize the meeting.", "answer": "They took turns."}],
    }
    path = tmp_path / "meetings.jsonl.gz"
    with gzip.open(path, "wt", encoding="utf-8") as lines:
        lines.write(json.dumps(row) + "\n")

    [meeting] = read(path)

    assert "Turn 29." == meeting.turns[-1]
    assert (15,) == meeting.boundaries
    assert "They took turns." == meeting.summary
