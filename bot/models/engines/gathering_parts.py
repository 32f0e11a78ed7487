"""What waits to be worked on in common batches, and which of it goes into the next one."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeAlias, TypeVar

from bot.errors import UserError
from bot.models.engines.crowd_line import Job

M = TypeVar("M")
V = TypeVar("V")
R = TypeVar("R")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Part(Generic[V]):
    """What the model reads as one text.

    Attributes:
        value: What the model is handed.
        length: Its tokens.
        kind: A batch has parts of one kind.
    """

    value: V
    length: int
    kind: Hashable = None


Asked: TypeAlias = Callable[[M], tuple[Sequence[Part[V]], Callable[[Sequence[R]], T]]]
"""Says of what parts something consists that is asked of a model, and what makes the answer of their results."""

Gone: TypeAlias = Callable[[], Sequence[bool]]
"""Tells of each text of a batch whether nobody waits for it any more; asked between the steps of the model."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """How large batches are.

    Attributes:
        tokens: The most in a batch, padding included; a longer text goes alone.
        texts: The most texts in a batch.
        padding: The most tokens of padding in a batch; beyond, one batch more costs less.
        pool: How many texts a batch is chosen from.
    """

    tokens: int
    texts: int
    padding: int
    pool: int


@dataclass(eq=False, kw_only=True)
class Texts(Job, Generic[M, V, R]):
    """What was asked for at once.

    Attributes:
        prepare: Says what its parts are, and what makes the answer of their results.
        parts: None before its first turn.
        finish: Makes the answer of the results.
        left: Places of the parts that have not come into the pool, the longest last.
        results: By place.
    """

    prepare: Asked[M, V, R, object]
    parts: Sequence[Part[V]] | None = field(init=False, default=None)
    finish: Callable[[Sequence[R]], object] = field(init=False, default=list)
    left: list[int] = field(init=False, default_factory=list)
    results: dict[int, R] = field(init=False, default_factory=dict)

    @property
    def complete(self) -> bool:
        """Whether every part has its result."""
        return self.parts is not None and len(self.results) == len(self.parts)


@dataclass(frozen=True, slots=True, eq=False)
class Pooled(Generic[M, V, R]):
    """A part that can go into a batch.

    Attributes:
        job: What it is a part of.
        place: Which part.
        part: It.
    """

    job: Texts[M, V, R]
    place: int
    part: Part[V]


def too_little() -> UserError:
    """What is said when the memory did not suffice for a single text."""
    return UserError("There is not enough memory for that; ask for less, or again later.")


def refused(name: str) -> UserError:
    """What is said when the model can do other things, but not that.

    Args:
        name: What people call it.
    """
    return UserError(f"The model {name} cannot work on that; ask for something else.")


def choose(pool: Sequence[Part[V]], bounds: Bounds) -> list[int]:
    """The places of the parts that go into the next batch: the first, and those that are nearest to it in length.

    Args:
        pool: Not empty; in the order in which they came.
        bounds: How large the batch is at most.
    """
    first = pool[0]
    alike = [place for place in range(1, len(pool)) if pool[place].kind == first.kind]
    alike.sort(key=lambda place: abs(pool[place].length - first.length))
    chosen, longest, sum_ = [0], first.length, first.length
    for place in alike:
        longest = max(longest, pool[place].length)
        sum_ += pool[place].length
        whole = longest * (len(chosen) + 1)
        if len(chosen) == bounds.texts or whole > bounds.tokens or whole - sum_ > bounds.padding:
            break
        chosen.append(place)
    return chosen
