"""Music by a model in this process: MusicGen, Stable Audio Open, or the tunes that come with Atelier."""

from __future__ import annotations

import json
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing, suppress
from dataclasses import dataclass, replace
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from bot.body import File, Progress
from bot.errors import UserError
from bot.models.catalog import Entry
from bot.models.engines import sound
from bot.models.engines.following import Tell, following
from bot.models.engines.resident import TURN, Resident, stop
from bot.models.tasks import Music, MusicBrief, MusicGenerator

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SHORTEST = 1.0
"""Seconds of the shortest piece."""

SEEDS = 2**31
"""Seeds that are drawn lie below."""

TUNES = "atelier_tunes"
"""The type of model that writes notes, as its configuration names it."""

_PLAYERS = {"musicgen": ("musicgen", "MusicGen", TURN), "StableAudioPipeline": ("stable_audio", "StableAudio", 1)}
"""The module in `bot.models.engines`, its class, and the steps of a turn, by what a checkpoint calls itself."""


@dataclass(frozen=True, slots=True)
class Sound:
    """What a model plays.

    Attributes:
        samples: Frames by channels.
        rate: Frames a second.
    """

    samples: NDArray[np.float32]
    rate: int


class Player(Protocol):
    """A model in memory that makes sound of words.

    Attributes:
        longest: Seconds of the longest piece it can make.
        usual: Seconds of a piece when nobody says how long.
    """

    longest: float
    usual: float

    def play(self, text: str, seconds: float, seed: int, step: Callable[[float], None]) -> Sound:
        """Compose a piece; `step` is told how much is done, and stops the work by raising."""


class LocalMusic:
    """Composes with a model of this process; the first call loads it.

    Args:
        name: What people call the model.
        resident: Keeps it in memory.
        turn: After how many of its steps a piece makes room for others.
    """

    def __init__(self, name: str, resident: Resident[Player], turn: int = TURN) -> None:
        self._name = name
        self._resident = resident
        self._turn = turn

    async def compose(self, brief: MusicBrief) -> AsyncIterator[Progress | Music]:
        """Progress after each step, then the piece.

        Args:
            brief: What is wanted; a length that the model cannot make becomes the nearest it can.

        Raises:
            UserError: The model cannot be loaded or made nothing that can be played.
        """
        if not self._resident.loaded:
            yield Progress(None, "loading the model")
        seeded = replace(brief, seed=secrets.randbelow(SEEDS) if brief.seed is None else brief.seed)

        def begin(tell: Tell) -> Awaitable[Music]:
            work = partial(_compose, seeded, self._name, lambda done: tell(Progress(done, "composing")))
            return self._resident.run(work, pauses=self._turn)

        async with aclosing(following(begin)) as items:
            async for item in items:
                yield item


def open_model(
    entry: Entry, folder: Path, verify: Callable[[], object]
) -> tuple[MusicGenerator, Resident[Player] | Resident[object]]:
    """The composer of a checkpoint, and what keeps it in memory; only its configuration is read yet.

    Args:
        entry: The checkpoint.
        folder: Where it lies.
        verify: Raises `UserError` when its files are not what they should be.

    Raises:
        UserError: It is no model that composes.
    """
    kind = _kind(folder)
    if kind == TUNES:
        tunes: tuple[MusicGenerator, Resident[object]] = import_module("bot.models.tunes.engine").open_tunes(
            entry, folder, verify
        )
        return tunes
    if kind not in _PLAYERS:
        raise UserError(
            f"The model {entry.name} cannot be used for music: it is {f'a {kind}' if kind else 'no model I know'}; "
            "MusicGen and Stable Audio Open can."
        )
    module, name, turn = _PLAYERS[kind]
    player: Callable[[str, Path], Player] = getattr(import_module(f"bot.models.engines.{module}"), name)
    resident = Resident(entry.name, verify, lambda: player(entry.name, folder), folder)
    return LocalMusic(entry.name, resident, turn), resident


def _kind(folder: Path) -> str:
    """What a checkpoint calls itself; empty when it does not."""
    for file, key in (("model_index.json", "_class_name"), ("config.json", "model_type")):
        with suppress(OSError, ValueError):
            said = json.loads((folder / file).read_bytes())
            if isinstance(said, dict) and isinstance(said.get(key), str):
                return str(said[key])
    return ""


def _compose(
    brief: MusicBrief, name: str, tell: Callable[[float], None], player: Player, stopped: Callable[[], bool]
) -> Music:
    def step(done: float) -> None:
        if stopped():
            raise stop()
        tell(done)

    assert brief.seed is not None
    seconds = min(max(brief.seconds or player.usual, SHORTEST), player.longest)
    made = player.play(brief.text, seconds, brief.seed, step)
    try:
        audio = sound.ogg(made.samples, made.rate)
    except ValueError as error:
        raise UserError(f"The model {name} made nothing that can be played; try other words.") from error
    picture = sound.waveform(made.samples, made.rate)
    notes = []
    if brief.seconds and brief.seconds > player.longest:
        notes.append(f"This model makes at most {player.longest:.0f} seconds.")
    if brief.melody:
        notes.append("This model composes from words alone, so your melody was not used.")
    return Music(
        audio=audio,
        media_type="audio/ogg",
        seed=brief.seed,
        model=name,
        files=(File("waveform.png", picture, "image/png", alt=f"How loud the {seconds:.0f} seconds are over time."),),
        note=" ".join(notes),
    )
