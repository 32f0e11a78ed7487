"""Profiles: preferences, facts, and the rows about a person."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, time
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, func, select, update

from bot.errors import UserError
from bot.platform import MessageRef
from bot.profile import Fact, Length, Profile, Tone
from bot.request import Message, Person
from bot.schedule import Subscription
from bot.settings import Scope
from bot.store import Database, Digests, Messages, PersonProfiles, PluginStorage, SettingsStore, Usage
from bot.store.answers import Answers
from bot.store.inbox import Inbox
from bot.store.people import LONGEST_FACT
from bot.store.personal import about
from bot.store.tables import Base, IdentityRow, PersonRow, PreferencesRow
from bot.values import Language
from tests.bot.store.conftest import ANA, BEN, DM, GENERAL, FakeClock, request_from

HOME = "chat:home"


async def _rows(db: Database) -> dict[str, int]:
    """How many rows each table has that can be about somebody."""
    async with db.read() as session:
        return {
            table.name: await session.scalar(select(func.count()).select_from(table)) or 0
            for table in Base.metadata.sorted_tables
            if table.name != "listening"
        }


async def _keep_everything(db: Database, person: Person, clock: FakeClock) -> None:
    """Make every table keep something about a person."""
    profiles = PersonProfiles(db, person, HOME)
    await profiles.set("tone", "formal")
    await profiles.remember(f"{person.name} likes tea")
    await PersonProfiles(db, person, None).remember(f"{person.name} is tired")
    messages = Messages(db)
    said = Message(f"m-{person.id}", "general", person.id, person.name, f"{person.name} speaks", clock())
    answer = replace(said, id=f"a-{person.id}", author="bot", reply_to=said.id, from_bot=True, text=f"To {person.name}")
    for message in (said, answer):
        await messages.record("chat", GENERAL, message)
    dm = replace(DM, id=f"dm-{person.id}")
    for message in (said, replace(answer, reply_to=None)):
        await messages.record("chat", dm, replace(message, channel=dm.id))
    for channel in (GENERAL, dm):
        await PluginStorage(db, "dice", "chat", person, channel).person.put("rolls", [person.name])
    await PluginStorage(db, "dice", "chat", person, dm).server.put("game", person.name)
    await PluginStorage(db, "dice", "chat", person, dm).channel.put("turn", person.name)
    await SettingsStore(db).for_request(request_from(person, dm)).set_limit(5, None, Scope.CHANNEL)
    request = request_from(person)
    await Usage(db).record(request, seconds=0.5, outcome="done")
    digests = Digests(db)
    zone = ZoneInfo("UTC")
    place = "chat", HOME, f"c-{person.id}", "news"
    digest = Subscription(f"d-{person.id}", *place, person.id, time(8), frozenset({0}), zone, "digest now", clock())
    await digests.replace(digest)
    await digests.claim(digest.id, clock(), clock())
    answers = Answers(db)
    await answers.keep(request, MessageRef("general", f"answer-{person.id}"))
    await answers.rate(request.id, person.id, good=True)
    await Inbox(db).accept(replace(request, id=f"r-{person.id}", text=f"{person.name} asks"))


async def test_reading_a_profile_writes_nothing(db: Database) -> None:
    profiles = PersonProfiles(db, ANA, HOME)
    assert Profile() == await profiles.get()
    assert await profiles.forget(None) == []
    assert await profiles.erase() == 0
    await profiles.export()
    assert set((await _rows(db)).values()) == {0}


async def test_preferences_are_kept_and_taken_back(db: Database) -> None:
    profiles = PersonProfiles(db, ANA, HOME)
    await profiles.set("language", "German")
    await profiles.set("zone", "berlin")
    await profiles.set("tone", "Friendly")
    expected = Profile(Language("de"), ZoneInfo("Europe/Berlin"), Tone.FRIENDLY)
    assert replace(expected, length=Length.LONG) == await profiles.set("length", "long")
    assert expected == await profiles.set("length", None)
    for name in ("language", "zone", "tone"):
        await profiles.set(name, None)
    assert Profile() == await profiles.get()


async def test_preferences_hold_on_every_server_and_facts_only_where_they_were_stated(db: Database) -> None:
    here, there, private = (PersonProfiles(db, ANA, server) for server in (HOME, "chat:work", None))
    await here.set("tone", "formal")
    fact = await here.remember("I sing in a choir")
    secret = await private.remember("I am looking for a job")
    assert Profile(tone=Tone.FORMAL, facts=(fact,)) == await here.get()
    assert Profile(tone=Tone.FORMAL) == await there.get()
    assert Profile(tone=Tone.FORMAL, facts=(secret,)) == await private.get()
    assert await there.forget(None) == []
    assert await there.forget(fact.id) == []


@pytest.mark.parametrize(
    ("name", "value", "advice"),
    [
        ("colour", "red", "there are language, zone, tone, length"),
        ("tone", "rude", "plain, friendly, formal or playful"),
    ],
)
async def test_a_preference_that_does_not_exist_is_refused_and_nothing_is_kept(
    db: Database,
    name: str,
    value: str,
    advice: str,
) -> None:
    with pytest.raises(UserError, match=advice):
        await PersonProfiles(db, ANA, HOME).set(name, value)
    assert set((await _rows(db)).values()) == {0}


async def test_a_value_of_another_version_is_the_default(db: Database) -> None:
    profiles = PersonProfiles(db, ANA, HOME)
    await profiles.set("tone", "formal")
    async with db.write() as session:
        await session.execute(update(PreferencesRow).values(tone="rude", length="epic", zone="Moon/Base"))
    assert Profile() == await profiles.get()


async def test_facts_come_oldest_first_and_each_only_once(db: Database, clock: FakeClock) -> None:
    profiles = PersonProfiles(db, ANA, HOME)
    first = await profiles.remember("  I live in Porto\x00 ")
    assert Fact(first.id, "I live in Porto", HOME, clock()) == first
    clock.advance(minutes=1)
    second = await profiles.remember("I have a cat")
    assert first == await profiles.remember("I live in Porto")
    assert (first, second) == (await profiles.get()).facts


@pytest.mark.parametrize(("text", "advice"), [(" \x00", "Say what"), ("x" * (LONGEST_FACT + 1), "too long")])
async def test_a_fact_must_say_something_in_few_words(db: Database, text: str, advice: str) -> None:
    with pytest.raises(UserError, match=advice):
        await PersonProfiles(db, ANA, HOME).remember(text)


async def test_a_fact_is_forgotten_by_id_by_text_or_with_all_others(db: Database) -> None:
    profiles = PersonProfiles(db, ANA, HOME)
    facts = [await profiles.remember(text) for text in ("one", "Two", "three", "four")]
    assert [facts[0]] == await profiles.forget(facts[0].id)
    assert [facts[1]] == await profiles.forget(" two ")
    assert await profiles.forget("five") == []
    assert facts[2:] == await profiles.forget(None)
    assert Profile() == await profiles.get()


async def test_the_same_fact_stated_twice_at_once_is_one_fact(url: str) -> None:
    async with await Database.open(url) as one, await Database.open(url) as two:
        profiles = [PersonProfiles(db, ANA, HOME) for db in (one, two)]
        stated = await asyncio.gather(*(each.remember("I like tea") for each in profiles * 5))
        assert len({fact.id for fact in stated}) == 1
        rows = await _rows(one)
        assert (rows["people"], rows["identities"], rows["memories"]) == (1, 1, 1)


async def test_writing_and_erasing_at_once_neither_fail_nor_leave_half_a_person(url: str) -> None:
    async with await Database.open(url) as one, await Database.open(url) as two:
        writers = [PersonProfiles(db, ANA, HOME) for db in (one, two)]
        work = [each.set("tone", "formal") for each in writers * 4] + [each.erase() for each in writers * 4]
        await asyncio.gather(*work)
        rows = await _rows(one)
        assert rows["people"] == rows["identities"]
        assert rows["preferences"] <= rows["people"]
        await writers[0].erase()
        assert set((await _rows(one)).values()) == {0}


async def test_the_name_and_locale_of_the_last_write_are_kept(db: Database, clock: FakeClock) -> None:
    await PersonProfiles(db, ANA, HOME).set("tone", "formal")
    later = clock.advance(days=1)
    await PersonProfiles(db, replace(ANA, name="Ana\x00 Maria", locale=None), HOME).set("tone", "plain")
    async with db.read() as session:
        row = await session.get_one(IdentityRow, ANA.id)
    assert ("Ana Maria", None, later) == (row.name, row.locale, row.last_seen)


def test_every_table_says_whom_its_rows_are_about() -> None:
    assert set(Base.metadata.tables) == {table.__tablename__ for table in about(None, [])}


async def test_an_export_tells_every_row_about_the_person_and_nothing_about_others(
    db: Database,
    clock: FakeClock,
) -> None:
    await _keep_everything(db, ANA, clock)
    alone = await _rows(db)
    await _keep_everything(db, BEN, clock)
    export = json.loads(json.dumps(await PersonProfiles(db, ANA, "chat:elsewhere").export()))
    assert all(alone.values()), "the test keeps something in every table"
    assert alone == {name: len(export[name]) for name in alone}
    assert ([ANA.id], clock().isoformat()) == (export["accounts"], export["exported"])
    assert {"Ana likes tea", "Ana is tired"} == {memory["text"] for memory in export["memories"]}
    assert "Ben" not in json.dumps(export)


async def test_an_erased_person_leaves_no_row_and_others_keep_theirs(db: Database, clock: FakeClock) -> None:
    await _keep_everything(db, BEN, clock)
    others = await _rows(db)
    await _keep_everything(db, ANA, clock)
    both = await _rows(db)
    ana, ben = (PersonProfiles(db, person, HOME) for person in (ANA, BEN))
    export = await ben.export()
    assert sum(both.values()) - sum(others.values()) == await ana.erase()
    assert others == await _rows(db)
    assert export == await ben.export()
    left = await ana.export()
    assert {name: [] for name in [*both, "listening"]} | {"exported": left["exported"], "accounts": [ANA.id]} == left
    assert await ana.erase() == 0


async def test_someone_without_a_profile_can_export_and_erase_what_they_wrote(db: Database, clock: FakeClock) -> None:
    await Messages(db).record("chat", GENERAL, Message("1", "general", ANA.id, "Ana", "hi", clock()))
    profiles = PersonProfiles(db, ANA, HOME)
    exported = (await profiles.export())["messages"]
    assert isinstance(exported, list)
    assert [message["text"] for message in exported] == ["hi"]
    assert await profiles.erase() == 1
    assert set((await _rows(db)).values()) == {0}


async def test_erasing_reaches_every_account_of_a_person(db: Database, clock: FakeClock) -> None:
    await PersonProfiles(db, ANA, HOME).set("tone", "formal")
    async with db.write() as session:
        person = await session.scalar(select(PersonRow.id))
        assert person is not None
        session.add(IdentityRow(account="other:ana", person=person, name="ana", last_seen=clock()))
    other = Message("1", "general", "other:ana", "ana", "hello from there", clock())
    await Messages(db).record("other", GENERAL, other)
    assert await PersonProfiles(db, ANA, HOME).erase() == 5
    assert set((await _rows(db)).values()) == {0}


async def test_what_was_erased_is_not_in_the_file_either(tmp_path: Path) -> None:
    file = tmp_path / "atelier.db"
    async with await Database.open(f"sqlite:///{file}") as db:
        await db.migrate()
        profiles = PersonProfiles(db, ANA, HOME)
        await profiles.remember("the safe opens with porcupine")
        await profiles.erase()
    assert b"porcupine" not in file.read_bytes()


# Isolation: however the requests of many people in many servers follow each other, each sees what they did alone.

PEOPLE = [Person(f"chat:{name}", name) for name in ("ana", "ben", "cleo")]
SERVERS = [None, "chat:home", "chat:work"]

Act = tuple[Literal["set", "remember", "forget", "erase", "put"], Person, str | None, str]

acts = st.tuples(
    st.sampled_from(["set", "remember", "forget", "erase", "put"]),
    st.sampled_from(PEOPLE),
    st.sampled_from(SERVERS),
    st.sampled_from(["plain", "friendly", "formal", "playful"]),
)


class Model:
    """What each person would see if there were nobody else."""

    def __init__(self) -> None:
        self.tone: dict[Person, str] = {}
        self.facts: dict[tuple[Person, str | None], list[str]] = {}
        self.shelf: dict[tuple[Person, str | None], dict[str, str]] = {}

    def act(self, act: Act) -> None:
        kind, person, server, word = act
        here = person, server
        if kind == "set":
            self.tone[person] = word
        elif kind == "remember":
            self.facts.setdefault(here, [])
            if word not in self.facts[here]:
                self.facts[here].append(word)
        elif kind == "forget":
            self.facts[here] = [fact for fact in self.facts.get(here, []) if fact != word]
        elif kind == "put":
            self.shelf.setdefault(here, {})[word] = f"{person.id} {server}"
        else:
            self.tone.pop(person, None)
            for each in SERVERS:
                self.facts.pop((person, each), None)
                self.shelf.pop((person, each), None)


async def _act(db: Database, act: Act) -> None:
    kind, person, server, word = act
    profiles = PersonProfiles(db, person, server)
    if kind == "set":
        await profiles.set("tone", word)
    elif kind == "remember":
        await profiles.remember(word)
    elif kind == "forget":
        await profiles.forget(word)
    elif kind == "put":
        await _storage(db, person, server).person.put(word, f"{person.id} {server}")
    else:
        await profiles.erase()


def _storage(db: Database, person: Person, server: str | None) -> PluginStorage:
    return PluginStorage(db, "dice", "chat", person, replace(GENERAL if server else DM, server=server))


@pytest.fixture
async def still(url: str) -> AsyncIterator[Database]:
    """A database whose clock goes on by itself, so that facts are in order."""
    ticks = iter(range(10_000_000))
    async with await Database.open(url, clock=lambda: datetime.fromtimestamp(1_800_000_000 + next(ticks), UTC)) as db:
        yield db


async def _check(db: Database, model: Model) -> None:
    for person in PEOPLE:
        for server in SERVERS:
            profile = await PersonProfiles(db, person, server).get()
            assert model.tone.get(person, "plain") == profile.tone
            assert model.facts.get((person, server), []) == [fact.text for fact in profile.facts]
            assert model.shelf.get((person, server), {}) == await _storage(db, person, server).person.items()


async def _wipe(db: Database) -> None:
    async with db.write() as session:
        for table in reversed(Base.metadata.sorted_tables):
            await session.execute(delete(table))


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(history=st.lists(acts, max_size=15))
async def test_nobody_sees_what_is_kept_about_another_or_in_another_server(still: Database, history: list[Act]) -> None:
    await _wipe(still)
    model = Model()
    for act in history:
        await _act(still, act)
        model.act(act)
    await _check(still, model)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(histories=st.fixed_dictionaries({person.id: st.lists(acts, max_size=6) for person in PEOPLE}))
async def test_people_at_once_do_not_disturb_each_other(still: Database, histories: dict[str, list[Act]]) -> None:
    await _wipe(still)
    model = Model()

    async def live(person: Person) -> None:
        for kind, _, server, word in histories[person.id]:
            await _act(still, (kind, person, server, word))
            model.act((kind, person, server, word))

    await asyncio.gather(*(live(person) for person in PEOPLE))
    await _check(still, model)
