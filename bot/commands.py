"""Commands, listeners, jobs and hooks: typed functions, read once when their plugin is loaded."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Protocol, TypeAlias

from bot.options import Option
from bot.phrases import Phrase
from bot.request import Event
from bot.signatures import Signature

if TYPE_CHECKING:
    from bot.plugin import Plugin

Asks: TypeAlias = bool | Callable[[Mapping[str, object]], bool]
"""Whether a person is asked before a model runs a command for them; it may depend on the values of the options."""


@dataclass(frozen=True)
class Command:
    """A command as people, platforms and language models see it.

    Attributes:
        name: Full name: `"roll"`, or `"music compose"` in a group.
        handler: The function.
        signature: What it takes, read once.
        plugin: The plugin it belongs to.
        private: Whether only the person who asked sees the answer.
        admin: Whether only server admins may use it.
        examples: Command lines or plain requests that show its use.
        free_text: Whether it answers what is no command.
        menu: Whether it is offered on a message instead of as a slash command.
        internal: Whether only the scheduler may run it, or a command that answers by it.
        unlimited: Whether it is never refused because of limits.
        hidden: Whether only buttons run it.
        quiet: Whether it says nothing when all went well.
        again: Whether people may have its answer made anew, and say whether it was good.
        repeatable: Whether it may run once more where a crash ended it.
        more: What is said for the person who wants its answer continued; empty where that makes no sense.
        asks: Whether the person is asked before a model runs it for them.
    """

    name: str
    handler: Callable[..., object] = field(repr=False)
    signature: Signature = field(repr=False)
    plugin: Plugin = field(repr=False)
    private: bool = False
    admin: bool = False
    examples: tuple[str, ...] = ()
    free_text: bool = False
    menu: bool = False
    internal: bool = False
    unlimited: bool = False
    hidden: bool = False
    quiet: bool = False
    again: bool = False
    repeatable: bool = False
    more: str = ""
    asks: Asks = False

    @property
    def listed(self) -> bool:
        """Whether people see it in help and completion."""
        return not (self.menu or self.internal or self.hidden)

    @property
    def about(self) -> str:
        """One line that says what it does."""
        return self.signature.about

    @property
    def options(self) -> tuple[Option, ...]:
        """What a person can give it, in order."""
        return self.signature.options

    @property
    def phrases(self) -> tuple[Phrase, ...]:
        """Ways to ask for it in plain words, besides its examples."""
        return self.plugin.phrases.get(self.name, ())

    def asks_first(self, values: Mapping[str, object]) -> bool:
        """Whether the person is asked before a model runs it with these values.

        Args:
            values: Converted, by option name; all of them.
        """
        return self.asks if isinstance(self.asks, bool) else self.asks(values)

    @cached_property
    def usage(self) -> str:
        """How it is typed: `/roll [sides:integer]`."""
        parts = [f"/{self.name}"]
        for option in self.options:
            part = f"{option.name}:{'|'.join(map(str, option.choices)) or option.kind}"
            parts.append(part if option.required else f"[{part}]")
        return " ".join(parts)

    @cached_property
    def schema(self) -> dict[str, object]:
        """JSON schema of its options, for a language model's tool call."""
        return {
            "type": "object",
            "properties": {option.name: option.schema for option in self.options},
            "required": [option.name for option in self.options if option.required],
        }


@dataclass(frozen=True)
class Listener:
    """A function that is told of every event of one type."""

    event: type[Event]
    handler: Callable[..., object]
    signature: Signature


@dataclass(frozen=True)
class Job:
    """A function that runs at set times.

    Attributes:
        cron: Five fields, as in crontab, in UTC.
        handler: The function.
        signature: What it takes.
    """

    cron: str
    handler: Callable[..., object]
    signature: Signature


@dataclass(frozen=True)
class Hook:
    """A function that runs when the plugin starts or stops."""

    handler: Callable[..., object]
    signature: Signature


class Commands(Protocol):
    """The commands that the person who asks may use here."""

    def all(self) -> Sequence[Command]:
        """Every one, by name."""

    def get(self, name: str) -> Command | None:
        """The one of that name, with or without the slash."""
