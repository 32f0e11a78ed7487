"""The pictures that people have where they ask, and the emoji of the server."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from bot.errors import UserError
from bot.values import User


class Emojis(Protocol):
    """Avatars and emoji, for the person who asks, in the server where they ask.

    Attributes:
        by_hand: How people add an emoji themselves where we cannot; empty where we can.
    """

    by_hand: str

    async def picture(self, emoji: str) -> bytes:
        """The picture of a custom emoji, as a message says it.

        Raises:
            UserError: It is none, or its picture cannot be read.
        """

    async def avatar(self, user: User) -> bytes:
        """A person's picture.

        Raises:
            UserError: There is none, or it cannot be read.
        """

    async def allow(self) -> None:
        """See whether the person, and we, may add an emoji here.

        Raises:
            UserError: One of us may not; the text says what is missing.
        """

    async def add(self, name: str, picture: bytes) -> str:
        """Add an emoji to the server.

        Args:
            name: From 2 to 32 letters, digits and underscores.
            picture: A PNG, at most 128 pixels wide and high.

        Returns:
            What the platform calls it.

        Raises:
            UserError: It cannot be added, or may not.
        """

    async def remove(self, emoji: str) -> None:
        """Take an emoji of the server away; one that is gone already is no error.

        Args:
            emoji: What `add` returned.

        Raises:
            UserError: The person, or we, may not.
        """


class PlatformPictures(Protocol):
    """What a platform that knows pictures of people or emoji does for `Emojis`.

    Attributes:
        by_hand: How people add an emoji themselves; empty where we can.
    """

    by_hand: str

    async def picture(self, emoji: str) -> bytes | None:
        """The picture of a custom emoji; None when the text is none."""

    async def avatar(self, person: str) -> bytes | None:
        """The picture of a person (`Person.id`); None when there is none."""


@runtime_checkable
class PlatformEmojis(PlatformPictures, Protocol):
    """What one does where emoji can be added; people and servers are as `Person.id` and `Channel.server` say."""

    async def allow(self, server: str | None, person: str) -> None:
        """Raise `UserError` when the person, or we, may not add an emoji."""

    async def add(self, server: str | None, person: str, name: str, picture: bytes) -> str:
        """Add an emoji; returns what `remove` is to call it."""

    async def remove(self, server: str | None, person: str, emoji: str) -> None:
        """Take one away."""


@runtime_checkable
class HasPictures(Protocol):
    """A platform that knows pictures of people or emoji."""

    @property
    def pictures(self) -> PlatformPictures:
        """Finds them, and adds emoji if it is a `PlatformEmojis`."""


BY_HAND = "I can add no emoji here: save the picture, and upload it in the settings of your server."


class ServerEmojis:
    """`Emojis` for one request.

    Args:
        platform: Where it was made.
        server: In which server.
        person: Who asks.
    """

    def __init__(self, platform: object, server: str | None, person: str) -> None:
        self._pictures = platform.pictures if isinstance(platform, HasPictures) else None
        self.by_hand = self._pictures.by_hand if self._pictures else BY_HAND
        self._server = server
        self._person = person

    async def picture(self, emoji: str) -> bytes:
        """The picture of a custom emoji."""
        found = await self._pictures.picture(emoji) if self._pictures else None
        if found is None:
            raise UserError(f"“{emoji[:60]}” is no custom emoji whose picture I can read; attach the picture instead.")
        return found

    async def avatar(self, user: User) -> bytes:
        """A person's picture."""
        found = await self._pictures.avatar(user.id) if self._pictures else None
        if found is None:
            raise UserError(f"I know no picture of {user.name}; attach one instead.")
        return found

    async def allow(self) -> None:
        """See whether the person, and we, may add an emoji here."""
        await self._adding().allow(self._server, self._person)

    async def add(self, name: str, picture: bytes) -> str:
        """Add an emoji to the server."""
        return await self._adding().add(self._server, self._person, name, picture)

    async def remove(self, emoji: str) -> None:
        """Take an emoji of the server away."""
        await self._adding().remove(self._server, self._person, emoji)

    def _adding(self) -> PlatformEmojis:
        if not isinstance(self._pictures, PlatformEmojis):
            raise UserError(self.by_hand)
        return self._pictures
