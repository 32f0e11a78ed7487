"""Measures the starter tunes: against an n-gram model, and by what comes out when they are asked for."""

from __future__ import annotations

import io
import platform
import statistics
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import product
from pathlib import Path
from typing import TypeAlias

import numpy as np
import torch
from PIL import Image

from bot.errors import UserError
from bot.models.engines import sound as audio
from bot.models.tunes import harmony, performance, rendering, sampling, writing
from bot.models.tunes.engine import Loaded, load, network
from bot.models.tunes.keys import key_of
from bot.models.tunes.notation import SCALES, Kind, Mode, Motion, Tune, ticks_of, upbeat
from bot.models.tunes.plan import USUAL, plan
from bot.models.tunes.reading import read
from bot.models.tunes.rules import Rules, Wanted, parts_of
from bot.models.tunes.stepping import Network
from bot.models.tunes.tokens import NAMES
from bot.models.tunes.wishes import read as understand
from training.evaluate.card import write_figures
from training.tunes.collections import Source
from training.tunes.data import Split, examples, moved, split
from training.tunes.kneser_ney import KneserNey
from training.tunes.train import validate

Grid: TypeAlias = tuple[int, ...]

INSIDE = 0.9
"""The share of a tune's time that has to be in its key's scale for the key to be as asked."""

COPIED = 4
"""Bars in a row that make a copy."""


@dataclass(frozen=True, slots=True)
class Sample:
    """A tune that was asked for.

    Attributes:
        wanted: What was asked for.
        tune: What came.
        abc: The same in ABC.
    """

    wanted: Wanted
    tune: Tune
    abc: str


def evaluate(folder: Path, *, seed: int, samples: int, threads: int, work: Path) -> None:
    """Measure and write the figures into the card.

    Args:
        folder: The checkpoint with its card.
        seed: Of the split that it was trained with.
        samples: How many tunes to ask for.
        threads: Of the processor.
        work: Where built data are kept.
    """
    torch.set_num_threads(threads)
    loaded = load(folder)
    parts = split(seed)
    asked = ask(loaded, samples)
    text = "\n\n".join(
        (
            losses(folder, parts, seed, work),
            conformity(asked),
            originality(asked, parts.training),
            speed(loaded, threads),
            f"Measured on {platform.machine()} with {threads} threads by `python -m training.evaluate tunes`.",
        )
    )
    print(text)
    write_figures(folder / "README.md", text)


def losses(folder: Path, parts: Split, seed: int, work: Path) -> str:
    """The network's loss beside that of two n-gram models, one of them trained in all keys as the network was."""
    training = examples(parts.training, work / f"training-{seed}.npz")
    held = examples(parts.validation, work / f"validation-{seed}.npz")
    model = network(folder)
    learnt = validate(model, held)
    runs = nearest(parts.training, [source.tune for source in parts.validation])
    apart = [one for one, (length, _) in zip(held, runs, strict=True) if length < COPIED]
    texts = [one.tokens for one in held]
    own = KneserNey([one.tokens for one in training], len(NAMES)).loss(texts)
    every = KneserNey([moved(one, shift)[0] for one in training for shift in one.shifts], len(NAMES)).loss(texts)
    count = sum(len(text) - 1 for text in texts)
    rows = [("modified Kneser-Ney 5-gram", own), ("the same, trained in all keys", every)]
    lines = [f"| {name} | {loss:.4f} | {1 - learnt / loss:.1%} |" for name, loss in rows]
    table = "\n".join([f"| this network | {learnt:.4f} | |", *lines])
    return (
        f"Loss per token on {len(held)} tunes ({count:,} tokens) that were not trained on:\n\n"
        f"| model | nats a token | the network's is lower by |\n| --- | --- | --- |\n{table}\n\n"
        f"{len(held) - len(apart)} of these tunes have {COPIED} bars in a row of a training tune all the same; without "
        f"them the network's loss is {validate(model, apart):.4f}."
    )


def wishes(count: int) -> Iterator[Wanted]:
    """What to ask for: every kind in its metres, in keys and modes that change from one to the next."""
    kinds: list[tuple[Kind, str]] = [(kind, metre) for kind, metres in USUAL.items() for metre in metres]
    modes = (Mode.MAJOR, Mode.MINOR, Mode.MAJOR, Mode.DORIAN, Mode.MAJOR, Mode.MIXOLYDIAN)
    every = product(range(count // len(kinds) + 1), kinds)
    for number, (_, (kind, metre)) in zip(range(count), every, strict=False):
        yield Wanted(
            kind=kind,
            metre=metre,
            tonic=number * 7 % 12,
            length=(16, 16, 8, 32)[number % 4],
            mode=modes[number % len(modes)],
            motion=(None, Motion.CALM, Motion.EVEN, Motion.LIVELY)[number // 4 % 4],
        )


def ask(loaded: Loaded, count: int) -> list[Sample]:
    """So many tunes, the first with the seed 0, the next with 1 and so on."""
    found = []
    for seed, wanted in enumerate(wishes(count)):
        tune = sampling.compose(_writer(loaded, wanted, seed))
        found.append(Sample(wanted, tune, writing.write(tune, title=f"Sample {seed}", tempo=120)))
    return found


def _writer(loaded: Loaded, wanted: Wanted, seed: int) -> sampling.Writer:
    return sampling.Writer(
        Network(loaded.weights),
        Rules(wanted, parts_of(wanted.length)),
        np.random.default_rng(seed),
        lambda: False,
        RuntimeError,
        lambda _: None,
    )


def conformity(asked: Sequence[Sample]) -> str:
    """How many samples are what was asked for."""
    parsed = [_parses(one) for one in asked]
    metres = [_adds_up(one.tune) and f"\nM:{one.wanted.metre}\n" in one.abc for one in asked]
    keys = [_in_key(one) for one in asked]
    analysed = [_sounds_in_key(one) for one in asked if one.wanted.mode in {Mode.MAJOR, Mode.MINOR}] or [True]
    shares = [sum(some) / len(some) for some in (parsed, metres, keys, analysed)]
    return (
        f"Of {len(asked)} tunes asked for by kind, metre, key, mode, length and motion, {shares[0]:.1%} are read "
        f"without complaint by music21, by verovio and by Atelier's own reader, the same notes each time; in "
        f"{shares[1]:.1%} every bar adds up to the metre that was asked for; {shares[2]:.1%} are in the key that was "
        f"asked for (its signature, its tonic at the end, and {INSIDE:.0%} of the time in its scale). music21's key "
        f"analysis, which goes by the notes alone, finds the same tonic in {shares[3]:.1%} of those in major and minor."
    )


@cache
def _score(abc: str) -> object:
    from music21 import converter

    return converter.parse(abc, format="abc")


def _parses(one: Sample) -> bool:
    from music21 import note, stream

    try:
        same = read(one.abc).parts == one.tune.parts
    except UserError:
        return False
    score = _score(one.abc)
    assert isinstance(score, stream.Stream)
    theirs = [
        (int(each.pitch.midi), round(float(each.quarterLength) * 24))
        for each in score.flatten().getElementsByClass(note.Note)
    ]
    ours = [(each.pitch, each.ticks) for each in one.tune.notes() if each.pitch is not None]
    drawn = _ink(rendering.score(one.abc))
    return same and drawn and theirs == ours


def _ink(picture: bytes) -> bool:
    """Whether there is anything on the score."""
    extrema = Image.open(io.BytesIO(picture)).convert("L").getextrema()
    return extrema == (0, 255)


def _adds_up(tune: Tune) -> bool:
    for part in tune.parts:
        begun = upbeat(part, tune.full)
        lengths = [ticks_of(bar) for bar in part.bars]
        if begun and lengths.pop(0) + lengths.pop() != tune.full:
            return False
        if any(length != tune.full for length in lengths):
            return False
    return True


def _in_key(one: Sample) -> bool:
    named = key_of(next(line for line in one.abc.splitlines() if line.startswith("K:"))[2:])
    notes = [note for note in one.tune.notes() if note.pitch is not None]
    scale = {(named.tonic + step) % 12 for step in SCALES[named.mode]}
    inside = sum(note.ticks for note in notes if note.pitch is not None and note.pitch % 12 in scale)
    last = notes[-1].pitch
    return (
        (named.tonic, named.mode) == (one.wanted.tonic, one.wanted.mode)
        and last is not None
        and last % 12 == one.wanted.tonic
        and inside >= INSIDE * sum(note.ticks for note in notes)
    )


def _sounds_in_key(one: Sample) -> bool:
    from music21 import stream

    score = _score(one.abc)
    assert isinstance(score, stream.Stream)
    return bool(score.analyze("key").tonic.pitchClass == one.wanted.tonic)


def grids(tune: Tune) -> list[Grid]:
    """What each bar sounds like at each sixteenth, whatever the key and the octave."""
    found = []
    for part in tune.parts:
        begun = upbeat(part, tune.full) > 0
        for bar in part.bars[begun:]:
            sounding: list[int] = []
            for note in bar:
                sounding += [-1 if note.pitch is None else (note.pitch - tune.key.tonic) % 12] * note.ticks
            found.append(tuple(sounding[::6]))
    return found


def originality(asked: Sequence[Sample], training: Sequence[Source]) -> str:
    """How many samples have bars in a row of one training tune, and which come nearest to one."""
    runs = nearest(training, [one.tune for one in asked])
    copied = sum(length >= COPIED for length, _ in runs)
    order = sorted(range(len(asked)), key=lambda number: -runs[number][0])[:5]
    rows = "\n".join(
        f"| {number} ({asked[number].tune.kind}, {asked[number].tune.metre}) | {runs[number][0]} | "
        f"{training[runs[number][1]].name} |"
        for number in order
    )
    return (
        f"{copied} of {len(asked)} ({copied / len(asked):.1%}) have {COPIED} bars in a row that sound, sixteenth by "
        f"sixteenth and in whatever key, like {COPIED} bars in a row of one training tune. The nearest:\n\n"
        f"| sample | bars in a row | training tune |\n| --- | --- | --- |\n{rows}"
    )


def nearest(training: Sequence[Source], tunes: Sequence[Tune]) -> list[tuple[int, int]]:
    """For each tune the most bars in a row that a training tune has too, and that one's number."""
    places: defaultdict[Grid, list[tuple[int, int]]] = defaultdict(list)
    for number, source in enumerate(training):
        for place, bar in enumerate(grids(source.tune)):
            places[bar].append((number, place))
    return [_longest_run(grids(tune), places) for tune in tunes]


def _longest_run(bars: Sequence[Grid], places: defaultdict[Grid, list[tuple[int, int]]]) -> tuple[int, int]:
    """The most bars in a row that one training tune has too, and its number."""
    best, tune = 0, 0
    before: dict[tuple[int, int], int] = {}
    for bar in bars:
        now = {(number, place): before.get((number, place - 1), 0) + 1 for number, place in places.get(bar, ())}
        for (number, _), length in now.items():
            if length > best:
                best, tune = length, number
        before = now
    return best, tune


def speed(loaded: Loaded, threads: int, times: int = 7) -> str:
    """How long sixteen bars take, from the words to score, MIDI and sound."""
    found = []
    for seed in range(times):
        began = time.perf_counter()
        chance = np.random.default_rng(seed)
        made = plan(replace(understand("a cheerful jig in D"), length=16), None, chance)
        tune = sampling.compose(_writer(loaded, made.wanted, seed))
        chords = harmony.harmonise(tune)
        sounds = performance.performed(tune, chords)
        abc = writing.write(tune, title="Jig", tempo=made.tempo)
        rendering.score(abc)
        rendering.midi(tune, sounds, made.tempo, made.player, made.accompanist)
        if loaded.band is not None:
            samples = loaded.band.play(sounds, made.tempo, made.player, made.accompanist, lambda _: None)
            audio.ogg(samples, rendering.RATE)
        found.append(time.perf_counter() - began)
    return (
        f"Sixteen bars with score, MIDI and sound take {statistics.median(found):.2f} s on {threads} cores (the median "
        f"of {times}; the slowest {max(found):.2f} s)."
    )
