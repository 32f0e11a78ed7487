"""How long each command takes and how it ends: in metrics, in the log and in the store."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from typing import TypeAlias

import structlog
from prometheus_client import Counter, Gauge, Histogram

from bot.middleware.call import Call, Proceed

log = structlog.get_logger(__name__)

REQUESTS = Counter("atelier_requests_total", "Requests by command and outcome.", ["platform", "command", "outcome"])
SECONDS = Histogram(
    "atelier_request_seconds",
    "Time from the request to the complete answer.",
    ["command"],
    buckets=(0.005, 0.02, 0.1, 0.5, 1, 3, 10, 30, 120),
)
RUNNING = Gauge("atelier_requests_running", "Requests being answered now.")

RecordUsage: TypeAlias = Callable[[Call, float], Awaitable[None]]
"""Keeps who used which command, and for how many seconds."""


class Timing:
    """Measures every call, its last edit included.

    Args:
        record: Keeps the usage.
    """

    def __init__(self, record: RecordUsage) -> None:
        self._record = record

    async def __call__(self, call: Call, proceed: Proceed) -> None:
        """Go on and note how it went."""
        began = time.perf_counter()
        RUNNING.inc()
        try:
            await proceed(call)
        finally:
            seconds = time.perf_counter() - began
            RUNNING.dec()
            command = call.command.name if call.command else "unknown"
            REQUESTS.labels(call.request.origin.platform, command, call.outcome).inc()
            SECONDS.labels(command).observe(seconds)
            log.debug("request", id=call.request.id, command=command, outcome=call.outcome, seconds=round(seconds, 4))
        try:
            await self._record(call, seconds)
        except Exception:
            # The person has the answer; a store in trouble must not take it away.
            log.exception("usage not recorded", request=call.request.id)
