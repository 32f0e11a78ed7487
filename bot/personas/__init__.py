"""The personas that come with Atelier, a file each, and those of other folders."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from bot.errors import ConfigError
from bot.persona import AS_IT_IS, TAKE_BACK, Example, Persona, by_key, key_of

FOLDER = Path(__file__).parent
"""Where those that come with Atelier are."""


def _named(name: str) -> str:
    if key_of(name) in {TAKE_BACK, AS_IT_IS}:
        raise ValueError(f"“{name}” has a meaning of its own; choose another name")
    if not all(letter.isalnum() or letter in " -_'’" for letter in name) or not key_of(name):
        raise ValueError("a name has letters, digits, spaces and hyphens only")
    return name


def _one_line(text: str) -> str:
    return " ".join(text.split())


_Name = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=32),
    AfterValidator(_one_line),
    AfterValidator(_named),
]
_About = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=150), AfterValidator(_one_line)
]
_Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4000)]
_Said = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=1500)]


class _Example(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    ask: _Said
    answer: _Said


class PersonaFile(BaseModel):
    """A persona as a file holds it, and as it is kept where admins wrote it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: _Name
    about: _About
    instructions: _Words
    examples: Annotated[tuple[_Example, ...], Field(max_length=6)] = ()

    @classmethod
    def of(cls, persona: Persona) -> PersonaFile:
        """A persona to be kept.

        Raises:
            ValidationError: A part of it is empty or too long.
        """
        examples = [{"ask": each.ask, "answer": each.answer} for each in persona.examples]
        return cls.model_validate(
            {
                "name": persona.name,
                "about": persona.about,
                "instructions": persona.instructions,
                "examples": examples,
            }
        )

    @property
    def persona(self) -> Persona:
        """What it says."""
        examples = tuple(Example(each.ask, each.answer) for each in self.examples)
        return Persona(self.name, self.about, self.instructions, examples)


def problem(error: ValidationError) -> str:
    """What is wrong with a persona, in one line that names the part."""
    first = error.errors()[0]
    words = {"missing": "is missing", "extra_forbidden": "is no part of a persona", "string_too_short": "is empty"}
    part = ".".join(str(each + 1) if isinstance(each, int) else each for each in first["loc"])
    said = words.get(first["type"]) or first["msg"].removeprefix("Value error, ")
    return f"`{part}` {said}" if first["type"] in words else f"`{part}`: {said[:1].lower()}{said[1:]}"


def read_presets(folders: Sequence[Path] = ()) -> Mapping[str, Persona]:
    """The personas that come with Atelier, then those of other folders, by key; of two with one name the later.

    Args:
        folders: Each with a `.toml` file for each persona.

    Raises:
        ConfigError: A folder or a file cannot be read; one line that names it.
    """
    for folder in folders:
        if not folder.is_dir():
            raise ConfigError(f"personas.paths: there is no folder {folder}")
    return by_key(_read(file) for folder in (FOLDER, *folders) for file in sorted(folder.glob("*.toml")))


def _read(file: Path) -> Persona:
    try:
        return PersonaFile.model_validate(tomllib.loads(file.read_text(encoding="utf-8"))).persona
    except ValidationError as error:
        raise ConfigError(f"{file}: {problem(error)}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise ConfigError(f"{file}: {error}") from None
