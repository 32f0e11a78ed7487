"""What is kept about a person: preferences, facts, and the right to see and erase all of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import and_, select

from bot.errors import UserError
from bot.profile import Fact, Format, Kept, Length, Profile, Tone
from bot.request import Person
from bot.store import identities
from bot.store.citing import take_out
from bot.store.database import Database
from bot.store.facts import fact_of, own, read_rows
from bot.store.personal import count_about, count_plugins, erase_about, rows_about
from bot.store.preferences import PREFERENCES, load_time, load_zone
from bot.store.quoting import UNQUOTED
from bot.store.tables import PreferencesRow
from bot.store.tables_cited import CitedAnswerRow, CitedSourceRow
from bot.values import Language


class PersonProfiles:
    """The profile of one person as it is in one server.

    Nothing is written about a person until there is something to keep.

    Args:
        db: Where it is kept.
        person: Who asks.
        server: As `Place.server`.
    """

    def __init__(self, db: Database, person: Person, server: str | None) -> None:
        self._db = db
        self._account = person
        self._server = server

    async def get(self) -> Profile:
        """The profile as it is now."""
        async with self._db.read() as session:
            person = await identities.find(session, self._account.id)
            if person is None:
                return Profile()
            kept = await session.get(PreferencesRow, person)
            facts = [fact_of(row) for row in await read_rows(session, own(person, self._server))]
        return _profile(kept, facts)

    async def set(self, name: str, value: str | None) -> Profile:
        """Set a preference such as `language` or `tone`; None goes back to the default.

        Raises:
            UserError: There is no such preference or value.
        """
        find = PREFERENCES.get(name)
        if find is None:
            raise UserError(f"There is no preference called “{name}”; there are {', '.join(PREFERENCES)}.")
        found = None if value is None else find(value)
        async with self._db.write() as session:
            person = await identities.find_or_add(self._db, session, self._account)
            new = {name: found, "changed": self._db.clock()}
            insert = self._db.insert(PreferencesRow).values(person=person, **new)
            await session.execute(insert.on_conflict_do_update(index_elements=["person"], set_=new))
        return await self.get()

    async def accounts(self) -> Sequence[str]:
        """All accounts of the person's."""
        async with self._db.read() as session:
            return (await identities.find_all(session, self._account.id))[1]

    async def kept(self) -> Kept:
        """How much is kept about the person, of every server and account."""
        async with self._db.read() as session:
            person, accounts = await identities.find_all(session, self._account.id)
            return Kept(await count_about(session, person, accounts), await count_plugins(session, accounts))

    async def export(self) -> Mapping[str, object]:
        """Everything kept about the person in every table, of every server, ready for JSON."""
        async with self._db.read() as session:
            person, accounts = await identities.find_all(session, self._account.id)
            rows = await rows_about(session, person, accounts)
        return {"exported": self._db.clock().isoformat(), "accounts": accounts} | rows

    async def erase(self) -> int:
        """Delete everything kept about the person in every table; returns how many rows went."""
        async with self._db.write() as session:
            person, accounts = await identities.find_all(session, self._account.id, lock=True)
            # Of what others read, the rest stays; what the person alone reads goes as a whole.
            own = select(CitedAnswerRow.id).where(CitedAnswerRow.account.in_(accounts))
            told = and_(CitedSourceRow.author.in_(accounts), CitedSourceRow.answer.not_in(own))
            sources = await take_out(session, told, self._db.clock())
            return sources + await erase_about(session, person, accounts)


def _profile(kept: PreferencesRow | None, facts: list[Fact]) -> Profile:
    """The profile; a value that this version does not know, or no longer, is the default."""
    if kept is None:
        return Profile(facts=tuple(facts))
    return Profile(
        language=None if kept.language is None else Language(kept.language),
        zone=load_zone(kept.zone),
        tone=Tone(kept.tone) if kept.tone in set(Tone) else Tone.PLAIN,
        length=Length(kept.length) if kept.length in set(Length) else Length.MEDIUM,
        format=Format(kept.format) if kept.format in set(Format) else Format.AUTO,
        summaries=Length(kept.summaries) if kept.summaries in set(Length) else None,
        digest_at=load_time(kept.digest),
        pictures=kept.pictures or "",
        music=kept.music or "",
        quoted=kept.quoted != UNQUOTED,
        facts=tuple(facts),
    )
