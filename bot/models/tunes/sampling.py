"""Writes tunes with the network: what comes next is drawn from what it says, among what the rules allow."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from bot.models.tunes.bars import fitted
from bot.models.tunes.notation import Bar, Part, Tune, bars_of, upbeat
from bot.models.tunes.place import Place
from bot.models.tunes.rules import Rules, parts_of
from bot.models.tunes.tokens import (
    BAR,
    END,
    FIRST_KEY,
    HEADING,
    HOLD,
    IDS,
    NAMES,
    PLAIN,
    REPEAT,
    REST,
    decode,
    heading,
)

TEMPERATURE = 0.9
"""Below 1 what is likely becomes likelier."""

NUCLEUS = 0.95
"""What is least likely is left out, down to this share of the probability."""


class Scorer(Protocol):
    """Says what comes next."""

    def __call__(self, token: int, place: Sequence[int], heading: Sequence[int]) -> NDArray[np.float64]:
        """Scores of every token after this one."""


def draw(
    scores: NDArray[np.float64], allowed: NDArray[np.bool_], chance: np.random.Generator,
    temperature: float = TEMPERATURE, nucleus: float = NUCLEUS,
) -> int:  # fmt: skip
    """One of the allowed tokens by chance, likely ones more often.

    Args:
        scores: Of every token.
        allowed: Which can be drawn; at least one.
        chance: The source of chance.
        temperature: Scores are divided by it.
        nucleus: Tokens are left out from the least likely on, down to this share of the probability.
    """
    choices = np.flatnonzero(allowed)
    if len(choices) == 1:
        return int(choices[0])
    weights = scores[choices] / temperature
    weights = np.exp(weights - weights.max())
    weights /= weights.sum()
    order = np.argsort(-weights, kind="stable")
    # The token that crosses the border still belongs.
    kept = order[np.cumsum(weights[order]) - weights[order] < nucleus]
    return int(chance.choice(choices[kept], p=weights[kept] / weights[kept].sum()))


@dataclass
class Writer:
    """Writes one tune token by token.

    Attributes:
        scorer: Says what comes next.
        rules: Say what may come next.
        chance: The source of chance.
        stopped: Is asked before each token.
        stop: Makes the error that is raised when it says yes.
        step: Is told the bars that are complete after each.
    """

    scorer: Scorer
    rules: Rules
    chance: np.random.Generator
    stopped: Callable[[], bool]
    stop: Callable[[], Exception]
    step: Callable[[int], None]

    def __post_init__(self) -> None:
        self.said: list[int] = []
        self.place = Place()
        self._scores: NDArray[np.float64] = np.zeros(len(NAMES))

    def put(self, token: int) -> None:
        """Write a token that is given."""
        if self.stopped():
            raise self.stop()
        before = self.place.done
        self.said.append(token)
        self.place.feed(token)
        # What is not said yet is not looked at.
        heading = (*self.said[:4], *(FIRST_KEY,) * (4 - len(self.said)))
        self._scores = self.scorer(token, self.place.features(), heading)
        if self.place.done != before:
            self.step(self.place.done)

    def choose(self, allowed: NDArray[np.bool_]) -> None:
        """Write one of the allowed tokens."""
        self.put(draw(self._scores, allowed, self.chance))

    def head(self) -> None:
        """Write the heading."""
        for place in range(HEADING):
            self.choose(self.rules.heading(place))

    def announce(self, melody: Tune) -> None:
        """Write the heading of a given melody, with the length that the rules want."""
        length = sum(self.rules.parts)
        for name in heading(melody, length):
            self.put(name)

    def bar(self, bar: Bar) -> None:
        """Write a bar's notes that are given."""
        for note in bar:
            if note.ticks != self.place.lasting:
                self.put(IDS[f"time {note.ticks}"])
            held = note.held and self.place.last != REST
            self.put(HOLD if held else REST if note.pitch is None else IDS[f"note {note.pitch}"])

    def open(self, part: Part, full: int) -> None:
        """Write a given part's beginning, up to its upbeat's bar line."""
        self.put(REPEAT if part.repeated else PLAIN)
        if ticks := upbeat(part, full):
            self.put(IDS[f"upbeat {ticks}"])
            self.bar(part.bars[0])
            self.put(BAR)

    def on(self) -> None:
        """Write one token of the tune's body."""
        self.choose(self.rules.next(self.place, self.said))

    def finish(self) -> Tune:
        """Write the rest.

        Returns:
            The tune.
        """
        while not self.said or self.said[-1] != END:
            self.on()
        return decode(self.said)


def compose(writer: Writer) -> Tune:
    """A new tune as the writer's rules want it."""
    writer.head()
    return writer.finish()


def go_on(writer: Writer, melody: Tune) -> Tune:
    """A tune that begins with `melody`, whose last part may be incomplete."""
    writer.announce(melody)
    for part, length in zip(melody.parts, writer.rules.parts, strict=False):
        writer.open(part, melody.full)
        rest = part.bars[1:] if upbeat(part, melody.full) else part.bars
        for number, bar in enumerate(rest, 1):
            # A part that is complete already leaves out of its last bar what its upbeat has.
            writer.bar(bar if number < length else fitted(bar, writer.place.goal))
            if number < length:
                writer.put(BAR)
        if len(rest) >= length:
            writer.on()
    return writer.finish()


def vary(writer: Writer, melody: Tune) -> Tune:
    """The melody with the inner bars of each phrase of four written anew."""
    writer.announce(melody)
    for part in melody.parts:
        writer.open(part, melody.full)
        rest = part.bars[1:] if upbeat(part, melody.full) else part.bars
        for number, bar in enumerate(rest):
            inner = number % 4 in (1, 2) and number != len(rest) - 1
            done = writer.place.done
            if inner:
                while writer.place.done == done:
                    writer.on()
            else:
                writer.bar(bar)
                writer.put(BAR) if number < len(rest) - 1 else writer.on()
    return writer.finish()


def lengths_for(melody: Tune, length: int, *, vary: bool) -> tuple[int, ...]:
    """Bars of each part of a tune that is made of `melody`.

    Args:
        melody: What is given.
        length: Bars that the whole shall have.
        vary: Whether the parts stay as they are; otherwise the last is completed, and parts of eight follow.
    """
    lengths = [bars_of(part, melody.full) for part in melody.parts]
    if vary:
        return tuple(lengths)
    lengths[-1] += -lengths[-1] % (8 if lengths[-1] > 4 else 4)
    missing = length - sum(lengths)
    return (*lengths, *(parts_of(missing) if missing >= 4 else ()))
