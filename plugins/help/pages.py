"""The pages that `/help` shows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import time
from enum import Enum
from itertools import groupby

from bot import Card, Command, Language, Option, Range, figure


def overview(commands: Sequence[Command]) -> str:
    """Every command, grouped by plugin, with a line on how to ask for more.

    Args:
        commands: Those that the person may use.
    """
    shown = sorted(commands, key=lambda each: (each.plugin.name, each.name))
    sections = [
        "\n".join([f"**{name}** — {_lower(group[0].plugin.about)}", *map(_line, group)])
        for name, group in ((name, list(each)) for name, each in groupby(shown, key=lambda each: each.plugin.name))
    ]
    talk = next((each for each in commands if each.free_text), None)
    ending = "`/help command` shows one with its options and examples."
    if talk is not None:
        ending += " Or mention me and ask in your own words."
    return "\n\n".join([*sections, ending])


def page_of_group(commands: Sequence[Command]) -> Card:
    """The commands of one plugin."""
    plugin = commands[0].plugin
    return Card(
        title=f"/{plugin.name}" if plugin.group else plugin.name,
        text=plugin.about,
        fields=tuple((f"`{command.usage}`", command.about + _who(command)) for command in commands),
    )


def page_of_command(command: Command) -> Card:
    """How one command is typed, what it takes and some examples."""
    fields = [("Usage", f"`{command.usage}`")]
    if command.options:
        fields.append(("Options", "\n".join(map(_option, command.options))))
    if command.examples:
        fields.append(("Examples", "\n".join(f"`{each}`" for each in command.examples)))
    notes = [
        note
        for note, holds in (
            ("Only admins may use it.", command.admin),
            ("Only you see the answer.", command.private),
            ("It also answers when you mention me or write to me.", command.free_text),
        )
        if holds
    ]
    if notes:
        fields.append(("Good to know", " ".join(notes)))
    return Card(
        title=f"/{command.name}",
        text="\n\n".join(part for part in (command.about, command.signature.details) if part),
        fields=tuple(fields),
    )


def _line(command: Command) -> str:
    return f"- `/{command.name}` — {_lower(command.about)}{_who(command)}"


def _who(command: Command) -> str:
    return " *(admins)*" if command.admin else ""


def _lower(sentence: str) -> str:
    """A sentence as it reads after a dash; “I” and names in capitals stay."""
    word = sentence.partition(" ")[0]
    stays = word == "I" or (word.isupper() and len(word) > 1)
    return sentence if stays else sentence[:1].lower() + sentence[1:]


def _option(option: Option) -> str:
    words = ["one of " + ", ".join(map(str, option.choices)) if option.choices else option.kind.value]
    if option.range is not None:
        words[0] += _range(option.range, characters=option.kind == "text")
    if option.required:
        words.append("required")
    elif option.default not in (None, ""):
        words.append(f"default {_shown(option.default)}")
    return f"- `{option.name}` ({'; '.join(words)})" + (f" — {option.help}" if option.help else "")


def _range(limits: Range, *, characters: bool) -> str:
    unit = " characters" if characters else ""
    low, high = (None if each is None else figure(each) for each in (limits.min, limits.max))
    if low is not None and high is not None:
        return f", {low}–{high}{unit}"
    return f", at least {low}{unit}" if low is not None else f", at most {high}{unit}" if high is not None else ""


def _shown(value: object) -> str:
    match value:
        case bool():
            return "yes" if value else "no"
        case Enum():
            return str(value.value)
        case time():
            return f"{value:%H:%M}"
        case Language():
            return value.tag
        case _:
            return str(value)
