"""Runs what blocks in a thread of its own, which never keeps the process from ending; and how threads wait."""

from __future__ import annotations

import asyncio
import contextvars
import os
import threading
from collections.abc import Callable
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


SPINS = 10_000
"""How often threads that compute together look for each other before they sleep: some 0.1 ms, what it takes to wake
one."""


def share_processors() -> None:
    """Let threads that compute together wait without keeping a processor from others; before torch is imported.

    They wait for each other hundreds of times in a step, and GNU's OpenMP looks 300,000 times before it sleeps. On an
    idle machine that is a little faster; beside another program the thread that is waited for may be kept from its
    processor by the one that waits: a step took three times as long as with this bound. With a tenth of it, threads are
    put to sleep and woken in vain all the time: a step on the idle machine took 1.3 times as long. Whoever waits for as
    long as waking takes never loses much more than by sleeping at once (Karlin, Li, Manasse and Owicki 1991,
    “Empirical studies of competitive spinning for a shared-memory multiprocessor”; docs/performance.md).
    """
    os.environ.setdefault("GOMP_SPINCOUNT", str(SPINS))


async def in_thread(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Call `function` off the event loop and wait for its result.

    `asyncio.to_thread` would do, were it not that a process waits at its end for every thread of its pool: a plugin
    that sleeps for a minute would keep Atelier from stopping for as long.
    """
    loop = asyncio.get_running_loop()
    result: asyncio.Future[T] = loop.create_future()
    context = contextvars.copy_context()

    def tell(value: T | None, error: BaseException | None) -> None:
        if result.done():
            return
        if error is not None:
            result.set_exception(error)
        else:
            result.set_result(value)  # type: ignore[arg-type]  # without an error there is a value

    def work() -> None:
        value, error = None, None
        try:
            value = context.run(function, *args, **kwargs)
        except BaseException as raised:
            error = RuntimeError("StopIteration") if isinstance(raised, StopIteration) else raised
        if not loop.is_closed():
            loop.call_soon_threadsafe(tell, value, error)

    threading.Thread(target=work, name=getattr(function, "__name__", "handler"), daemon=True).start()
    return await result
