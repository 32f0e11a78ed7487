"""Joining accounts by a code, and parting them."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from bot.accounts import Account, Joined, Settled
from bot.errors import UserError
from bot.profile import Tone
from bot.request import Person
from bot.store import PersonProfiles, identities, linking
from bot.store.database import Database
from bot.store.linking import TRIES, PersonAccounts
from bot.store.tables import Base, PersonRow
from bot.store.tables_memory import LinkRow
from bot.store.tables_personas import PersonaChoiceRow
from tests.bot.store.conftest import ANA, BEN, DM, GENERAL, FakeClock
from tests.bot.store.test_memories import here, texts

SLACK = Person("slack:ana", "Ana M.")
LOUNGE = replace(GENERAL, id="lounge", server="slack:home")


async def link(db: Database, giver: Person = ANA, taker: Person = SLACK) -> Joined:
    return await PersonAccounts(db, taker).join(await PersonAccounts(db, giver).offer())


async def test_linked_accounts_share_preferences_and_facts(db: Database, clock: FakeClock) -> None:
    await PersonProfiles(db, ANA, None).set("tone", "formal")
    await PersonProfiles(db, ANA, None).set("zone", "Europe/Berlin")
    clock.advance(minutes=1)
    await PersonProfiles(db, SLACK, None).set("tone", "playful")
    for person in (ANA, SLACK):
        await here(db, person, DM).remember("I sing")
    await here(db).remember("I am everywhere", "person")
    await here(db, SLACK, LOUNGE).remember("I am in the lounge")
    joined = await link(db)
    assert (Account(SLACK.id, "Ana M.", here=True), Account(ANA.id, "Ana")) == joined.accounts
    assert (Settled("tone", "playful", "formal"),) == joined.settled
    assert joined.facts == 3
    for person in (ANA, SLACK):
        profile = await PersonProfiles(db, person, None).get()
        assert (Tone.PLAYFUL, ZoneInfo("Europe/Berlin")) == (profile.tone, profile.zone)
        assert await texts(db, person, DM) == ["I am everywhere", "I sing"]
        assert await texts(db, person, LOUNGE) == ["I am everywhere", "I am in the lounge"]
        assert await texts(db, person) == ["I am everywhere"]
    assert {ANA.id, SLACK.id} == set(await PersonProfiles(db, SLACK, None).accounts())
    async with db.read() as session:
        assert len((await session.scalars(select(PersonRow))).all()) == 1


@pytest.mark.parametrize("later", [ANA, SLACK])
async def test_what_was_chosen_later_holds(db: Database, clock: FakeClock, later: Person) -> None:
    chosen = {ANA.id: ("formal", "tutor"), SLACK.id: ("playful", "writer")}
    for person in (SLACK, ANA) if later is ANA else (ANA, SLACK):
        tone, persona = chosen[person.id]
        await PersonProfiles(db, person, None).set("tone", tone)
        clock.advance(minutes=1)
        async with db.write() as session:
            row = await identities.find(session, person.id) or ""
            session.add(PersonaChoiceRow(person=row, server="", name=persona))
            session.add(PersonaChoiceRow(person=row, server=person.id, name=persona))
    [settled] = (await link(db)).settled
    tone, persona = chosen[later.id]
    assert tone == settled.kept == (await PersonProfiles(db, SLACK, None).get()).tone
    async with db.read() as session:
        personas = {row.server: row.name for row in await session.scalars(select(PersonaChoiceRow))}
    assert {"": persona, ANA.id: "tutor", SLACK.id: "writer"} == personas


async def test_accounts_without_preferences_link_as_well(db: Database) -> None:
    assert (await link(db)).settled == ()
    third = Person("web:ana", "ana")
    await PersonProfiles(db, third, None).set("tone", "formal")
    joined = await link(db, SLACK, third)
    assert [third.id, ANA.id, SLACK.id] == [account.id for account in joined.accounts]
    assert (await PersonProfiles(db, ANA, None).get()).tone is Tone.FORMAL


async def test_a_code_is_good_once_for_ten_minutes_and_for_another_account(db: Database, clock: FakeClock) -> None:
    code = await PersonAccounts(db, ANA).offer()
    slack = PersonAccounts(db, SLACK)
    assert Account(ANA.id, "Ana") == await slack.whose(f" {code.lower().replace('-', ' ')} ")
    with pytest.raises(UserError, match="own code"):
        await PersonAccounts(db, ANA).join(code)
    await slack.join(code)
    with pytest.raises(UserError, match="not good"):
        await PersonAccounts(db, BEN).join(code)
    again = await PersonAccounts(db, ANA).offer()
    with pytest.raises(UserError, match="linked already"):
        await slack.join(again)
    newest = await PersonAccounts(db, ANA).offer()
    with pytest.raises(UserError, match="not good"):
        await PersonAccounts(db, BEN).join(again)
    clock.advance(minutes=11)
    with pytest.raises(UserError, match="not good"):
        await PersonAccounts(db, BEN).join(newest)
    assert [Account(BEN.id, "Ben", here=True)] == list(await PersonAccounts(db, BEN).all())


async def test_guessing_ends_soon(db: Database, clock: FakeClock) -> None:
    code = await PersonAccounts(db, ANA).offer()
    ben = PersonAccounts(db, BEN)
    for _ in range(TRIES):
        with pytest.raises(UserError, match="not good"):
            await ben.whose("AAAA-AAAA")
    with pytest.raises(UserError, match="too many"):
        await ben.join(code)
    clock.advance(minutes=61)
    with pytest.raises(UserError, match="not good"):
        await ben.whose(code)
    await linking.prune(db)
    async with db.read() as session:
        assert [BEN.id] == list(await session.scalars(select(LinkRow.account)))


async def test_guessing_with_many_requests_at_once_ends_as_soon(url: str) -> None:
    async with await Database.open(url) as one, await Database.open(url) as two:
        guessing = [PersonAccounts(db, BEN).whose("AAAA-AAAA") for db in (one, two) for _ in range(TRIES)]
        refused = await asyncio.gather(*guessing, return_exceptions=True)
        assert TRIES == sum("too many" in str(each) for each in refused)


async def test_the_code_itself_is_not_kept(db: Database) -> None:
    code = await PersonAccounts(db, ANA).offer()
    async with db.read() as session:
        [kept] = await session.scalars(select(LinkRow.code))
    assert kept is not None
    assert code not in kept
    assert code.replace("-", "") not in kept


async def test_one_code_links_one_account_also_when_two_use_it_at_once(url: str) -> None:
    async with await Database.open(url) as one, await Database.open(url) as two:
        code = await PersonAccounts(one, ANA).offer()
        takers = PersonAccounts(one, SLACK), PersonAccounts(two, BEN)
        ended = await asyncio.gather(*(taker.join(code) for taker in takers), return_exceptions=True)
        assert sorted(type(each).__name__ for each in ended) == ["Joined", "UserError"]
        assert len(await PersonAccounts(one, ANA).all()) == 2


async def test_an_account_that_leaves_takes_what_was_stated_from_it(db: Database) -> None:
    await here(db, SLACK, DM).remember("I was in Slack", "person")
    await here(db).remember("I was at home", "person")
    await PersonProfiles(db, ANA, None).set("tone", "formal")
    await link(db)
    async with db.write() as session:
        person = (await session.scalars(select(PersonRow))).one()
        session.add(PersonaChoiceRow(person=person.id, server="", name="tutor"))
    await here(db, SLACK, DM).remember("I know both", "person")
    ana = PersonAccounts(db, ANA)
    with pytest.raises(UserError, match="not linked"):
        await ana.leave("web:nobody")
    assert Account(SLACK.id, "Ana M.") == await ana.leave(SLACK.id)
    assert await texts(db) == ["I was at home"]
    assert sorted(await texts(db, SLACK, DM)) == ["I know both", "I was in Slack"]
    await PersonProfiles(db, ANA, None).set("tone", "plain")
    assert (await PersonProfiles(db, SLACK, None).get()).tone is Tone.FORMAL
    with pytest.raises(UserError, match="No other account"):
        await ana.leave()
    async with db.read() as session:
        assert ["tutor", "tutor"] == list(await session.scalars(select(PersonaChoiceRow.name)))


async def test_erasing_a_linked_person_erases_every_account(db: Database) -> None:
    await here(db, SLACK, DM).remember("I was in Slack", "person")
    await link(db)
    await PersonProfiles(db, ANA, None).erase()
    assert await texts(db, SLACK, DM) == []
    assert len(await PersonAccounts(db, SLACK).all()) == 1


def test_linking_knows_every_table_that_belongs_to_a_person() -> None:
    people = Base.metadata.tables["people"]
    belonging = {
        table.name
        for table in Base.metadata.sorted_tables
        if any(key.column.table is people for key in table.foreign_keys)
    }
    assert {"identities", "preferences", "memories", "persona_choices"} == belonging
