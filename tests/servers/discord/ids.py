"""Discord's ids."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from itertools import count

DISCORD_EPOCH = 1_420_070_400_000

_numbers = count(1)


def snowflake() -> str:
    """A new id; it holds the time it was made, and sorts by it."""
    return str((int(time.time() * 1000) - DISCORD_EPOCH) << 22 | next(_numbers) & 0x3FFFFF)


def made(id_: str) -> datetime:
    """When an id was made."""
    return datetime.fromtimestamp(((int(id_) >> 22) + DISCORD_EPOCH) / 1000, UTC)
