"""Ways to ask for a plugin's commands in plain words: `phrases.toml` beside its `__init__.py`.

Each key is a command's full name, its value one phrase a line. `{option:text}` marks what is an option's value, and
`| option:value` at the end says what the whole phrase means for an option. Under `none` stands what sounds alike and
asks for no command.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import structlog

log = structlog.get_logger(__name__)

NAME = "phrases.toml"

NONE = "none"
"""The key of what asks for no command."""

_SLOT = re.compile(r"\{(\w+):([^{}]*)\}")
_MEANS = re.compile(r"\s\|\s((?:\w+:\S+\s?)+)$")


@dataclass(frozen=True, slots=True)
class Slot:
    """Where a phrase has an option's value.

    Attributes:
        option: Its name.
        start: Of the value in the phrase's text.
        end: Behind it.
    """

    option: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Phrase:
    """One way to ask for a command.

    Attributes:
        text: As somebody would say it.
        slots: The options' values in it.
        means: Values that it has as a whole, by option.
    """

    text: str
    slots: tuple[Slot, ...] = ()
    means: Mapping[str, str] = field(default_factory=dict)


def read_phrase(line: str) -> Phrase:
    """A phrase with its options, from one line."""
    line = line.strip()
    means: dict[str, str] = {}
    if found := _MEANS.search(line):
        line = line[: found.start()]
        means = {name: value for name, _, value in (each.partition(":") for each in found[1].split())}
    text, position = "", 0
    slots: list[Slot] = []
    for match in _SLOT.finditer(line):
        text += line[position : match.start()]
        slots.append(Slot(match[1], len(text), len(text) + len(match[2])))
        text += match[2]
        position = match.end()
    return Phrase(text + line[position:], tuple(slots), means)


def read_phrases(folder: Path) -> Mapping[str, tuple[Phrase, ...]]:
    """The phrases of the plugin in a folder, by command; none where it has none, or they cannot be read."""
    path = folder / NAME
    try:
        # A module in a folder with others is no folder of its own.
        if not (folder / "__init__.py").is_file() or not path.is_file():
            return {}
        found = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        log.warning("a plugin's phrases cannot be read", path=str(path), error=str(error))
        return {}
    return {
        name: tuple(read_phrase(line) for line in lines.splitlines() if line.strip())
        for name, lines in found.items()
        if isinstance(lines, str)
    }
