"""What kept messages mean."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, func, select

from bot.meanings import Meanings
from bot.memories import Meaning
from bot.request import Channel, ChannelKind, Message
from bot.store import Database, Messages, PersonProfiles
from bot.store import meanings as kept_meanings
from bot.store.meanings import KeptMeanings
from bot.store.tables import MessageRow
from bot.store.tables_meanings import MeaningRow
from tests.bot.store.conftest import ANA, BEN, GENERAL, FakeClock
from tests.bot.words import WordEmbeddings

THREAD = Channel("thread", "chat:home", ChannelKind.THREAD, "plans", parent="general")


def said(number: int, text: str = "We ship on Friday.", channel: str = "general", author: str = ANA.id) -> Message:
    return Message(f"m{number}", channel, author, "Somebody", text, FakeClock().now + timedelta(minutes=number))


@pytest.fixture
def model() -> WordEmbeddings:
    return WordEmbeddings(width=8)


@pytest.fixture
def meanings(db: Database, model: WordEmbeddings) -> Meanings:
    return KeptMeanings(db, "chat", Meaning("words", model))


async def keep(db: Database, *messages: Message, channel: Channel = GENERAL) -> None:
    for message in messages:
        await Messages(db).record("chat", channel, message)


async def rows(db: Database) -> int:
    async with db.read() as session:
        return await session.scalar(select(func.count()).select_from(MeaningRow)) or 0


def pieces_of(messages: Sequence[Message]) -> list[list[str]]:
    return [[part for part in message.text.split(".") if part] for message in messages]


async def test_each_piece_has_a_vector_of_unit_length(model: WordEmbeddings, meanings: Meanings) -> None:
    found = await meanings.of([said(1), said(2), said(3)], [["we ship", "on Friday"], [], ["never"]])

    assert [(2, 8), (0, 8), (1, 8)] == [each.shape for each in found]
    assert all(each.dtype == np.float32 for each in found)
    for texts, vectors in zip((["we ship", "on Friday"], ["never"]), (found[0], found[2]), strict=True):
        assert np.allclose(1, np.linalg.norm(vectors, axis=1))
        expected = np.asarray([model.embed_query(text) for text in texts])
        assert np.allclose(expected / np.linalg.norm(expected, axis=1, keepdims=True), vectors, atol=2e-3)


async def test_a_kept_message_is_read_once(db: Database, model: WordEmbeddings, meanings: Meanings) -> None:
    messages = [said(number, f"One of {number}. Two of it.") for number in range(3)]
    await keep(db, *messages)

    first = await meanings.of(messages, pieces_of(messages))
    again = await meanings.of(messages, pieces_of(messages))

    assert ["One of 0", " Two of it", "One of 1", "One of 2"] == model.read
    assert all(map(np.array_equal, first, again))
    assert 3 == await rows(db)


async def test_of_a_message_that_is_not_kept_nothing_is(
    db: Database, model: WordEmbeddings, meanings: Meanings
) -> None:
    messages = [said(1), said(2)]

    await meanings.of(messages, [["a"], ["b"]])
    await meanings.of(messages, [["a"], ["b"]])

    assert ["a", "b"] * 2 == model.read
    assert 0 == await rows(db)


async def test_messages_of_many_channels_are_told_apart(
    db: Database, model: WordEmbeddings, meanings: Meanings
) -> None:
    here, there = said(1), said(1, channel="thread")
    await keep(db, here)
    await keep(db, there, channel=THREAD)
    await Messages(db).record("other", GENERAL, here)

    await meanings.of([here, there], [["here"], ["there"]])
    await KeptMeanings(db, "other", Meaning("words", model)).of([here], [["elsewhere"]])
    found = await meanings.of([there, here], [["there"], ["here"]])

    assert ["here", "there", "elsewhere"] == model.read
    assert not np.array_equal(found[0], found[1])


async def test_other_pieces_or_another_model_are_read_anew(
    db: Database, model: WordEmbeddings, meanings: Meanings
) -> None:
    await keep(db, said(1))
    other = WordEmbeddings(width=16)

    await meanings.of([said(1)], [["a", "b"]])
    await meanings.of([said(1)], [["a b"]])
    wider = await KeptMeanings(db, "chat", Meaning("others", other)).of([said(1)], [["a b"]])

    assert (["a", "b", "a b"], ["a b"]) == (model.read, other.read)
    assert [(1, 16)] == [each.shape for each in wider]
    assert 1 == await rows(db)


async def test_another_model_of_the_same_name_reads_all_anew(db: Database, meanings: Meanings) -> None:
    await keep(db, said(1), said(2))
    await meanings.of([said(1)], [["a"]])
    other = WordEmbeddings(width=16)

    found = await KeptMeanings(db, "chat", Meaning("words", other)).of([said(1), said(2)], [["a"], ["b"]])

    assert [(1, 16), (1, 16)] == [each.shape for each in found]
    assert {"a", "b"} == set(other.read)


async def test_without_a_single_piece_the_matrices_have_their_width(meanings: Meanings) -> None:
    assert [(0, 8)] == [each.shape for each in await meanings.of([said(1)], [[]])]
    assert [] == await meanings.of([], [])


@pytest.mark.parametrize("reported", [THREAD, GENERAL], ids=["in the thread", "in the channel"])
async def test_an_edited_message_takes_its_meaning_along(db: Database, meanings: Meanings, reported: Channel) -> None:
    message = said(1, channel=reported.id)
    await keep(db, message, channel=reported)
    await meanings.of([message], [["a"]])
    assert 1 == await rows(db)

    assert await Messages(db).edit("chat", THREAD, replace(message, text="Nothing."))

    assert 0 == await rows(db)


@pytest.mark.parametrize("how", ["deleted", "pruned", "forgotten", "erased"])
async def test_what_becomes_of_a_message_becomes_of_its_meaning(db: Database, meanings: Meanings, how: str) -> None:
    await keep(db, said(1), said(2, author=BEN.id))
    await meanings.of([said(1), said(2)], [["a"], ["b"]])
    messages = Messages(db)

    if how == "deleted":
        await messages.delete("chat", GENERAL, "m1")
    elif how == "pruned":
        await messages.prune(said(2).sent, "chat", "general")
    elif how == "erased":
        await PersonProfiles(db, ANA, None).erase()
    else:
        await messages.forget_channel("chat", "general")

    assert (0 if how == "forgotten" else 1) == await rows(db)


@pytest.mark.parametrize("meanwhile", ["deleted", "edited"])
async def test_what_was_deleted_or_edited_while_it_was_read_leaves_nothing(
    db: Database, model: WordEmbeddings, meanings: Meanings, meanwhile: str
) -> None:
    await keep(db, said(1), said(2))
    model.free.clear()
    reading = asyncio.create_task(meanings.of([said(1), said(2)], [["a"], ["b"]]))
    await model.reading.wait()

    if meanwhile == "deleted":
        await Messages(db).delete("chat", GENERAL, "m1")
    else:
        await Messages(db).edit("chat", GENERAL, replace(said(1), text="Nothing."))
    model.free.set()

    assert 2 == len(await reading)
    async with db.read() as session:
        assert ["m2"] == list(await session.scalars(select(MeaningRow.message)))


async def test_what_means_is_exported_in_no_numbers(db: Database, meanings: Meanings) -> None:
    await keep(db, said(1), said(2, author=BEN.id))
    await meanings.of([said(1), said(2)], [["a"], ["b"]])

    rows = (await PersonProfiles(db, ANA, None).export())["message_vectors"]

    assert isinstance(rows, list)
    assert [["channel", "hash", "message", "model", "platform"]] == [sorted(row) for row in rows]


ways = st.lists(
    st.tuples(st.integers(0, 5), st.lists(st.sampled_from(["a", "b c", "\x00", "\ud800", ""]), max_size=3)), max_size=8
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(asked=st.lists(ways, max_size=4), at_once=st.integers(1, 4))
async def test_what_is_kept_is_what_the_model_says(
    db: Database, asked: list[list[tuple[int, list[str]]]], at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept_meanings, "AT_ONCE", at_once)
    async with db.write() as session:
        await session.execute(delete(MessageRow))
    await keep(db, *(said(number) for number in range(3)))
    model = WordEmbeddings(width=4)
    meanings, alone = (KeptMeanings(db, name, Meaning("words", model)) for name in ("chat", "nowhere"))
    for way in asked:
        messages = [said(number) for number, _ in way]
        pieces = [each for _, each in way]
        found = await meanings.of(messages, pieces)
        expected = await alone.of(messages, pieces)
        assert len(messages) == len(found)
        assert all(map(np.array_equal, expected, found))
