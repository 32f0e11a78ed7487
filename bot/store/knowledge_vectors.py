"""What passages mean: vectors, in the order in which they were kept."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from sqlalchemy import delete, func, insert, or_, select

from bot.knowing.chunks import Chunk
from bot.store.database import Database
from bot.store.knowledge import alone
from bot.store.tables_knowledge import PassageRow, SourceRow, VectorRow


class VectorOf(NamedTuple):
    """A vector with what it is of.

    Attributes:
        id: Rises with each that is kept.
        passage: The passage's id.
        source: The id of the passage's source.
        vector: Numbers of 16 bits.
    """

    id: int
    passage: int
    source: int
    vector: bytes


class Unread(NamedTuple):
    """A passage that a model has not read yet.

    Attributes:
        id: The passage's id.
        shelf: What its source is kept under.
        text: What to read.
    """

    id: int
    shelf: str
    text: str


class VectorStore:
    """Keeps vectors of passages, one of each."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def last(self, shelf: str, model: str) -> int:
        """The highest id under a shelf; 0 where there is none."""
        query = select(func.max(VectorRow.id)).where(VectorRow.shelf == shelf, VectorRow.model == model)
        async with self._db.read() as session:
            return await session.scalar(query) or 0

    async def after(self, shelf: str, model: str, last: int, most: int) -> Sequence[VectorOf]:
        """The vectors under a shelf with higher ids, in order.

        Args:
            shelf: What their sources are kept under.
            model: Whose they are.
            last: An id.
            most: How many at most.
        """
        query = (
            select(VectorRow.id, VectorRow.passage, PassageRow.source, VectorRow.vector)
            .join(PassageRow, PassageRow.id == VectorRow.passage)
            .where(VectorRow.shelf == shelf, VectorRow.model == model, VectorRow.id > last)
            .order_by(VectorRow.id)
            .limit(most)
        )
        async with self._db.read() as session:
            return [VectorOf(*row) for row in await session.execute(query)]

    async def ids(self, shelf: str, model: str) -> Sequence[int]:
        """The ids of all vectors under a shelf, in order."""
        query = select(VectorRow.id).where(VectorRow.shelf == shelf, VectorRow.model == model).order_by(VectorRow.id)
        async with self._db.read() as session:
            return (await session.scalars(query)).all()

    async def shelves(self) -> set[tuple[str, str]]:
        """Each shelf and model that there are vectors of."""
        async with self._db.read() as session:
            found = await session.execute(select(VectorRow.shelf, VectorRow.model).distinct())
            return {(row.shelf, row.model) for row in found}

    async def unread(self, model: str, last: int, most: int) -> list[Unread]:
        """Passages that a model has not read yet, though maybe another, by their ids.

        Args:
            model: Which.
            last: Only those with higher ids.
            most: How many at most.
        """
        query = (
            select(PassageRow.id, SourceRow.shelf, SourceRow.title, PassageRow.heading, PassageRow.text)
            .join(SourceRow)
            .outerjoin(VectorRow, VectorRow.passage == PassageRow.id)
            .where(PassageRow.id > last, or_(VectorRow.id.is_(None), VectorRow.model != model))
            .where(SourceRow.removed.is_(None))
            .order_by(PassageRow.id)
            .limit(most)
        )
        async with self._db.read() as session:
            found = await session.execute(query)
            return [
                Unread(key, shelf, Chunk(text, heading).spoken(title)) for key, shelf, title, heading, text in found
            ]

    async def put(self, model: str, shelf: str, vectors: Iterable[tuple[int, bytes]]) -> None:
        """Keep what passages under a shelf mean, in place of what another model read.

        Args:
            model: Which read them.
            shelf: What their sources are kept under.
            vectors: Each with the id of its passage, which may be gone meanwhile.
        """
        read = dict(vectors)
        there = select(PassageRow.id).where(PassageRow.id.in_(read))
        async with self._db.write() as session:
            await alone(session, shelf)
            # A passage must not go before its vector is written, also in PostgreSQL.
            kept = (await session.scalars(there.with_for_update(key_share=True))).all()
            await session.execute(delete(VectorRow).where(VectorRow.passage.in_(kept)))
            rows = [{"passage": key, "shelf": shelf, "model": model, "vector": read[key]} for key in kept]
            if rows:
                await session.execute(insert(VectorRow), rows)
