"""Where a plugin keeps what it wants to find again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from pydantic import JsonValue


class Shelf(Protocol):
    """Values by key, for one plugin and one person, server or channel."""

    async def get(self, key: str) -> JsonValue:
        """The value, or None."""

    async def put(self, key: str, value: JsonValue) -> None:
        """Keep `value` under `key`, replacing what was there."""

    async def change(self, key: str, by: Callable[[JsonValue], JsonValue]) -> JsonValue:
        """Replace the value by what `by` makes of it, or of None; nobody else changes it in between.

        Args:
            key: Which value.
            by: Makes the new one at once; what it raises leaves the old one.

        Returns:
            The new value.
        """

    async def delete(self, key: str) -> None:
        """Drop it; nothing happens when it is not there."""

    async def items(self) -> dict[str, JsonValue]:
        """Everything on the shelf, by key."""


class Storage(Protocol):
    """The plugin's shelves for this request; export and erase include the person's.

    Attributes:
        person: What the plugin keeps about the person, in this server.
        server: What it keeps for the server; in a direct message, for that conversation.
        channel: What it keeps for the channel.
    """

    person: Shelf
    server: Shelf
    channel: Shelf
