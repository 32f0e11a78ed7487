"""Which person an account belongs to."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.request import Person, new_id
from bot.store.columns import clean
from bot.store.database import Database, delete_where
from bot.store.tables import IdentityRow, PersonRow


async def find(session: AsyncSession, account: str, *, lock: bool = False) -> str | None:
    """The row of the person who has an account, if there is one.

    Args:
        session: An open transaction.
        account: The `Person.id` that a platform gives.
        lock: Whether their other requests wait until this one has written (SQLite's do anyway).
    """
    query = select(IdentityRow.person).where(IdentityRow.account == account)
    return await session.scalar(query.with_for_update() if lock else query)


async def find_all(session: AsyncSession, account: str, *, lock: bool = False) -> tuple[str | None, list[str]]:
    """The row of the person who has an account, and all their accounts; at least the one that was named."""
    person = await find(session, account, lock=lock)
    if person is None:
        return None, [account]
    query = select(IdentityRow.account).where(IdentityRow.person == person).order_by(IdentityRow.account)
    return person, list(await session.scalars(query.with_for_update() if lock else query))


async def find_or_add(db: Database, session: AsyncSession, account: Person) -> str:
    """The row of the person who has an account; its name is brought up to date."""
    now = db.clock()
    known = await find(session, account.id, lock=True)
    person = known or new_id()
    if known is None:
        session.add(PersonRow(id=person, created=now))
        await session.flush()
    seen = {"name": clean(account.name), "locale": account.locale, "last_seen": now}
    insert = db.insert(IdentityRow).values(account=account.id, person=person, **seen)
    # Another process may have added the account since; then its person is the one, and ours goes again.
    upsert = insert.on_conflict_do_update(index_elements=["account"], set_=seen).returning(IdentityRow.person)
    kept: str = (await session.execute(upsert)).scalar_one()
    if kept != person:
        await delete_where(session, PersonRow, PersonRow.id == person)
    return kept
