"""Reads the transcribed meetings of QMSum (Zhong et al., NAACL 2021), of which people wrote summaries and topics."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

SHORTEST = 10
"""Turns that a topic has at least; what lies between two topics and is shorter goes with the one before it."""

_MARK = re.compile(r"\{[^}]*\}")
_FILLER = re.compile(
    r"(?<![\w'-])(?:u+h+(?: ?- ?huh)?|u+h*m+|e+r+m*|a+h+|h*m+(?: ?- ?h*m+)?)(?![\w'-])(?: ?,)?", re.IGNORECASE
)
_STUTTER = re.compile(r"\b([\w']+)(?: ,? ?\1\b)+", re.IGNORECASE)
_SPACE = re.compile(r" (?=[.,?!;:])|(?<=\w) (?=(?:n't|'\w+)\b)")
_STRAY = re.compile(r"^[ ,.?!;:-]+|(?<=[,.?!])[,.]+")


@dataclass(frozen=True, slots=True)
class Meeting:
    """What was said in a meeting, and what people wrote about it.

    Attributes:
        turns: What was said, turn by turn, without what only speech has.
        boundaries: The turns before which a new topic begins.
        summary: What somebody wrote of the whole meeting.
    """

    turns: tuple[str, ...]
    boundaries: tuple[int, ...]
    summary: str


def read(path: Path) -> list[Meeting]:
    """The meetings in a compressed file with one on each line, in order."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    return [
        Meeting(
            tuple(spoken(turn["content"]) for turn in row["meeting_transcripts"]),
            boundaries(
                [(int(first), int(last)) for topic in row["topic_list"] for first, last in topic["relevant_text_span"]],
                len(row["meeting_transcripts"]),
            ),
            row["general_query_list"][0]["answer"],
        )
        for row in rows
    ]


def spoken(text: str) -> str:
    """A turn without the marks of sounds and breaks, fillers and repeated words, spaced as text is written."""
    text = " ".join(_FILLER.sub(" ", _MARK.sub(" ", text)).split())
    return " ".join(_STRAY.sub("", _SPACE.sub("", _STUTTER.sub(r"\1", text))).split())


def boundaries(spans: Sequence[tuple[int, int]], turns: int) -> tuple[int, ...]:
    """Where topics begin.

    Args:
        spans: The first and the last turn of each; where two overlap, the later one begins with its first turn.
        turns: How many the meeting has.

    Returns:
        The turns before which a topic begins, and where none follows, those before which one ended.
    """
    of = [-1] * turns
    for number, (first, last) in enumerate(sorted(spans)):
        of[first : last + 1] = [number] * (last + 1 - first)
    starts = [turn for turn in range(turns) if turn == 0 or of[turn] != of[turn - 1]]
    return tuple(
        start
        for start, end in zip(starts, [*starts[1:], turns], strict=True)
        if start >= SHORTEST and (of[start] >= 0 or end - start >= SHORTEST)
    )
