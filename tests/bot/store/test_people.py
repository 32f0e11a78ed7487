"""Profiles: preferences, facts, and the rows about a person."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from datetime import datetime, time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select, update

from bot.body import Body
from bot.cited import Cited
from bot.errors import UserError
from bot.memories import Meaning
from bot.platform import MessageRef
from bot.profile import Kept, Length, Profile, Tone
from bot.request import Message, Person
from bot.schedule import Order, Subscription, Times, Window
from bot.settings import Scope
from bot.store import Database, Digests, Messages, PersonProfiles, PluginStorage, SettingsStore, Usage
from bot.store.answers import Answers
from bot.store.cited import CitedAnswers, Posted
from bot.store.facts import Place, read_rows
from bot.store.inbox import Inbox
from bot.store.linking import PersonAccounts
from bot.store.meanings import KeptMeanings
from bot.store.memories import PersonMemories
from bot.store.memory_vectors import read_vectors
from bot.store.personal import about
from bot.store.tables import Base, IdentityRow, PersonRow, PreferencesRow
from bot.store.tables_conversations import RecapMessageRow, RecapRow
from bot.store.tables_knowledge import PassageRow, SourceRow, VectorRow
from bot.store.tables_memory import MemoryRow
from bot.store.tables_personas import PersonaChoiceRow
from bot.store.tables_reminders import ReminderRow
from bot.values import ChannelRef, Language
from tests.bot.store.conftest import ANA, BEN, DM, GENERAL, FakeClock, request_from
from tests.bot.words import WordEmbeddings

HOME = "chat:home"


def memories(db: Database, person: Person, server: str | None) -> PersonMemories:
    """What is remembered for a person in a server's general channel, or in a direct message."""
    channel = replace(GENERAL if server else DM, server=server)
    return PersonMemories(db, person, Place.of(request_from(person, channel)))


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
    await memories(db, person, HOME).remember(f"{person.name} likes tea")
    await memories(db, person, None).remember(f"{person.name} is tired")
    await PersonAccounts(db, person).offer()
    async with db.read() as session:
        facts = await read_rows(session, MemoryRow.account == person.id)
    await read_vectors(db, Meaning("words", WordEmbeddings()), facts)
    await _keep_for_others(db, person, facts[0].person, clock())
    messages = Messages(db)
    said = Message(f"m-{person.id}", "general", person.id, person.name, f"{person.name} speaks", clock())
    answer = replace(said, id=f"a-{person.id}", author="bot", reply_to=said.id, from_bot=True, text=f"To {person.name}")
    for message in (said, answer):
        await messages.record("chat", GENERAL, message)
    await KeptMeanings(db, "chat", Meaning("words", WordEmbeddings())).of([said], [[said.text]])
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
    order = Order("digest post", Times(time(8), frozenset({0}), zone), (ChannelRef("news", "news"),))
    digest = Subscription(f"d-{person.id}", "chat", HOME, person.id, order, clock(), clock())
    await digests.replace(digest)
    await digests.claim(digest.id, Window(clock(), clock()))
    answers = Answers(db)
    await answers.keep(request, MessageRef("general", f"answer-{person.id}"))
    await answers.rate(request.id, person.id, good=True)
    await Inbox(db).accept(replace(request, id=f"r-{person.id}", text=f"{person.name} asks"))
    told = Body().adding(Cited(f"{person.name} speaks", (said,)))
    ref = MessageRef(dm.id, f"told-{person.id}")
    await CitedAnswers(db).keep(Posted(f"t-{person.id}", "chat", dm, person.id, ref, told, "", clock()))


async def _keep_for_others(db: Database, person: Person, row: str, now: datetime) -> None:
    """What has no words of its own here: a persona, a reminder, a document and the summary of a conversation."""
    key = person.id
    async with db.write() as session:
        session.add(PersonaChoiceRow(person=row, server=HOME, name="tutor"))
        told = {"at": time(9), "zone": "UTC", "state": "waiting", "changed": now, "due": now, "kind": "dm"}
        place = {"platform": "chat", "channel": f"dm-{key}", "channel_name": person.name}
        session.add(ReminderRow(id=f"m-{key}", account=key, name=person.name, text="water the plants", **place, **told))
        session.add(RecapRow(id=f"s-{key}", text=f"{person.name} asked", **_recap(key, now)))
        source = SourceRow(
            shelf=f"chat:dm-{key}", account=key, kind="file", title="notes", origin="a", read=now, **place
        )
        session.add(source)
        await session.flush()
        session.add(RecapMessageRow(recap=f"s-{key}", message="1", author=key))
        passage = PassageRow(source=source.id, position=0, text=f"{person.name} notes", hash="a")
        session.add(passage)
        await session.flush()
        session.add(VectorRow(passage=passage.id, shelf=source.shelf, model="words", vector=b"1"))


def _recap(key: str, now: datetime) -> dict[str, Any]:
    return {"platform": "chat", "channel": f"dm-{key}", "conversation": "", "until": now, "written": now}


async def test_reading_a_profile_writes_nothing(db: Database) -> None:
    profiles = PersonProfiles(db, ANA, HOME)
    assert Profile() == await profiles.get()
    assert await memories(db, ANA, HOME).forget_all() == []
    assert Kept({}, {}) == await profiles.kept()
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
    fact = await memories(db, ANA, HOME).remember("I sing in a choir")
    secret = await memories(db, ANA, None).remember("I am looking for a job")
    known = await memories(db, ANA, HOME).remember("I am left-handed", "person")
    assert Profile(tone=Tone.FORMAL, facts=(fact, known)) == await here.get()
    assert Profile(tone=Tone.FORMAL, facts=(known,)) == await there.get()
    assert Profile(tone=Tone.FORMAL, facts=(secret, known)) == await private.get()


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
    # The message that a summary tells of goes with the summary.
    assert sum(both.values()) - sum(others.values()) - 1 == await ana.erase()
    assert others == await _rows(db)
    assert export == await ben.export()
    left = await ana.export()
    assert {name: [] for name in [*both, "listening"]} | {"exported": left["exported"], "accounts": [ANA.id]} == left
    assert await ana.erase() == 0


async def test_what_is_kept_is_counted_by_table_and_plugin(db: Database, clock: FakeClock) -> None:
    await _keep_everything(db, BEN, clock)
    await _keep_everything(db, ANA, clock)
    kept = await PersonProfiles(db, ANA, HOME).kept()
    assert {"dice": 4} == kept.plugins
    assert (2, 2, 1) == (kept.rows["memories"], kept.rows["messages"], kept.rows["reminders"])


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
        await memories(db, ANA, HOME).remember("the safe opens with porcupine")
        await profiles.erase()
    assert b"porcupine" not in file.read_bytes()
