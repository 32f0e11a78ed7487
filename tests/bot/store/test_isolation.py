"""Isolation: however the requests of many people in many servers follow each other, each sees what they did alone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Literal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete

from bot.request import Person
from bot.store import Database, PersonProfiles, PluginStorage
from bot.store.tables import Base
from tests.bot.store.conftest import DM, GENERAL
from tests.bot.store.test_people import memories

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
        await memories(db, person, server).remember(word)
    elif kind == "forget":
        here = memories(db, person, server)
        for fact in await here.all():
            if fact.text == word:
                await here.forget(fact.id)
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
