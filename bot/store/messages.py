"""The messages that are kept where an admin enabled history."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime, timedelta
from typing import Any, Protocol

from sqlalchemy import ColumnElement, Select, and_, case, or_, select, union, update

from bot.history import Wanted
from bot.request import Channel, Message, MessageReacted
from bot.settings import ChannelSettings
from bot.store.database import Database, delete_where
from bot.store.tables import MessageRow
from bot.store.tables_conversations import RecapRow
from bot.store.tables_meanings import MeaningRow

_OF_MESSAGE = tuple(getattr(MessageRow, each.name) for each in fields(Message))
"""What a `Message` is made of, in its order: quicker than by rows of their own, and a conversation has hundreds."""


class SettingsFor(Protocol):
    """Knows for how long a channel keeps its messages."""

    async def for_channel(
        self,
        platform: str,
        server: str | None,
        channel: str,
        parent: str | None = None,
    ) -> ChannelSettings:
        """What holds in the channel now."""


class Messages:
    """Keeps messages and finds them again.

    Whether a message may be kept is the caller's to decide, by the channel's settings.
    """

    def __init__(self, db: Database) -> None:
        self._db = db

    async def record(self, platform: str, channel: Channel, message: Message) -> None:
        """Keep a message; one that is there already stays as it is.

        Args:
            platform: The platform's name.
            channel: Where it was seen.
            message: What was written.
        """
        row = self._db.insert(MessageRow).values(
            platform=platform,
            channel=message.channel,
            id=message.id,
            server=channel.server,
            parent=channel.parent,
            thread=message.thread,
            author=message.author,
            author_name=message.author_name,
            text=message.text,
            sent=message.sent,
            edited=message.edited,
            reply_to=message.reply_to,
            from_bot=message.from_bot,
            link=message.link,
            reactions=message.reactions,
        )
        async with self._db.write() as session:
            await session.execute(row.on_conflict_do_nothing())

    async def edit(self, platform: str, channel: Channel, message: Message) -> bool:
        """Take over the new text of a message if it is kept; returns whether it is."""
        changed = (
            update(MessageRow)
            .where(_the_one(platform, channel, message.id))
            .values(text=message.text, edited=message.edited or self._db.clock())
            .returning(MessageRow.id)
        )
        async with self._db.write() as session:
            kept = (await session.execute(changed)).first() is not None
            # After it: who was just keeping what the old text means has ended then.
            await delete_where(session, MeaningRow, *_meaning_of(platform, channel, message.id))
            return kept

    async def react(self, event: MessageReacted) -> bool:
        """Note how many reactions a message has now, if it is kept; returns whether it is."""
        added = MessageRow.reactions + event.change
        count = case((added > 0, added), else_=0) if event.total is None else event.total
        changed = (
            update(MessageRow)
            .where(_the_one(event.origin.platform, event.channel, event.message_id))
            .values(reactions=count)
            .returning(MessageRow.id)
        )
        async with self._db.write() as session:
            return (await session.execute(changed)).first() is not None

    async def delete(self, platform: str, channel: Channel, message_id: str) -> bool:
        """Drop a message; returns whether it was kept."""
        async with self._db.write() as session:
            return await delete_where(session, MessageRow, _the_one(platform, channel, message_id)) > 0

    async def recent(
        self,
        platform: str,
        channel_id: str,
        limit: int = 50,
        *,
        thread: str | None = None,
    ) -> list[Message]:
        """The last `limit` messages of the channel, or of one of its threads, oldest first.

        A thread's opening message is one of the thread's and one of the channel's.
        """
        return await self._last(limit, _in(platform, channel_id, thread))

    async def since(
        self,
        platform: str,
        channel_id: str,
        when: datetime,
        limit: int = 1000,
        *,
        thread: str | None = None,
    ) -> list[Message]:
        """The messages sent at or after `when`; the last `limit` of them, oldest first."""
        return await self._last(limit, _in(platform, channel_id, thread), MessageRow.sent >= when)

    async def between(
        self,
        platform: str,
        channel_id: str,
        start: datetime,
        end: datetime,
        limit: int = 1000,
        *,
        thread: str | None = None,
    ) -> list[Message]:
        """The messages sent from `start` up to but not at `end`; the last `limit` of them, oldest first."""
        window = MessageRow.sent >= start, MessageRow.sent < end
        return await self._last(limit, _in(platform, channel_id, thread), *window)

    async def search(
        self, platform: str, channel_id: str, wanted: Wanted, limit: int, *, thread: str | None = None
    ) -> list[Message]:
        """The last `limit` messages by people that are wanted, of a channel or one of its threads, oldest first."""
        conditions = [MessageRow.from_bot.is_(False), *map(_says, wanted.words)]
        if wanted.author is not None:
            conditions.append(MessageRow.author == wanted.author)
        if wanted.since is not None:
            conditions.append(MessageRow.sent >= wanted.since)
        if wanted.until is not None:
            conditions.append(MessageRow.sent < wanted.until)
        return await self._last(limit, _in(platform, channel_id, thread), *conditions)

    async def prune(self, before: datetime, platform: str, channel_id: str) -> int:
        """Delete a channel's messages from before a time, and what was told of them; returns how many messages."""
        here = MessageRow.platform == platform, MessageRow.channel == channel_id
        async with self._db.write() as session:
            await delete_where(session, RecapRow, _told_in(platform, channel_id), RecapRow.until < before)
            return await delete_where(session, MessageRow, *here, MessageRow.sent < before)

    async def prune_all(self, settings: SettingsFor) -> int:
        """Delete, in every channel, what is older than its settings say; all of it where history is off.

        Returns:
            How many messages went.
        """
        kept = select(MessageRow.platform, MessageRow.server, MessageRow.channel, MessageRow.parent).distinct()
        async with self._db.read() as session:
            places = (await session.execute(kept)).all()
        pruned = 0
        for platform, server, channel, parent in places:
            holds = await settings.for_channel(platform, server, channel, parent)
            if holds.history:
                pruned += await self.prune(self._db.clock() - timedelta(days=holds.history_days), platform, channel)
            else:
                pruned += await self.forget_channel(platform, channel)
        return pruned

    async def forget_channel(self, platform: str, channel_id: str) -> int:
        """Delete everything kept of a channel and its threads; returns how many messages there were."""
        here = or_(MessageRow.channel == channel_id, MessageRow.parent == channel_id)
        async with self._db.write() as session:
            await delete_where(session, RecapRow, _told_in(platform, channel_id))
            return await delete_where(session, MessageRow, MessageRow.platform == platform, here)

    async def _last(
        self, limit: int, places: Sequence[ColumnElement[bool]], *conditions: ColumnElement[bool]
    ) -> list[Message]:
        async with self._db.read() as session:
            rows = (await session.execute(_newest(max(limit, 0), places, *conditions))).all()
        return [Message(*row) for row in reversed(rows)]


def _newest(limit: int, places: Sequence[ColumnElement[bool]], *conditions: ColumnElement[bool]) -> Select[Any]:
    """The last messages, newest first.

    Args:
        limit: How many.
        places: Each says where some of them are.
        conditions: All of which hold.
    """
    each = [
        select(*_OF_MESSAGE)
        .where(place, *conditions)
        .order_by(MessageRow.sent.desc(), MessageRow.id.desc())
        .limit(limit)
        for place in places
    ]
    if len(each) == 1:
        return each[0]
    # Of each place no more are read than are wanted of all. A message may be in several.
    found = union(*(newest.subquery().select() for newest in each)).subquery()
    return select(found).order_by(found.c.sent.desc(), found.c.id.desc()).limit(limit)


def _the_one(platform: str, channel: Channel, message_id: str) -> ColumnElement[bool]:
    here = MessageRow.channel.in_(_places(channel))
    return and_(MessageRow.platform == platform, here, MessageRow.id == message_id)


def _places(channel: Channel) -> list[str]:
    # Some platforms report a change in a thread, and some in the channel that holds it.
    return [place for place in (channel.id, channel.parent) if place is not None]


def _meaning_of(platform: str, channel: Channel, message_id: str) -> tuple[ColumnElement[bool], ...]:
    places = _places(channel)
    return MeaningRow.platform == platform, MeaningRow.channel.in_(places), MeaningRow.message == message_id


def _says(word: str) -> ColumnElement[bool]:
    # SQLite knows the case of A to Z only.
    spellings = {word} if word.isascii() else {word, word.lower(), word.upper(), word.capitalize()}
    return or_(*(MessageRow.text.icontains(spelling, autoescape=True) for spelling in spellings))


def _in(platform: str, channel: str, thread: str | None) -> list[ColumnElement[bool]]:
    """The messages of a channel or a thread, whether the platform's threads are channels or marks on messages."""
    on = MessageRow.platform == platform
    here = and_(on, MessageRow.channel == channel)
    if thread is None:
        return [and_(here, or_(MessageRow.thread.is_(None), MessageRow.thread.in_([MessageRow.id, channel])))]
    return [
        and_(on, MessageRow.channel == thread),
        and_(here, MessageRow.thread == thread),
        and_(here, MessageRow.id == thread),
    ]


def _told_in(platform: str, channel: str) -> ColumnElement[bool]:
    """The summaries of conversations in a channel and its threads."""
    return and_(RecapRow.platform == platform, or_(RecapRow.channel == channel, RecapRow.parent == channel))


def message_of(row: MessageRow) -> Message:
    """A message as it was kept."""
    return Message(
        id=row.id,
        channel=row.channel,
        author=row.author,
        author_name=row.author_name,
        text=row.text,
        sent=row.sent,
        thread=row.thread,
        reply_to=row.reply_to,
        edited=row.edited,
        from_bot=row.from_bot,
        link=row.link,
        reactions=row.reactions,
    )
