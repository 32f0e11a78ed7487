"""The value types a command's options can have beyond Python's own."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Range:
    """Smallest and largest value of a number, or length of a text; use it in `Annotated`."""

    min: float | None = None
    max: float | None = None


class Multiline:
    """A text that may take several lines, so that a form gives it room; use it in `Annotated`."""

    __slots__ = ()


class Choices:
    """The only values an option may take; use it in `Annotated`."""

    __slots__ = ("values",)

    def __init__(self, *values: str | int | float) -> None:
        self.values = values


Suggest: TypeAlias = Callable[[str], Awaitable[list[str]] | list[str]]
"""From what was typed so far to suggestions."""


@dataclass(frozen=True, slots=True)
class Complete:
    """Suggests values while a person types; other values remain possible. Use it in `Annotated`."""

    suggest: Suggest


@dataclass(frozen=True, slots=True)
class User:
    """A person named in an option. `id` is a `Person.id`."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class ChannelRef:
    """A channel named in an option."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Language:
    """A language by its BCP 47 tag, such as `de` or `pt-BR`."""

    tag: str

    @classmethod
    def find(cls, text: str) -> Language:
        """The language called `text`: a tag, or its name in English or in itself.

        Raises:
            ValueError: No language is called so.
        """
        import langcodes

        text = text.strip()
        if not text.isprintable():
            raise ValueError("a language's name has no control characters")
        if len(text) <= 3 or "-" in text:
            found = langcodes.Language.get(langcodes.standardize_tag(text)) if langcodes.tag_is_valid(text) else None
        else:
            try:
                found = langcodes.find(text)
            except LookupError:
                found = None
        if found is None or not found.is_valid():
            raise ValueError(f"no language is called “{text}”")
        return cls(found.to_tag())

    @property
    def name(self) -> str:
        """Its English name."""
        import langcodes

        return str(langcodes.Language.get(self.tag).display_name())

    def __str__(self) -> str:
        return self.tag
