"""Counting requests."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from bot.store import Database, Usage
from bot.store.tables import UsageRow
from tests.bot.store.conftest import ANA, BEN, DM, FakeClock, request_from


async def test_requests_are_counted_by_person_server_and_time(db: Database, clock: FakeClock) -> None:
    usage = Usage(db)
    start = clock()
    for minute in range(3):
        now = start + timedelta(minutes=minute)
        await usage.record(request_from(received=now), seconds=0.1, outcome="done")
    await usage.record(request_from(BEN, received=start), seconds=0.1, outcome="done")
    await usage.record(request_from(channel=DM, received=start), seconds=0.1, outcome="done")
    assert await usage.count_since(ANA.id, "chat:home", start) == 3
    assert await usage.count_since(ANA.id, "chat:home", start + timedelta(minutes=1)) == 2
    assert await usage.count_since(ANA.id, None, start) == 1
    assert await usage.count_since(ANA.id, "chat:work", start) == 0


async def test_a_request_is_recorded_once_with_everything_known_about_it(db: Database, clock: FakeClock) -> None:
    usage, request = Usage(db), request_from(received=clock())
    details = {"command": "music compose", "plugin": "music", "model": "starter", "tokens_in": 10, "tokens_out": 20}
    await usage.record(request, seconds=1.5, outcome="done", **details)  # type: ignore[arg-type]  # one dict, many types
    await usage.record(request, seconds=9, outcome="failed")
    async with db.read() as session:
        row = (await session.scalars(select(UsageRow))).one()
    expected = {"request": request.id, "account": ANA.id, "server": "chat:home", "channel": "general", "at": clock()}
    expected |= {"seconds": 1.5, "outcome": "done", **details}
    assert expected == {name: getattr(row, name) for name in expected}


async def test_old_usage_goes(db: Database, clock: FakeClock) -> None:
    usage = Usage(db)
    await usage.record(request_from(received=clock()), seconds=0.1, outcome="done")
    assert await usage.prune(clock()) == 0
    assert await usage.prune(clock() + timedelta(seconds=1)) == 1
