"""Who does not want to be quoted."""

from __future__ import annotations

from sqlalchemy import Select, select

from bot.store import identities
from bot.store.database import Database
from bot.store.tables import IdentityRow, PreferencesRow

UNQUOTED = "no"
"""How it is kept that somebody does not want to be quoted."""


def unquoted() -> Select[str]:
    """The accounts of those who do not want to be quoted."""
    theirs = select(PreferencesRow.person).where(PreferencesRow.quoted == UNQUOTED)
    return select(IdentityRow.account).where(IdentityRow.person.in_(theirs))


async def find_unquoted(db: Database, reader: str | None) -> frozenset[str]:
    """The accounts that must not be quoted to somebody.

    Args:
        db: Where it is kept.
        reader: The account that alone reads the answer, whose own words may be told to them; None for others.
    """
    query = unquoted()
    async with db.read() as session:
        own = await identities.find(session, reader) if reader is not None else None
        if own is not None:
            query = query.where(IdentityRow.person != own)
        return frozenset(await session.scalars(query))
