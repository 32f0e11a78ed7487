"""From a request to its command, by look-up: the cost does not grow with the number of commands."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NoReturn

from bot.commands import Command
from bot.errors import PluginError, UserError
from bot.lines import read_options, split_command
from bot.options import Kind
from bot.request import Request
from bot.signatures import where


@dataclass(frozen=True, slots=True)
class Match:
    """The command a request means.

    Attributes:
        command: The command.
        line: What follows its name, where it was typed; None where the platform gives the options by name.
    """

    command: Command
    line: str | None = None

    def options(self, request: Request) -> Mapping[str, object]:
        """The request's option values, as they were given.

        Raises:
            UserError: The line does not fit.
        """
        given: Mapping[str, object] = request.options
        if self.line is not None:
            given = read_options(self.line, self.command.options, self.command.usage)
        elif request.command is None:
            given = _free_text(self.command, request.text.strip())
        return _with_files(self.command, given, request)


class Router:
    """Knows every loaded command by name."""

    def __init__(self) -> None:
        self._commands: dict[str, Command] = {}
        self._groups: dict[str, set[str]] = {}
        self._free_text: Command | None = None

    def all(self) -> Sequence[Command]:
        """Every command, by name."""
        return sorted(self._commands.values(), key=lambda command: command.name)

    def get(self, name: str) -> Command | None:
        """The command of that name, with or without the slash."""
        return self._commands.get(name.strip().removeprefix("/"))

    def add(self, commands: Iterable[Command]) -> None:
        """Make commands known: all of them, or none when one cannot be.

        Raises:
            PluginError: A name is taken, by a command or by a group.
        """
        commands = list(commands)
        for command in commands:
            self._check(command)
        for command in commands:
            self._commands[command.name] = command
            group, _, bare = command.name.partition(" ")
            if bare and command.listed:
                self._groups.setdefault(group, set()).add(command.name)
            if command.free_text:
                self._free_text = command

    def remove(self, commands: Iterable[Command]) -> None:
        """Forget commands."""
        for command in commands:
            if self._commands.get(command.name) is not command:
                continue
            del self._commands[command.name]
            group = command.name.partition(" ")[0]
            members = self._groups.get(group)
            if members is not None:
                members.discard(command.name)
                if not members:
                    del self._groups[group]
            if self._free_text is command:
                self._free_text = None

    def resolve(self, request: Request) -> Match:
        """The command that `request` means.

        Raises:
            UserError: There is none; the text says what comes near.
        """
        if request.command is not None:
            command = self._commands.get(request.command)
            if command is None:
                self._missing(request.command)
            return Match(command)
        text = request.text.strip()
        if not text.startswith("/"):
            if self._free_text is None:
                raise UserError("Nothing here answers plain messages; `/help` lists what I can do.")
            return Match(self._free_text)
        words, line = split_command(text)
        for count in range(len(words), 0, -1):
            name = " ".join(words[:count])
            if command := self._commands.get(name.lower()):
                if command.menu:
                    continue
                rest = line.split(None, count)[count:]
                return Match(command, rest[0] if rest else "")
        return self._missing(" ".join(words))

    def _missing(self, name: str) -> NoReturn:
        words = name.lower().split()
        members = self._groups.get(words[0]) if words else None
        if members:
            listed = ", ".join(f"`/{member}`" for member in sorted(members))
            raise UserError(f"`/{words[0]}` needs one of: {listed}.")
        near = difflib.get_close_matches(" ".join(words), self._commands, n=1) or difflib.get_close_matches(
            words[0] if words else "", [*self._commands, *self._groups], n=1
        )
        hint = f"Did you mean `/{near[0]}`?" if near else "`/help` lists what I can do."
        raise UserError(f"There is no command `/{words[0] if words else ''}`. {hint}")

    def _check(self, command: Command) -> None:
        place = where(command.handler)
        other = self._commands.get(command.name)
        if other is not None:
            raise PluginError(f"{place}: the plugin {other.plugin.name} already has /{command.name}")
        group, _, bare = command.name.partition(" ")
        if bare and not command.menu and group in self._commands:
            raise PluginError(f"{place}: /{group} is a command already, so it cannot be a group too")
        if not bare and command.name in self._groups:
            raise PluginError(f"{place}: /{command.name} is a group already, so it cannot be a command too")
        if command.free_text and self._free_text is not None:
            raise PluginError(f"{place}: /{self._free_text.name} already answers plain messages")


def _free_text(command: Command, text: str) -> dict[str, object]:
    first = next((option for option in command.options if option.kind is Kind.TEXT), None)
    return {first.name: text} if first is not None and text else {}


def _with_files(command: Command, options: Mapping[str, object], request: Request) -> dict[str, object]:
    """The request's files, given to the options that take one, in order."""
    files = iter(request.attachments)
    filled = dict(options)
    for option in command.options:
        if option.kind is Kind.ATTACHMENT and option.name not in filled:
            file = next(files, None)
            if file is None:
                break
            filled[option.name] = file
    return filled
