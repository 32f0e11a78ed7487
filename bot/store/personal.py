"""Which rows are about a person, in every table: what `/profile export` tells and `/profile erase` deletes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time

from sqlalchemy import ColumnElement, and_, exists, false, func, or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from bot.store.database import delete_where
from bot.store.tables import (
    Base,
    IdentityRow,
    InboxRow,
    ListeningRow,
    MessageRow,
    PersonRow,
    PreferencesRow,
    RatingRow,
    RequestRow,
    SettingRow,
    ShelfRow,
    UsageRow,
)
from bot.store.tables_cited import CitedAnswerRow, CitedPieceRow, CitedSourceRow
from bot.store.tables_conversations import RecapMessageRow, RecapRow
from bot.store.tables_digests import DigestRunRow, SubscriptionRow
from bot.store.tables_knowledge import PassageRow, SourceRow, VectorRow
from bot.store.tables_meanings import MeaningRow
from bot.store.tables_memory import LinkRow, MemoryRow, MemoryVectorRow
from bot.store.tables_personas import PersonaChoiceRow
from bot.store.tables_reminders import ReminderRow

LEFT_OUT = frozenset({"token", "code", "vector", "vectors"})
"""Columns that are no words of a person's: they would let others act, or are numbers that the words beside give."""


def about(person: str | None, accounts: Sequence[str]) -> dict[type[Base], ColumnElement[bool]]:
    """For every table, the rows about the person; tables that refer to others come first.

    Args:
        person: The person's row, if they have one.
        accounts: The accounts they have, or the one that asks.
    """
    theirs = select(SubscriptionRow.id).where(SubscriptionRow.account.in_(accounts))
    asked = or_(RequestRow.account.in_(accounts), RequestRow.about_author.in_(accounts))
    told = select(RecapMessageRow.recap).where(RecapMessageRow.author.in_(accounts))
    # What somebody added in a direct message; the passages of channels go with the messages they are of.
    added = select(SourceRow.id).where(SourceRow.account.in_(accounts))
    passages = select(PassageRow.id).where(PassageRow.source.in_(added))
    wrote = select(MessageRow.platform, MessageRow.channel, MessageRow.id).where(MessageRow.author.in_(accounts))
    own_answers = select(CitedAnswerRow.id).where(CitedAnswerRow.account.in_(accounts))
    # What only somebody else reads tells of others, too, and is theirs; of that there are the sources.
    cited = (
        select(CitedSourceRow.answer, CitedSourceRow.position)
        .join(CitedAnswerRow, CitedAnswerRow.id == CitedSourceRow.answer)
        .where(CitedSourceRow.author.in_(accounts), CitedAnswerRow.account.is_(None))
    )
    return {
        VectorRow: VectorRow.passage.in_(passages),
        PassageRow: PassageRow.source.in_(added),
        SourceRow: SourceRow.account.in_(accounts),
        RatingRow: or_(RatingRow.account.in_(accounts), RatingRow.request.in_(select(RequestRow.id).where(asked))),
        RequestRow: asked,
        InboxRow: or_(InboxRow.account.in_(accounts), InboxRow.about_author.in_(accounts)),
        ListeningRow: false(),
        DigestRunRow: DigestRunRow.subscription.in_(theirs),
        SubscriptionRow: SubscriptionRow.account.in_(accounts),
        ReminderRow: ReminderRow.account.in_(accounts),
        MeaningRow: tuple_(MeaningRow.platform, MeaningRow.channel, MeaningRow.message).in_(wrote),
        MessageRow: _messages(accounts),
        # Before those that refer to it, and which go with it: they say which it is.
        RecapRow: RecapRow.id.in_(told),
        RecapMessageRow: RecapMessageRow.author.in_(accounts),
        # What others read stays without what tells of the person; that is taken out before.
        CitedSourceRow: CitedSourceRow.author.in_(accounts),
        CitedPieceRow: or_(
            CitedPieceRow.answer.in_(own_answers), tuple_(CitedPieceRow.answer, CitedPieceRow.position).in_(cited)
        ),
        CitedAnswerRow: CitedAnswerRow.account.in_(accounts),
        ShelfRow: ShelfRow.account.in_(accounts),
        SettingRow: SettingRow.account.in_(accounts),
        UsageRow: UsageRow.account.in_(accounts),
        LinkRow: LinkRow.account.in_(accounts),
        MemoryVectorRow: MemoryVectorRow.memory.in_(select(MemoryRow.id).where(MemoryRow.person == person)),
        MemoryRow: MemoryRow.person == person,
        PersonaChoiceRow: PersonaChoiceRow.person == person,
        PreferencesRow: PreferencesRow.person == person,
        IdentityRow: IdentityRow.person == person,
        PersonRow: PersonRow.id == person,
    }


def _messages(accounts: Sequence[str]) -> ColumnElement[bool]:
    """What they wrote, and what bots answered to it or said in a direct message with them."""
    asked = aliased(MessageRow)
    answer = exists().where(
        asked.platform == MessageRow.platform,
        asked.channel == MessageRow.channel,
        asked.id == MessageRow.reply_to,
        asked.author.in_(accounts),
    )
    conversations = select(asked.platform, asked.channel).where(asked.author.in_(accounts), asked.server.is_(None))
    in_private = tuple_(MessageRow.platform, MessageRow.channel).in_(conversations)
    return or_(MessageRow.author.in_(accounts), and_(MessageRow.from_bot, or_(answer, in_private)))


async def rows_about(session: AsyncSession, person: str | None, accounts: Sequence[str]) -> dict[str, object]:
    """Every row about the person by table, ready for JSON."""
    found: dict[str, object] = {}
    for table, condition in about(person, accounts).items():
        rows = (await session.scalars(select(table).where(condition))).all()
        names = [column.key for column in table.__mapper__.column_attrs if column.key not in LEFT_OUT]
        found[table.__tablename__] = [{name: _plain(getattr(row, name)) for name in names} for row in rows]
    return found


async def erase_about(session: AsyncSession, person: str | None, accounts: Sequence[str]) -> int:
    """Delete every row about the person; returns how many there were."""
    return sum([await delete_where(session, table, rows) for table, rows in about(person, accounts).items()])


async def count_about(session: AsyncSession, person: str | None, accounts: Sequence[str]) -> dict[str, int]:
    """How many rows there are about the person, by table; of messages only their own, for the rest takes long."""
    conditions = about(person, accounts) | {MessageRow: MessageRow.author.in_(accounts)}
    found = {}
    for table, condition in conditions.items():
        count = await session.scalar(select(func.count()).select_from(table).where(condition))
        if count:
            found[table.__tablename__] = count
    return found


async def count_plugins(session: AsyncSession, accounts: Sequence[str]) -> dict[str, int]:
    """How many values each plugin keeps for the person."""
    query = select(ShelfRow.plugin, func.count()).where(ShelfRow.account.in_(accounts)).group_by(ShelfRow.plugin)
    return {row[0]: row[1] for row in await session.execute(query.order_by(ShelfRow.plugin))}


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, datetime | time) else value
