"""Plugin storage."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import JsonValue

from bot.request import Channel, Person
from bot.store import Database, PluginStorage
from bot.store.shelves import LONGEST_KEY
from tests.bot.store.conftest import ANA, BEN, DM, GENERAL

json_values: st.SearchStrategy[JsonValue] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


def storage(db: Database, person: Person = ANA, channel: Channel = GENERAL, plugin: str = "dice") -> PluginStorage:
    return PluginStorage(db, plugin, "chat", person, channel)


def count_on(value: JsonValue) -> JsonValue:
    return value + 1 if isinstance(value, int) else 1


async def test_a_value_is_found_again_replaced_and_dropped(db: Database) -> None:
    shelf = storage(db).person
    assert await shelf.get("rolls") is None
    await shelf.put("rolls", [1, 2])
    await shelf.put("rolls", {"last": 3})
    await shelf.put("name", "Ana")
    assert await shelf.get("rolls") == {"last": 3}
    assert await storage(db).person.items() == {"name": "Ana", "rolls": {"last": 3}}
    await shelf.delete("rolls")
    await shelf.delete("rolls")
    assert await shelf.items() == {"name": "Ana"}


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(value=json_values)
async def test_any_json_comes_back_as_it_was(db: Database, value: JsonValue) -> None:
    shelf = storage(db).channel
    await shelf.put("key", value)
    assert value == await shelf.get("key")


@pytest.mark.parametrize("value", [float("nan"), float("inf"), {1, 2}, b"bytes"])
async def test_a_value_that_is_not_json_is_refused_and_the_old_one_stays(db: Database, value: JsonValue) -> None:
    shelf = storage(db).person
    await shelf.put("key", "old")
    with pytest.raises(ValueError, match="the value of “key” cannot be kept as JSON"):
        await shelf.put("key", value)
    assert await shelf.get("key") == "old"


@pytest.mark.parametrize("key", ["", "\x00", "x" * (LONGEST_KEY + 1)])
async def test_a_key_that_cannot_be_indexed_is_refused(db: Database, key: str) -> None:
    with pytest.raises(ValueError, match="a key has from 1 to 500 characters"):
        await storage(db).person.put(key, 1)


async def test_the_longest_key_of_wide_letters_is_kept(db: Database) -> None:
    key = "🦊" * LONGEST_KEY
    await storage(db).person.put(key, 1)
    assert await storage(db).person.items() == {key: 1}


async def test_puts_to_one_key_at_once_never_fail(url: str) -> None:
    async with await Database.open(url) as one, await Database.open(url) as two:
        shelves = [storage(db).server for db in (one, two)]
        await asyncio.gather(*(shelves[number % 2].put("turn", number) for number in range(20)))
        assert await shelves[0].get("turn") in range(20)
        assert len(await shelves[1].items()) == 1


async def test_changes_at_once_each_see_the_one_before(url: str) -> None:
    async with await Database.open(url) as one, await Database.open(url) as two:
        shelves = [storage(db).server for db in (one, two)]

        made = await asyncio.gather(*(shelves[number % 2].change("count", count_on) for number in range(10)))

        assert {*range(1, 11)} == set(made)
        assert await shelves[0].get("count") == 10


async def test_a_change_that_fails_leaves_the_value_as_it_was(db: Database) -> None:
    shelf = storage(db).person
    with pytest.raises(ZeroDivisionError):
        await shelf.change("count", lambda old: 1 // 0)
    assert await shelf.items() == {}
    await shelf.put("count", 3)
    with pytest.raises(ValueError, match="the value of “count” cannot be kept as JSON"):
        await shelf.change("count", lambda old: float("nan"))
    assert await shelf.get("count") == 3


async def test_every_shelf_is_apart_from_every_other(db: Database) -> None:
    other_server = replace(GENERAL, server="chat:work")
    shelves = {
        "ana here": storage(db).person,
        "ana there": storage(db, channel=other_server).person,
        "ana in private": storage(db, channel=DM).person,
        "ben here": storage(db, BEN).person,
        "this server": storage(db).server,
        "that server": storage(db, channel=other_server).server,
        "this conversation": storage(db, channel=DM).server,
        "that conversation": storage(db, channel=replace(DM, id="dm-ben")).server,
        "this channel": storage(db).channel,
        "that channel": storage(db, channel=replace(GENERAL, id="random")).channel,
        "private channel": storage(db, channel=DM).channel,
        "another platform": PluginStorage(db, "dice", "other", ANA, GENERAL).channel,
        "another plugin": storage(db, plugin="chess").person,
    }
    for name, shelf in shelves.items():
        await shelf.put("key", name)
    for name, shelf in shelves.items():
        assert {"key": name} == await shelf.items()


async def test_people_in_one_place_share_its_shelves(db: Database) -> None:
    await storage(db, ANA).channel.put("turn", "ana")
    await storage(db, BEN).channel.put("turn", "ben")
    assert await storage(db, ANA).channel.get("turn") == "ben"
