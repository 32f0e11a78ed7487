"""Serves music with the network that writes tunes: a wish becomes a plan, a tune, a score, MIDI and sound."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np

from bot.body import File, Progress
from bot.errors import UserError
from bot.models import files
from bot.models.catalog import Entry, catalog
from bot.models.engines import sound as audio
from bot.models.engines.embeddings import LocalEmbeddings
from bot.models.engines.resident import TURN, Resident, stop
from bot.models.machine import Machine
from bot.models.tasks import Music, MusicBrief, MusicGenerator
from bot.models.tunes import harmony, performance, reading, rendering, sampling, writing
from bot.models.tunes.notation import HIGHEST, LOWEST, Mode, Tune
from bot.models.tunes.plan import Plan, plan, planned_for
from bot.models.tunes.rules import Rules, parts_of
from bot.models.tunes.stepping import Network, Weights
from bot.models.tunes.tokens import LONGEST, NAMES, BadTokens, encode
from bot.models.tunes.wishes import SCENES, Wish, imagined, nearest, read

if TYPE_CHECKING:
    from bot.models.tunes.model import TunesModel

SEEDS = 2**31
"""Seeds that are drawn lie below."""

FONT = "instruments.sf3"
"""The sound font beside the weights."""

EMBEDDINGS = "minilm-l6"
"""The embeddings that come with Atelier, which tell what words are like."""

WRITTEN = 0.6
"""The share of the work that is done when the notes are written."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """What is in memory.

    Attributes:
        weights: What the network has learnt.
        band: Plays the tunes; None when nothing can.
        silent: Why nothing can, for people.
    """

    weights: Weights
    band: rendering.Band | None
    silent: str = ""


class TunesResident(Resident[Loaded]):
    """Keeps the network in memory, and closes the embeddings that go with it."""

    def __init__(self, name: str, folder: Path, verify: Callable[[], object], meaning: LocalEmbeddings | None) -> None:
        """Name the model; nothing is read yet."""
        super().__init__(name, verify, partial(load, folder))
        self._meaning = meaning

    def join(self, machine: Machine, needs: int) -> None:
        """Share a machine with other models; so do the embeddings, which are loaded apart."""
        super().join(machine, needs)
        if self._meaning is not None:
            from bot.models.engines.memory import weight

            self._meaning.resident.join(machine, weight(self._meaning.folder, 32))

    async def close(self) -> None:
        """Stop after the present token and let the memory go."""
        if self._meaning is not None:
            await self._meaning.resident.close()
        await super().close()


class LocalTunes:
    """Composes tunes in this process; the first call loads the network.

    Args:
        name: What people call the model.
        resident: Keeps it in memory.
        meaning: Tells what words are like; without it only what they say outright counts.
    """

    def __init__(self, name: str, resident: Resident[Loaded], meaning: LocalEmbeddings | None) -> None:
        self._name = name
        self._resident = resident
        self._meaning = meaning
        self._scenes: Sequence[Sequence[float]] = ()

    async def compose(self, brief: MusicBrief) -> AsyncIterator[Progress | Music]:
        """Progress after each bar, then the tune.

        Args:
            brief: What is wanted.

        Raises:
            UserError: The model cannot be loaded, or the melody cannot be read.
        """
        if not self._resident.loaded:
            yield Progress(None, "loading the model")
        melody = reading.read(brief.melody, goes_on=not brief.vary) if brief.melody.strip() else None
        wish = await self._wish(brief.text) if melody is None else read(brief.text)
        loop = asyncio.get_running_loop()
        told: asyncio.Queue[Progress | None] = asyncio.Queue()
        seed = secrets.randbelow(SEEDS) if brief.seed is None else brief.seed

        def tell(done: float, note: str) -> None:
            # The loop is gone when Atelier was stopped hard.
            with suppress(RuntimeError):
                loop.call_soon_threadsafe(told.put_nowait, Progress(done, note))

        job = partial(_compose, replace(brief, seed=seed), wish, melody, self._name, tell)
        work = asyncio.create_task(self._resident.run(job, pauses=TURN))
        work.add_done_callback(lambda _: told.put_nowait(None))
        try:
            while (progress := await told.get()) is not None:
                yield progress
            yield await work
        finally:
            work.cancel()

    async def _wish(self, text: str) -> Wish:
        """What the words say, and what they are like where they name no kind of tune."""
        wish = read(text)
        if wish.kind is not None or self._meaning is None or not text.strip():
            return wish
        if not self._scenes:
            self._scenes = await self._meaning.aembed_documents([scene.about for scene in SCENES])
        scene = nearest(await self._meaning.aembed_query(text), self._scenes)
        return wish if scene is None else imagined(wish, scene)


def open_tunes(entry: Entry, folder: Path, verify: Callable[[], object]) -> tuple[MusicGenerator, Resident[Loaded]]:
    """The composer of tunes, and what keeps it in memory; nothing is read yet.

    Args:
        entry: The checkpoint.
        folder: Where it lies.
        verify: Raises `UserError` when its files are not what they should be.
    """
    known = catalog().find(EMBEDDINGS)
    place = files.place(known, Path()) if known is not None and known.kind == "package" else None
    meaning = LocalEmbeddings(EMBEDDINGS, place, lambda: None) if place is not None else None
    name = folder.name if entry.kind == "folder" else entry.name
    resident = TunesResident(entry.name, folder, verify, meaning)
    return LocalTunes(name, resident, meaning), resident


def load(folder: Path) -> Loaded:
    """Bring the network of a checkpoint into memory, and the sound font beside it."""
    weights = Weights(network(folder))
    if not rendering.can_sound():
        return Loaded(weights, None, rendering.SILENT)
    if not (folder / FONT).is_file():
        return Loaded(weights, None, f"There is no audio, because {FONT} is missing beside the weights.")
    return Loaded(weights, rendering.Band(folder / FONT))


def network(folder: Path) -> TunesModel:
    """The network of a checkpoint.

    Raises:
        ValueError: Weights are missing, or it was trained for other tokens; other errors are the library's.
    """
    import torch

    from bot.models.tunes.model import TunesModel

    found = TunesModel.from_pretrained(
        folder, local_files_only=True, use_safetensors=True, dtype=torch.float32, output_loading_info=True
    )
    model, told = cast("tuple[TunesModel, dict[str, set[str]]]", found)
    if absent := sorted(told["missing_keys"]):
        raise ValueError(f"{absent[0]} is not among its weights.")
    if model.config.vocab_size != len(NAMES):
        raise ValueError("it was trained for another version of Atelier.")
    return model


def _compose(
    brief: MusicBrief, wish: Wish, melody: Tune | None, name: str, tell: Callable[[float, str], None], loaded: Loaded,
    stopped: Callable[[], bool],
) -> Music:  # fmt: skip
    assert brief.seed is not None
    chance = np.random.default_rng(brief.seed)
    if melody is None:
        made = plan(wish, brief.seconds, chance)
        parts = parts_of(made.wanted.length)
    else:
        melody, made = planned_for(melody, wish, brief.seconds)
        parts = sampling.lengths_for(melody, made.wanted.length, vary=brief.vary)
        _check(melody, parts)

    def step(done: int) -> None:
        tell(WRITTEN * done / sum(parts), "composing")

    writer = sampling.Writer(Network(loaded.weights), Rules(made.wanted, parts), chance, stopped, stop, step)
    if melody is None:
        tune = sampling.compose(writer)
    elif brief.vary:
        tune = sampling.vary(writer, melody)
    else:
        tune = sampling.go_on(writer, melody)

    def rendered(done: float) -> None:
        if stopped():
            raise stop()
        tell(WRITTEN + (1 - WRITTEN) * done, "playing")

    return _music(tune, made, brief.seed, name, wish.notes, loaded, rendered)


def _check(melody: Tune, parts: Sequence[int]) -> None:
    if sum(parts) > LONGEST:
        raise UserError(f"The melody is too long; give me at most {LONGEST} bars.")
    pitches = [note.pitch for note in melody.notes() if note.pitch is not None]
    if min(pitches) < LOWEST or max(pitches) > HIGHEST:
        raise UserError("The melody spans more than three octaves; give me one that a single voice can sing.")
    try:
        encode(melody, sum(parts))
    except BadTokens as error:
        raise UserError(
            "The melody is too short, or begins with an upbeat that I cannot write; change that."
        ) from error


def _music(
    tune: Tune, made: Plan, seed: int, name: str, notes: Sequence[str], loaded: Loaded, step: Callable[[float], None]
) -> Music:
    chords = (
        harmony.harmonise(tune) if made.accompanist is not None else [[() for _ in part.bars] for part in tune.parts]
    )
    title = f"{made.name.capitalize()} in {spoken_key(tune)}"
    abc = writing.write(tune, title=title, tempo=made.tempo, chords=_named(chords))
    step(0.0)
    sounds = performance.performed(tune, chords)
    picture = rendering.score(writing.write(tune, title=title, tempo=made.tempo, chords=_named(chords), drawn=True))
    step(0.3)
    midi = rendering.midi(tune, sounds, made.tempo, made.player, made.accompanist)
    ogg = b""
    if loaded.band is not None:
        samples = loaded.band.play(
            sounds, made.tempo, made.player, made.accompanist, lambda done: step(0.3 + 0.4 * done)
        )
        ogg = audio.ogg(samples, rendering.RATE)
    stem = title.lower().replace(" ", "-")
    return Music(
        audio=ogg,
        media_type="audio/ogg",
        seed=seed,
        model=name,
        files=(
            File(f"{stem}.png", picture, "image/png", alt=f"The score of a {title}, {tune.length} bars."),
            File(f"{stem}.mid", midi, "audio/midi"),
            File(f"{stem}.abc", abc.encode(), "text/vnd.abc"),
        ),
        note=" ".join(filter(None, (*notes, loaded.silent))),
    )


def spoken_key(tune: Tune) -> str:
    """The key in words, such as `D major`."""
    names = {Mode.MAJOR: "major", Mode.MINOR: "minor", Mode.DORIAN: "dorian", Mode.MIXOLYDIAN: "mixolydian"}
    return f"{writing.tonic_name(tune.key)} {names[tune.key.mode]}"


def _named(chords: Sequence[Sequence[tuple[harmony.Chord, ...]]]) -> list[list[list[tuple[int, str]]]]:
    return [[[(chord.tick, chord.name) for chord in bar] for bar in part] for part in chords]
