"""What is known: sources and their passages, and who may see them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, delete, func, insert, or_, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.knowing.chunks import Chunk
from bot.knowing.view import View, mark
from bot.knowledge import Passage, Source, SourceKind
from bot.store.database import Database, delete_where
from bot.store.knowledge_words import add_words, find_words, merge_words
from bot.store.tables_knowledge import PassageRow, SourceRow, VectorRow


class Ready(NamedTuple):
    """A passage that can be kept.

    Attributes:
        chunk: Its text and where it is from.
        hash: Tells whether it is still the same.
        words: What it is found by, folded.
        vector: What it means, numbers of 16 bits; None where that is not known yet.
    """

    chunk: Chunk
    hash: str
    words: Sequence[str]
    vector: bytes | None = None


@dataclass(frozen=True, slots=True)
class Spec:
    """Which source passages are of; the first six say whether it is the same as before.

    Attributes:
        shelf: What it is kept under.
        platform: The platform's name.
        channel: The only channel that it is used in.
        kind: What it is.
        origin: The file's name, the page's address or the channel's id.
        account: In a direct conversation, the person in it.
        channel_name: What people call `channel`.
        title: What it is called.
        link: Where a person can open it.
    """

    shelf: str
    platform: str
    channel: str | None
    kind: SourceKind
    origin: str
    account: str | None
    channel_name: str | None
    title: str
    link: str | None = None


class Written(NamedTuple):
    """How a source was written.

    Attributes:
        id: Its id.
        new: How many of its passages are new.
        again: Whether it was there before.
    """

    id: int
    new: int
    again: bool


class KnowledgeStore:
    """Keeps sources with their passages, and finds them for those who may see them."""

    def __init__(self, db: Database) -> None:
        self.db = db

    async def visible(self, view: View) -> list[int]:
        """The ids of the sources that may be used there."""
        async with self.db.read() as session:
            return list((await session.scalars(select(SourceRow.id).where(seen(view)))).all())

    async def sources(self, view: View, *, everywhere: bool = False) -> list[Source]:
        """The sources that may be used there, by title.

        Args:
            view: From where.
            everywhere: Whether those of other channels of the same server are told as well.
        """
        where = and_(SourceRow.shelf == view.shelf, SourceRow.removed.is_(None)) if everywhere else seen(view)
        async with self.db.read() as session:
            return await _sources(session, where)

    async def find(self, view: View, key: str, *, removed: bool = False) -> Source | None:
        """A source of the server or the direct conversation by its id; None where there is none.

        Args:
            view: From where.
            key: Its id, as people type it.
            removed: Whether it was taken away.
        """
        there = SourceRow.removed.is_not(None) if removed else SourceRow.removed.is_(None)
        where = and_(SourceRow.shelf == view.shelf, SourceRow.id == number(key), there)
        async with self.db.read() as session:
            return next(iter(await _sources(session, where)), None)

    async def empty(self) -> bool:
        """Whether nothing is known anywhere."""
        async with self.db.read() as session:
            return await session.scalar(select(PassageRow.id).limit(1)) is None

    async def size(self, shelf: str) -> tuple[int, int]:
        """How many sources and passages are kept under a shelf; those that were taken away count."""
        passages = select(func.count()).select_from(PassageRow).join(SourceRow).where(SourceRow.shelf == shelf)
        sources = select(func.count()).select_from(SourceRow).where(SourceRow.shelf == shelf)
        async with self.db.read() as session:
            return await session.scalar(sources) or 0, await session.scalar(passages) or 0

    async def known(self, spec: Spec) -> dict[str, int]:
        """The passages of the same source, as far as it is there: their ids by their hashes."""
        query = select(PassageRow.hash, PassageRow.id).join(SourceRow).where(_same(spec))
        async with self.db.read() as session:
            return {row.hash: row.id for row in await session.execute(query)}

    async def put(self, spec: Spec, passages: Sequence[Ready], model: str) -> Written:
        """Keep a source, in place of the same one of before; what is still the same stays.

        Args:
            spec: Which source.
            passages: All of it, in order.
            model: Whose vectors they have.
        """
        async with self.db.write() as session:
            await alone(session, spec.shelf)
            return await write_source(session, spec, passages, model, self.db.clock())

    async def set_removed(self, key: str, removed: datetime | None) -> None:
        """Take a source away, or back."""
        async with self.db.write() as session:
            await session.execute(update(SourceRow).where(SourceRow.id == number(key)).values(removed=removed))

    async def purge(self, before: datetime) -> None:
        """Delete what was taken away before that."""
        async with self.db.write() as session:
            await delete_where(session, SourceRow, SourceRow.removed < before)

    async def merge_words(self) -> None:
        """Overwrite the words of what is gone."""
        more = True
        while more:
            async with self.db.write() as session:
                more = await merge_words(session)

    async def by_words(self, view: View, terms: Sequence[str], most: int) -> list[int]:
        """The ids of passages that hold the words, best first; some may be of sources that were taken away."""
        async with self.db.read() as session:
            return await find_words(session, view.places, terms, most)

    async def passages(self, view: View, ids: Collection[int]) -> dict[int, Passage]:
        """Passages by their ids: those that are there and may be seen, whatever is asked for."""
        # Columns, not rows: this is done for each question. By the limit SQLite reads these first, and then their
        # sources; it would rather look through all passages of the sources.
        each = PassageRow.id, PassageRow.text, PassageRow.link, PassageRow.heading, PassageRow.page, PassageRow.source
        asked = select(*each).where(PassageRow.id.in_(ids)).limit(len(ids)).subquery()
        passage = asked.c.id, asked.c.text, asked.c.link, asked.c.heading, asked.c.page
        source = SourceRow.id, SourceRow.title, SourceRow.link
        query = select(*passage, *source).join(SourceRow, SourceRow.id == asked.c.source).where(seen(view))
        async with self.db.read() as session:
            return {
                key: Passage(text, title, own or link, heading, page, source_id=str(of))
                for key, text, own, heading, page, of, title, link in await session.execute(query)
            }


def seen(view: View) -> ColumnElement[bool]:
    """The sources that may be used there: this alone decides who sees what."""
    here = or_(SourceRow.channel.is_(None), SourceRow.channel.in_(view.channels))
    own = SourceRow.account == view.account if view.account is not None else SourceRow.account.is_(None)
    return and_(SourceRow.shelf == view.shelf, SourceRow.removed.is_(None), here, own)


async def alone(session: AsyncSession, shelf: str) -> None:
    """Let nobody else write under a shelf until this transaction ends: vectors come in the order of their ids."""
    # SQLite has one writer at a time anyway.
    if session.get_bind().dialect.name == "postgresql":
        await session.execute(text("SELECT pg_advisory_xact_lock(hashtext(:shelf))"), {"shelf": shelf})


async def write_source(
    session: AsyncSession, spec: Spec, passages: Sequence[Ready], model: str, now: datetime
) -> Written:
    """Keep a source, in place of the same one of before.

    Args:
        session: A transaction, alone under the shelf.
        spec: Which source.
        passages: All of it, in order.
        model: Whose vectors they have.
        now: When it was read.
    """
    values = {"title": spec.title, "link": spec.link, "channel_name": spec.channel_name, "read": now, "removed": None}
    taken = update(SourceRow).where(_same(spec)).values(values).returning(SourceRow.id)
    source = await session.scalar(taken)
    again = source is not None
    if source is None:
        same = {name: getattr(spec, name) for name in ("shelf", "platform", "channel", "kind", "origin", "account")}
        source = await session.scalar(insert(SourceRow).values(same | values).returning(SourceRow.id))
        assert source is not None
    before: defaultdict[str, list[int]] = defaultdict(list)
    for row in await session.execute(select(PassageRow.id, PassageRow.hash).where(PassageRow.source == source)):
        before[row.hash].append(row.id)
    moved: list[dict[str, object]] = []
    new: list[tuple[int, Ready]] = []
    for position, ready in enumerate(passages):
        if before[ready.hash]:
            moved.append({"id": before[ready.hash].pop(), "position": position, "page": ready.chunk.page})
        else:
            new.append((position, ready))
    if moved:
        await session.execute(update(PassageRow), moved)
    gone = [key for keys in before.values() for key in keys]
    for start in range(0, len(gone), 500):
        await session.execute(delete(PassageRow).where(PassageRow.id.in_(gone[start : start + 500])))
    await write_passages(session, spec, source, new, model)
    return Written(source, len(new), again)


async def write_passages(
    session: AsyncSession, spec: Spec, source: int, passages: Iterable[tuple[int, Ready]], model: str
) -> None:
    """Add passages to a source.

    Args:
        session: A transaction.
        spec: Which source.
        source: Its id.
        passages: Each with where in the source it is.
        model: Whose vectors they have.
    """
    added = list(passages)
    if not added:
        return
    rows = [_row(spec, source, position, ready) for position, ready in added]
    # In the order of the rows would be one by one in SQLite, with everybody else waiting to write.
    keeping = insert(PassageRow).returning(PassageRow.position, PassageRow.hash, PassageRow.id)
    ids = {(position, key): row for position, key, row in await session.execute(keeping, rows)}
    kept = [(ids[position, ready.hash], ready) for position, ready in added]
    await add_words(session, mark(spec.shelf, spec.channel), {key: ready.words for key, ready in kept})
    vectors = [
        {"passage": key, "shelf": spec.shelf, "model": model, "vector": ready.vector}
        for key, ready in kept
        if ready.vector is not None
    ]
    if vectors:
        await session.execute(insert(VectorRow), vectors)


def _row(spec: Spec, source: int, position: int, ready: Ready) -> Mapping[str, object]:
    chunk = ready.chunk
    of_message = chunk.message is not None
    return {
        "source": source,
        "position": position,
        "text": chunk.text,
        "heading": chunk.heading,
        "page": chunk.page,
        "link": chunk.link,
        "hash": ready.hash,
        "message_platform": spec.platform if of_message else None,
        "message_channel": spec.origin if of_message else None,
        "message": chunk.message,
    }


def _same(spec: Spec) -> ColumnElement[bool]:
    channel = SourceRow.channel.is_(None) if spec.channel is None else SourceRow.channel == spec.channel
    return and_(SourceRow.shelf == spec.shelf, SourceRow.kind == spec.kind, SourceRow.origin == spec.origin, channel)


async def _sources(session: AsyncSession, where: ColumnElement[bool]) -> list[Source]:
    passages = select(func.count()).where(PassageRow.source == SourceRow.id).scalar_subquery()
    query = select(SourceRow, passages).where(where).order_by(func.lower(SourceRow.title), SourceRow.id)
    return [
        Source(
            str(row.id),
            SourceKind(row.kind),
            row.title,
            row.origin,
            row.channel,
            row.channel_name,
            held,
            row.read,
        )
        for row, held in await session.execute(query)
    ]


def number(key: str) -> int:
    """An id as people type it; -1, which is none, for anything else."""
    return int(key) if key.isascii() and key.isdigit() and len(key) < 10 else -1
