"""Our commands as Discord's application commands, and what a person chose as our options."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeAlias

from bot.commands import Command
from bot.options import Kind, Option

Json: TypeAlias = dict[str, object]
"""A JSON object."""

SUBCOMMAND, SLASH, ON_MESSAGE = 1, 1, 3
MOST_CHOICES = 25
MANAGE_SERVER = "32"

# Everything else is typed: Discord has no dates, times or languages.
_TYPES = {
    Kind.TEXT: 3,
    Kind.INTEGER: 4,
    Kind.BOOLEAN: 5,
    Kind.USER: 6,
    Kind.CHANNEL: 7,
    Kind.NUMBER: 10,
    Kind.ATTACHMENT: 11,
}
_LONGEST_TEXT = 6000
# Discord's integers and numbers are those of JavaScript.
_LARGEST_NUMBER = 2**53
# What is compared to know whether anything changed; Discord adds ids, versions and defaults of its own.
_COMPARED = (
    "type name description options required choices value autocomplete min_value max_value min_length max_length "
    "default_member_permissions"
).split()
# The same for what only commands that are offered everywhere have.
_COMPARED_EVERYWHERE = [*_COMPARED, "integration_types", "contexts"]

SERVERS, PEOPLE = 0, 1
"""Who may install us."""

IN_SERVER, WITH_US, AMONG_PEOPLE = 0, 1, 2
"""Where a command can be used: a server, a conversation with us, one of people with each other."""


def application_commands(commands: Sequence[Command], *, everywhere: bool = False) -> list[Json]:
    """Every command that people choose from a list, as Discord wants it.

    A group's commands become subcommands; what is offered on a message becomes a context menu.

    Args:
        commands: Ours.
        everywhere: Whether they are offered to everybody, rather than in some servers.
    """
    payload: list[Json] = []
    groups: dict[str, list[Command]] = {}
    for command in commands:
        group, _, bare = command.name.partition(" ")
        if command.menu:
            payload.append({"type": ON_MESSAGE, "name": command.name[:32], **_offered([command], everywhere)})
        elif not command.listed:
            continue
        elif bare:
            groups.setdefault(group, []).append(command)
        else:
            payload.append({"type": SLASH, **_leaf(command, command.name), **_offered([command], everywhere)})
    for group, members in groups.items():
        leaves = [{"type": SUBCOMMAND, **_leaf(member, member.name.partition(" ")[2])} for member in members]
        about = _line(members[0].plugin.about or group)
        whole: Json = {"type": SLASH, "name": group, "description": about, "options": leaves}
        payload.append({**whole, **_offered(members, everywhere)})
    return payload


def unchanged(ours: Sequence[Mapping[str, object]], theirs: Sequence[Mapping[str, object]]) -> bool:
    """Whether Discord already has these commands, and no others."""

    def key(command: Mapping[str, object]) -> tuple[str, str]:
        return str(command.get("type")), str(command.get("name"))

    names = _COMPARED_EVERYWHERE if any("contexts" in one for one in ours) else _COMPARED
    return [_shape(one, names) for one in sorted(ours, key=key)] == [
        _shape(one, names) for one in sorted(theirs, key=key)
    ]


def chosen(data: Mapping[str, object]) -> tuple[str, dict[str, object], str | None]:
    """What an interaction's data says: the command's full name, the options as given, and which is being typed."""
    name = str(data["name"])
    options = _mappings(data.get("options"))
    while options and options[0].get("type") in (1, 2):
        name = f"{name} {options[0]['name']}"
        options = _mappings(options[0].get("options"))
    focused = next((str(option["name"]) for option in options if option.get("focused")), None)
    return name, {str(option["name"]): option["value"] for option in options}, focused


async def suggestions(option: Option, typed: str) -> Sequence[str | int | float]:
    """What to offer while a person types an option's value; at most as many as Discord shows."""
    if option.choices:
        wanted = typed.casefold()
        return [choice for choice in option.choices if wanted in str(choice).casefold()][:MOST_CHOICES]
    if option.suggest is None:
        return []
    found = option.suggest(typed)
    values = await found if inspect.isawaitable(found) else found
    return [value for value in values if 0 < len(value) <= 100][:MOST_CHOICES]


def _leaf(command: Command, name: str) -> Json:
    # Discord wants what is required first.
    ordered = sorted(command.options, key=lambda option: not _must_be_given(option))
    options = [_option(option) for option in ordered]
    return {"name": name, "description": _line(command.about or name), "options": options}


def _must_be_given(option: Option) -> bool:
    # A text of several lines can be left out: a form asks for it then.
    return option.required and not option.multiline


def _option(option: Option) -> Json:
    kind = _TYPES.get(option.kind, 3)
    payload: Json = {
        "type": kind,
        "name": option.name.lower(),
        "description": _line(option.help or option.name),
        "required": _must_be_given(option),
    }
    if 0 < len(option.choices) <= MOST_CHOICES:
        payload["choices"] = [{"name": str(choice)[:100], "value": choice} for choice in option.choices]
    elif option.choices or option.suggest is not None:
        payload["autocomplete"] = True
    if option.range is not None and option.kind is Kind.TEXT:
        if option.range.min is not None:
            payload["min_length"] = max(0, min(int(option.range.min), _LONGEST_TEXT))
        if option.range.max is not None:
            payload["max_length"] = max(1, min(int(option.range.max), _LONGEST_TEXT))
    elif option.range is not None and kind in (4, 10):
        bounds = {"min_value": option.range.min, "max_value": option.range.max}
        for name, bound in bounds.items():
            if bound is not None:
                kept = max(-_LARGEST_NUMBER, min(bound, _LARGEST_NUMBER))
                payload[name] = int(kept) if kind == 4 else kept
    return payload


def _offered(members: Iterable[Command], everywhere: bool) -> Json:
    """To whom and where: what only admins may use is hidden from others; the core checks it as well."""
    admin = all(member.admin for member in members)
    offered: Json = {"default_member_permissions": MANAGE_SERVER} if admin else {}
    if everywhere:
        offered["integration_types"] = [SERVERS] if admin else [SERVERS, PEOPLE]
        offered["contexts"] = [IN_SERVER, WITH_US] if admin else [IN_SERVER, WITH_US, AMONG_PEOPLE]
    return offered


def _line(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= 100 else f"{text[:99]}…"


def _mappings(value: object) -> list[Mapping[str, object]]:
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list) else []


def _shape(value: object, names: Sequence[str]) -> object:
    if isinstance(value, Mapping):
        compared = {name: _shape(value[name], names) for name in names if name in value}
        return {name: item for name, item in compared.items() if item not in (None, [], "") and item is not False}
    return [_shape(item, names) for item in value] if isinstance(value, list) else value
