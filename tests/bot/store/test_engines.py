"""Connections to SQLite."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

from sqlalchemy import URL

from bot.store.engines import async_engine


async def test_a_connection_that_is_stopped_while_it_closes_ends(tmp_path: Path) -> None:
    engine = async_engine(URL.create("sqlite+aiosqlite", database=str(tmp_path / "a.db")))
    connection = await engine.raw_connection()
    driver = connection.driver_connection
    assert driver is not None
    busy = threading.Event()
    working = asyncio.ensure_future(driver._execute(busy.wait))
    closing = asyncio.ensure_future(driver.close())
    await asyncio.sleep(0)

    # As the pool does with one that takes too long, here because the disk or the machine is busy.
    stopped = driver.stop()
    closing.cancel()
    busy.set()
    await asyncio.gather(working, closing, stopped, return_exceptions=True)

    assert closing.done()
    connection.invalidate()
    await engine.dispose()
