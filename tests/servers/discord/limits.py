"""Rate limits, and faults on command."""

from __future__ import annotations

import time
from collections import defaultdict, deque
from dataclasses import dataclass, field

from aiohttp import web

from tests.servers.discord.errors import answer


@dataclass
class RateLimits:
    """So many requests for one channel or token in so many seconds; one too many is answered with 429.

    Attributes:
        requests: How many.
        seconds: In which time.
        hits: How many requests were refused.
        surprises: How many of the next ones are refused, though the limit is not reached, and for how long.
    """

    requests: int = 5
    seconds: float = 5.0
    hits: int = 0
    surprises: deque[float] = field(default_factory=deque)
    _taken: dict[str, deque[float]] = field(default_factory=lambda: defaultdict(deque))

    def take(self, key: str) -> tuple[web.Response | None, dict[str, str]]:
        """Count a request.

        Returns:
            The refusal, if it is one too many, and the headers that every answer bears.
        """
        now = time.monotonic()
        taken = self._taken[key]
        while taken and now - taken[0] >= self.seconds:
            taken.popleft()
        wait = self.surprises.popleft() if self.surprises else 0.0
        if not wait and len(taken) >= self.requests:
            wait = self.seconds - (now - taken[0])
        if not wait:
            taken.append(now)
        until_reset = self.seconds - (now - taken[0]) if taken else 0.0
        headers = {
            "X-RateLimit-Limit": str(self.requests),
            "X-RateLimit-Remaining": str(self.requests - len(taken)),
            "X-RateLimit-Reset": f"{time.time() + until_reset:.3f}",
            "X-RateLimit-Reset-After": f"{until_reset:.3f}",
            "X-RateLimit-Bucket": key.partition(" ")[0],
        }
        if not wait:
            return None, headers
        self.hits += 1
        headers |= {"Retry-After": f"{wait:.3f}", "X-RateLimit-Scope": "user", "Via": "1.1 google"}
        body = {"message": "You are being rate limited.", "retry_after": wait, "global": False}
        return answer(body, 429, headers), headers


@dataclass(frozen=True)
class Fault:
    """What goes wrong with the next request whose method and path fit.

    Attributes:
        method: Such as `PATCH`.
        path: A part of the path.
        status: The answer's status; None carries the request out, and breaks the connection off before the answer.
        code: Discord's own code.
    """

    method: str
    path: str
    status: int | None
    code: int = 0
