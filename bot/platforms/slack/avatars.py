"""The pictures of people; Slack lets no ordinary app add emoji."""

from __future__ import annotations

from collections.abc import Callable

from bot.platforms.slack.directory import PLATFORM
from bot.platforms.slack.receiving import Parts
from bot.platforms.slack.web import SlackFailed, SlackRefused

LARGEST = 5 << 20
"""Bytes of a picture that is read."""

BY_HAND = (
    "Slack lets no app add emoji: save the picture, choose *Add Emoji* where you pick an emoji for a message, and "
    "upload it there."
)


class Avatars:
    """Finds the pictures of people.

    Args:
        there: Fetches what is connected now.

    Attributes:
        by_hand: How people add an emoji themselves.
    """

    by_hand = BY_HAND

    def __init__(self, there: Callable[[], Parts]) -> None:
        self._there = there

    async def picture(self, emoji: str) -> bytes | None:
        """None: to read the workspace's emoji takes a scope that nothing else needs."""
        return None

    async def avatar(self, person: str) -> bytes | None:
        """A person's picture."""
        there = self._there()
        try:
            address = await there.directory.picture(person.removeprefix(f"{PLATFORM}:"))
            return await there.web.fetch(address, LARGEST) if address else None
        except (SlackRefused, SlackFailed):
            return None
