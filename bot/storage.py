"""Where a plugin keeps what it wants to find again."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Generic, Protocol, TypeVar

from pydantic import BaseModel, JsonValue, TypeAdapter, ValidationError

T = TypeVar("T", bound=BaseModel)

_RECENT = "recent"
_KEYS = TypeAdapter(list[str])


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


class Recent(Generic[T]):
    """The last few things of a shelf, each found again by a short key, such as one that a button carries.

    Args:
        shelf: Where they are kept; nothing else is.
        kind: What they are.
        most: How many are kept; older ones go.
    """

    def __init__(self, shelf: Shelf, kind: type[T], most: int) -> None:
        self._shelf = shelf
        self._kind = kind
        self._most = most

    async def keep(self, thing: T) -> str:
        """Keep one more, and let the oldest go; returns its key."""
        key = secrets.token_hex(4)
        await self._shelf.put(key, thing.model_dump(mode="json"))
        gone: list[str] = []

        def remember(recent: JsonValue) -> JsonValue:
            keys = [key, *_KEYS.validate_python(recent or [])]
            gone[:] = keys[self._most :]
            return [*keys[: self._most]]

        # In one go, so that nothing that is kept at the same moment is forgotten.
        await self._shelf.change(_RECENT, remember)
        for old in gone:
            await self._shelf.delete(old)
        return key

    async def keys(self) -> list[str]:
        """Those of what is kept, the latest first."""
        return _KEYS.validate_python(await self._shelf.get(_RECENT) or [])

    async def find(self, key: str) -> T | None:
        """What is kept by a key; None where there is no such thing, or it is of another version."""
        try:
            return self._kind.model_validate(await self._shelf.get(key.strip().casefold()))
        except ValidationError:
            return None
