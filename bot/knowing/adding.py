"""Adds documents and channels to what is known, and keeps what they mean up to date."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterable, Sequence
from dataclasses import replace
from datetime import timedelta
from hashlib import blake2b
from itertools import groupby
from typing import TypeAlias

from bot.asking import ASKING, Priority
from bot.body import Progress
from bot.config import KnowledgeConfig
from bot.documents import Part
from bot.errors import UserError
from bot.knowing.blocks import pack
from bot.knowing.chunks import Chunk, cut, cut_message
from bot.knowing.finding import Means
from bot.knowing.index import Index
from bot.memories import Meaning
from bot.request import Message, MessageEdited, MessageSeen
from bot.store.knowledge import KnowledgeStore, Ready, Spec, Written
from bot.store.knowledge_messages import PinnedStore
from bot.store.knowledge_vectors import Unread, VectorStore
from bot.text.terms import terms
from bot.wording import count, unmarked

BATCH = 32
"""Passages that are read between two reports of progress."""

BUDGET = 40.0
"""Seconds that reading in the background takes at a time."""

BACK = timedelta(days=1)
"""How long what was removed can come back."""

Keep: TypeAlias = Callable[[Sequence[Ready], str], Awaitable[Written]]
"""Keeps passages, with the name of the model whose vectors they have."""


class Adding:
    """Adds to what is known.

    Args:
        store: Where sources and passages are kept.
        pinned: Where the messages of channels come from.
        vectors: Where it is kept what passages mean.
        index: Finds them by it.
        means: What tells meanings apart.
        limits: How much there may be.
    """

    def __init__(
        self,
        store: KnowledgeStore,
        pinned: PinnedStore,
        vectors: VectorStore,
        index: Index,
        means: Means,
        limits: KnowledgeConfig,
    ) -> None:
        self._store = store
        self._pinned = pinned
        self._vectors = vectors
        self._index = index
        self._means = means
        self._limits = limits
        self._unread = True

    async def add(self, spec: Spec, document: Sequence[Part]) -> AsyncIterator[Progress | Written]:
        """Add a document, in place of the same one of before; it is there once all of it was read, and not before.

        Args:
            spec: Which.
            document: All of it.

        Raises:
            UserError: There is nothing in it, or no place for it.
        """
        ready = await asyncio.to_thread(lambda: prepare(spec.title, cut(document)))
        if not ready:
            raise UserError(f"There is no text in {unmarked(spec.title)}, so there is nothing to find in it.")

        async def keep(passages: Sequence[Ready], model: str) -> Written:
            return await self._store.put(spec, passages, model)

        async for step in self._add(spec, ready, keep):
            yield step

    async def pin(self, spec: Spec) -> AsyncIterator[Progress | Written]:
        """Add a channel, as `add` does; its messages are followed from then on.

        Args:
            spec: Which.

        Raises:
            UserError: There is no place for it.
        """
        messages = await self._pinned.messages(spec.platform, spec.shelf, spec.origin)
        cuts = await asyncio.to_thread(lambda: {message: cut_ready(spec.title, message) for message in messages})
        read: dict[str, Ready] = {}

        def cut_now(title: str, message: Message) -> Sequence[Ready]:
            # A message may have come or changed meanwhile: its meaning is read in the background.
            ready = cuts[message] if message in cuts else cut_ready(title, message)
            return [read.get(each.hash, each) for each in ready]

        async def keep(passages: Sequence[Ready], model: str) -> Written:
            read.update({each.hash: each for each in passages})
            return await self._pinned.put(spec, cut_now, model)

        async for step in self._add(spec, [each for ready in cuts.values() for each in ready], keep):
            yield step

    async def follow(self, event: MessageSeen | MessageEdited) -> None:
        """Take over a message that is new or was edited, where its channel was added and it is kept."""
        places = {event.message.channel, event.channel.id, event.channel.parent or event.channel.id}
        if await self._pinned.follow(event.origin.platform, places, event.message.id):
            self._unread = True

    def look_again(self) -> None:
        """Read in the background what was not read yet."""
        self._unread = True

    async def catch_up(self) -> None:
        """Read what was not read yet, or by another model: for a while, for it is called again."""
        if not self._unread or await self._store.empty() or (meaning := await self._means()) is None:
            return
        # What comes from now on may be missed by what is read here.
        self._unread = False
        whole = False
        try:
            whole = await self._read_unread(meaning)
        finally:
            self._unread = self._unread or not whole

    async def tidy(self) -> None:
        """Forget for good what was removed a while ago, and leave no trace of what is gone."""
        await self._store.purge(self._store.db.clock() - BACK)
        await self._store.merge_words()
        meaning = await self._means()
        if meaning is None or await self._store.empty():
            await self._index.clear()
        else:
            await self._index.tidy(meaning.name)

    async def _read_unread(self, meaning: Meaning) -> bool:
        """Read what was not read yet; as long as there is time; returns whether that was all."""
        clock = asyncio.get_running_loop().time
        until = clock() + BUDGET
        last = 0
        shelves: set[str] = set()
        whole = False
        while not whole and clock() < until:
            found = await self._vectors.unread(meaning.name, last, BATCH)
            whole = not found
            if found:
                last = found[-1].id
                await self._read_some(meaning, found)
                shelves.update(each.shelf for each in found)
        for shelf in shelves:
            await self._index.write(shelf, meaning.name)
        return whole

    async def _read_some(self, meaning: Meaning, found: Sequence[Unread]) -> None:
        packed = await _read(meaning, [each.text for each in found])
        vectors = {each.id: vector for each, vector in zip(found, packed, strict=True)}
        for shelf, group in groupby(sorted(found, key=lambda each: each.shelf), lambda each: each.shelf):
            await self._vectors.put(meaning.name, shelf, [(each.id, vectors[each.id]) for each in group])

    async def _add(self, spec: Spec, ready: Sequence[Ready], keep: Keep) -> AsyncIterator[Progress | Written]:
        known = await self._store.known(spec)
        await self._check(spec, ready, known)
        meaning = await self._means()
        done: dict[str, Ready] = {}
        if meaning is not None:
            new = [each for each in ready if each.hash not in known]
            pages = max((each.chunk.page or 0 for each in ready), default=0)
            for start in range(0, len(new), BATCH):
                batch = new[start : start + BATCH]
                yield Progress(start / len(new), _note(batch[0].chunk, pages, start, len(new)))
                vectors = await _read(meaning, [each.chunk.spoken(spec.title) for each in batch])
                done |= {each.hash: each._replace(vector=one) for each, one in zip(batch, vectors, strict=True)}
        name = meaning.name if meaning else ""
        written = await keep([done.get(each.hash, each) for each in ready], name)
        # What was there before may have been read by another model, and what was said meanwhile by none.
        self._unread = True
        if name:
            await self._index.write(spec.shelf, name)
        yield written

    async def _check(self, spec: Spec, ready: Sequence[Ready], known: Collection[str]) -> None:
        sources, passages = await self._store.size(spec.shelf)
        most = self._limits.passages if spec.account is None else self._limits.own_passages
        if not known and sources >= self._limits.sources:
            raise UserError(
                f"I search {count(sources, 'source')} here already, and no more than that; "
                "`/knowledge remove` makes room within a day."
            )
        if (wanted := passages - len(known) + len(ready)) > most:
            raise UserError(
                f"With {unmarked(spec.title)} there would be {count(wanted, 'passage')} here, and I search no more "
                f"than {most:,}; add a part of it, or `/knowledge remove` something, which makes room within a day."
            )


def prepare(title: str, chunks: Iterable[Chunk]) -> list[Ready]:
    """Passages that can be kept, each once: a page's footer is on every page.

    Args:
        title: What their source is called.
        chunks: In order.
    """
    ready: dict[str, Ready] = {}
    for chunk in chunks:
        text = chunk.spoken(title)
        # What two people said in the same words was said twice: one of the messages may be deleted.
        key = blake2b(f"{chunk.message or ''}\n{text}".encode(), digest_size=16).hexdigest()
        if key not in ready:
            ready[key] = Ready(chunk, key, terms(text))
    return list(ready.values())


def cut_ready(title: str, message: Message) -> list[Ready]:
    """The passages of a message, ready to be kept."""
    return prepare(title, cut_message(message))


async def _read(meaning: Meaning, texts: Sequence[str]) -> list[bytes]:
    """What texts mean; what people ask in this moment goes before."""
    before = ASKING.set(replace(ASKING.get(), priority=Priority.BACKGROUND))
    try:
        vectors = await meaning.model.aembed_documents(list(texts))
    finally:
        ASKING.reset(before)
    return await asyncio.to_thread(lambda: [pack(vector) for vector in vectors])


def _note(chunk: Chunk, pages: int, done: int, total: int) -> str:
    if chunk.page is not None:
        return f"reading page {chunk.page:,} of {pages:,}"
    return f"reading passage {done + 1:,} of {total:,}"
