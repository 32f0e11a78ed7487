"""Facts that people asked to remember: where each holds, and how it is found again."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select, text

from bot.errors import UserError
from bot.memories import Meaning
from bot.profile import Fact, FactScope
from bot.request import Channel, ChannelKind, Person
from bot.store import memories
from bot.store.database import Database
from bot.store.facts import Place
from bot.store.memories import LONGEST_FACT, MOST_FACTS, PersonMemories
from bot.store.people import PersonProfiles
from bot.store.tables_memory import MemoryRow, MemoryVectorRow
from tests.bot.store.conftest import ANA, BEN, DM, GENERAL, FakeClock, request_from
from tests.bot.words import WordEmbeddings

HOME = "chat:home"
THREAD = Channel("t-1", HOME, ChannelKind.THREAD, "plans", "general")
RANDOM = Channel("random", HOME, ChannelKind.CHANNEL, "random")
# Discord's first channel has the id of its server.
NAMESAKE = Channel("home", "chat:other", ChannelKind.CHANNEL, "home")
WORK = Channel("lobby", "chat:work", ChannelKind.CHANNEL, "lobby")
# Where somebody brought Atelier along: people talk there with each other, and it is no member.
FRIENDS = Channel("friends", None, ChannelKind.CHANNEL, "friends")


def here(
    db: Database,
    person: Person = ANA,
    channel: Channel = GENERAL,
    *,
    admin: bool = False,
    meaning: Meaning | None = None,
) -> PersonMemories:
    return PersonMemories(db, person, Place.of(request_from(person, channel)), admin=admin, meaning=meaning)


async def texts(db: Database, person: Person = ANA, channel: Channel = GENERAL) -> list[str]:
    return [fact.text for fact in await here(db, person, channel).all()]


async def test_a_fact_is_kept_with_when_and_where_and_only_once(db: Database, clock: FakeClock) -> None:
    first = await here(db).remember("  I live in Porto\x00 ")
    assert Fact(first.id, "I live in Porto", HOME, clock(), "here", where="#general") == first
    clock.advance(minutes=1)
    second = await here(db, channel=THREAD).remember("I have a cat", confirmed=True)
    assert (True, "the thread “plans”") == (second.confirmed, second.where)
    assert first == await here(db).remember("I live in Porto")
    assert [first, second] == list(await here(db).all())
    assert (await here(db, channel=DM).remember("I snore")).where == "a direct message"


@pytest.mark.parametrize(
    ("said_in", "scope", "holds_in", "not_in", "for_others"),
    [
        (GENERAL, "here", [RANDOM, THREAD], [WORK, DM], []),
        (DM, "here", [replace(DM, id="dm-2")], [GENERAL, WORK, FRIENDS], []),
        (FRIENDS, "here", [], [GENERAL, WORK, DM, replace(FRIENDS, id="others")], []),
        (FRIENDS, "channel", [], [GENERAL, DM, replace(FRIENDS, id="others")], [FRIENDS]),
        (GENERAL, "person", [RANDOM, WORK, DM], [], []),
        (GENERAL, "channel", [THREAD], [RANDOM, WORK, DM], [GENERAL, THREAD]),
        (THREAD, "channel", [], [GENERAL, RANDOM, WORK], [THREAD]),
        (NAMESAKE, "channel", [], [GENERAL, RANDOM], [NAMESAKE]),
        (GENERAL, "server", [RANDOM, THREAD], [WORK, DM, NAMESAKE], [GENERAL, THREAD, RANDOM]),
    ],
)
async def test_a_fact_reaches_as_far_as_was_said(
    db: Database,
    said_in: Channel,
    scope: FactScope,
    holds_in: list[Channel],
    not_in: list[Channel],
    for_others: list[Channel],
) -> None:
    await here(db, channel=said_in, admin=True).remember("The plants want water", scope)
    for channel in [said_in, *holds_in]:
        assert await texts(db, channel=channel) == ["The plants want water"]
    for channel in not_in:
        assert await texts(db, channel=channel) == []
    for channel in [GENERAL, THREAD, RANDOM, WORK, DM, NAMESAKE, FRIENDS]:
        assert await texts(db, BEN, channel) == (["The plants want water"] if channel in for_others else [])


async def test_facts_of_others_say_whose_they_are(db: Database) -> None:
    await here(db).remember("The release is on 4 June", "channel")
    await here(db, BEN).remember("I am Ben")
    assert [("here", ""), ("channel", "Ana")] == [(fact.scope, fact.by) for fact in await here(db, BEN).all()]
    assert [("channel", "")] == [(fact.scope, fact.by) for fact in await here(db).all()]


@pytest.mark.parametrize(
    ("said", "channel", "scope", "advice"),
    [
        (" \x00", GENERAL, "here", "Say what"),
        ("x" * (LONGEST_FACT + 1), GENERAL, "here", "too long"),
        ("We meet at 9", GENERAL, "server", "Only an admin"),
        ("We meet at 9", DM, "channel", "Nobody else is here"),
        ("We meet at 9", FRIENDS, "server", "no server of mine"),
    ],
)
async def test_what_cannot_be_remembered_is_refused(
    db: Database, said: str, channel: Channel, scope: FactScope, advice: str
) -> None:
    with pytest.raises(UserError, match=advice):
        await here(db, channel=channel, admin=channel == FRIENDS).remember(said, scope)
    assert await texts(db, channel=channel) == []


async def test_there_is_an_end_to_what_is_remembered(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memories, "MOST_FACTS", 2)
    one = await here(db).remember("one")
    await here(db, BEN).remember("two", "channel")
    await here(db).remember("three", "channel")
    for person, scope in ((ANA, "here"), (BEN, "channel")):
        with pytest.raises(UserError, match="have some forgotten first"):
            await here(db, person).remember("four", scope)  # type: ignore[arg-type]  # a scope, as a plain string
    await here(db).remember("uno", instead=one.id)
    assert await texts(db) == ["uno", "two", "three"]
    assert MOST_FACTS > 2


async def test_a_fact_is_forgotten_by_who_said_it_or_by_an_admin_and_can_be_restored(
    db: Database, clock: FakeClock
) -> None:
    mine, ours = await here(db).remember("I sing"), await here(db).remember("We meet at 9", "channel")
    for fact in (mine, ours):
        with pytest.raises(UserError):
            await here(db, BEN).forget(fact.id)
        with pytest.raises(UserError, match="cannot be taken back"):
            await here(db, BEN, admin=True).restore(fact.id)
    assert "We meet at 9" == (await here(db, BEN, admin=True).forget(ours.id)).text
    assert mine == await here(db).forget(mine.id)
    assert await texts(db) == []
    with pytest.raises(UserError, match="cannot be taken back"):
        await here(db, BEN).restore(mine.id)
    with pytest.raises(UserError, match="cannot be taken back"):
        await here(db, BEN, WORK, admin=True).restore(ours.id)
    assert [mine] == list(await here(db).restore(mine.id))
    assert [ours.text] == [fact.text for fact in await here(db, BEN, admin=True).restore(ours.id)]
    await here(db).forget(mine.id)
    clock.advance(days=2)
    with pytest.raises(UserError, match="cannot be taken back"):
        await here(db).restore(mine.id)


async def test_what_was_forgotten_at_once_comes_back_at_once(db: Database) -> None:
    await here(db).remember("three", "channel")
    for each in ("one", "two"):
        await here(db).remember(each)
    await here(db).remember("elsewhere", "person")
    gone = await here(db).forget_all()
    assert {"one", "two", "elsewhere"} == {fact.text for fact in gone}
    assert await texts(db) == ["three"]
    await here(db).remember("one")
    await here(db).restore(gone[-1].id)
    assert sorted(await texts(db)) == ["elsewhere", "one", "three", "two"]


async def test_a_newer_fact_takes_the_place_of_an_older_one_of_the_same_reach_only(db: Database) -> None:
    lives = await here(db).remember("I live in Lisbon near the river")
    release = await here(db).remember("The release is on 4 June", "channel")
    for meaning in (None, Meaning("words", WordEmbeddings())):
        ana = here(db, meaning=meaning)
        assert lives == await ana.near("I live in Porto near the river")
        assert await ana.near("I live in Porto near the river", "person") is None
        assert await ana.near("I live in Lisbon near the river") is None
        assert await ana.near("Somebody sings") is None
        assert release == await ana.near("The release is on 11 June", "channel")
        assert await here(db, BEN, meaning=meaning).near("The release is on 11 June", "channel") is None
    await here(db).remember("I live in Porto near the river", instead=lives.id)
    # Not Ben's to replace.
    await here(db, BEN).remember("The release is on 11 June", "channel", instead=release.id)
    assert {"I live in Porto near the river", release.text, "The release is on 11 June"} == set(await texts(db))


FACTS = ["I like green tea", "My cat is called Ada", "I work from Lisbon", "I am vegetarian", "I sing in a choir"]


async def test_facts_are_recalled_by_meaning_or_else_by_words(db: Database) -> None:
    for fact in FACTS:
        await here(db).remember(fact)
    for meaning in (None, Meaning("words", WordEmbeddings())):
        found = await here(db, meaning=meaning).recall("What is my cat called, again?", 2)
        assert (2, "My cat is called Ada") == (len(found), found[0].text)
        assert len(await here(db, meaning=meaning).recall("", 2)) == 2
        assert set(FACTS) == {fact.text for fact in await here(db, meaning=meaning).recall("tea")}
    assert await here(db, BEN).recall("cat") == []


async def test_vectors_are_kept_and_made_anew_for_another_model(db: Database) -> None:
    for fact in FACTS:
        await here(db).remember(fact)
    one, other = WordEmbeddings(), WordEmbeddings()
    for _ in range(2):
        await here(db, meaning=Meaning("one", one)).recall("tea", 2)
    assert (sorted(FACTS), 2) == (sorted(one.read), one.asked)
    await here(db, meaning=Meaning("other", other)).recall("tea", 2)
    assert (sorted(FACTS), 1) == (sorted(other.read), other.asked)
    async with db.read() as session:
        assert {"other"} == set(await session.scalars(select(MemoryVectorRow.model)))


class Broken(WordEmbeddings):
    async def aembed_documents(self, texts: list[str]) -> list[list[float]]:
        raise UserError("The model's files are damaged.")


async def test_words_decide_where_the_model_fails(db: Database) -> None:
    for fact in FACTS:
        await here(db).remember(fact)
    broken = here(db, meaning=Meaning("broken", Broken()))
    assert "My cat is called Ada" == (await broken.recall("cat", 1))[0].text
    near = await broken.near("My cat is called Luna")
    assert near is not None
    assert near.text == "My cat is called Ada"


class Erasing(WordEmbeddings):
    def __init__(self, db: Database) -> None:
        super().__init__()
        self._db = db

    async def aembed_documents(self, texts: list[str]) -> list[list[float]]:
        await PersonProfiles(self._db, ANA, None).erase()
        return await super().aembed_documents(texts)


async def test_nothing_is_left_of_a_person_who_is_erased_while_their_facts_are_read(db: Database) -> None:
    for fact in FACTS:
        await here(db).remember(fact)
    await here(db, meaning=Meaning("words", Erasing(db))).recall("cat", 1)
    async with db.read() as session:
        for table in (MemoryRow, MemoryVectorRow):
            assert await session.scalar(select(func.count()).select_from(table)) == 0


async def test_facts_go_when_nobody_used_them_for_long_or_a_day_after_they_were_forgotten(
    db: Database, clock: FakeClock
) -> None:
    used, unused, gone = [await here(db).remember(each) for each in ("I sing", "I drink tea", "I ran once")]
    await here(db, meaning=Meaning("words", WordEmbeddings())).recall("sing", 2)
    await here(db).forget(gone.id)
    clock.advance(days=300)
    await here(db).recall("I sing", 1)
    clock.advance(days=100)
    await memories.prune(db, None)
    assert await texts(db) == [used.text, unused.text]
    await memories.prune(db, timedelta(days=365))
    assert await texts(db) == [used.text]
    with pytest.raises(UserError):
        await here(db).restore(gone.id)


async def test_the_same_fact_stated_twice_at_once_is_one_fact(url: str) -> None:
    async with await Database.open(url) as one, await Database.open(url) as two:
        stated = await asyncio.gather(*(here(db).remember("I like tea") for db in (one, two) for _ in range(5)))
        assert len({fact.id for fact in stated}) == 1
        assert await texts(one) == ["I like tea"]


async def test_facts_of_an_earlier_version_hold_where_they_were_stated(db: Database, clock: FakeClock) -> None:
    await here(db).remember("I sing")
    await here(db).remember("I am everywhere", "person")
    forgotten = await here(db).remember("I am forgotten")
    await here(db).forget(forgotten.id)
    await db.downgrade("0003")
    async with db.read() as session:
        kept = (await session.execute(text("SELECT text, server FROM memories"))).all()
    assert [("I sing", HOME)] == [tuple(row) for row in kept]
    await db.migrate()
    [fact] = await here(db).all()
    assert ("I sing", "here", HOME, clock()) == (fact.text, fact.scope, fact.server, fact.stated)
    async with db.read() as session:
        assert ANA.id == await session.scalar(select(MemoryRow.account))
