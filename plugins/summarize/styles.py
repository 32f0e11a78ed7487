"""The styles of a summary: the same topics as bullets, minutes, decisions, in the order of time, or for a newcomer."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import TypeAlias

from bot import Cited, Length, Message, UserError, count, unmarked

from .lines import Lines
from .topics import Kind, Statement, Topic
from .wording import POINTS, Reader, speakers

NAMED = 12
"""People who are named as taking part."""

MOST = 40
"""Statements of one list."""


class Style(StrEnum):
    """What shape a summary has."""

    BULLETS = "bullets"
    MINUTES = "minutes"
    DECISIONS = "decisions"
    TIMELINE = "timeline"
    NEWCOMER = "newcomer"


FORMS: Mapping[Style, str] = MappingProxyType(
    {
        Style.MINUTES: "minutes, in about {words} words: who took part, as far as that is said; the topics with their "
        "main points; the decisions; the tasks with owner and date as stated; what is open. Leave out a heading that "
        "nothing stands under",
        Style.DECISIONS: "two lists, in at most {words} words: the decisions, and the tasks with owner and date as "
        "stated. Give nothing else; where there are none, say so in one line",
        Style.TIMELINE: "a list in the order of time, in about {words} words, in which each entry begins with the time "
        "or date that the material gives; where it gives none, say so in one line",
        Style.NEWCOMER: "an introduction for somebody who is new to it, in about {words} words: first the background, "
        "then where things stand, what is open and who does what, then the links in it",
    }
)
"""What a language model is told to make of a text."""

_TITLES = {
    Style.MINUTES: "minutes",
    Style.DECISIONS: "decisions and tasks",
    Style.TIMELINE: "in the order of time",
    Style.NEWCOMER: "for a newcomer",
}
_SECTIONS: tuple[tuple[str, Kind], ...] = (
    ("Decisions", Kind.DECISION),
    ("To do", Kind.ACTION),
    ("Open questions", Kind.QUESTION),
)

Piece: TypeAlias = str | Cited


@dataclass(frozen=True, slots=True)
class Account:
    """What is told of a conversation.

    Attributes:
        what: What it is of: how much was said by how many people, and since when.
        messages: All that was said, at least one message.
        topics: Those that matter most first.
        closing: Markdown below it; empty for nothing.
    """

    what: str
    messages: Sequence[Message]
    topics: Sequence[Topic]
    closing: str = ""


def tell(account: Account, style: Style, reader: Reader, *, plain: bool = False) -> Iterator[Piece]:
    """A conversation told in a style, piece by piece; each piece names the messages that it rests on.

    Args:
        account: What is told.
        style: In which style.
        reader: Who reads it.
        plain: Whether bullets are told without a list.
    """
    lines = Lines(reader, account.messages)
    if style is Style.BULLETS:
        yield f"{reader.opening(account.what, timed=True)}\n\n"
    else:
        yield f"{account.what} — {_TITLES[style]} (times in {reader.zone_name}):\n\n"
    tellers: Mapping[Style, Callable[[], Iterator[Piece]]] = {
        Style.BULLETS: lambda: _bullets(account.topics, lines, plain=plain),
        Style.MINUTES: lambda: _minutes(account, lines),
        Style.DECISIONS: lambda: _decisions(account.topics, lines),
        Style.TIMELINE: lambda: _timeline(account.topics, lines),
        Style.NEWCOMER: lambda: _newcomer(account, lines),
    }
    yield from tellers[style]()
    if account.closing and (style is not Style.DECISIONS or _settled(account.topics)):
        yield f"\n{account.closing}"


def in_own_words_only(style: Style) -> UserError:
    """Says that a text is told in a style by a language model alone."""
    name = {Style.NEWCOMER: "An introduction for a newcomer", Style.DECISIONS: "A list of decisions"}
    return UserError(
        f"{name.get(style, f'A text as {style.value}')} needs a language model (`/models` shows how to add one); "
        "without one there is `style:bullets`."
    )


def _bullets(topics: Sequence[Topic], lines: Lines, *, plain: bool) -> Iterator[Piece]:
    told = _shared(topics, lines.reader.length)
    for number, (topic, statements) in enumerate(told):
        yield "\n" if number else ""
        if len(told) > 1:
            yield from _headline(topic)
        for statement in statements:
            line = lines.line(statement)
            yield Cited(f"{line}{'' if line.endswith('.') else '.'} " if plain else f"- {line}\n", statement.sources)
        yield "\n" if plain else ""


def _minutes(account: Account, lines: Lines) -> Iterator[Piece]:
    yield "**Took part:** "
    yield from _people(account.messages)
    yield "\n"
    for topic, statements in _shared(account.topics, lines.reader.length, {Kind.POINT, Kind.DISAGREEMENT}, factor=2):
        yield "\n"
        yield from _headline(topic)
        yield from _listed(statements, lines)
    for title, kind in _SECTIONS:
        if kind is Kind.QUESTION and not _of(account.topics, kind):
            continue
        yield from _section(title, _of(account.topics, kind), lines, "none that I can find")


def _decisions(topics: Sequence[Topic], lines: Lines) -> Iterator[Piece]:
    if not _settled(topics):
        yield "I can find nothing that was decided, and nobody who was given or took something to do.\n"
        return
    yield from _section("Decided", _of(topics, Kind.DECISION), lines, "nothing that I can find", first=True)
    yield from _section("To do", _of(topics, Kind.ACTION), lines, "nothing that I can find")


def _settled(topics: Sequence[Topic]) -> bool:
    return any(statement.kind in {Kind.DECISION, Kind.ACTION} for topic in topics for statement in topic.statements)


def _timeline(topics: Sequence[Topic], lines: Lines) -> Iterator[Piece]:
    told = [statement for _, statements in _shared(topics, lines.reader.length, factor=2) for statement in statements]
    for statement in sorted(told, key=lambda each: _when(each).sent):
        yield Cited(f"- {lines.time(_when(statement))} — {lines.line(statement, timed=False)}\n", statement.sources)


def _when(statement: Statement) -> Message:
    """The message at whose time it is told: the one that is quoted, or the first one that a model read."""
    quoted = statement.quote is not None
    return statement.sources[0] if quoted else min(statement.sources, key=lambda message: message.sent)


def _newcomer(account: Account, lines: Lines) -> Iterator[Piece]:
    yield "**What it is about:** "
    for number, topic in enumerate(account.topics[: POINTS[lines.reader.length]]):
        yield " · " if number else ""
        yield _named(topic)
    yield "\n**Who talks here:** "
    yield from _people(account.messages)
    yield "\n"
    background = _shared(account.topics, lines.reader.length, {Kind.POINT, Kind.DISAGREEMENT})
    yield from _section("Background", [each for _, told in background for each in told], lines, "")
    for title, kind in (
        ("Settled so far", Kind.DECISION),
        ("Still open", Kind.QUESTION),
        ("Who does what", Kind.ACTION),
    ):
        yield from _section(title, _of(account.topics, kind), lines, "")
    yield from _section("Links", _of(account.topics, Kind.LINK), lines, "")


def _section(
    title: str, statements: Sequence[Statement], lines: Lines, otherwise: str, *, first: bool = False
) -> Iterator[Piece]:
    """A heading with what stands below it, or beside it that there is nothing; nothing at all where that is empty."""
    if not statements and not otherwise:
        return
    yield ("" if first else "\n") + (f"**{title}**\n" if statements else f"**{title}:** {otherwise}\n")
    yield from _listed(statements[:MOST], lines)


def _listed(statements: Sequence[Statement], lines: Lines) -> Iterator[Piece]:
    for statement in statements:
        yield Cited(f"- {lines.line(statement)}\n", statement.sources)


def _headline(topic: Topic) -> Iterator[Piece]:
    yield "**"
    yield _named(topic)
    yield "**\n"


def _named(topic: Topic) -> Piece:
    headline = unmarked(topic.headline)
    return Cited(headline, topic.headline_sources, "a topic") if topic.headline_sources else headline


def _people(messages: Sequence[Message]) -> Iterator[Piece]:
    spoke = speakers(messages)
    for number, message in enumerate(spoke[:NAMED]):
        yield ", " if number else ""
        yield Cited(unmarked(message.author_name), (message,), "somebody")
    if len(spoke) > NAMED:
        yield f" and {count(len(spoke) - NAMED, 'other')}"


def _shared(
    topics: Sequence[Topic], length: Length, kinds: set[Kind] | None = None, factor: int = 1
) -> list[tuple[Topic, list[Statement]]]:
    """The topics that are told, and of each as many statements as there is room for, in the order of time."""
    room = POINTS[length] * factor
    waiting = {
        place: [each for each in topic.statements if kinds is None or each.kind in kinds]
        for place, topic in enumerate(topics[: POINTS[length]])
    }
    taken: dict[int, list[Statement]] = {place: [] for place in waiting}
    # One of each topic in turn: none takes all the room.
    while room > 0 and any(waiting.values()):
        for place, left in waiting.items():
            if left and room > 0:
                taken[place].append(left.pop(0))
                room -= 1
    told = [
        (topics[place], [each for each in topics[place].statements if each in found]) for place, found in taken.items()
    ]
    return sorted(((topic, found) for topic, found in told if found), key=lambda each: _start(each[0]))


def _start(topic: Topic) -> datetime:
    return topic.messages[0].sent


def _of(topics: Sequence[Topic], kind: Kind) -> list[Statement]:
    found = [statement for topic in topics for statement in topic.statements if statement.kind is kind]
    return sorted(found, key=lambda statement: statement.sources[0].sent)
