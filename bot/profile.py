"""What Atelier keeps about one person, and how a command reads and changes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time
from enum import StrEnum
from typing import Literal, Protocol, TypeAlias
from zoneinfo import ZoneInfo

from bot.persona import Persona
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


class Format(StrEnum):
    """What shape answers have."""

    AUTO = "auto"
    PLAIN = "plain"
    BULLETS = "bullets"


FactScope: TypeAlias = Literal["person", "here", "channel", "server"]
"""How far a fact reaches: for the person everywhere, for the person in this server or conversation, for everyone in
this channel, for everyone in this server."""


@dataclass(frozen=True, slots=True)
class Fact:
    """Something a person asked Atelier to remember.

    Attributes:
        id: To forget it by.
        text: As stated.
        server: The server it was stated in, or a name for a conversation without one; None for a direct message.
        stated: UTC.
        scope: How far it reaches.
        confirmed: Whether the person said yes to words that were not their own.
        where: The channel it was stated in, in words; empty where that is not known.
        by: The name of who stated it, where that is not the person who reads it.
    """

    id: str
    text: str
    server: str | None
    stated: datetime
    scope: FactScope = "here"
    confirmed: bool = False
    where: str = ""
    by: str = ""


@dataclass(frozen=True, slots=True)
class Profile:
    """The preferences that shape every answer to one person in one server.

    Attributes:
        language: Answers come in it where a model can; None follows the client's locale.
        zone: Times are told and understood in it; the client's where the person chose none, and None is UTC.
        tone: How answers sound.
        length: How long answers are.
        facts: The person's own facts that hold in this server, or in a direct message, oldest first.
        format: What shape answers have.
        pictures: The style of pictures whose words name none; empty for none.
        music: The taste of music whose words name no genre, instrument or mood; empty for none.
        summaries: How long summaries are; None is as long as answers.
        digest_at: The time of day of a digest that is switched on without one.
        persona: Who answers: the person's own choice, then the channel's, then the server's; None is Atelier as it is.
        quoted: Whether what the person writes may appear in summaries, digests and quotations that others read.
    """

    language: Language | None = None
    zone: ZoneInfo | None = None
    tone: Tone = Tone.PLAIN
    length: Length = Length.MEDIUM
    facts: tuple[Fact, ...] = ()
    format: Format = Format.AUTO
    pictures: str = ""
    music: str = ""
    summaries: Length | None = None
    digest_at: time | None = None
    persona: Persona | None = None
    quoted: bool = True


@dataclass(frozen=True, slots=True)
class Kept:
    """How much is kept about a person.

    Attributes:
        rows: How many entries, by table; only those that have some.
        plugins: How many things each plugin keeps for the person, by its name.
    """

    rows: Mapping[str, int]
    plugins: Mapping[str, int]


class Profiles(Protocol):
    """Reads and changes the profile of the person who asks. Preferences hold everywhere, on every linked account."""

    async def get(self) -> Profile:
        """The profile as it is now."""

    async def set(self, name: str, value: str | None) -> Profile:
        """Set a preference such as `language` or `tone`; None goes back to the default.

        Raises:
            UserError: There is no such preference or value.
        """

    async def kept(self) -> Kept:
        """How much is kept about the person, of every server and account."""

    async def export(self) -> Mapping[str, object]:
        """Everything kept about the person in every table, ready for JSON."""

    async def erase(self) -> int:
        """Delete everything kept about the person in every table; returns how many rows went."""
