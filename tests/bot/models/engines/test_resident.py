"""A model of this process: its thread, and its end."""

from __future__ import annotations

import asyncio
import threading

import pytest

from bot.models.engines.resident import Resident


def test_work_that_hangs_does_not_keep_the_process_from_ending() -> None:
    resident: Resident[str] = Resident("tiny", lambda: None, lambda: "model")
    at_work, go_on, ended = threading.Event(), threading.Event(), threading.Event()

    def hang() -> None:
        at_work.set()
        go_on.wait(timeout=20)
        ended.set()

    async def stop_in_time() -> None:
        resident._queue.submit(hang)
        at_work.wait()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0):
                await resident.close()

    # At its end this waits for every thread of the loop's own pool.
    asyncio.run(stop_in_time())
    assert not ended.is_set()
    go_on.set()
