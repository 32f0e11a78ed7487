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


SPINS = 20_000
"""How often threads that compute together look for each other before they sleep: some 0.2 ms, for as long as one of
them may compute alone between two computations in common."""


def share_processors() -> None:
    """Let threads that compute together wait without keeping a processor from others; before torch is imported.

    They wait for each other hundreds of times in a step, and GNU's OpenMP looks 300,000 times before it sleeps. Beside
    another program the thread that is waited for may then be kept from its processor by the one that waits; how much
    that costs depends on the machine. A lower bound is gentler there, but on an idle machine threads are put to sleep
    and woken in vain all the time: with 1,000 looks a step took 1.3 to 1.5 times as long as with these, with which it
    takes a few hundredths longer than without a bound (docs/performance.md). Whoever shares the machine with others may
    set less.
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
