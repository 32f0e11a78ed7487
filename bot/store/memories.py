"""The facts that people asked to remember: kept where they hold, and found again by meaning."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import timedelta

from sqlalchemy import ColumnElement, and_, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.errors import UserError
from bot.memories import Meaning, alike, alike_in_words, by_meaning, by_words
from bot.profile import Fact, FactScope
from bot.request import Person, new_id
from bot.store import identities
from bot.store.columns import clean
from bot.store.database import Database, delete_where
from bot.store.facts import SCOPES, Place, fact_of, holding, own, read_rows, same
from bot.store.memory_vectors import read_vectors
from bot.store.tables import IdentityRow
from bot.store.tables_memory import MemoryRow, MemoryVectorRow

LONGEST_FACT = 1000
"""Characters; facts go into prompts."""

MOST_FACTS = 200
"""Facts that a person may state, and that a channel or server may have: more than that nobody could look through."""

RESTORABLE = timedelta(days=1)
"""How long what was forgotten can be restored."""

USED_DAILY = timedelta(days=1)
"""A fact is noted as used no more than once in this time: a question should not have to write."""


class PersonMemories:
    """The `Memories` of one person in one place.

    Args:
        db: Where they are kept.
        person: Who asks.
        place: Where.
        admin: Whether the person may speak for the server, and have forgotten what others said for everyone.
        meaning: Tells what texts mean; without it words decide.
    """

    def __init__(
        self, db: Database, person: Person, place: Place, *, admin: bool = False, meaning: Meaning | None = None
    ) -> None:
        self._db = db
        self._account = person
        self._place = place
        self._admin = admin
        self._meaning = meaning

    async def recall(self, about: str, limit: int = 8) -> Sequence[Fact]:
        """The facts that an answer here may use, nearest in meaning to `about` first; they are noted as used."""
        person, rows = await self._read(self._holding)
        if len(rows) > limit:
            order = await self._order(about, rows)
            rows = [rows[place] for place in order[:limit]]
        await self._use(rows)
        return await self._facts(person, rows)

    async def all(self) -> Sequence[Fact]:
        """Every fact that holds here: the person's own, the channel's and the server's, each oldest first."""
        person, rows = await self._read(self._holding)
        return await self._facts(person, sorted(rows, key=lambda row: SCOPES.index(row.scope)))

    async def near(self, text: str, scope: FactScope = "here") -> Fact | None:
        """The fact of the same reach that `text` may be a newer version of, and that the person may replace."""
        person, rows = await self._read(lambda person: self._reach(person, scope))
        # Said in the same words it is the same fact.
        rows = [row for row in rows if self._may_forget(row, person) and row.text != clean(text).strip()]
        if not rows:
            return None
        found = await self._alike(text, rows)
        return None if found is None else (await self._facts(person, [rows[found]]))[0]

    async def remember(
        self, text: str, scope: FactScope = "here", *, instead: str | None = None, confirmed: bool = False
    ) -> Fact:
        """Keep a fact; the same text twice is one fact.

        Raises:
            UserError: The text is empty or very long, there are too many facts, or the person may not say this for
                others.
        """
        text = clean(text).strip()
        if not text:
            raise UserError("Say what to remember.")
        if len(text) > LONGEST_FACT:
            raise UserError(f"That is too long to remember; keep it under {LONGEST_FACT:,} characters.")
        self._check(scope)
        async with self._db.write() as session:
            person = await identities.find_or_add(self._db, session, self._account)
            there = await read_rows(session, self._reach(person, scope))
            row = next((each for each in there if each.text == text), None)
            if row is None:
                self._forget([each for each in there if each.id == instead and self._may_forget(each, person)])
                await self._check_room(session, person, scope)
                row = self._row(person, text, scope, confirmed=confirmed)
                session.add(row)
        return (await self._facts(person, [row]))[0]

    async def forget(self, fact: str) -> Fact:
        """Forget the fact of that id; for a day it can be restored.

        Raises:
            UserError: There is no such fact here, or it is somebody else's and the person is no admin.
        """
        async with self._db.write() as session:
            person = await identities.find(session, self._account.id, lock=True)
            rows = await read_rows(session, and_(self._holding(person), MemoryRow.id == fact))
            if not rows:
                raise UserError("That is not remembered any more; `/profile show` lists what is.")
            if not self._may_forget(rows[0], person):
                raise UserError("Somebody else said that for everyone here; they or an admin can have it forgotten.")
            self._forget(rows)
        return (await self._facts(person, rows))[0]

    async def forget_all(self) -> Sequence[Fact]:
        """Forget every fact of the person's own that holds here; returns what was forgotten."""
        async with self._db.write() as session:
            person = await identities.find(session, self._account.id, lock=True)
            rows = await read_rows(session, own(person, self._place.server))
            self._forget(rows)
        return await self._facts(person, rows)

    async def restore(self, fact: str) -> Sequence[Fact]:
        """Remember the fact of that id again, and those that were forgotten together with it; returns them.

        Raises:
            UserError: It was forgotten too long ago, or is not the person's to restore.
        """
        async with self._db.write() as session:
            person = await identities.find(session, self._account.id, lock=True)
            row = await session.get(MemoryRow, fact)
            since = self._db.clock() - RESTORABLE
            if row is None or row.forgotten is None or row.forgotten < since or not self._may_forget(row, person):
                raise UserError("That cannot be taken back any more.")
            # Their own: accounts may have parted since.
            together = select(MemoryRow).where(
                MemoryRow.forgotten_with == row.forgotten_with, MemoryRow.person == row.person
            )
            rows = list(await session.scalars(together.order_by(MemoryRow.stated, MemoryRow.id)))
            stated = {same(each) for each in await read_rows(session, _live_facts_of(row.person))}
            for each in rows:
                if same(each) in stated:  # it was said once more meanwhile
                    await session.delete(each)
                else:
                    each.forgotten, each.forgotten_with, each.used = None, None, self._db.clock()
        return await self._facts(person, rows)

    async def _read(self, which: Callable[[str | None], ColumnElement[bool]]) -> tuple[str | None, list[MemoryRow]]:
        async with self._db.read() as session:
            person = await identities.find(session, self._account.id)
            return person, await read_rows(session, which(person))

    def _holding(self, person: str | None) -> ColumnElement[bool]:
        return holding(person, self._place)

    def _reach(self, person: str | None, scope: FactScope) -> ColumnElement[bool]:
        """The facts that reach exactly as far as one that is stated here."""
        if scope in ("channel", "server"):
            there = and_(MemoryRow.scope == scope, MemoryRow.place == self._place_of(scope))
            return and_(there, MemoryRow.forgotten.is_(None))
        return and_(own(person, self._place.server), MemoryRow.scope == scope)

    def _place_of(self, scope: FactScope) -> str | None:
        return {"channel": self._place.channels[0], "server": self._place.server}.get(scope)

    def _may_forget(self, row: MemoryRow, person: str | None) -> bool:
        for_others = row.place is not None and row.place in (*self._place.channels, self._place.server)
        return row.person == person or (self._admin and for_others)

    def _check(self, scope: FactScope) -> None:
        if scope in ("channel", "server") and not self._place.shared:
            raise UserError("Nobody else is here: leave `scope` out, or choose `person` for everywhere.")
        if scope == "server" and not self._place.joined:
            raise UserError("This is no server of mine: leave `scope` out, or choose `channel` for everyone here.")
        if scope == "server" and not self._admin:
            raise UserError("Only an admin can have me remember something for the whole server.")

    async def _check_room(self, session: AsyncSession, person: str, scope: FactScope) -> None:
        place = self._place_of(scope)
        full = [MemoryRow.person == person] if place is None else [MemoryRow.person == person, MemoryRow.place == place]
        for these in full:
            count = select(func.count()).select_from(MemoryRow).where(these, MemoryRow.forgotten.is_(None))
            if (await session.scalar(count) or 0) >= MOST_FACTS:
                raise UserError(
                    f"I remember {MOST_FACTS} facts already, and no more; have some forgotten first by "
                    "`/profile forget`."
                )

    def _row(self, person: str, text: str, scope: FactScope, *, confirmed: bool) -> MemoryRow:
        now = self._db.clock()
        return MemoryRow(
            id=new_id(),
            person=person,
            account=self._account.id,
            scope=scope,
            server=self._place.server,
            place=self._place_of(scope),
            said_in=self._place.name,
            text=text,
            confirmed=confirmed,
            stated=now,
            used=now,
        )

    def _forget(self, rows: Sequence[MemoryRow]) -> None:
        for row in rows:
            row.forgotten, row.forgotten_with = self._db.clock(), rows[0].id

    async def _order(self, about: str, rows: Sequence[MemoryRow]) -> list[int]:
        """The places of the rows, those first that have most to do with `about`."""
        if self._meaning is not None and about.strip():
            with suppress(UserError):
                vectors = await read_vectors(self._db, self._meaning, rows)
                return by_meaning(await self._meaning.model.aembed_query(about), vectors)
        return by_words(about, [row.text for row in rows])

    async def _alike(self, text: str, rows: Sequence[MemoryRow]) -> int | None:
        if self._meaning is not None:
            with suppress(UserError):
                vectors = await read_vectors(self._db, self._meaning, rows)
                return alike((await self._meaning.model.aembed_documents([text]))[0], vectors)
        return alike_in_words(text, [row.text for row in rows])

    async def _use(self, rows: Sequence[MemoryRow]) -> None:
        now = self._db.clock()
        stale = [row.id for row in rows if row.used < now - USED_DAILY]
        if stale:
            async with self._db.write() as session:
                await session.execute(update(MemoryRow).where(MemoryRow.id.in_(stale)).values(used=now))

    async def _facts(self, person: str | None, rows: Sequence[MemoryRow]) -> list[Fact]:
        others = {row.account for row in rows if row.person != person}
        names: dict[str | None, str] = {}
        if others:
            query = select(IdentityRow.account, IdentityRow.name).where(IdentityRow.account.in_(others))
            async with self._db.read() as session:
                names = {row.account: row.name for row in await session.execute(query)}
        return [fact_of(row, names.get(row.account, "")) for row in rows]


async def prune(db: Database, unused: timedelta | None) -> None:
    """Delete what was forgotten and can be restored no more, and with an age the facts that nobody used for so long."""
    now = db.clock()
    old = MemoryRow.forgotten < now - RESTORABLE
    if unused is not None:
        old = or_(old, MemoryRow.used < now - unused)
    async with db.write() as session:
        await delete_where(session, MemoryVectorRow, MemoryVectorRow.memory.in_(select(MemoryRow.id).where(old)))
        await delete_where(session, MemoryRow, old)


def _live_facts_of(person: str) -> ColumnElement[bool]:
    return and_(MemoryRow.person == person, MemoryRow.forgotten.is_(None))
