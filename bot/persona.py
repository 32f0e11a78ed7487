"""Who Atelier is in a conversation: a persona says what it is for and how it answers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, TypeAlias

AS_IT_IS = "plain"
"""The name to choose for Atelier as it is, where another persona would answer otherwise."""

TAKE_BACK = "none"
"""The name that takes a choice back."""

Reach: TypeAlias = Literal["me", "channel", "server"]
"""Whom a choice is for: the person, everyone in the channel, or everyone in the server."""


@dataclass(frozen=True, slots=True)
class Example:
    """A short exchange that shows how a persona answers.

    Attributes:
        ask: What a person says.
        answer: What the persona says to that.
    """

    ask: str
    answer: str


@dataclass(frozen=True, slots=True)
class Persona:
    """A way of answering that people or admins choose.

    Attributes:
        name: What people call it.
        about: One line that says what it is for.
        instructions: How it answers, in words to a language model.
        examples: Exchanges that show it.
    """

    name: str
    about: str
    instructions: str
    examples: tuple[Example, ...] = ()


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which personas are chosen, by name; None where nobody chose.

    Attributes:
        own: The person's choice.
        channel: The choice for the channel.
        server: The choice for the server.
    """

    own: str | None = None
    channel: str | None = None
    server: str | None = None


class Personas(Protocol):
    """The personas that there are where a request comes from, and which of them answers.

    What admins of a server write is known in that server alone.
    """

    async def all(self) -> Sequence[Persona]:
        """Every one, by name; what was written here takes the place of a preset of the same name."""

    async def find(self, name: str) -> Persona:
        """The one called so.

        Raises:
            UserError: There is none; the text suggests names.
        """

    async def written(self) -> Sequence[Persona]:
        """Those that were written here, by name."""

    async def chosen(self) -> Chosen:
        """What is chosen, whether or not it is there still."""

    async def current(self) -> Persona | None:
        """The one that answers the person here; None is Atelier as it is."""

    async def use(self, name: str | None, reach: Reach) -> None:
        """Choose a persona, or `AS_IT_IS`; None takes the choice back.

        A preset that a person chooses for themselves answers them everywhere, any other persona only here.

        Raises:
            UserError: There is no such persona.
        """

    async def write(self, persona: Persona) -> Persona | None:
        """Add a persona or change the one of the same name; returns what was written before.

        Raises:
            UserError: A part is empty or too long, the name cannot be one, or there are too many.
        """

    async def remove(self, name: str) -> Persona | None:
        """Remove what was written under a name; returns it, or None when there was nothing."""


def key_of(name: str) -> str:
    """What a persona is found by: its name in small letters, with hyphens for spaces."""
    return "-".join(name.casefold().replace("-", " ").replace("_", " ").split())


def by_key(personas: Iterable[Persona]) -> dict[str, Persona]:
    """Personas by what they are found by; of two with one name the later."""
    return {key_of(persona.name): persona for persona in personas}


def resolve(chosen: Iterable[str | None], known: Mapping[str, Persona]) -> Persona | None:
    """The persona of the first choice that holds; None is Atelier as it is.

    A choice of what is gone is passed over.

    Args:
        chosen: Keys, the nearest choice first; `AS_IT_IS` ends it.
        known: The personas by key.
    """
    for key in chosen:
        if key == AS_IT_IS:
            return None
        if key is not None and key in known:
            return known[key]
    return None
