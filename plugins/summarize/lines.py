"""Statements as lines of a summary, each with who said it and when."""

from __future__ import annotations

from collections.abc import Sequence

from bot import Message, attributed, unmarked

from .sentences import shorten
from .topics import Kind, Statement
from .wording import Reader, address, link

QUOTED = 240
"""Characters of a statement."""


class Lines:
    """Writes statements down, each with who said it and when.

    Args:
        reader: Who reads them.
        messages: Over how many days they go decides whether days are told.
    """

    def __init__(self, reader: Reader, messages: Sequence[Message]) -> None:
        self.reader = reader
        self._days = len({message.sent.astimezone(reader.zone).date() for message in messages}) > 1

    def time(self, message: Message) -> str:
        """When it was sent, as a link where there is one."""
        when = self.reader.time(message.sent, day=self._days)
        return f"[{when}]({message.link})" if message.link else when

    def by(self, message: Message) -> str:
        """Who said it, and when."""
        return attributed(message, self.reader.time(message.sent, day=self._days))

    def line(self, statement: Statement, *, timed: bool = True) -> str:
        """A statement: a quotation behind its author, what a model wrote before its messages."""
        first = statement.sources[0]
        if statement.kind is Kind.LINK:
            return f"{_link(statement)} ({self.by(first) if timed else unmarked(first.author_name)})"
        text = shorten(statement.text, QUOTED)
        if text.count("`") % 2:
            text = text.replace("`", "")
        if statement.kind is Kind.ACTION:
            text = _task(statement, text)
        if statement.quote is not None:
            by = self.by(first) if timed else f"**{unmarked(first.author_name)}**"
            if statement.kind is Kind.DISAGREEMENT and len(statement.sources) > 1:
                other = statement.sources[1]
                by = f"{by} to {unmarked(other.author_name)} {self.time(other)}"
            return f"{by} — {text}"
        return f"{text} ({', '.join(map(self.by, statement.sources))})" if timed else text


def _task(statement: Statement, text: str) -> str:
    """Who does it and until when, where the words do not say so themselves."""
    author = " ".join(statement.sources[0].author_name.split())
    if statement.who and statement.who not in text and (statement.quote is None or statement.who != author):
        text = f"**{unmarked(statement.who)}**: {text}"
    if statement.due and statement.due not in text:
        text = f"{text.rstrip('.')} (due {unmarked(statement.due)})"
    return text


def _link(statement: Statement) -> str:
    target = statement.quote or statement.text
    label = statement.text if statement.text and statement.text != target else address(target)
    return link(unmarked(shorten(label, 80)), target)
