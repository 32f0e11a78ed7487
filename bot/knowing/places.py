"""What is known, as one request may search and change it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import replace
from pathlib import Path

from bot.body import Progress
from bot.config import Config
from bot.documents import Document, Part
from bot.errors import UserError
from bot.knowing.adding import Adding, cut_ready
from bot.knowing.finding import Finding, Means
from bot.knowing.index import Index
from bot.knowing.view import View
from bot.knowledge import Added, Passage, Source, SourceKind
from bot.request import ChannelKind, Request
from bot.store import urls
from bot.store.columns import clean
from bot.store.database import Database
from bot.store.knowledge import KnowledgeStore, Spec, Written
from bot.store.knowledge_messages import PinnedStore
from bot.store.knowledge_vectors import VectorStore
from bot.values import ChannelRef

FOLDER = Path("data/knowledge")
"""Where the index goes, if nobody says so and the store is on a server."""

_CLOSING = {ord(character): f"%{ord(character):02X}" for character in " ()<>"}

NOWHERE = "I am no member here, so I keep nothing for this place: write to me directly, or have me invited."


class Known:
    """All that is known, for everyone.

    Attributes:
        store: Where it is kept.
        index: What it means.
        adding: Adds to it.
        finding: Searches it.

    Args:
        database: The open database.
        config: The configuration.
        means: What tells meanings apart.
    """

    def __init__(self, database: Database, config: Config, means: Means) -> None:
        vectors = VectorStore(database)
        self.index = Index(vectors, folder(config))
        self.store = KnowledgeStore(database)
        pinned = PinnedStore(database, cut_ready)
        self.adding = Adding(self.store, pinned, vectors, self.index, means, config.knowledge)
        self.finding = Finding(self.store, self.index, means)


def folder(config: Config) -> Path:
    """Where the index of an installation goes."""
    file = urls.file_of(urls.parse(config.store.url))
    return config.knowledge.dir or (FOLDER if file is None else file.with_name(f"{file.name}.knowledge"))


class PlaceKnowledge:
    """What is known in the channel of one request.

    Args:
        known: All that is known.
        request: From where it is looked.
        admin: Whether the person may manage what the server knows.
        history: Whether messages of a channel of this server are kept.
    """

    def __init__(
        self, known: Known, request: Request, *, admin: bool, history: Callable[[str], Awaitable[bool]]
    ) -> None:
        self._known = known
        self._request = request
        self._view = View.of(request)
        self._admin = admin
        self._history = history

    async def search(self, question: str, limit: int = 6) -> Sequence[Passage]:
        """The passages that may answer a question, best first; only those that everyone in the channel may see."""
        return await self._known.finding.search(self._view, question, limit)

    async def all(self, *, everywhere: bool = False) -> Sequence[Source]:
        """The sources that are used here, by title."""
        return await self._known.store.sources(self._view, everywhere=everywhere and self._admin)

    async def add(self, document: Document, *, only_here: bool) -> AsyncIterator[Progress | Added]:
        """Add a document; one of the same name or address takes the place of the one before."""
        channel, shelf = self._request.channel, self._shelf()
        here = only_here and channel.server is not None
        link = _address(document.link)
        spec = Spec(
            shelf=shelf,
            platform=self._view.platform,
            channel=channel.id if here else None,
            kind=SourceKind.PAGE if link else SourceKind.FILE,
            origin=link or clean(document.name),
            account=self._view.account,
            channel_name=channel.name if here else None,
            title=_title(document),
            link=link,
        )
        async for step in self._told(self._known.adding.add(spec, await asyncio.to_thread(_parts, document))):
            yield step

    async def renew(self, source: Source, document: Document) -> AsyncIterator[Progress | Added]:
        """Take over how a document is now."""
        spec = Spec(
            shelf=self._shelf(),
            platform=self._view.platform,
            channel=source.channel,
            kind=source.kind,
            origin=source.origin,
            account=self._view.account,
            channel_name=source.channel_name,
            title=_title(document),
            link=_address(document.link),
        )
        async for step in self._told(self._known.adding.add(spec, await asyncio.to_thread(_parts, document))):
            yield step

    async def pin(self, channel: ChannelRef, *, shared: bool) -> AsyncIterator[Progress | Added]:
        """Add the messages that are kept of a channel, those of now and those to come."""
        shelf = self._shelf()
        if self._request.channel.kind is ChannelKind.DM:
            raise UserError("A channel is added in its own server; here, add a file or a page.")
        if not await self._history(channel.id):
            raise UserError(
                f"No messages are kept in #{channel.name}, so there is nothing to search; an admin can switch that on "
                "there, with `/settings history on:yes`."
            )
        spec = Spec(
            shelf=shelf,
            platform=self._view.platform,
            channel=None if shared else channel.id,
            kind=SourceKind.CHANNEL,
            origin=channel.id,
            account=None,
            channel_name=None if shared else channel.name,
            title=f"#{channel.name}",
        )
        async for step in self._told(self._known.adding.pin(spec)):
            yield step

    async def remove(self, source_id: str) -> Source | None:
        """Use a source no more; returns which it was."""
        if (source := await self._known.store.find(self._view, source_id)) is not None:
            await self._known.store.set_removed(source.id, self._known.store.db.clock())
        return source

    async def restore(self, source_id: str) -> Source | None:
        """Use a source again that was removed; returns which it is."""
        if (source := await self._known.store.find(self._view, source_id, removed=True)) is not None:
            await self._known.store.set_removed(source.id, None)
            self._known.adding.look_again()
        return source

    def _shelf(self) -> str:
        if self._view.shelf is None:
            raise UserError(NOWHERE)
        return self._view.shelf

    async def _told(self, steps: AsyncIterator[Progress | Written]) -> AsyncIterator[Progress | Added]:
        async for step in steps:
            if isinstance(step, Progress):
                yield step
            else:
                source = await self._known.store.find(self._view, str(step.id))
                # Somebody may have removed it in this moment.
                if source is not None:
                    yield Added(source, step.new, step.again)


def _title(document: Document) -> str:
    return " ".join(clean(document.title or "").split())[:200] or clean(document.name)


def _address(link: str | None) -> str | None:
    """An address that ends no Markdown link before its time."""
    return None if link is None else clean(link).translate(_CLOSING)


def _parts(document: Document) -> Sequence[Part]:
    # What the store leaves out must not reach a model either: PDF files have halves of characters.
    parts = document.parts or (Part(document.text),)
    return [replace(part, text=clean(part.text), heading=part.heading and clean(part.heading)) for part in parts]
