"""Making two people one, where they turn out to be, and taking an account out again."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.accounts import Settled
from bot.store.database import delete_where
from bot.store.facts import read_rows, same
from bot.store.tables import IdentityRow, PersonRow, PreferencesRow
from bot.store.tables_memory import MemoryRow, MemoryVectorRow
from bot.store.tables_personas import PersonaChoiceRow

_NEVER = datetime(1970, 1, 1, tzinfo=UTC)

_CHOSEN = [name for name in PreferencesRow.__table__.columns.keys() if name not in ("person", "changed")]  # noqa: SIM118 - a collection of columns iterates over columns
"""The columns that hold a preference."""


async def join_people(session: AsyncSession, into: str, other: str) -> tuple[list[Settled], int]:
    """Give all that is `other`'s to `into`, who alone remains.

    Returns:
        The preferences that differed, and how many facts of their own the person has now.
    """
    query = select(IdentityRow).where(IdentityRow.person.in_((into, other))).order_by(IdentityRow.account)
    for identity in await session.scalars(query.with_for_update()):
        identity.person = into
    settled = await _join_preferences(session, into, other)
    await _join_facts(session, into, other)
    await session.flush()
    await delete_where(session, PersonRow, PersonRow.id == other)
    own = select(func.count()).select_from(MemoryRow)
    count = await session.scalar(
        own.where(MemoryRow.person == into, MemoryRow.place.is_(None), MemoryRow.forgotten.is_(None))
    )
    return settled, count or 0


async def split_off(session: AsyncSession, person: str, account: str, new: str, now: datetime) -> None:
    """Make an account a person of its own: the facts stated from it are theirs, and the preferences both's.

    Args:
        session: An open transaction.
        person: Who has the account now.
        account: Which one.
        new: The row of the new person, to be made.
        now: UTC.
    """
    session.add(PersonRow(id=new, created=now))
    await session.flush()
    await session.execute(update(IdentityRow).where(IdentityRow.account == account).values(person=new))
    stated = update(MemoryRow).where(MemoryRow.person == person, MemoryRow.account == account)
    await session.execute(stated.values(person=new))
    kept = await session.get(PreferencesRow, person)
    if kept is not None:
        session.add(PreferencesRow(person=new, changed=kept.changed, **{name: getattr(kept, name) for name in _CHOSEN}))
    for choice in await session.scalars(select(PersonaChoiceRow).where(PersonaChoiceRow.person == person)):
        session.add(PersonaChoiceRow(person=new, server=choice.server, name=choice.name))


async def _join_preferences(session: AsyncSession, into: str, other: str) -> list[Settled]:
    """Let the later choices hold; what only one of the two chose holds in any case."""
    ours, theirs = await session.get(PreferencesRow, into), await session.get(PreferencesRow, other)
    later = _changed(theirs) > _changed(ours)
    settled: list[Settled] = []
    if theirs is not None and ours is None:
        ours = PreferencesRow(person=into)
        session.add(ours)
    if theirs is not None and ours is not None:
        for name in _CHOSEN:
            own, new = getattr(ours, name), getattr(theirs, name)
            if new is not None and (own is None or (later and own != new)):
                setattr(ours, name, new)
            if own is not None and new is not None and own != new:
                kept, dropped = (new, own) if later else (own, new)
                settled.append(Settled(name, str(kept), str(dropped)))
        ours.changed = max(_changed(ours), _changed(theirs))
    await _join_personas(session, into, other, later=later)
    return settled


async def _join_personas(session: AsyncSession, into: str, other: str, *, later: bool) -> None:
    chosen = select(PersonaChoiceRow).where(PersonaChoiceRow.person.in_((into, other)))
    rows = {(row.person, row.server): row for row in await session.scalars(chosen)}
    for (person, server), row in rows.items():
        if person != other:
            continue
        ours = rows.get((into, server))
        if ours is None:
            session.add(PersonaChoiceRow(person=into, server=server, name=row.name))
        elif later:
            ours.name = row.name


async def _join_facts(session: AsyncSession, into: str, other: str) -> None:
    """Give over the facts; what both stated is one fact, the one stated later."""
    rows = await read_rows(session, MemoryRow.person.in_((into, other)))
    known: dict[tuple[object, ...], MemoryRow] = {}
    for row in rows:
        if row.forgotten is None:
            earlier = known.get(same(row))
            if earlier is not None:
                await delete_where(session, MemoryVectorRow, MemoryVectorRow.memory == earlier.id)
                await session.delete(earlier)
            known[same(row)] = row
        row.person = into


def _changed(row: PreferencesRow | None) -> datetime:
    return _NEVER if row is None or row.changed is None else row.changed
