"""What is kept of a channel, all of which goes when the channel is deleted."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import and_, func, null, or_, select, union, update

from bot.inbox import Stage
from bot.knowledge import SourceKind
from bot.request import Channel, ChannelKind
from bot.settings import Scope
from bot.store.database import Database, delete_where
from bot.store.inbox import EMPTIED
from bot.store.places import channel_key
from bot.store.reminders import WAITING
from bot.store.tables import InboxRow, MessageRow, RequestRow, SettingRow, ShelfRow
from bot.store.tables_cited import CitedAnswerRow
from bot.store.tables_conversations import RecapRow
from bot.store.tables_digests import SubscriptionRow
from bot.store.tables_knowledge import SourceRow
from bot.store.tables_memory import MemoryRow
from bot.store.tables_reminders import ReminderRow


async def with_threads(db: Database, platform: str, channel: str) -> list[str]:
    """The ids of a channel and of those of its threads of which something is kept."""
    known = union(
        select(MessageRow.channel).where(MessageRow.platform == platform, MessageRow.parent == channel),
        select(RecapRow.channel).where(RecapRow.platform == platform, RecapRow.parent == channel),
        select(CitedAnswerRow.place).where(CitedAnswerRow.platform == platform, CitedAnswerRow.parent == channel),
    )
    async with db.read() as session:
        return list({channel, *(await session.scalars(known))})


async def forget_channels(db: Database, platform: str, channels: Collection[str]) -> None:
    """Delete all that was said in channels and threads that are gone, and what was decided and kept for them.

    What was asked there is answered by no later process. People's reminders and digests are not touched.
    """
    keys = [channel_key(platform, channel) for channel in channels]
    asked_in = {table: table.asked["channel"]["id"].as_string().in_(channels) for table in (RequestRow, InboxRow)}
    pinned = and_(SourceRow.kind == SourceKind.CHANNEL.value, SourceRow.origin.in_(channels))
    async with db.write() as session:
        for table in (RecapRow, MessageRow):
            here = or_(table.channel.in_(channels), table.parent.in_(channels))
            await delete_where(session, table, table.platform == platform, here)
        asked = or_(RequestRow.place.in_(channels), asked_in[RequestRow])
        await delete_where(session, RequestRow, RequestRow.platform == platform, asked)
        left = and_(InboxRow.platform == platform, InboxRow.stage != Stage.DONE.value)
        waiting = update(InboxRow).where(left, or_(InboxRow.place.in_(channels), asked_in[InboxRow]))
        await (await session.connection()).execute(waiting.values(EMPTIED))
        await delete_where(
            session, SourceRow, SourceRow.platform == platform, or_(SourceRow.channel.in_(channels), pinned)
        )
        for scoped in (SettingRow, ShelfRow, MemoryRow):
            await delete_where(session, scoped, scoped.scope == Scope.CHANNEL.value, scoped.place.in_(keys))


async def kept_channels(db: Database, platform: str) -> list[Channel]:
    """The channels and threads of servers of which something is kept, or to which something comes at set times."""
    asked, key = RequestRow.asked["channel"], channel_key(platform, "")
    of = [
        select(MessageRow.server, MessageRow.channel, MessageRow.parent).where(MessageRow.platform == platform),
        select(asked["server"].as_string(), asked["id"].as_string(), asked["parent"].as_string()).where(
            RequestRow.platform == platform
        ),
        select(ReminderRow.server, ReminderRow.channel, ReminderRow.parent).where(
            ReminderRow.platform == platform, ReminderRow.state == WAITING
        ),
        select(SubscriptionRow.server, SubscriptionRow.place, null()).where(
            SubscriptionRow.platform == platform, SubscriptionRow.to.is_not(None), SubscriptionRow.off.is_(None)
        ),
        select(SourceRow.shelf, SourceRow.channel, null()).where(
            SourceRow.platform == platform, SourceRow.account.is_(None), SourceRow.channel.is_not(None)
        ),
    ]
    for table in (SettingRow, MemoryRow):
        # Where Atelier is no member, what stands for a server is not one of the platform's.
        here = table.place.startswith(key, autoescape=True), table.server.startswith(key, autoescape=True)
        place = func.substr(table.place, len(key) + 1)
        of.append(select(table.server, place, null()).where(table.scope == Scope.CHANNEL.value, *here))
    async with db.read() as session:
        rows = (await session.execute(union(*of))).all()
    found = {
        id_: Channel(id_, server, ChannelKind.CHANNEL, id_)
        for server, channel, parent in rows
        if server is not None
        for id_ in (channel, parent)
        if id_ is not None
    }
    threads = {
        channel: Channel(channel, server, ChannelKind.THREAD, channel, parent=parent)
        for server, channel, parent in rows
        if server is not None and parent is not None
    }
    return list((found | threads).values())
