"""Plugins and their commands: a command is a typed function, read once when its plugin is loaded."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import ParamSpec, Protocol, TypeVar, overload

from pydantic import BaseModel

from bot.answers import Answers
from bot.errors import PluginError
from bot.history import History
from bot.models.tasks import TASKS, Models
from bot.options import Option
from bot.profile import Profile, Profiles
from bot.reply import Reply
from bot.request import Event, Message, MessageDeleted, MessageEdited, MessageSeen, Request
from bot.schedule import Schedule
from bot.settings import Settings
from bot.signatures import Signature, read_signature, where
from bot.storage import Storage

P = ParamSpec("P")
T = TypeVar("T")

RESERVED = frozenset(
    # Slack's built-in commands: one of these names makes Slack refuse the whole manifest.
    "active apps archive away call close collapse dm dnd expand feed feedback invite join keys kick leave list me msg "
    "mute open part pinned prefs remind remove rename s search shortcuts shrug star status topic unarchive who "
    # Discord's client answers these itself.
    "gif giphy nick spoiler tableflip tenor thread tts unflip".split()
)
"""Command names that Slack or Discord keep for themselves."""


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
        internal: Whether only the scheduler may run it.
        unlimited: Whether it is never refused because of limits.
        hidden: Whether only buttons run it.
        quiet: Whether it says nothing when all went well.
        again: Whether people may have its answer made anew, and say whether it was good.
        more: What is said for the person who wants its answer continued; empty where that makes no sense.
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
    more: str = ""

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


INJECTABLE: frozenset[type] = frozenset(
    {
        Request,
        Message,
        Reply,
        Profile,
        Profiles,
        History,
        Storage,
        Settings,
        Schedule,
        Models,
        Commands,
        Answers,
        *TASKS,
    }
)
"""What a command may ask for by type, besides its plugin's own configuration.

A listener may too. A job may ask for models; hooks that run at start and stop for nothing but the configuration.
"""


class Plugin:
    """A named set of commands.

    Args:
        name: Lower case, unique.
        about: One line that says what it is for.
        config: The type of its own section of the configuration, `[plugin.<name>]`.
        group: Whether its name comes before its commands' (`/music compose`).

    Raises:
        PluginError: The name cannot be a command's.
    """

    def __init__(self, name: str, about: str, *, config: type[BaseModel] | None = None, group: bool = False) -> None:
        _check_name(name, f"Plugin({name!r})", command=group)
        self.name = name
        self.about = about
        self.config = config
        self.group = group
        self.commands: dict[str, Command] = {}
        self.listeners: list[Listener] = []
        self.jobs: list[Job] = []
        self.starters: list[Hook] = []
        self.stoppers: list[Hook] = []

    @overload
    def command(self, handler: Callable[P, T]) -> Callable[P, T]: ...

    @overload
    def command(
        self,
        *,
        private: bool = False,
        admin: bool = False,
        examples: Iterable[str] = (),
        free_text: bool = False,
        internal: bool = False,
        unlimited: bool = False,
        hidden: bool = False,
        quiet: bool = False,
        again: bool = False,
        more: str = "",
    ) -> Callable[[Callable[P, T]], Callable[P, T]]: ...

    def command(
        self,
        handler: Callable[P, T] | None = None,
        *,
        private: bool = False,
        admin: bool = False,
        examples: Iterable[str] = (),
        free_text: bool = False,
        internal: bool = False,
        unlimited: bool = False,
        hidden: bool = False,
        quiet: bool = False,
        again: bool = False,
        more: str = "",
    ) -> Callable[P, T] | Callable[[Callable[P, T]], Callable[P, T]]:
        """Make a function a command named after it.

        Args:
            handler: The function, when the decorator is used bare.
            private: Only the person who asked sees the answer.
            admin: Only server admins may use it.
            examples: Command lines or plain requests that show its use, for help and for finding it by meaning.
            free_text: It answers what is no command; the text goes to its first option.
            internal: Only the scheduler may run it; people do not see it.
            unlimited: It is never refused because of limits; commands for admins never are.
            hidden: Only buttons run it; people do not see it.
            quiet: It says nothing when all went well.
            again: People may have its answer made anew, and say whether it was good, by buttons under it.
            more: What is said for the person who presses Continue under its answer; there is no such button without.

        Raises:
            PluginError: The name is reserved or taken, or a parameter is neither an option nor injectable.
        """

        def register(function: Callable[P, T]) -> Callable[P, T]:
            bare = function.__name__.rstrip("_").replace("_", "-")
            _check_name(bare, where(function), command=not self.group)
            self._add(
                Command(
                    name=f"{self.name} {bare}" if self.group else bare,
                    handler=function,
                    signature=self._read(function, INJECTABLE),
                    plugin=self,
                    private=private,
                    admin=admin,
                    examples=tuple(examples),
                    free_text=free_text,
                    internal=internal,
                    unlimited=unlimited or admin,
                    hidden=hidden,
                    quiet=quiet,
                    again=again,
                    more=more,
                )
            )
            return function

        return register if handler is None else register(handler)

    def menu(self, label: str, *, private: bool = False) -> Callable[[Callable[P, T]], Callable[P, T]]:
        """Offer a function on a message; it takes the message as a parameter of type `Message`.

        Args:
            label: What the menu says.
            private: Only the person who asked sees the answer.
        """

        def register(function: Callable[P, T]) -> Callable[P, T]:
            signature = self._read(function, INJECTABLE)
            needed = [option.name for option in signature.options if option.required]
            if needed:
                raise PluginError(f"{where(function)}: a menu can give no option, but `{needed[0]}` is required")
            self._add(Command(label, function, signature, self, private=private, menu=True))
            return function

        return register

    def listen(self, event: type[Event]) -> Callable[[Callable[P, T]], Callable[P, T]]:
        """Tell a function of every event of a type; it takes the event as a parameter of that type.

        Args:
            event: `MessageSeen`, `MessageEdited` or `MessageDeleted`.

        Raises:
            PluginError: Nobody is told of such events.
        """
        if event not in (MessageSeen, MessageEdited, MessageDeleted):
            raise PluginError(f"listen({event.__name__}): there are MessageSeen, MessageEdited and MessageDeleted")

        def register(function: Callable[P, T]) -> Callable[P, T]:
            self.listeners.append(Listener(event, function, self._read(function, {*INJECTABLE, event}, options=False)))
            return function

        return register

    def job(self, cron: str) -> Callable[[Callable[P, T]], Callable[P, T]]:
        """Run a function at set times.

        Args:
            cron: Minute, hour, day of month, month, day of week, in UTC.
        """

        def register(function: Callable[P, T]) -> Callable[P, T]:
            self.jobs.append(Job(cron, function, self._read(function, {*TASKS}, options=False)))
            return function

        return register

    def start(self, handler: Callable[P, T]) -> Callable[P, T]:
        """Run a function when the plugin starts."""
        self.starters.append(Hook(handler, self._read(handler, set(), options=False)))
        return handler

    def stop(self, handler: Callable[P, T]) -> Callable[P, T]:
        """Run a function when the plugin stops."""
        self.stoppers.append(Hook(handler, self._read(handler, set(), options=False)))
        return handler

    def _read(self, function: Callable[..., object], types: Collection[type], *, options: bool = True) -> Signature:
        own = () if self.config is None else (self.config,)
        return read_signature(function, {*types, *own}, options=options)

    def _add(self, command: Command) -> None:
        if inspect.isgeneratorfunction(command.handler):
            raise PluginError(f"{where(command.handler)}: a command that yields must be `async def`")
        if command.name in self.commands:
            raise PluginError(f"{where(command.handler)}: there is already a command /{command.name}")
        self.commands[command.name] = command


def _check_name(name: str, place: str, *, command: bool) -> None:
    # Discord: 1–32 of lower-case letters, digits, hyphen and underscore; Slack takes the same set.
    if not (name.replace("-", "").replace("_", "").isalnum() and name == name.lower() and len(name) <= 32):
        raise PluginError(f"{place}: “{name}” must be 1–32 lower-case letters, digits, - or _")
    if command and name in RESERVED:
        raise PluginError(f"{place}: /{name} is kept by Slack or Discord; choose another name")
