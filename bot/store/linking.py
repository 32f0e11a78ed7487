"""Joining a person's accounts by a code that is good once."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import and_, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.accounts import Account, Joined
from bot.errors import UserError
from bot.request import Person, new_id
from bot.store import identities
from bot.store.database import Database, delete_where
from bot.store.joining import join_people, split_off
from bot.store.tables import IdentityRow
from bot.store.tables_memory import LinkRow

LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
"""What codes are made of: none looks like another."""

CODE_LETTERS = 8
"""Of 32 each: a guess is right once in 10¹² for every code that is out."""

GOOD_FOR = timedelta(minutes=10)
"""How long a code can be used."""

TRIES, TRIES_IN = 5, timedelta(hours=1)
"""How many wrong codes an account may give in which time."""


class PersonAccounts:
    """The `Accounts` of one person.

    Args:
        db: Where they are kept.
        person: The account that asks.
    """

    def __init__(self, db: Database, person: Person) -> None:
        self._db = db
        self._account = person

    async def all(self) -> Sequence[Account]:
        """Every account of the person's, the one that asks first."""
        async with self._db.read() as session:
            person = await identities.find(session, self._account.id)
            return await self._accounts(session, person)

    async def offer(self) -> str:
        """A code by which another account can be joined once, within ten minutes; an earlier one ends."""
        letters = "".join(secrets.choice(LETTERS) for _ in range(CODE_LETTERS))
        given = {"code": _hashed(letters), "given": self._db.clock()}
        async with self._db.write() as session:
            await identities.find_or_add(self._db, session, self._account)
            insert = self._db.insert(LinkRow).values(account=self._account.id, wrong=0, **given)
            await session.execute(insert.on_conflict_do_update(index_elements=["account"], set_=given))
        return f"{letters[:4]}-{letters[4:]}"

    async def whose(self, code: str) -> Account:
        """The account that gave out a code; nothing is joined yet.

        Raises:
            UserError: Nobody gave it out, it is too old, it is the account's own, or there were too many wrong ones.
        """
        account = await self._check(code)
        async with self._db.read() as session:
            identity = await session.get_one(IdentityRow, account)
            return Account(identity.account, identity.name)

    async def join(self, code: str) -> Joined:
        """Make this account and the one that gave out the code one person's; where both chose, the later one holds.

        Raises:
            UserError: As for `whose`.
        """
        await self._check(code)
        async with self._db.write() as session:
            account = await self._giver(session, code, lock=True)
            giver = None if account is None else await identities.find(session, account, lock=True)
            if giver is None:
                raise UserError(_UNKNOWN)
            mine = await identities.find_or_add(self._db, session, self._account)
            if mine == giver:
                raise UserError(_LINKED)
            settled, facts = await join_people(session, giver, mine)
            await session.execute(update(LinkRow).where(LinkRow.account == account).values(code=None, given=None))
            return Joined(tuple(await self._accounts(session, giver)), tuple(settled), facts)

    async def leave(self, account: str | None = None) -> Account:
        """Let an account be a person's of its own again: with the facts stated from it, and a copy of the preferences.

        Raises:
            UserError: There is no other account, or none of that id.
        """
        async with self._db.write() as session:
            person, accounts = await identities.find_all(session, self._account.id, lock=True)
            if person is None or len(accounts) == 1:
                raise UserError("No other account is linked with this one; `/profile link` links one.")
            wanted = account or self._account.id
            found = {each.id: each for each in await self._accounts(session, person)}
            if wanted not in found:
                raise UserError("That account is not linked; `/profile show` lists those that are.")
            await split_off(session, person, wanted, new_id(), self._db.clock())
            return found[wanted]

    async def _accounts(self, session: AsyncSession, person: str | None) -> list[Account]:
        query = select(IdentityRow.account, IdentityRow.name).where(IdentityRow.person == person)
        rows = await session.execute(query.order_by(IdentityRow.account))
        found = [Account(row.account, row.name, row.account == self._account.id) for row in rows]
        if not found:
            return [Account(self._account.id, self._account.name, here=True)]
        return sorted(found, key=lambda each: not each.here)

    async def _check(self, code: str) -> str:
        """The account that gave out a code; a wrong one counts against the account that asks.

        Raises:
            UserError: It is not good, or there were too many wrong ones.
        """
        now = self._db.clock()
        async with self._db.write() as session:
            # Written as it is, so that whoever guesses with many requests at once waits for each, also in PostgreSQL.
            row = self._db.insert(LinkRow).values(account=self._account.id, wrong=0)
            await session.execute(
                row.on_conflict_do_update(index_elements=["account"], set_={"account": row.excluded.account})
            )
            tried = await session.get_one(LinkRow, self._account.id)
            wrong = tried.wrong if tried.since and tried.since > now - TRIES_IN else 0
            if wrong >= TRIES:
                raise UserError("That were too many wrong codes; try again in an hour.")
            giver = await self._giver(session, code)
            if giver is None:
                tried.wrong, tried.since = wrong + 1, now
            persons = [await identities.find(session, account) for account in (giver or "", self._account.id)]
        # Outside: the error must not undo the counting.
        if giver is None:
            raise UserError(_UNKNOWN)
        if giver == self._account.id:
            raise UserError("That is this account's own code; write it where you use your other account.")
        if persons[0] == persons[1]:
            raise UserError(_LINKED)
        return giver

    async def _giver(self, session: AsyncSession, code: str, *, lock: bool = False) -> str | None:
        since = self._db.clock() - GOOD_FOR
        query = select(LinkRow.account).where(LinkRow.code == _hashed(_letters(code)), LinkRow.given > since)
        return await session.scalar(query.with_for_update() if lock else query)


async def prune(db: Database) -> None:
    """Delete codes that are good no more, and the count of wrong ones once it does not matter."""
    now = db.clock()
    over = or_(LinkRow.given.is_(None), LinkRow.given < now - GOOD_FOR)
    calm = or_(LinkRow.since.is_(None), LinkRow.since < now - TRIES_IN)
    async with db.write() as session:
        await delete_where(session, LinkRow, and_(over, calm))


_LINKED = "These accounts are linked already."

_UNKNOWN = (
    "That code is not good, or not any more: it is for one use within ten minutes. `/profile link` gives a new one."
)


def _letters(code: str) -> str:
    return "".join(letter for letter in code.upper() if letter.isalnum())


def _hashed(letters: str) -> str:
    return hashlib.sha256(f"atelier link {letters}".encode(errors="replace")).hexdigest()
