"""Ways to summarize and to divide a transcript that ours are measured against."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import accumulate
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sumy.summarizers._summarizer import AbstractSummarizer, SentenceInfo

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")


class Words:
    """Divides a sentence into words for sumy, whose own way needs files that do not come with it."""

    def to_words(self, sentence: str) -> tuple[str, ...]:
        """The words of a sentence."""
        return tuple(_WORD.findall(sentence))


def lead(sentences: Sequence[str]) -> list[int]:
    """As they come."""
    return list(range(len(sentences)))


def longest(sentences: Sequence[str]) -> list[int]:
    """Those with most words first."""
    return sorted(range(len(sentences)), key=lambda index: -len(sentences[index].split()))


def lex_rank(sentences: Sequence[str]) -> list[int]:
    """By LexRank, as sumy has it."""
    from sumy.summarizers.lex_rank import LexRankSummarizer

    return _ranked(LexRankSummarizer, sentences)


def text_rank(sentences: Sequence[str]) -> list[int]:
    """By TextRank, as sumy has it."""
    from sumy.summarizers.text_rank import TextRankSummarizer

    return _ranked(TextRankSummarizer, sentences)


def _ranked(kind: type[AbstractSummarizer], sentences: Sequence[str]) -> list[int]:
    from sumy.models.dom import ObjectDocumentModel, Paragraph, Sentence
    from sumy.nlp.stemmers import Stemmer
    from sumy.utils import get_stop_words

    document = ObjectDocumentModel([Paragraph([Sentence(text, Words()) for text in sentences])])
    summarizer = kind(Stemmer("english"))
    summarizer.stop_words = get_stop_words("english")
    order: list[int] = []

    def all_of_them(infos: Sequence[SentenceInfo]) -> Sequence[SentenceInfo]:
        order.extend(info.order for info in infos)
        return infos

    summarizer(document, all_of_them)
    return order


def even(turns: int, segments: int) -> list[int]:
    """Where as many segments of equal length begin."""
    return sorted({round(number * turns / segments) for number in range(1, segments)} - {0, turns})


class TextTiling:
    """TextTiling (Hearst, 1997), as nltk has it: what it found in a transcript.

    Args:
        turns: What was said.
    """

    def __init__(self, turns: Sequence[str]) -> None:
        from nltk.tokenize.texttiling import TextTilingTokenizer
        from sumy.utils import get_stop_words

        tiling = TextTilingTokenizer(stopwords=get_stop_words("english"), demo_mode=True)
        _, _, self._depths, self._found = tiling.tokenize("\n\n".join(turns))
        self._every: int = tiling.w
        # Where each turn begins, in words as it counts them.
        counts = [len(re.findall(r"\w+", re.sub(r"[^a-z\-' ]", "", turn.lower()))) for turn in turns]
        self._starts = list(accumulate(counts, initial=0))[:-1]

    def boundaries(self) -> list[int]:
        """The turns nearest to the boundaries that it finds."""
        return self._turns(gap for gap, found in enumerate(self._found) if found)

    def deepest(self, segments: int) -> list[int]:
        """The same for as many segments, where the valleys are deepest; as far from each other as it wants them."""
        chosen: list[int] = []
        for gap in sorted(range(len(self._depths)), key=lambda gap: -self._depths[gap]):
            if len(chosen) + 1 < segments and all(abs(gap - other) >= 4 for other in chosen):
                chosen.append(gap)
        return self._turns(chosen)

    def _turns(self, gaps: Iterable[int]) -> list[int]:
        turns = range(1, len(self._starts))
        places = [(gap + 1) * self._every for gap in gaps]
        return sorted({min(turns, key=lambda turn: abs(self._starts[turn] - place)) for place in places})
