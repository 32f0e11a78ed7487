"""Recaps are written in the background, and kept only where messages may be."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
import structlog

from bot.asking import ASKING, Priority
from bot.errors import UserError
from bot.recapping import ChannelRecaps
from bot.recaps import Recap
from bot.request import Channel, ChannelKind, Message, Origin, Request
from bot.store.database import Database
from bot.store.recaps import KeptRecaps
from tests.bot.path import ANA, GENERAL

SENT = datetime(2026, 3, 2, tzinfo=UTC)
HELLO = Message("1", "general", "test:ana", "Ana", "Hello", SENT)
REQUEST = Request(Origin("test", message="q"), ANA, GENERAL, text="?")
DM = Channel("dm", None, ChannelKind.DM, "Ana")


@pytest.fixture
async def db(tmp_path: Path) -> AsyncIterator[Database]:
    async with await Database.open(f"sqlite:///{tmp_path / 'atelier.db'}") as database:
        await database.migrate()
        yield database


class Background:
    """What runs in the background, until it is waited for."""

    def __init__(self) -> None:
        self.works: list[Coroutine[None, None, None]] = []

    def __call__(self, work: Coroutine[None, None, None]) -> None:
        self.works.append(work)

    async def done(self) -> None:
        """Do it."""
        works, self.works = self.works, []
        for work in works:
            await asyncio.create_task(work)


async def write(before: Recap | None) -> str:
    assert Priority.BACKGROUND is ASKING.get().priority
    return f"{before.text if before else 'Ana'} said hello."


async def test_what_was_read_before_somebody_erased_everything_is_told_of_no_more(db: Database) -> None:
    later, store = Background(), KeptRecaps(db)
    before = ChannelRecaps(store, REQUEST, history=True, run=later)
    store.forget_passing()

    before.fold([HELLO], write)
    assert [] == later.works

    ChannelRecaps(store, REQUEST, history=True, run=later).fold([HELLO], write)
    await later.done()
    assert await before.get() is not None


@pytest.mark.parametrize(
    ("channel", "history", "lasts"), [(GENERAL, True, True), (GENERAL, False, False), (DM, False, True)]
)
async def test_after_a_restart_it_is_there_only_where_it_may_be_kept(
    db: Database, channel: Channel, history: bool, lasts: bool
) -> None:
    later = Background()
    request = replace(REQUEST, channel=channel)
    recaps = ChannelRecaps(KeptRecaps(db), request, history=history, run=later)

    recaps.fold([HELLO], write)
    assert await recaps.get() is None
    await later.done()

    assert Recap("Ana said hello.", SENT, frozenset("1")) == await recaps.get()
    restarted = ChannelRecaps(KeptRecaps(db), request, history=history, run=later)
    assert lasts == (await restarted.get() is not None)


async def test_each_conversation_of_a_place_has_its_own(db: Database) -> None:
    later = Background()
    recaps = ChannelRecaps(KeptRecaps(db), REQUEST, history=True, run=later)

    recaps.fold([HELLO], write)
    recaps.fold([HELLO], write)
    recaps.fold([HELLO], write, "1")
    assert 2 == len(later.works)
    await later.done()
    await recaps.drop()

    assert [True, False] == [await recaps.get(key) is None for key in ("", "1")]


async def test_it_goes_on_with_the_one_before(db: Database) -> None:
    later = Background()
    recaps = ChannelRecaps(KeptRecaps(db), REQUEST, history=True, run=later)

    for number in range(2):
        recaps.fold([replace(HELLO, id=str(number))], write)
        await later.done()

    found = await recaps.get()
    assert found is not None
    assert ("Ana said hello. said hello.", {"0", "1"}) == (found.text, set(found.covers))


async def test_what_a_model_does_not_write_is_tried_another_time(db: Database) -> None:
    later = Background()
    recaps = ChannelRecaps(KeptRecaps(db), REQUEST, history=True, run=later)

    async def fail(before: Recap | None) -> str:
        raise UserError("The language model's server does not answer.")

    async def nothing(before: Recap | None) -> str:
        return " "

    for retell in (fail, nothing):
        recaps.fold([HELLO], retell)
        await later.done()
        assert await recaps.get() is None

    recaps.fold([HELLO], write)
    await later.done()
    assert await recaps.get() is not None


async def test_a_fault_is_logged_and_the_next_one_is_written(db: Database) -> None:
    later = Background()
    recaps = ChannelRecaps(KeptRecaps(db), REQUEST, history=True, run=later)

    async def fail(before: Recap | None) -> str:
        raise ValueError(before)

    recaps.fold([HELLO], fail)
    with structlog.testing.capture_logs() as logs:
        await later.done()
    recaps.fold([HELLO], write)
    await later.done()

    assert ["recap failed"] == [entry["event"] for entry in logs]
    assert await recaps.get() is not None
