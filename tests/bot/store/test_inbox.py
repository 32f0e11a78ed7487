"""Requests that were accepted: kept once, until they are answered."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Executable, text

from bot.errors import StoreError
from bot.inbox import Stage
from bot.platform import MessageRef
from bot.request import Message, Origin, Request
from bot.store import Database
from bot.store.grouping import Grouping, Write
from bot.store.inbox import Inbox
from bot.store.tables import InboxRow
from tests.bot.store.conftest import ANA, GENERAL, FakeClock


def asked(clock: FakeClock, *, event: str | None = None, message: str | None = None, text: str = "Hello?") -> Request:
    origin = Origin("chat", event=event, message=message, token="secret")
    return Request(origin, ANA, GENERAL, text=text, options={"times": 2}, received=clock())


async def test_what_is_accepted_and_not_answered_is_found_as_it_came(db: Database, clock: FakeClock) -> None:
    inbox = Inbox(db)
    about = Message("m-0", "general", "chat:ben", "Ben", "Tea?", clock())
    request = replace(asked(clock, event="e-1", message="m-1"), reply_to=about)
    assert await inbox.accept(request)
    (found,) = await inbox.unfinished({"chat"})
    assert (request, "secret") == (found.request, found.request.origin.token)
    assert (Stage.ACCEPTED, None, 1) == (found.stage, found.ref, found.tries)
    await inbox.try_again([request.id])
    assert [2] == [pending.tries for pending in await inbox.unfinished({"chat"})]
    assert [] == await inbox.unfinished({"elsewhere"})


async def test_a_second_delivery_is_known_by_its_event_or_its_message(db: Database, clock: FakeClock) -> None:
    inbox = Inbox(db)
    first = asked(clock, event="e-1", message="m-1")
    deliveries = [first, asked(clock, event="e-1"), asked(clock, event="e-2", message="m-1"), asked(clock, event="e-3")]
    assert [True, False, False, True] == await asyncio.gather(*map(inbox.accept, deliveries))
    assert not await inbox.accept(asked(clock, message="m-1"))
    assert await inbox.accept(replace(asked(clock, message="m-1"), channel=replace(GENERAL, id="another")))


async def test_what_is_asked_once_more_is_no_second_delivery(db: Database, clock: FakeClock) -> None:
    inbox = Inbox(db)
    await inbox.accept(asked(clock, message="m-1"))
    again = replace(asked(clock, message="m-1"), first_asked=clock() - timedelta(minutes=1))
    assert await inbox.accept(again, MessageRef("general", "answer", ("more",)))
    _, found = await inbox.unfinished({"chat"})
    assert (again.first_asked, again.id) == (found.request.first_asked, found.request.id)
    assert MessageRef("general", "answer", ("more",)) == found.ref


async def test_the_words_and_the_token_go_once_it_is_answered_and_the_keys_stay(db: Database, clock: FakeClock) -> None:
    inbox = Inbox(db)
    request = asked(clock, message="m-1")
    await inbox.accept(request)
    await inbox.note(request.id, Stage.BEGUN)
    await inbox.shown(request.id, MessageRef("general", "answer"))
    (found,) = await inbox.unfinished({"chat"})
    assert (Stage.BEGUN, MessageRef("general", "answer")) == (found.stage, found.ref)
    await inbox.note(request.id, Stage.DONE)
    assert [] == await inbox.unfinished({"chat"})
    async with db.read() as session:
        row = await session.get_one(InboxRow, request.id)
    assert (None, None, None) == (row.asked, row.token, row.answer)
    assert not await inbox.accept(asked(clock, message="m-1"))
    clock.advance(days=2)
    assert await inbox.prune(clock()) == 1
    assert await inbox.accept(asked(clock, message="m-1"))


async def test_a_deleted_question_is_answered_by_no_later_process(db: Database, clock: FakeClock) -> None:
    inbox = Inbox(db)
    await inbox.accept(asked(clock, message="m-1"))
    await inbox.withdraw("chat", "general", "m-1")
    assert [] == await inbox.unfinished({"chat"})


async def test_what_is_done_stays_done_whatever_is_noted_of_it_after_that(db: Database, clock: FakeClock) -> None:
    inbox = Inbox(db)
    request = asked(clock, message="m-1")
    await inbox.accept(request)
    await inbox.withdraw("chat", "general", "m-1")
    await inbox.note(request.id, Stage.BEGUN)
    await inbox.shown(request.id, MessageRef("general", "answer"))
    assert [] == await inbox.unfinished({"chat"})
    async with db.read() as session:
        assert (await session.get_one(InboxRow, request.id)).answer is None


async def test_it_is_known_until_when_a_platform_was_listened_to(db: Database, clock: FakeClock) -> None:
    inbox = Inbox(db)
    assert await inbox.listened_until("chat") is None
    await inbox.listened(["chat", "mail"])
    clock.advance(minutes=5)
    await inbox.listened(["chat"])
    assert clock() == await inbox.listened_until("chat")
    assert clock() - timedelta(minutes=5) == await inbox.listened_until("mail")


async def test_many_that_come_at_once_share_their_transactions(
    db: Database, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_all, began = db._grouping._write_all, list[int]()

    async def counted(writes: Sequence[Write]) -> Sequence[bool]:
        began.append(len(writes))
        return await write_all(writes)

    monkeypatch.setattr(db._grouping, "_write_all", counted)
    inbox = Inbox(db)
    assert all(await asyncio.gather(*(inbox.accept(asked(clock, event=f"e-{n}")) for n in range(150))))
    assert (150, True) == (sum(began), len(began) < 10)


async def test_one_that_cannot_be_written_takes_no_other_along(db: Database, clock: FakeClock) -> None:
    inbox = Inbox(db)
    bad = replace(asked(clock), options={"times": float("nan")})
    results = await asyncio.gather(inbox.accept(asked(clock)), inbox.accept(bad), return_exceptions=True)
    assert results[0] is True
    assert isinstance(results[1], StoreError)


async def test_a_store_that_takes_nothing_says_so_at_once() -> None:
    async def refuse(writes: Sequence[Write]) -> Sequence[bool]:
        raise StoreError

    with pytest.raises(StoreError, match="ask again"):
        await Grouping(refuse).put(Write(_any(), {}))


async def test_nobody_waits_longer_than_a_platform_would() -> None:
    never = asyncio.Event()

    async def wait(writes: Sequence[Write]) -> Sequence[bool]:
        await never.wait()
        return [True for _ in writes]

    grouping = Grouping(wait)
    results = await asyncio.gather(*(grouping.put(Write(_any(), {}), 0.01) for _ in range(3)), return_exceptions=True)
    assert [StoreError] * 3 == [type(result) for result in results]
    never.set()
    await grouping.close()


def _any() -> Executable:
    return text("SELECT 1")
