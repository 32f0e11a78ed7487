"""Where plugins keep what they want to find again."""

from __future__ import annotations

import json
from collections.abc import Callable

from pydantic import JsonValue
from sqlalchemy import select, update

from bot.request import Channel, ChannelKind, Person
from bot.storage import Shelf
from bot.store.columns import clean
from bot.store.database import Database, delete_where
from bot.store.tables import ShelfRow

LONGEST_KEY = 500
"""Characters; PostgreSQL indexes no more than 2,700 bytes."""


class StoredShelf:
    """Values by key, for one plugin and one person, server or channel."""

    def __init__(
        self,
        db: Database,
        plugin: str,
        scope: str,
        place: str,
        server: str = "",
        *,
        account: str | None = None,
    ) -> None:
        self._db = db
        self._where = {"plugin": plugin, "scope": scope, "place": place, "server": server}
        self._account = account

    async def get(self, key: str) -> JsonValue:
        """The value, or None."""
        query = select(ShelfRow.value).filter_by(**self._where, key=_key(key))
        async with self._db.read() as session:
            return await session.scalar(query)

    async def put(self, key: str, value: JsonValue) -> None:
        """Keep `value` under `key`, replacing what was there.

        Raises:
            ValueError: The key is empty or very long, or the value is not JSON.
        """
        key = _key(key)
        _check(key, value)
        row = self._db.insert(ShelfRow).values(**self._where, key=key, value=value, account=self._account)
        # By the constraint's columns; whoever writes last wins, and nobody fails.
        columns = [column.name for column in ShelfRow.__table__.primary_key]
        async with self._db.write() as session:
            await session.execute(row.on_conflict_do_update(index_elements=columns, set_={"value": row.excluded.value}))

    async def change(self, key: str, by: Callable[[JsonValue], JsonValue]) -> JsonValue:
        """Replace the value by what `by` makes of it, or of None; nobody else changes it in between.

        Args:
            key: Which value.
            by: Makes the new one at once; what it raises leaves the old one.

        Returns:
            The new value.

        Raises:
            ValueError: The key is empty or very long, or the new value is not JSON.
        """
        key = _key(key)
        row = self._db.insert(ShelfRow).values(**self._where, key=key, value=None, account=self._account)
        columns = [column.name for column in ShelfRow.__table__.primary_key]
        here = [ShelfRow.__table__.c[name] == value for name, value in {**self._where, "key": key}.items()]
        async with self._db.write() as session:
            # Written as it is, so that the row is there and everyone else waits for it, also in PostgreSQL.
            taken = row.on_conflict_do_update(index_elements=columns, set_={"key": key}).returning(ShelfRow.value)
            value = by(await session.scalar(taken))
            _check(key, value)
            await session.execute(update(ShelfRow).where(*here).values(value=value))
        return value

    async def delete(self, key: str) -> None:
        """Drop it; nothing happens when it is not there."""
        here = [ShelfRow.__table__.c[name] == value for name, value in self._where.items()]
        async with self._db.write() as session:
            await delete_where(session, ShelfRow, *here, ShelfRow.key == _key(key))

    async def items(self) -> dict[str, JsonValue]:
        """Everything on the shelf, by key."""
        query = select(ShelfRow.key, ShelfRow.value).filter_by(**self._where).order_by(ShelfRow.key)
        async with self._db.read() as session:
            found = (await session.execute(query)).all()
        return {row.key: row.value for row in found}


class PluginStorage:
    """A plugin's shelves for one request.

    Attributes:
        person: What the plugin keeps about the person, in this server.
        server: What it keeps for the server; in a direct message, for that conversation.
        channel: What it keeps for the channel.
    """

    def __init__(self, db: Database, plugin: str, platform: str, person: Person, channel: Channel) -> None:
        here = f"{platform}:{channel.id}"
        # All that is kept of a direct message is about the person in it, and goes when they want it gone.
        private = person.id if channel.kind is ChannelKind.DM else None
        self.person: Shelf = StoredShelf(db, plugin, "person", person.id, channel.server or "", account=person.id)
        if channel.server is None:
            self.server: Shelf = StoredShelf(db, plugin, "conversation", here, account=private)
        else:
            self.server = StoredShelf(db, plugin, "server", channel.server)
        self.channel: Shelf = StoredShelf(db, plugin, "channel", here, account=private)


def _check(key: str, value: JsonValue) -> None:
    try:
        json.dumps(value, allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise ValueError(f"the value of “{key}” cannot be kept as JSON: {error}") from None


def _key(key: str) -> str:
    key = clean(key)
    if not 0 < len(key) <= LONGEST_KEY:
        raise ValueError(f"a key has from 1 to {LONGEST_KEY} characters, not {len(key)}")
    return key
