"""What a server knows beside its conversations: documents, pages and channels that somebody added."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from bot.body import Progress
from bot.documents import Document
from bot.values import ChannelRef


@dataclass(frozen=True, slots=True)
class Passage:
    """A stretch of a source that may answer a question.

    Attributes:
        text: Markdown.
        title: What the source is called.
        link: Where a person can open it.
        heading: What it is headed by; of a message, who wrote it.
        page: The number of the page, from 1.
        score: How near it is to the question in meaning: a cosine, 0 where that is not known yet.
        source_id: Which source it is of.
    """

    text: str
    title: str
    link: str | None = None
    heading: str | None = None
    page: int | None = None
    score: float = 0.0
    source_id: str = ""


class Knowledge(Protocol):
    """What is known in the channel that the request came from."""

    async def search(self, question: str, limit: int = 6) -> Sequence[Passage]:
        """The passages that may answer a question, best first; only those that everyone in the channel may see.

        Args:
            question: In plain words.
            limit: How many at most.
        """


class SourceKind(StrEnum):
    """What was added."""

    FILE = "file"
    PAGE = "page"
    CHANNEL = "channel"


@dataclass(frozen=True, slots=True)
class Source:
    """A document, a page or a channel that is searched for answers.

    Attributes:
        id: To remove it by.
        kind: What it is.
        title: What it is called.
        origin: The file's name, the page's address or the channel's id.
        channel: The only channel that it is used in; None for the whole server, or the direct conversation.
        channel_name: As people call that.
        passages: How many it has.
        read: When it was read last, UTC.
    """

    id: str
    kind: SourceKind
    title: str
    origin: str
    channel: str | None
    channel_name: str | None
    passages: int
    read: datetime


@dataclass(frozen=True, slots=True)
class Added:
    """How a source was added.

    Attributes:
        source: As it is now.
        new: How many of its passages were not there before.
        again: Whether it took the place of what was read before.
    """

    source: Source
    new: int
    again: bool = False


class Library(Protocol):
    """Adds and removes what is known, for the server, the channel or the direct conversation of the request."""

    async def all(self, *, everywhere: bool = False) -> Sequence[Source]:
        """The sources that are used here, by title.

        Args:
            everywhere: For an admin, those of other channels of the server as well.
        """

    def add(self, document: Document, *, only_here: bool) -> AsyncIterator[Progress | Added]:
        """Add a document; one of the same name or address takes the place of the one before.

        It is there once all of it was read, and not before.

        Args:
            document: What was read.
            only_here: Whether it is used in this channel alone.

        Raises:
            UserError: There is no place for it.
        """

    def renew(self, source: Source, document: Document) -> AsyncIterator[Progress | Added]:
        """Take over how a document is now.

        Args:
            source: What it was; it stays where it is used.
            document: What it is now.

        Raises:
            UserError: There is no place for it.
        """

    def pin(self, channel: ChannelRef, *, shared: bool) -> AsyncIterator[Progress | Added]:
        """Add the messages that are kept of a channel, those of now and those to come.

        Args:
            channel: Which, of this server.
            shared: Whether they are used in the whole server, and not in that channel alone.

        Raises:
            UserError: No messages are kept there, or there is no place for them.
        """

    async def remove(self, source_id: str) -> Source | None:
        """Use a source no more; returns which it was. Within a day it can come back."""

    async def restore(self, source_id: str) -> Source | None:
        """Use a source again that was removed; returns which it is."""
