"""Finds the sentences that stand for a whole text.

Those are taken that together cover the most of it. What they cover is words, where what many sentences speak of counts
for more, as in SumBasic (Nenkova and Vanderwende, "The impact of frequency on summarization", 2005), and meaning, where
each sentence of the text wants one like it among those taken. Both grow by less the more is covered already, so that
what repeats others gives way, and taking the best one each time comes near to the best choice of all (Lin and Bilmes,
"A class of submodular functions for document summarization", ACL 2011). Sentences that look like a decision, a task or
a problem count for more, and small talk for less.
"""

from __future__ import annotations

import asyncio
import math
from collections import Counter
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from itertools import chain
from typing import TYPE_CHECKING, TypeAlias

from bot import Embeddings, vectors_of

from .cues import People, decided, task_in
from .sentences import Sentence, fullness, size_in_words
from .terms import personal, terms

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vector: TypeAlias = NDArray[np.float32]
    Matrix: TypeAlias = NDArray[np.float32]

NOBODY = People.of({})
"""Tasks are recognised here by what people say of themselves, and not by names."""

MATTERS = (
    "We decided to do it this way.",
    "Decision: it starts next month without this part.",
    "It was decided that the date is next Friday.",
    "I will take this task and finish it by tomorrow.",
    "These are the action items and who does them.",
    "Sam: finish the draft and the tests, by Monday.",
    "The deadline for this is the end of the week.",
    "The problem was caused by a bug, and it is fixed now.",
    "The service is down and does not answer.",
    "There is one open question that needs an answer.",
    "I tested it and here is the result.",
)
"""What people look for in a summary: decisions, tasks, dates, problems and their causes, open questions, results."""

SMALL_TALK = (
    "Good morning everyone!",
    "Thank you so much!",
    "That sounds good to me.",
    "Haha, that is funny.",
    "I agree with that.",
    "Sorry, I did not mean it.",
    "See you later, have a nice evening.",
    "No idea, I am looking at it.",
    "I am very proud and happy.",
    "I would like to talk about this with you today.",
    "We could do it this way or that way.",
)
"""What nobody misses in one: courtesies, and talk about what then follows."""

COVERED = 0.3
"""How much a word still counts once a sentence with it was taken."""

MEANING = 0.3
"""How much the meaning that is covered counts beside the words."""

SETTLED = 0.1
"""How much a decision or a dated task counts beside what it covers, for it counts though nobody else speaks of it."""

FEW = 40
"""Sentences below which a text has hardly an opening."""

SHORT = 14
"""Words below which a sentence is no better for being short; above, it has to say more to be as good."""


async def embedded(texts: Sequence[str], embeddings: Embeddings) -> Matrix:
    """What texts mean: a row of unit length for each."""
    return await asyncio.to_thread(_unit, await vectors_of(texts, embeddings))


def _unit(matrix: Matrix) -> Matrix:
    import numpy as np

    unit: Matrix = matrix / np.maximum(np.linalg.norm(matrix, axis=1, keepdims=True), 1e-9)
    return unit


def choose(
    sentences: Sequence[Sentence], vectors: Matrix, anchors: Matrix, count: int, words: int | None = None
) -> list[int]:
    """The sentences that stand for all of them, in order.

    Args:
        sentences: In the order they were said.
        vectors: A row of unit length for each.
        anchors: Those of `MATTERS`, then those of `SMALL_TALK`.
        count: How many to take at most.
        words: No more are taken once those taken have so many words.
    """
    return sorted(ranked(sentences, vectors, anchors, count, words))


def ranked(
    sentences: Sequence[Sentence], vectors: Matrix, anchors: Matrix, count: int, words: int | None = None
) -> list[int]:
    """The same, the best first."""
    import numpy as np

    texts = [sentence.text for sentence in sentences]
    split = len(MATTERS)
    return cover(
        likeness(vectors, vectors),
        mentions([terms(text) for text in texts]),
        np.asarray([settles(text) for text in texts], dtype=np.float32),
        weigh(pull(vectors, anchors[:split], anchors[split:]), texts),
        [size_in_words(text) for text in texts],
        count,
        words,
    )


def likeness(vectors: Matrix, others: Matrix) -> Matrix:
    """The cosine of each vector with each other; all of unit length."""
    return vectors @ others.T


def mentions(found: Sequence[AbstractSet[str]]) -> Matrix:
    """How much each sentence (row) says of each subject (column): the more sentences speak of it, the more.

    Args:
        found: The words of each that tell what it is about; only those that two sentences share make a subject.
    """
    import numpy as np

    counts = Counter(chain.from_iterable(found))
    places = {word: place for place, word in enumerate(sorted(word for word, times in counts.items() if times > 1))}
    shares = np.zeros((len(found), len(places)), dtype=np.float32)
    for row, words in zip(shares, found, strict=True):
        for word in words & places.keys():
            row[places[word]] = math.sqrt(counts[word])
    return shares / max(sum(math.sqrt(counts[word]) for word in places), 1.0)


def settles(sentence: str) -> bool:
    """Whether it tells a decision, or what somebody does until when."""
    if decided(sentence) is not None:
        return True
    task = task_in(sentence, "", NOBODY)
    return task is not None and task.due is not None


def pull(vectors: Matrix, matters: Matrix, small_talk: Matrix) -> Vector:
    """How much each sentence looks like what matters rather than like small talk, about 0 for most.

    Args:
        vectors: The sentences.
        matters: Embeddings of `MATTERS`.
        small_talk: Embeddings of `SMALL_TALK`.
    """
    looks: Vector = likeness(vectors, matters).max(axis=1) - 0.8 * likeness(vectors, small_talk).max(axis=1)
    return looks


def weigh(matter: Vector, texts: Sequence[str]) -> Vector:
    """How much what each sentence covers counts, from what it looks like.

    Args:
        matter: How much each looks like what matters.
        texts: Their words.
    """
    import numpy as np

    # What a text begins with says more often what it is about; in a short one, there is less to begin.
    opening = 1 + 0.5 * len(texts) / (len(texts) + FEW) * np.exp(-20 * np.linspace(0, 1, len(texts)))
    # What is said of oneself and each other is said to those who are there.
    told = np.asarray([personal(text) for text in texts])
    alone = np.asarray([fullness(text) for text in texts])
    weights: Vector = (np.exp(2 * matter - 3 * told) * alone * opening).astype(np.float32)
    return weights


def cover(
    similar: Matrix,
    said: Matrix,
    settled: Vector,
    weights: Vector,
    sizes: Sequence[int],
    count: int,
    words: int | None = None,
) -> list[int]:
    """The sentences that together cover the most, the best first.

    Args:
        similar: How alike the sentences are, each row and column one of them.
        said: How much each says of each subject.
        settled: 1 where a sentence tells a decision or a task, and 0 elsewhere.
        weights: How much what each covers counts; all positive.
        sizes: How many words each has.
        count: How many to take at most.
        words: No more are taken once those taken have so many words.
    """
    import numpy as np

    similar = np.maximum(similar, 0)
    worth = weights / np.maximum(np.asarray(sizes, dtype=np.float32), SHORT) ** 0.5
    left = np.ones(said.shape[1], dtype=np.float32)
    covered = np.zeros(len(similar), dtype=np.float32)

    def adds(one: int) -> float:
        meant = np.maximum(similar[one] - covered, 0).mean()
        return float(worth[one] * (SETTLED * settled[one] + said[one] @ left + MEANING * meant))

    # What a sentence adds only shrinks as others are taken: it is worked out anew only for who seems to be the best.
    gains = np.asarray([adds(one) for one in range(len(similar))])
    known = np.zeros(len(similar), dtype=np.intp)
    chosen: list[int] = []
    while len(chosen) < min(count, len(similar)) and (words is None or sum(sizes[one] for one in chosen) < words):
        best = int(gains.argmax())
        if known[best] < len(chosen):
            gains[best], known[best] = adds(best), len(chosen)
            continue
        chosen.append(best)
        gains[best] = -1
        left[said[best] > 0] *= COVERED
        covered = np.maximum(covered, similar[best])
    return chosen
