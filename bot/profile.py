"""What Atelier keeps about one person, and how a command reads and changes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol
from zoneinfo import ZoneInfo

from bot.values import Language


class Tone(StrEnum):
    """How answers sound."""

    PLAIN = "plain"
    FRIENDLY = "friendly"
    FORMAL = "formal"
    PLAYFUL = "playful"


class Length(StrEnum):
    """How long answers are."""

    SHORT = "short"
    MEDIUM = "medium"
    LONG = "long"


@dataclass(frozen=True, slots=True)
class Fact:
    """Something the person asked Atelier to remember.

    Attributes:
        id: To forget it by.
        text: As stated.
        server: Where it was stated and may be used; None for a direct message.
        stated: UTC.
    """

    id: str
    text: str
    server: str | None
    stated: datetime


@dataclass(frozen=True, slots=True)
class Profile:
    """The preferences that shape every answer to one person in one server.

    Attributes:
        language: Answers come in it where a model can; None follows the client's locale.
        zone: Times are told and understood in it; the client's where the person chose none, and None is UTC.
        tone: How answers sound.
        length: How long answers are.
        facts: What the person asked to remember in this server, oldest first.
    """

    language: Language | None = None
    zone: ZoneInfo | None = None
    tone: Tone = Tone.PLAIN
    length: Length = Length.MEDIUM
    facts: tuple[Fact, ...] = ()


class Profiles(Protocol):
    """Reads and changes the profile of the person who asks, in the server they ask from.

    Preferences hold everywhere; facts only in the server they were stated in.
    """

    async def get(self) -> Profile:
        """The profile as it is now."""

    async def set(self, name: str, value: str | None) -> Profile:
        """Set `language`, `zone`, `tone` or `length`; None goes back to the default.

        Raises:
            UserError: There is no such preference or value.
        """

    async def remember(self, text: str) -> Fact:
        """Keep a fact; the same text twice is one fact."""

    async def forget(self, fact: str | None) -> list[Fact]:
        """Forget one fact (its id or text), or with None all in this server; returns what was forgotten."""

    async def export(self) -> Mapping[str, object]:
        """Everything kept about the person in every table, ready for JSON."""

    async def erase(self) -> int:
        """Delete everything kept about the person in every table; returns how many rows went."""
