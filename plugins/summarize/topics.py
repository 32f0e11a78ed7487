"""What a digest is made of: topics, and what is told of each, with the messages that it rests on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from bot import Message


class Kind(StrEnum):
    """What a statement tells; in the order in which it is told of a topic."""

    DECISION = "decision"
    POINT = "point"
    DISAGREEMENT = "disagreement"
    ACTION = "action"
    QUESTION = "question"
    LINK = "link"


@dataclass(frozen=True, slots=True)
class Statement:
    """Something that a digest tells.

    Attributes:
        text: Markdown on one line; for a quotation, the words without their emphasis.
        sources: The messages it rests on, at least one.
        kind: What it tells.
        who: Who does what is to be done, by the name they go by here; None where nobody is named.
        due: Until when, in the words of the message; None where it names no date.
        quote: Words that stand in the first source as they are; None for what a language model wrote.
    """

    text: str
    sources: tuple[Message, ...]
    kind: Kind
    who: str | None = None
    due: str | None = None
    quote: str | None = None


def in_order(statements: Iterable[Statement]) -> tuple[Statement, ...]:
    """The statements of a topic in the order they are told."""
    order = list(Kind)
    return tuple(sorted(statements, key=lambda statement: order.index(statement.kind)))


@dataclass(frozen=True, slots=True)
class Topic:
    """What was talked about, and what came of it.

    Attributes:
        headline: A few words.
        headline_sources: The messages that the headline is drawn from; empty for a neutral one.
        messages: All messages of it, in order.
        statements: What is told of it, in the order it is told.
        weight: How much it matters; the larger the earlier it is told.
    """

    headline: str
    headline_sources: tuple[Message, ...]
    messages: tuple[Message, ...]
    statements: tuple[Statement, ...]
    weight: float
