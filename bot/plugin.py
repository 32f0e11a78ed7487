"""A plugin: what it registers, and what its functions may ask for."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Iterable, Mapping
from functools import cached_property
from pathlib import Path
from typing import ParamSpec, TypeVar, overload

from pydantic import BaseModel

from bot.accounts import Accounts
from bot.actions import Actions
from bot.answers import Answers
from bot.channels import Channels
from bot.commands import Asks, Command, Commands, Hook, Job, Listener
from bot.discretion import Discretion
from bot.emoji import Emojis
from bot.errors import PluginError
from bot.history import History
from bot.knowledge import Knowledge, Library
from bot.meanings import Meanings
from bot.memories import Memories
from bot.models.tasks import TASKS, Models
from bot.persona import Personas
from bot.phrases import Phrase, read_phrases
from bot.profile import Profile, Profiles
from bot.recaps import Recaps
from bot.reminders import Reminders
from bot.reply import Reply
from bot.request import ChannelDeleted, Event, Message, MessageDeleted, MessageEdited, MessageSeen, Request
from bot.schedule import Schedule
from bot.settings import Settings
from bot.signatures import Signature, read_signature, where
from bot.storage import Storage
from bot.web import Web

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

INJECTABLE: frozenset[type] = frozenset(
    {
        Request,
        Message,
        Reply,
        Profile,
        Profiles,
        Personas,
        Meanings,
        Memories,
        Accounts,
        Knowledge,
        Library,
        History,
        Channels,
        Discretion,
        Recaps,
        Storage,
        Settings,
        Schedule,
        Reminders,
        Models,
        Commands,
        Actions,
        Answers,
        Emojis,
        Web,
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

    @cached_property
    def phrases(self) -> Mapping[str, tuple[Phrase, ...]]:
        """Ways to ask for its commands, by full name, from `phrases.toml` beside it; `none` asks for no command."""
        handler = next((command.handler for command in self.commands.values()), None)
        return {} if handler is None else read_phrases(Path(inspect.getfile(inspect.unwrap(handler))).parent)

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
        repeatable: bool = False,
        more: str = "",
        asks: Asks = False,
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
        repeatable: bool = False,
        more: str = "",
        asks: Asks = False,
    ) -> Callable[P, T] | Callable[[Callable[P, T]], Callable[P, T]]:
        """Make a function a command named after it.

        Args:
            handler: The function, when the decorator is used bare.
            private: Only the person who asked sees the answer.
            admin: Only server admins may use it.
            examples: Command lines or plain requests that show its use, for help and for finding it by meaning.
            free_text: It answers what is no command; the text goes to its first option.
            internal: Only the scheduler may run it, or a command that answers by it; people do not see it.
            unlimited: It is never refused because of limits; commands for admins never are.
            hidden: Only buttons run it; people do not see it.
            quiet: It says nothing when all went well.
            again: People may have its answer made anew, and say whether it was good, by buttons under it.
            repeatable: It may run once more where a crash ended it, for it changes nothing, or the same twice; with
                `again` it may in any case. Otherwise the person is told that it may be done.
            more: What is said for the person who presses Continue under its answer; there is no such button without.
            asks: It posts elsewhere, costs much or cannot be undone: before a model runs it for a person, they are
                asked. A function of the options' values says in which cases.

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
                    repeatable=repeatable or again,
                    more=more,
                    asks=asks,
                )
            )
            return function

        return register if handler is None else register(handler)

    def menu(
        self, label: str, *, private: bool = False, repeatable: bool = False
    ) -> Callable[[Callable[P, T]], Callable[P, T]]:
        """Offer a function on a message; it takes the message as a parameter of type `Message`.

        Args:
            label: What the menu says.
            private: Only the person who asked sees the answer.
            repeatable: It may run once more where a crash ended it.
        """

        def register(function: Callable[P, T]) -> Callable[P, T]:
            signature = self._read(function, INJECTABLE)
            needed = [option.name for option in signature.options if option.required]
            if needed:
                raise PluginError(f"{where(function)}: a menu can give no option, but `{needed[0]}` is required")
            self._add(Command(label, function, signature, self, private=private, repeatable=repeatable, menu=True))
            return function

        return register

    def listen(self, event: type[Event]) -> Callable[[Callable[P, T]], Callable[P, T]]:
        """Tell a function of every event of a type; it takes the event as a parameter of that type.

        Args:
            event: `MessageSeen`, `MessageEdited`, `MessageDeleted` or `ChannelDeleted`.

        Raises:
            PluginError: Nobody is told of such events.
        """
        if event not in (MessageSeen, MessageEdited, MessageDeleted, ChannelDeleted):
            raise PluginError(
                f"listen({event.__name__}): there are MessageSeen, MessageEdited, MessageDeleted and ChannelDeleted"
            )

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
