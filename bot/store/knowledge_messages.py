"""The passages of pinned channels: in step with the messages that are kept there."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import TypeAlias

from sqlalchemy import ColumnElement, Select, and_, delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.knowledge import SourceKind
from bot.request import Message
from bot.store.database import Database
from bot.store.knowledge import Ready, Spec, Written, alone, write_passages, write_source
from bot.store.messages import message_of
from bot.store.tables import MessageRow
from bot.store.tables_knowledge import PassageRow, SourceRow

Cut: TypeAlias = Callable[[str, Message], Sequence[Ready]]
"""The passages of a message in a source of that title."""


class PinnedStore:
    """Keeps what is said in pinned channels.

    A message that is deleted, by whomever and for whatever reason, takes its passages along.

    Args:
        db: Where it is kept.
        cut: Makes passages of messages.
    """

    def __init__(self, db: Database, cut: Cut) -> None:
        self._db = db
        self._cut = cut

    async def follow(self, platform: str, places: Collection[str], message_id: str) -> bool:
        """Take over a message that is new or was edited.

        Args:
            platform: The platform's name.
            places: Its channel, and the one that holds it where it is in a thread: platforms differ in what they tell.
            message_id: Its id; it is kept already, or is not to be.

        Returns:
            Whether it is in a pinned channel.
        """
        pinned = select(SourceRow).where(
            SourceRow.kind == SourceKind.CHANNEL.value, SourceRow.origin.in_(places), SourceRow.platform == platform
        )
        async with self._db.read() as session:
            sources = (await session.scalars(pinned)).all()
        for source in sources:
            await self._take_over(source, message_id)
        return bool(sources)

    async def messages(self, platform: str, server: str, channel: str) -> list[Message]:
        """All that is kept of a server's channel, without its threads, oldest first."""
        async with self._db.read() as session:
            return await _messages(session, platform, server, channel)

    async def put(self, spec: Spec, cut: Cut, model: str) -> Written:
        """Keep a channel as a source, as its messages are now.

        Args:
            spec: Which.
            cut: Makes passages of them.
            model: Whose vectors these have.
        """
        async with self._db.write() as session:
            await alone(session, spec.shelf)
            # Whether it is shared was decided anew.
            others = and_(SourceRow.kind == spec.kind.value, SourceRow.channel.is_distinct_from(spec.channel))
            same = and_(SourceRow.shelf == spec.shelf, SourceRow.origin == spec.origin)
            await session.execute(delete(SourceRow).where(others, same))
            messages = await _messages(session, spec.platform, spec.shelf, spec.origin, stay=True)
            ready = [each for message in messages for each in cut(spec.title, message)]
            return await write_source(session, spec, ready, model, self._db.clock())

    async def _take_over(self, source: SourceRow, message_id: str) -> None:
        async with self._db.write() as session:
            await alone(session, source.shelf)
            of_it = and_(PassageRow.source == source.id, PassageRow.message == message_id)
            await session.execute(delete(PassageRow).where(of_it))
            # Not the message as it was told: what was deleted in this moment must not come back.
            kept = select(MessageRow).where(_here(source.platform, source.shelf, source.origin))
            row = await session.scalar(_staying(kept.where(MessageRow.id == message_id)))
            there = select(SourceRow.id).where(SourceRow.id == source.id)
            if row is not None and await session.scalar(there) is not None:
                ready = [(0, each) for each in self._cut(source.title, message_of(row))]
                await write_passages(session, _spec(source), source.id, ready, "")


async def _messages(
    session: AsyncSession, platform: str, server: str, channel: str, *, stay: bool = False
) -> list[Message]:
    query = select(MessageRow).where(_here(platform, server, channel)).order_by(MessageRow.sent, MessageRow.id)
    return [message_of(row) for row in (await session.scalars(_staying(query) if stay else query)).all()]


def _staying(query: Select[MessageRow]) -> Select[MessageRow]:
    # None must go before its passages are written, also in PostgreSQL.
    return query.with_for_update(read=True, key_share=True)


def _here(platform: str, server: str, channel: str) -> ColumnElement[bool]:
    # Not those of threads that are channels themselves: not everyone in the channel may see these.
    return and_(MessageRow.platform == platform, MessageRow.server == server, MessageRow.channel == channel)


def _spec(source: SourceRow) -> Spec:
    return Spec(
        source.shelf,
        source.platform,
        source.channel,
        SourceKind(source.kind),
        source.origin,
        source.account,
        source.channel_name,
        source.title,
        source.link,
    )
