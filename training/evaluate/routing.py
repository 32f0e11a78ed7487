"""How often plain words reach the right command, with its options, where there is no language model.

Two sets of phrasings were written before anything was tuned: `seen.tsv`, by whose mistakes it was, and `unseen.tsv`,
of which only the totals are ever printed.
"""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, cast

from bot import Command, Embeddings, Task
from bot.config import ModelsConfig
from bot.models.registry import ModelRegistry
from bot.settings import ChannelSettings
from plugins.chat.filling import Now, missing
from plugins.chat.routing import Routing, Wish

if TYPE_CHECKING:
    from bot import Plugin

NOTHING = "-"
"""What a phrasing asks for that asks for no command."""

CALLED = {"models list": "models"}
"""Commands that the phrasings call otherwise."""

OPTIONS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "summarize": {"start": ("start", "since")},
    "catchup": {"start": ("since",)},
    "music compose": {"wish": ("idea",), "bars": ("idea",)},
    "sticker make": {"what": ("prompt",)},
    "time": {"place": ("in",)},
    "knowledge add": {"source": ("url", "channel")},
}
"""Options that the phrasings call otherwise."""

VALUES = {"time zone": "zone"}
"""Values that they call otherwise."""


@dataclass(frozen=True, slots=True)
class Phrasing:
    """A request in plain words.

    Attributes:
        text: As said.
        commands: Any of these is right; none for what asks for no command.
        options: What their values have to contain.
    """

    text: str
    commands: frozenset[str]
    options: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a phrasing."""

    phrasing: Phrasing
    wish: Wish | None

    @property
    def done(self) -> str:
        """The command that runs, or that the person is asked to confirm; empty for none."""
        return self.wish.command.name if self.wish is not None and self.wish.meant else ""

    @property
    def right(self) -> bool:
        """Whether that is what was asked for."""
        return self.done in self.phrasing.commands if self.phrasing.commands else not self.done

    @property
    def offered(self) -> bool:
        """Whether a command is offered below another answer."""
        return self.wish is not None and not self.wish.meant

    def filled(self) -> list[bool]:
        """For each option that is asked for, whether it is filled rightly."""
        if not self.done or not self.right or self.wish is None:
            return []
        values = {name: value.casefold() for name, value in self.wish.values.items()}
        choices = {option.name for option in self.wish.command.options if option.choices}
        called = OPTIONS.get(self.done, {})
        return [
            any(_same(wanted, values.get(option, ""), choice=option in choices) for option in called.get(name, (name,)))
            for name, wanted in self.phrasing.options.items()
        ]


class Everything:
    """Every command that comes with Atelier, for somebody who may use them all."""

    def __init__(self) -> None:
        folders = (path.parent.name for path in sorted(Path("plugins").glob("*/__init__.py")))
        plugins: Iterable[Plugin] = (importlib.import_module(f"plugins.{name}").plugin for name in folders)
        self._commands = {command.name: command for plugin in plugins for command in plugin.commands.values()}

    def all(self) -> Sequence[Command]:
        """Those that are listed."""
        return [command for command in self._commands.values() if command.listed]

    def get(self, name: str) -> Command | None:
        """The one of that name."""
        return self._commands.get(name.removeprefix("/"))


def read(path: Path) -> list[Phrasing]:
    """The phrasings in a table of phrase, commands and options."""
    found: list[Phrasing] = []
    for line in path.read_text(encoding="utf-8").splitlines()[1:]:
        text, commands, options = (*line.split("\t"), "")[:3]
        wanted = (each.partition("=") for each in options.split(";") if each.strip())
        found.append(
            Phrasing(
                text,
                frozenset(CALLED.get(name, name) for name in commands.split("|") if name != NOTHING),
                {name.strip(): VALUES.get(value.strip(), value.strip()).casefold() for name, _, value in wanted},
            )
        )
    return found


def evaluate(folder: Path, *, seen_only: bool = False) -> None:
    """Print a table of how both sets fare.

    Args:
        folder: Where `seen.tsv` and `unseen.tsv` are.
        seen_only: Leaves the other out, and prints every mistake.
    """
    names = ["seen"] if seen_only else ["seen", "unseen"]
    outcomes = asyncio.run(_route({name: read(folder / f"{name}.tsv") for name in names}))
    rows = {name: _figures(each) for name, each in outcomes.items()}
    print(f"| | {' | '.join(rows)} |\n| --- |{' --- |' * len(rows)}")
    for label in rows[names[0]]:
        print(f"| {label} | {' | '.join(each[label] for each in rows.values())} |")
    if seen_only:
        for outcome in outcomes["seen"]:
            _tell(outcome)


async def _route(sets: Mapping[str, Sequence[Phrasing]]) -> dict[str, list[Outcome]]:
    commands = Everything()
    routing = Routing()
    now = Now(UTC, datetime(2026, 3, 3, 12, 0, tzinfo=UTC))
    async with starter_embeddings() as embeddings:
        return {
            name: [
                Outcome(phrasing, await routing.read(phrasing.text, embeddings, commands, now))
                for phrasing in phrasings
            ]
            for name, phrasings in sets.items()
        }


@asynccontextmanager
async def starter_embeddings() -> AsyncIterator[Embeddings]:
    """The embeddings that come with Atelier."""
    with TemporaryDirectory() as folder:
        registry = ModelRegistry(ModelsConfig(dir=Path(folder)))
        try:
            yield cast("Embeddings", await registry.provide(Task.EMBEDDINGS, ChannelSettings()))
        finally:
            await registry.close()


def _figures(outcomes: Sequence[Outcome]) -> dict[str, str]:
    inside = [each for each in outcomes if each.phrasing.commands]
    outside = [each for each in outcomes if not each.phrasing.commands]
    reached = [each for each in inside if each.right]
    complete = [each for each in reached if each.wish and not missing(each.wish.command, each.wish.values, files=1)]
    filled = [right for each in reached for right in each.filled()]
    return {
        "ask for a command": str(len(inside)),
        "reach a right one": _share(len(reached), len(inside)),
        "of these, with all it needs": _share(len(complete), len(reached)),
        "of their options, filled rightly": _share(sum(filled), len(filled)),
        "ask for none": str(len(outside)),
        "are not taken for one": _share(sum(each.right for each in outside), len(outside)),
        "of all, offered one below another answer": _share(sum(each.offered for each in outcomes), len(outcomes)),
    }


def _same(wanted: str, value: str, *, choice: bool) -> bool:
    """Whether a value has what is wanted; a choice may be called by more words, such as `oil painting` for `oil`."""
    return wanted in value or (choice and bool(value) and value.replace("-", " ") in wanted)


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.1%} ({part} of {whole})" if whole else "–"


def _tell(outcome: Outcome) -> None:
    wanted = "|".join(sorted(outcome.phrasing.commands)) or NOTHING
    if not outcome.right:
        print(f"{outcome.phrasing.text!r}: {outcome.done or NOTHING}, not {wanted}")
    elif not all(outcome.filled()) and outcome.wish is not None:
        print(f"{outcome.phrasing.text!r}: {dict(outcome.wish.values)}, not {dict(outcome.phrasing.options)}")
