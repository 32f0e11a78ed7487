"""Finds the sentences that stand for a whole text, by meaning alone.

Sentences are nodes of a graph whose edges are the likeness of their meaning. Those that much of the text resembles are
central: LexRank (Erkan and Radev, "LexRank: Graph-based Lexical Centrality as Salience in Text Summarization", JAIR 22,
2004), here on embeddings instead of word counts, and with the walk restarting more often at sentences that look like a
decision, a task or a problem (as in "Biased LexRank", Otterbacher, Erkan and Radev, 2009). Of the central ones a
diverse set is taken by maximal marginal relevance (Carbonell and Goldstein, SIGIR 1998).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vector: TypeAlias = NDArray[np.float32]
    Matrix: TypeAlias = NDArray[np.float32]

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

DAMPING = 0.6
"""How often the walk follows an edge instead of restarting at what matters."""

LIKENESS = 0.15
"""Cosines below this join unrelated sentences; they are no edges."""


def likeness(vectors: Matrix, others: Matrix) -> Matrix:
    """The cosine of each vector with each other; all of unit length."""
    return vectors @ others.T


def centrality(similar: Matrix, weights: Vector, damping: float = DAMPING, rounds: int = 200) -> Vector:
    """How much of the text each sentence stands for; sums to 1.

    Args:
        similar: Cosines between the sentences.
        weights: Where the walk restarts: larger for what matters by itself. All positive.
        damping: How often it follows an edge instead.
        rounds: The most steps of the power iteration.
    """
    import numpy as np

    edges = np.where(similar >= LIKENESS, similar, 0).astype(np.float32)
    np.fill_diagonal(edges, 0)
    restart = (weights / weights.sum()).astype(np.float32)
    totals = edges.sum(axis=1, keepdims=True)
    # A sentence that resembles no other sends the walk to a restart.
    steps = np.where(totals > 0, edges / np.where(totals > 0, totals, 1), restart[None, :])
    score = restart
    for _ in range(rounds):
        following = (1 - damping) * restart + damping * (score @ steps)
        done = float(np.abs(following - score).sum()) < 1e-6
        score = following
        if done:
            break
    result: Vector = score
    return result


def weigh(vectors: Matrix, fullness: Vector, matters: Matrix, small_talk: Matrix) -> Vector:
    """Where the walk restarts: at sentences that look like what matters, and not at small talk or scraps.

    Args:
        vectors: The sentences.
        fullness: How well each can stand alone.
        matters: Embeddings of `MATTERS`.
        small_talk: Embeddings of `SMALL_TALK`.
    """
    import numpy as np

    pull = likeness(vectors, matters).max(axis=1) - 0.8 * likeness(vectors, small_talk).max(axis=1)
    # Later words replace earlier ones, but only a little: the order of a conversation is not its weight.
    recency = np.linspace(0.9, 1.1, len(vectors))
    weights: Vector = (np.exp(4 * pull) * fullness * recency).astype(np.float32)
    return weights


def repetition(similar: Matrix, places: Vector, count: int) -> Matrix:
    """How far each sentence would repeat each other: in meaning, and by standing beside it."""
    import numpy as np

    repeated: Matrix = 0.9 * np.maximum(similar, 0) + 0.4 * closeness(places, count)
    return repeated


def closeness(places: Vector, count: int) -> Matrix:
    """How near to each other sentences stand, from 0 to 1: what is said in one go is mostly about one thing.

    Args:
        places: Which message or paragraph each is from, ascending.
        count: How many will be chosen; evenly spread, their distance is what counts as near.
    """
    import numpy as np

    span = max(float(places[-1] - places[0]) + 1, 1.0) / max(count, 1)
    near: Matrix = np.exp(-(((places[:, None] - places[None, :]) / span) ** 2)).astype(np.float32)
    return near


def diverse(repeats: Matrix, scores: Vector, count: int, trade: float = 0.55) -> list[int]:
    """The best `count` sentences that do not say the same, in their order in the text.

    Args:
        repeats: How far each sentence would repeat each other.
        scores: How much each stands for.
        count: How many to take.
        trade: 1 takes the best whatever they repeat, 0 the most different.
    """
    import numpy as np

    if not len(scores):
        return []
    relevance = scores / max(float(scores.max()), 1e-12)
    chosen: list[int] = []
    repeated = np.zeros(len(scores), dtype=np.float32)
    open_ = np.ones(len(scores), dtype=bool)
    while len(chosen) < min(count, len(scores)):
        gain = np.where(open_, trade * relevance - (1 - trade) * repeated, -np.inf)
        best = int(gain.argmax())
        chosen.append(best)
        open_[best] = False
        repeated = np.maximum(repeated, repeats[best])
    return sorted(chosen)
