"""Finds an option's value in a request: a linear tagger that learns from a command's phrases.

An averaged perceptron with Viterbi decoding (Collins, 2002): each word is part of one option's value or of none, by
itself, its neighbours and what the word before it is part of. A command has some dozen phrases; that is learned in a
fraction of a second, and comes out the same each time.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from bot import Phrase

from .routing_words import Word, words

ROUNDS = 12
"""How often the phrases are gone through at most."""

LONGEST = 60
"""Words that are looked at; a value that goes on behind them is the rest of the request."""

GAP = 2
"""Words within a value that were taken for none of it."""

OUTSIDE = ""
"""The tag of a word that is part of no value."""

Weights: TypeAlias = dict[tuple[str, str], float]
"""What speaks for a tag, by feature and tag."""


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of a request that is an option's value.

    Attributes:
        option: The option's name.
        start: Where it begins.
        end: Where it ends.
    """

    option: str
    start: int
    end: int


class Carriers:
    """How often a word stands beside values, and how often in them: `please` is hardly part of one.

    Args:
        phrases: Of every command.
    """

    def __init__(self, phrases: Iterable[Phrase]) -> None:
        self._outside: Counter[str] = Counter()
        self._inside: Counter[str] = Counter()
        for phrase in phrases:
            for word, tag in _tagged(phrase):
                (self._inside if tag else self._outside)[word.key] += 1

    def of(self, word: Word, tag: str | None = None) -> str:
        """Whether a word is `new`, or mostly `out` of values, `in` them or `both`.

        Args:
            word: The word.
            tag: What it is in the phrase that is learned from, which then does not count: most words are new.
        """
        outside = self._outside[word.key] - (tag == OUTSIDE)
        inside = self._inside[word.key] - (tag not in (None, OUTSIDE))
        if outside + inside == 0:
            return "new"
        share = outside / (outside + inside)
        return "out" if share > 0.75 else "in" if share < 0.25 else "both"


class Tagger:
    """What was learned from a command's phrases.

    Args:
        phrases: The command's.
        carriers: What is known of words by the phrases of all commands.
    """

    def __init__(self, phrases: Sequence[Phrase], carriers: Carriers) -> None:
        self._carriers = carriers
        self._tags = sorted({slot.option for phrase in phrases for slot in phrase.slots} | {OUTSIDE})
        self._weights: Weights = defaultdict(float)
        if len(self._tags) > 1:
            self._learn([list(_tagged(phrase)) for phrase in phrases])

    @property
    def options(self) -> frozenset[str]:
        """The options whose values it knows to find."""
        return frozenset(self._tags) - {OUTSIDE}

    def spans(self, text: str) -> list[Span]:
        """The values in a request; the longest stretch of each option."""
        every = words(text)
        found = every[:LONGEST]
        if not found or len(self._tags) == 1:
            return []
        runs: list[tuple[str, int, int]] = []
        for place, tag in enumerate(self._best(found, [self._carriers.of(word) for word in found])):
            if tag == OUTSIDE:
                continue
            # A short word such as `and` may stand beside values elsewhere, and be part of this one.
            if runs and runs[-1][0] == tag and place - runs[-1][2] <= GAP + 1:
                runs[-1] = tag, runs[-1][1], place
            else:
                runs.append((tag, place, place))
        best: dict[str, Span] = {}
        for tag, first, last in runs:
            goes_on = len(every) > LONGEST and last + GAP + 1 >= len(found)
            end = every[-1] if goes_on else found[last]
            span = Span(tag, found[first].start, end.end)
            if tag not in best or span.end - span.start > best[tag].end - best[tag].start:
                best[tag] = span
        return sorted(best.values(), key=lambda span: span.start)

    def _learn(self, phrases: Sequence[Sequence[tuple[Word, str]]]) -> None:
        total: Weights = defaultdict(float)
        steps = 0
        for _ in range(ROUNDS):
            wrong = 0
            for phrase in phrases:
                found = [word for word, _ in phrase]
                right = [tag for _, tag in phrase]
                shares = [self._carriers.of(word, tag) for word, tag in phrase]
                guess = self._best(found, shares)
                steps += 1
                if guess == right:
                    continue
                wrong += 1
                for change, tags in ((1.0, right), (-1.0, guess)):
                    for place in range(len(found)):
                        for feature in _features(found, shares, place, tags[place - 1] if place else "^"):
                            self._weights[feature, tags[place]] += change
                            # Added where it changes, so that the mean over all steps is known at the end.
                            total[feature, tags[place]] += change * steps
            if not wrong:
                break
        for key, weight in list(self._weights.items()):
            self._weights[key] = weight - total[key] / (steps + 1)

    def _best(self, found: Sequence[Word], shares: Sequence[str]) -> list[str]:
        """The tags that together score highest."""
        before: dict[str, tuple[float, list[str]]] = {"^": (0.0, [])}
        for place in range(len(found)):
            now: dict[str, tuple[float, list[str]]] = {}
            for last, (score, path) in before.items():
                speaking = _features(found, shares, place, last)
                for tag in self._tags:
                    value = score + sum(self._weights.get((feature, tag), 0.0) for feature in speaking)
                    if tag not in now or value > now[tag][0]:
                        now[tag] = value, [*path, tag]
            before = now
        return max(before.values(), key=lambda each: each[0])[1]


def _features(found: Sequence[Word], shares: Sequence[str], place: int, last: str) -> list[str]:
    """What may speak for a word's tag, given the one before it."""
    word, share = found[place], shares[place]
    before = found[place - 1].key if place else "^"
    after = found[place + 1].key if place + 1 < len(found) else "$"
    # What a number is of may stand some words behind it: `5 requests per day`.
    soon = found[place + 1 : place + 5] if word.kind == "number" else ()
    return [
        *(f"soon {other.key}" for other in soon),
        f"word {word.key}",
        f"kind {word.kind}",
        f"carrier {share}",
        f"before {before}",
        f"after {after}",
        f"last {last}",
        f"last {last} before {before}",
        f"last {last} word {word.key}",
        f"last {last} kind {word.kind}",
        f"last {last} carrier {share}",
        f"word {word.key} after {after}",
    ]


def _tagged(phrase: Phrase) -> Iterable[tuple[Word, str]]:
    for word in words(phrase.text):
        # A value in quotes, or between the colons of an emoji, is one word with them.
        marks = 1 if word.kind in ("quote", "emoji") else 0
        inside = (
            slot.option for slot in phrase.slots if slot.start - marks <= word.start and word.end - marks <= slot.end
        )
        yield word, next(inside, OUTSIDE)
