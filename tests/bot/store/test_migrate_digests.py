"""Digests of before migration 0008, which read the channel they were posted in."""

from __future__ import annotations

from datetime import time
from zoneinfo import ZoneInfo

from sqlalchemy import text

from bot.schedule import Order, Subscription, Times, Window
from bot.store import Database, Digests
from bot.values import ChannelRef
from tests.bot.store.conftest import FakeClock

NEWS = ChannelRef("c1", "news")
TIMES = Times(time(8, 30), frozenset({0, 4}), ZoneInfo("Europe/Berlin"))


async def test_digests_and_their_windows_go_forward_and_back(db: Database, clock: FakeClock) -> None:
    await db.downgrade("0007")
    columns = "id, platform, server, channel, channel_name, account, at, days, zone, command, since"
    moment = "'2026-03-02 09:30:00.000000'"
    values = f"'chat:ana', '08:30:00.000000', '04', 'Europe/Berlin', 'digest post', {moment}"
    async with db.write() as session:
        for row in (f"'d1', 'chat', 'chat:home', 'c1', 'news', {values}", f"'d2', 'chat', NULL, 'dm', 'Ana', {values}"):
            await session.execute(text(f"INSERT INTO digest_subscriptions ({columns}) VALUES ({row})"))
        await session.execute(
            text(f"INSERT INTO digest_runs VALUES ('d1', {moment}, {moment}, 'posted', {moment}, 'm1')")
        )
    await db.migrate()
    digests, since = Digests(db), clock()
    here = Order("digest post", TIMES, (NEWS,), NEWS)
    own = Order("digest post", TIMES, ())
    assert [
        Subscription("d1", "chat", "chat:home", "chat:ana", here, since, since),
        Subscription("d2", "chat", None, "chat:ana", own, since, since),
    ] == await digests.all_active()
    assert since == await digests.last_window_end("d1")
    assert await digests.claim("d1", Window(since, since)) == 0
    await db.downgrade("0007")
    async with db.read() as session:
        rows = (await session.execute(text("SELECT id, channel, channel_name FROM digest_subscriptions"))).all()
        assert [("d1", "c1", "news")] == [tuple(row) for row in rows]
        assert await session.scalar(text("SELECT message FROM digest_runs")) == "m1"
    await db.migrate()
    assert ["d1"] == [each.id for each in await digests.all_active()]
