"""Finds the command that a request in plain words asks for, and its options, without a language model."""

from __future__ import annotations

import asyncio
from collections.abc import Container, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pydantic import ValidationError

from bot import Command, Commands, Embeddings, Kind, Phrase, Plugin, vectors_of

from .filling import Filler, Now
from .passages import spoken
from .routing_model import RoutingModel
from .routing_vectors import PROBE, SAME, key, known

if TYPE_CHECKING:
    from .vectors import Matrix

AHEAD = -0.07
"""How far a command's score must be ahead of that of what asks for nothing, to be what is meant.

Phrases that ask for nothing are more, and pull more strongly.
"""

PERHAPS = -0.2
"""From where it is offered."""

LEAST = 0.25
"""The least score of a command that is meant: below, a request resembles nothing."""

FAMILIAR = 0.5
"""More than this part of a request's words must be known: phrases and starter embeddings are English."""

CLEARLY = 0.15
"""How far ahead it must be to be done without asking, where it changes something."""

LONGEST = 300
"""Characters by which a request is compared; what follows is a text to work on rather than a wish."""

NOTHING = ""
"""The label of what asks for nothing."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What a request asks for.

    Attributes:
        command: The command.
        values: Its options, as they would be typed.
        ahead: How much more it resembles its phrases than what asks for nothing.
        allowed: Whether the person may use it.
    """

    command: Command
    values: Mapping[str, str] = field(default_factory=dict)
    ahead: float = 0.0
    allowed: bool = True

    @property
    def meant(self) -> bool:
        """Whether it is this that was asked for, as far as can be told; otherwise it may be."""
        return self.ahead >= AHEAD

    @property
    def asks(self) -> bool:
        """Whether the person is to confirm it before it is done."""
        if self.command.admin or self.command.asks_first(_converted(self.command, self.values)):
            return True
        return not self.command.repeatable and self.ahead < CLEARLY


@dataclass(frozen=True, slots=True)
class _Learned:
    """What the phrases of some commands taught."""

    commands: Mapping[str, Command]
    probe: Matrix
    phrases: Sequence[Phrase]
    model: RoutingModel
    filler: Filler

    def holds(self, commands: Mapping[str, Command], probe: Matrix) -> bool:
        """Whether it is still what these commands' phrases teach, by the model that embeds this so."""
        return commands == self.commands and float(probe @ self.probe) >= SAME


class Routing:
    """Learns the commands' phrases when it is first asked, and anew when there are other commands."""

    def __init__(self) -> None:
        self._lock = asyncio.Lock()
        self._plugins: dict[str, Plugin] = {}
        self._learned: _Learned | None = None

    async def read(self, text: str, embeddings: Embeddings, commands: Commands, now: Now) -> Wish | None:
        """What a request asks for; None where it asks for nothing that there is a command for.

        Args:
            text: The request.
            embeddings: Tells meanings apart.
            commands: Those the person may use.
            now: When it is asked.
        """
        usable = {command.name for command in commands.all()}
        # Some are for admins alone; once they were seen, others are told so, and nothing is learned anew.
        self._plugins |= {command.plugin.name: command.plugin for command in commands.all()}
        beginning = text[:LONGEST]
        probe, vector = await vectors_of([PROBE, beginning], embeddings)
        async with self._lock:
            learned = await self._learn(embeddings, probe)
        return await asyncio.to_thread(_read, learned, text, beginning, vector, usable, now)

    def forget(self) -> None:
        """Forget which commands were seen; what their phrases teach stays known for when they are seen again."""
        self._lock = asyncio.Lock()
        self._plugins.clear()

    def follows(self, text: str) -> bool:
        """Whether enough of a request's words are known to tell what it asks for."""
        return self._learned is None or self._learned.model.familiarity(text[:LONGEST]) > FAMILIAR

    async def _learn(self, embeddings: Embeddings, probe: Matrix) -> _Learned:
        found = {
            command.name: command
            for plugin in self._plugins.values()
            for command in plugin.commands.values()
            if command.listed and not command.free_text
        }
        if self._learned is None or not self._learned.holds(found, probe):
            phrases, labels = every_phrase(found.values(), self._plugins.values())
            texts = [phrase.text for phrase in phrases]
            vectors = await _vectors(embeddings, texts, probe)
            model = await asyncio.to_thread(RoutingModel, texts, labels, vectors)
            filler = await asyncio.to_thread(Filler, found.values())
            self._learned = _Learned(found, probe, phrases, model, filler)
        return self._learned


async def _vectors(embeddings: Embeddings, texts: Sequence[str], probe: Matrix) -> Matrix:
    """The embeddings of phrases; those that are kept are not computed."""
    import numpy as np

    kept = await asyncio.to_thread(known, probe)
    missing = [text for text in dict.fromkeys(texts) if key(text) not in kept]
    rows = dict(zip(missing, await vectors_of(missing, embeddings), strict=True)) if missing else {}
    found: Matrix = np.stack([rows[text] if text in rows else kept[key(text)] for text in texts])
    return found


def every_phrase(commands: Iterable[Command], plugins: Iterable[Plugin]) -> tuple[list[Phrase], list[str]]:
    """Every way to ask for a command, and for nothing, with its label."""
    found = [
        (phrase, command.name)
        for command in commands
        for phrase in (*command.phrases, *(Phrase(spoken(example)) for example in command.examples), _about(command))
    ]
    found += [(phrase, NOTHING) for plugin in plugins for phrase in plugin.phrases.get("none", ())]
    return [phrase for phrase, _ in found], [label for _, label in found]


def _about(command: Command) -> Phrase:
    return Phrase(f"{command.name}: {command.about}")


def _read(
    learned: _Learned, text: str, beginning: str, vector: Matrix, usable: Container[str], now: Now
) -> Wish | None:
    scores = learned.model.scores(beginning, vector)
    best = next((score for score in scores if score.name != NOTHING), None)
    if best is None or best.value < LEAST or learned.model.familiarity(beginning) <= FAMILIAR:
        return None
    ahead = best.value - next((score.value for score in scores if score.name == NOTHING), 0.0)
    if ahead < PERHAPS:
        return None
    command = learned.commands[best.name]
    nearest = [learned.phrases[place] for place in learned.model.nearest(beginning, vector, best.name)]
    values = learned.filler.fill(command, text, nearest, now)
    return Wish(command, values, ahead, command.name in usable)


def _converted(command: Command, values: Mapping[str, str]) -> dict[str, object]:
    """The values that there are and the defaults of the others, numbers as numbers."""
    found: dict[str, object] = {}
    for option in command.options:
        value: object = values.get(option.name, option.default)
        if isinstance(value, str) and option.kind in (Kind.INTEGER, Kind.NUMBER, Kind.BOOLEAN):
            # What cannot be read is refused when the command runs.
            with suppress(ValidationError):
                value = option.adapter.validate_python(value)
        found[option.name] = value
    return found
