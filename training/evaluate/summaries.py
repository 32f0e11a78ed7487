"""How good the summaries that quote are, and how well topics are told apart, by meetings that people summed up.

Everything was tuned on the first half of the meetings only; the other half is told of by itself.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from nltk.metrics.segmentation import pk, windowdiff
from rouge_score.rouge_scorer import RougeScorer

from bot import Embeddings
from plugins.summarize.ranking import MATTERS, SMALL_TALK, ranked
from plugins.summarize.segmenting import segment
from plugins.summarize.sentences import Sentence, sentences_of
from training.evaluate import baselines
from training.evaluate.card import write_figures
from training.evaluate.meetings import Meeting, read
from training.evaluate.routing import starter_embeddings
from training.translation.parallel import SHARED

if TYPE_CHECKING:
    from plugins.summarize.ranking import Matrix

MEETINGS = SHARED / "qmsum" / "val.jsonl.gz"
SCORES = ("rouge1", "rouge2", "rougeL")
BATCH = 64
"""Sentences embedded at once."""

Figures: TypeAlias = Sequence[Sequence[float]]
"""For each meeting its scores."""


@dataclass(frozen=True, slots=True)
class Embedded:
    """A meeting whose sentences were embedded.

    Attributes:
        meeting: The meeting.
        sentences: Those that say something; every way to summarize chooses among them.
        vectors: A row for each.
    """

    meeting: Meeting
    sentences: Sequence[Sentence]
    vectors: Matrix

    @property
    def texts(self) -> list[str]:
        """The sentences' words."""
        return [sentence.text for sentence in self.sentences]

    @property
    def by_turn(self) -> list[Matrix]:
        """The rows of each turn."""
        of = np.asarray([sentence.source for sentence in self.sentences])
        cuts = np.searchsorted(of, np.arange(1, len(self.meeting.turns)))
        return np.split(self.vectors, cuts)


def evaluate(data: Path | None, *, words: int, report: Path | None) -> None:
    """Measure both, print the figures and write them down.

    Args:
        data: The meetings; None for the validation set of QMSum in `SHARED`.
        words: Of each summary.
        report: The Markdown file that they are written into; None for none.
    """
    text = asyncio.run(_measure(read(data or MEETINGS), words))
    print(text)
    if report is not None:
        write_figures(report, text, "summaries")


async def _measure(meetings: Sequence[Meeting], words: int) -> str:
    async with starter_embeddings() as embeddings:
        anchors = await _embed([*MATTERS, *SMALL_TALK], embeddings)
        embedded = []
        for meeting in meetings:
            sentences = sentences_of(meeting.turns, "en")
            vectors = await _embed([sentence.text for sentence in sentences], embeddings)
            embedded.append(Embedded(meeting, sentences, vectors))
    half = len(meetings) // 2
    return "\n\n".join(
        [
            f"**Summaries** of {words} words; ROUGE F in %, with stemming.",
            _table(["ROUGE-1", "ROUGE-2", "ROUGE-L"], _summaries(embedded, anchors, words), half),
            "**Topic boundaries**; lower is better.",
            _table(["segments", "Pk", "WindowDiff"], _boundaries(embedded), half),
        ]
    )


async def _embed(texts: Sequence[str], embeddings: Embeddings) -> Matrix:
    found = np.zeros((len(texts), 0), dtype=np.float32)
    # Those of equal length together, so that little is embedded for nothing.
    order = sorted(range(len(texts)), key=lambda index: len(texts[index]))
    for start in range(0, len(order), BATCH):
        some = order[start : start + BATCH]
        rows = np.asarray(await embeddings.aembed_documents([texts[index] for index in some]), dtype=np.float32)
        if not found.shape[1]:
            found = np.zeros((len(texts), rows.shape[1]), dtype=np.float32)
        found[some] = rows
    return found


def _summaries(meetings: Sequence[Embedded], anchors: Matrix, words: int) -> dict[str, Figures]:
    ways: Mapping[str, Callable[[Embedded], Sequence[int]]] = {
        "Atelier": lambda each: ranked(each.sentences, each.vectors, anchors, len(each.sentences), 2 * words),
        "LEAD": lambda each: baselines.lead(each.texts),
        "LONGEST": lambda each: baselines.longest(each.texts),
        "LexRank": lambda each: baselines.lex_rank(each.texts),
        "TextRank": lambda each: baselines.text_rank(each.texts),
    }
    scorer = RougeScorer(list(SCORES), use_stemmer=True)
    found: dict[str, Figures] = {}
    for name, way in ways.items():
        scored = [scorer.score(each.meeting.summary, cut(each.texts, way(each), words)) for each in meetings]
        found[name] = [[100 * float(score[kind].fmeasure) for kind in SCORES] for score in scored]
    return found


def cut(texts: Sequence[str], order: Iterable[int], words: int) -> str:
    """A summary of exactly so many words, where there are as many.

    Args:
        texts: The sentences.
        order: Which to take, the best first; of the last one only so much as fits.
        words: Of the summary, in which they stand in the order they were said.
    """
    taken: dict[int, str] = {}
    for index in order:
        if words <= 0:
            break
        kept = texts[index].split()[:words]
        taken[index] = " ".join(kept)
        words -= len(kept)
    return " ".join(text for _, text in sorted(taken.items()))


def _boundaries(meetings: Sequence[Embedded]) -> dict[str, Figures]:
    found: dict[str, list[list[float]]] = {}
    for each in meetings:
        ours = segment(each.by_turn)
        tiling = baselines.TextTiling(each.meeting.turns)
        turns, right = len(each.meeting.turns), len(each.meeting.boundaries) + 1
        ways = {
            "Atelier": ours,
            "TextTiling": tiling.boundaries(),
            "TextTiling, as many segments as Atelier": tiling.deepest(len(ours) + 1),
            "even, as many as Atelier": baselines.even(turns, len(ours) + 1),
            "even, as many as people found": baselines.even(turns, right),
            "one segment": [],
        }
        for name, places in ways.items():
            scores = against(places, each.meeting.boundaries, turns)
            found.setdefault(name, []).append([len(places) + 1, *scores])
    return dict(found)


def against(places: Sequence[int], right: Sequence[int], turns: int) -> tuple[float, float]:
    """Pk and WindowDiff of boundaries.

    Args:
        places: The turns before which a segment begins.
        right: Those that people found.
        turns: How many there are.
    """
    window = max(2, round(turns / (2 * (len(right) + 1))))
    reference, ours = _marks(right, turns), _marks(places, turns)
    return float(pk(reference, ours, window)), float(windowdiff(reference, ours, window))


def _marks(places: Sequence[int], turns: int) -> str:
    marked = set(places)
    return "".join("1" if turn in marked else "0" for turn in range(1, turns))


def _table(columns: Sequence[str], figures: Mapping[str, Figures], half: int) -> str:
    count = len(next(iter(figures.values())))
    heads = [*(f"{name}, all {count}" for name in columns), *(f"{name}, last {count - half}" for name in columns)]
    lines = [f"| | {' | '.join(heads)} |", f"| --- |{' --: |' * len(heads)}"]
    for name, rows in figures.items():
        means = [fmean(column) for part in (rows, rows[half:]) for column in zip(*part, strict=True)]
        lines.append(f"| {name} | {' | '.join(f'{mean:.3f}' if mean < 1 else f'{mean:.1f}' for mean in means)} |")
    return "\n".join(lines)
