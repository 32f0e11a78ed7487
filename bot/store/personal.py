"""Which rows are about a person, in every table: what `/profile export` tells and `/profile erase` deletes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time

from sqlalchemy import ColumnElement, and_, exists, false, or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from bot.store.database import delete_where
from bot.store.tables import (
    Base,
    DigestRunRow,
    IdentityRow,
    InboxRow,
    ListeningRow,
    MemoryRow,
    MessageRow,
    PersonRow,
    PreferencesRow,
    RatingRow,
    RequestRow,
    SettingRow,
    ShelfRow,
    SubscriptionRow,
    UsageRow,
)

SECRET = frozenset({"token"})
"""Columns that are no words of a person's, and would let others act for the bot."""


def about(person: str | None, accounts: Sequence[str]) -> dict[type[Base], ColumnElement[bool]]:
    """For every table, the rows about the person; tables that refer to others come first.

    Args:
        person: The person's row, if they have one.
        accounts: The accounts they have, or the one that asks.
    """
    theirs = select(SubscriptionRow.id).where(SubscriptionRow.account.in_(accounts))
    asked = or_(RequestRow.account.in_(accounts), RequestRow.about_author.in_(accounts))
    return {
        RatingRow: or_(RatingRow.account.in_(accounts), RatingRow.request.in_(select(RequestRow.id).where(asked))),
        RequestRow: asked,
        InboxRow: or_(InboxRow.account.in_(accounts), InboxRow.about_author.in_(accounts)),
        ListeningRow: false(),
        DigestRunRow: DigestRunRow.subscription.in_(theirs),
        SubscriptionRow: SubscriptionRow.account.in_(accounts),
        MessageRow: _messages(accounts),
        ShelfRow: ShelfRow.account.in_(accounts),
        SettingRow: SettingRow.account.in_(accounts),
        UsageRow: UsageRow.account.in_(accounts),
        MemoryRow: MemoryRow.person == person,
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
        names = [column.key for column in table.__mapper__.column_attrs if column.key not in SECRET]
        found[table.__tablename__] = [{name: _plain(getattr(row, name)) for name in names} for row in rows]
    return found


async def erase_about(session: AsyncSession, person: str | None, accounts: Sequence[str]) -> int:
    """Delete every row about the person; returns how many there were."""
    return sum([await delete_where(session, table, rows) for table, rows in about(person, accounts).items()])


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, datetime | time) else value
