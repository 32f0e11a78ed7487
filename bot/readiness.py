"""Whether each part of Atelier can do its work."""

from __future__ import annotations

from bot.config import Config
from bot.errors import ConfigError
from bot.room import LEAST_DISK, LEAST_MEMORY, free_disk, free_memory
from bot.store import urls
from bot.store.database import Database


async def readiness(database: Database, config: Config) -> dict[str, bool]:
    """The parts, and whether each can do its work.

    Args:
        database: The open store.
        config: Where it and the models are kept.
    """
    try:
        await database.ping()
    except ConfigError:
        store = False
    else:
        store = True
    kept = urls.file_of(urls.parse(config.store.url)) or config.models.dir
    return {"store": store, "disk": free_disk(kept) >= LEAST_DISK, "memory": free_memory() >= LEAST_MEMORY}
