"""Kept messages."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete
from sqlalchemy.dialects import sqlite

from bot.history import Wanted
from bot.request import Channel, ChannelKind, Message, MessageReacted, Origin
from bot.settings import Scope
from bot.store import Database, Messages, SettingsStore
from bot.store.messages import _in, _newest
from bot.store.tables import MessageRow
from tests.bot.store.conftest import ANA, DM, GENERAL, FakeClock, request_from

START = FakeClock().now


def said(number: int, text: str = "hello", channel: str = "general", **more: object) -> Message:
    message = Message(f"m{number:03}", channel, ANA.id, ANA.name, text, START + timedelta(minutes=number))
    return replace(message, **more)  # type: ignore[arg-type]  # any field of a message


async def keep(messages: Messages, *all_of: Message, channel: Channel = GENERAL) -> list[Message]:
    for message in all_of:
        await messages.record("chat", channel, message)
    return list(all_of)


async def test_a_message_comes_back_as_it_was_written(db: Database) -> None:
    messages = Messages(db)
    full = said(
        1,
        "line one\nline two 🦊 " + "long " * 5000,
        thread="m001",
        reply_to="m000",
        edited=START + timedelta(hours=1),
        from_bot=True,
        link="https://chat.example/1",
        reactions=3,
    )
    plain = said(2)
    await keep(messages, full, plain)
    assert [full, plain] == await messages.recent("chat", "general")


async def test_reactions_are_counted_and_never_fewer_than_none(db: Database) -> None:
    messages = Messages(db)
    await keep(messages, said(1), said(2, reactions=5))

    async def reacted(change: int, total: int | None = None, message: str = "m001") -> bool:
        return await messages.react(MessageReacted(Origin("chat"), GENERAL, message, change, total))

    async def counted() -> list[int]:
        return [message.reactions for message in await messages.recent("chat", "general")]

    assert [True, True, True] == [await reacted(change) for change in (1, 1, -1)]
    assert [1, 5] == await counted()
    await reacted(-1)
    await reacted(-1)
    assert [0, 5] == await counted()
    await reacted(0, 0, "m002")
    await reacted(0, 7)
    assert [7, 0] == await counted()
    assert not await reacted(1, message="m003")


async def test_an_edit_keeps_the_reactions(db: Database) -> None:
    messages = Messages(db)
    (first,) = await keep(messages, said(1, reactions=2))
    await messages.edit("chat", GENERAL, replace(first, text="hello!", reactions=0))
    assert 2 == (await messages.recent("chat", "general"))[0].reactions


async def test_text_that_a_database_cannot_hold_is_kept_without_it(db: Database) -> None:
    messages = Messages(db)
    await keep(messages, said(1, "a\x00b\ud800c", author_name="A\x00na"))
    kept = (await messages.recent("chat", "general"))[0]
    assert (kept.text, kept.author_name) == ("ab?c", "Ana")


async def test_a_message_that_comes_twice_is_kept_once_with_its_edit(db: Database) -> None:
    messages = Messages(db)
    first = said(1)
    await asyncio.gather(*(messages.record("chat", GENERAL, first) for _ in range(5)))
    edited = replace(first, text="hello!", edited=START + timedelta(hours=1))
    assert await messages.edit("chat", GENERAL, edited)
    await messages.record("chat", GENERAL, first)
    assert [edited] == await messages.recent("chat", "general")


async def test_an_edit_that_does_not_say_when_was_now(db: Database, clock: FakeClock) -> None:
    messages = Messages(db)
    await keep(messages, said(1))
    clock.advance(days=1)
    await messages.edit("chat", GENERAL, said(1, "hi"))
    assert [said(1, "hi", edited=clock())] == await messages.recent("chat", "general")


async def test_editing_or_deleting_what_was_not_kept_keeps_nothing(db: Database) -> None:
    messages = Messages(db)
    assert not await messages.edit("chat", GENERAL, said(1))
    assert not await messages.delete("chat", GENERAL, "m001")
    assert await messages.recent("chat", "general") == []


async def test_a_deleted_message_is_gone_wherever_its_deletion_was_seen(db: Database) -> None:
    messages = Messages(db)
    thread = Channel("t1", GENERAL.server, ChannelKind.THREAD, "thread", parent="general")
    _, second = await keep(messages, said(1), said(2))
    await keep(messages, said(3, channel="t1"), channel=thread)
    other = replace(said(1), channel="random")
    await keep(messages, other, channel=replace(GENERAL, id="random"))
    assert await messages.delete("chat", thread, "m001")
    assert await messages.delete("chat", thread, "m003")
    assert [second] == await messages.recent("chat", "general")
    assert [other] == await messages.recent("chat", "random")


async def test_the_last_messages_come_oldest_first(db: Database) -> None:
    messages = Messages(db)
    kept = await keep(messages, *(said(number) for number in (3, 1, 2, 5, 4)))
    ordered = sorted(kept, key=lambda message: message.sent)
    assert ordered[-2:] == await messages.recent("chat", "general", 2)
    assert await messages.recent("chat", "general", 0) == []
    assert ordered[2:] == await messages.since("chat", "general", START + timedelta(minutes=3))
    assert ordered[-1:] == await messages.since("chat", "general", START, 1)
    window = START + timedelta(minutes=2), START + timedelta(minutes=4)
    assert ordered[1:3] == await messages.between("chat", "general", *window)
    assert ordered[2:3] == await messages.between("chat", "general", *window, 1)


async def test_channels_of_two_platforms_are_two_channels(db: Database) -> None:
    messages = Messages(db)
    await keep(messages, said(1))
    await messages.record("other", GENERAL, said(1, "elsewhere"))
    assert [said(1, "elsewhere")] == await messages.recent("other", "general")
    assert [said(1)] == await messages.recent("chat", "general")


async def test_a_thread_of_marked_messages_begins_with_its_opening_message(db: Database) -> None:
    messages = Messages(db)
    opening, answer, other = await keep(
        messages,
        said(1, thread="m001"),
        said(2, thread="m001"),
        said(3),
    )
    assert [opening, other] == await messages.recent("chat", "general")
    assert [opening, answer] == await messages.recent("chat", "general", thread="m001")


async def test_a_thread_that_is_a_channel_begins_with_its_opening_message(db: Database) -> None:
    messages = Messages(db)
    thread = Channel("m001", GENERAL.server, ChannelKind.THREAD, "plans", parent="general")
    opening, other = await keep(messages, said(1), said(3))
    (answer,) = await keep(messages, said(2, channel="m001"), channel=thread)
    (marked,) = await keep(messages, said(4, channel="m001", thread="m001"), channel=thread)
    assert [opening, other] == await messages.recent("chat", "general")
    assert [opening, answer, marked] == await messages.recent("chat", "general", thread="m001")
    assert [answer, marked] == await messages.recent("chat", "m001")


async def test_forgetting_a_channel_forgets_its_threads_and_no_other(db: Database) -> None:
    messages = Messages(db)
    await keep(messages, said(1))
    await keep(
        messages, said(2, channel="t1"), channel=Channel("t1", GENERAL.server, ChannelKind.THREAD, "t", "general")
    )
    other = await keep(messages, said(3, channel="random"), channel=replace(GENERAL, id="random"))
    assert await messages.forget_channel("chat", "general") == 2
    assert await messages.recent("chat", "t1") == []
    assert other == await messages.recent("chat", "random")


async def test_old_messages_go_when_their_channel_says_so(db: Database, clock: FakeClock) -> None:
    messages, stored = Messages(db), SettingsStore(db, history_days=30)
    await stored.for_request(request_from()).set_history(True, None, Scope.SERVER)
    short = replace(GENERAL, id="short")
    await stored.for_request(request_from(channel=short)).set_history(True, 1, Scope.CHANNEL)
    await keep(messages, said(0), said(10))
    await keep(messages, said(0, channel="short"), channel=short)
    thread = Channel("t1", GENERAL.server, ChannelKind.THREAD, "t", parent="short")
    await keep(messages, said(0, channel="t1"), channel=thread)
    await keep(messages, said(0, channel=DM.id), channel=DM)  # where history is off
    clock.now = START + timedelta(days=1)
    assert await messages.prune_all(stored) == 1
    clock.advance(minutes=1)
    assert await messages.prune_all(stored) == 2
    clock.now = START + timedelta(days=30, minutes=5)
    assert await messages.prune_all(stored) == 1
    assert [said(10)] == await messages.recent("chat", "general")


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    minutes=st.lists(st.integers(0, 30), max_size=12),
    limit=st.integers(0, 15),
    start=st.integers(-1, 31),
    length=st.integers(0, 31),
)
async def test_any_window_holds_the_last_messages_sent_in_it(
    db: Database,
    minutes: list[int],
    limit: int,
    start: int,
    length: int,
) -> None:
    messages = Messages(db)
    async with db.write() as session:
        await session.execute(delete(MessageRow))

    def at(minute: int) -> datetime:
        return START + timedelta(minutes=minute)

    kept = await keep(messages, *(said(number, sent=at(minute)) for number, minute in enumerate(minutes)))
    kept.sort(key=lambda message: (message.sent, message.id))
    inside = [message for message in kept if at(start) <= message.sent < at(start + length)]
    assert inside[len(inside) - min(limit, len(inside)) :] == await messages.between(
        "chat",
        "general",
        at(start),
        at(start + length),
        limit,
    )


@pytest.mark.parametrize("limit", [-1, 0])
async def test_no_messages_are_asked_for_and_none_come(db: Database, limit: int) -> None:
    messages = Messages(db)
    await keep(messages, said(1))
    assert await messages.recent("chat", "general", limit) == []


async def test_messages_are_found_by_words_author_and_time(db: Database) -> None:
    messages = Messages(db)
    written = await keep(
        messages,
        said(1, "The Release is on Thursday"),
        said(2, "no release before the tests, 100 % sure", author="chat:ben"),
        said(3, "Über Ängste"),
        said(4, "release, says a bot", from_bot=True),
        said(5, "the release in a thread", thread="m001"),
    )
    await keep(messages, said(6, "release elsewhere", channel="other"), channel=replace(GENERAL, id="other"))

    async def found(wanted: Wanted, limit: int = 9, thread: str | None = None) -> list[Message]:
        return await messages.search("chat", "general", wanted, limit, thread=thread)

    assert written[:2] == await found(Wanted(["release"]))
    assert written[1:2] == await found(Wanted(["release"]), 1)
    assert written[:1] == await found(Wanted(["thursday", "RELEASE"]))
    assert written[1:2] == await found(Wanted(["0 %"]))
    assert [] == await found(Wanted(["_elease"]))
    assert written[2:3] == await found(Wanted(["ängste", "über"]))
    assert written[1:2] == await found(Wanted(author="chat:ben"))
    assert written[2:3] == await found(Wanted(since=written[2].sent))
    assert written[:1] == await found(Wanted(until=written[1].sent))
    assert [written[0], written[4]] == await found(Wanted(["release"]), thread="m001")


def test_sqlite_finds_a_thread_without_reading_the_rest_of_the_platform(sqlite_template: Path) -> None:
    query = _newest(50, _in("chat", "general", "general:1"))
    text = str(query.compile(dialect=sqlite.dialect(), compile_kwargs={"literal_binds": True}))

    with closing(sqlite3.connect(sqlite_template)) as connection:
        plan = [step for *_, step in connection.execute(f"EXPLAIN QUERY PLAN {text}")]

    searches = [step for step in plan if step.startswith("SEARCH")]
    assert 3 == len(searches)
    assert all("channel=?" in step for step in searches)
    # A long thread is read from its end: none of it has to be put in order first.
    assert any("channel_thread_sent" in step for step in searches)
