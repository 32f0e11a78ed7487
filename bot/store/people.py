"""What is kept about a person: preferences, facts, and the right to see and erase all of it."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.errors import UserError
from bot.profile import Fact, Length, Profile, Tone
from bot.request import Person, new_id
from bot.store.columns import clean
from bot.store.database import Database, delete_where
from bot.store.personal import erase_about, rows_about
from bot.store.preferences import PREFERENCES, load_zone
from bot.store.tables import IdentityRow, MemoryRow, PersonRow, PreferencesRow
from bot.values import Language

LONGEST_FACT = 1000
"""Characters; facts go into prompts."""


class PersonProfiles:
    """The profile of one person as it is in one server.

    Nothing is written about a person until there is something to keep.
    """

    def __init__(self, db: Database, person: Person, server: str | None) -> None:
        self._db = db
        self._account = person
        self._server = server

    async def get(self) -> Profile:
        """The profile as it is now."""
        async with self._db.read() as session:
            person = await self._find(session)
            if person is None:
                return Profile()
            kept = await session.get(PreferencesRow, person)
            facts = [_fact(row) for row in await self._memories(session, person)]
        return _profile(kept, facts)

    async def set(self, name: str, value: str | None) -> Profile:
        """Set `language`, `zone`, `tone` or `length`; None goes back to the default.

        Raises:
            UserError: There is no such preference or value.
        """
        find = PREFERENCES.get(name)
        if find is None:
            raise UserError(f"There is no preference called “{name}”; there are {', '.join(PREFERENCES)}.")
        found = None if value is None else find(value)
        async with self._db.write() as session:
            person = await self._find_or_add(session)
            insert = self._db.insert(PreferencesRow).values(person=person, **{name: found})
            await session.execute(insert.on_conflict_do_update(index_elements=["person"], set_={name: found}))
        return await self.get()

    async def remember(self, text: str) -> Fact:
        """Keep a fact; the same text twice is one fact.

        Raises:
            UserError: The text is empty or very long.
        """
        text = clean(text).strip()
        if not text:
            raise UserError("Say what to remember.")
        if len(text) > LONGEST_FACT:
            raise UserError(f"That is too long to remember; keep it under {LONGEST_FACT:,} characters.")
        async with self._db.write() as session:
            person = await self._find_or_add(session)
            for row in await self._memories(session, person):
                if row.text == text:
                    return _fact(row)
            row = MemoryRow(id=new_id(), person=person, server=self._server, text=text, stated=self._db.clock())
            session.add(row)
        return _fact(row)

    async def forget(self, fact: str | None) -> list[Fact]:
        """Forget one fact (its id or text), or with None all in this server; returns what was forgotten."""
        wanted = None if fact is None else clean(fact).strip()
        async with self._db.write() as session:
            person = await self._find(session, lock=True)
            if person is None:
                return []
            rows = [
                row
                for row in await self._memories(session, person)
                if wanted is None or wanted == row.id or wanted.casefold() == row.text.casefold()
            ]
            await delete_where(session, MemoryRow, MemoryRow.id.in_([row.id for row in rows]))
        return [_fact(row) for row in rows]

    async def export(self) -> Mapping[str, object]:
        """Everything kept about the person in every table, of every server, ready for JSON."""
        async with self._db.read() as session:
            person, accounts = await self._everyone(session)
            rows = await rows_about(session, person, accounts)
        return {"exported": self._db.clock().isoformat(), "accounts": accounts} | rows

    async def erase(self) -> int:
        """Delete everything kept about the person in every table; returns how many rows went."""
        async with self._db.write() as session:
            person, accounts = await self._everyone(session, lock=True)
            return await erase_about(session, person, accounts)

    async def _find(self, session: AsyncSession, *, lock: bool = False) -> str | None:
        """The person's row; with `lock`, their other requests wait until this one has written (SQLite's do anyway)."""
        query = select(IdentityRow.person).where(IdentityRow.account == self._account.id)
        return await session.scalar(query.with_for_update() if lock else query)

    async def _everyone(self, session: AsyncSession, *, lock: bool = False) -> tuple[str | None, list[str]]:
        """The person's row and all their accounts."""
        person = await self._find(session, lock=lock)
        if person is None:
            return None, [self._account.id]
        accounts = await session.scalars(
            select(IdentityRow.account).where(IdentityRow.person == person).order_by(IdentityRow.account),
        )
        return person, list(accounts)

    async def _find_or_add(self, session: AsyncSession) -> str:
        """The person's row; the account's name is brought up to date."""
        now = self._db.clock()
        known = await self._find(session, lock=True)
        person = known or new_id()
        if known is None:
            session.add(PersonRow(id=person, created=now))
            await session.flush()
        seen = {"name": clean(self._account.name), "locale": self._account.locale, "last_seen": now}
        insert = self._db.insert(IdentityRow).values(account=self._account.id, person=person, **seen)
        # Another process may have added the account since; then its person is the one, and ours goes again.
        upsert = insert.on_conflict_do_update(index_elements=["account"], set_=seen).returning(IdentityRow.person)
        kept: str = (await session.execute(upsert)).scalar_one()
        if kept != person:
            await delete_where(session, PersonRow, PersonRow.id == person)
        return kept

    async def _memories(self, session: AsyncSession, person: str) -> list[MemoryRow]:
        """The facts stated in this server, oldest first."""
        found = await session.scalars(
            select(MemoryRow)
            .where(MemoryRow.person == person, MemoryRow.server.is_not_distinct_from(self._server))
            .order_by(MemoryRow.stated, MemoryRow.id),
        )
        return list(found)


def _fact(row: MemoryRow) -> Fact:
    return Fact(row.id, row.text, row.server, row.stated)


def _profile(kept: PreferencesRow | None, facts: list[Fact]) -> Profile:
    """The profile; a value that this version does not know, or no longer, is the default."""
    if kept is None:
        return Profile(facts=tuple(facts))
    return Profile(
        language=None if kept.language is None else Language(kept.language),
        zone=load_zone(kept.zone),
        tone=Tone(kept.tone) if kept.tone in set(Tone) else Tone.PLAIN,
        length=Length(kept.length) if kept.length in set(Length) else Length.MEDIUM,
        facts=tuple(facts),
    )
