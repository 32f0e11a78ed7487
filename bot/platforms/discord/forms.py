"""A form for what a command needs in several lines: Discord's own fields for options have one."""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import discord

from bot.commands import Command
from bot.options import Option
from bot.platforms.discord.asking import remember
from bot.platforms.discord.layout import ID_CHARS, cut

TITLE_CHARS, LABEL_CHARS, HINT_CHARS, TEXT_CHARS = 45, 45, 100, 4000
MOST_FIELDS = 5
REMEMBERED = 500
"""How many forms are remembered whose options a form cannot keep by itself."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a form was shown for.

    Attributes:
        command: The command's full name.
        given: The options that were given already.
    """

    command: str
    given: Mapping[str, object] = field(default_factory=dict)


class Forms:
    """The forms that people were shown."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, Asked] = OrderedDict()

    def keep(self, asked: Asked, key: str) -> str:
        """The id of a form; it says what the form is for, as long as that fits into it.

        Args:
            asked: What it is shown for.
            key: An id that no other form has.
        """
        if all(isinstance(value, str | int | float) for value in asked.given.values()):
            id_ = f"form:{json.dumps([asked.command, asked.given], ensure_ascii=False, separators=(',', ':'))}"
            if len(id_) <= ID_CHARS:
                return id_
        remember(self._kept, f"kept:{key}", asked, REMEMBERED)
        return f"kept:{key}"

    def find(self, id_: str) -> Asked | None:
        """What a form was shown for; None once nobody knows any more."""
        kind, _, rest = id_.partition(":")
        if kind == "form":
            command, given = json.loads(rest)
            return Asked(command, given)
        return self._kept.get(id_)


def missing(command: Command, given: Mapping[str, object]) -> list[Option]:
    """The options that a form has to ask for."""
    wanted = [option for option in command.options if option.required and option.multiline]
    return [option for option in wanted if option.name not in given][:MOST_FIELDS]


def form(command: Command, options: Sequence[Option], id_: str) -> discord.ui.Modal:
    """The form.

    Args:
        command: What is asked for.
        options: One field for each.
        id_: What comes back with it.
    """
    modal = discord.ui.Modal(title=cut(f"/{command.name}", TITLE_CHARS), custom_id=id_)
    for option in options:
        least, most = (option.range.min, option.range.max) if option.range else (None, None)
        text = discord.ui.TextInput[discord.ui.Modal](
            style=discord.TextStyle.paragraph,
            custom_id=option.name,
            placeholder=cut(option.help, HINT_CHARS) or None,
            min_length=None if least is None else max(0, min(int(least), TEXT_CHARS)),
            max_length=TEXT_CHARS if most is None else max(1, min(int(most), TEXT_CHARS)),
        )
        modal.add_item(discord.ui.Label(text=cut(option.name, LABEL_CHARS), component=text))
    # What is sent is read from the event itself, so that it works after a restart; discord.py need keep nothing.
    modal.stop()
    return modal


def filled_in(data: Mapping[str, object]) -> dict[str, str]:
    """What was filled in, by option."""
    rows = data.get("components")
    fields = [row["component"] for row in rows if "component" in row] if isinstance(rows, list) else []
    return {str(one["custom_id"]): str(one["value"]) for one in fields}
