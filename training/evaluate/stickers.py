"""Measures the starter stickers: whether they show what their captions say, how they differ, and how long they take."""

from __future__ import annotations

import platform
import random
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from bot.models.engines.stickers_loading import Loaded, load
from bot.models.stickers.drawing import to_pixels
from bot.models.stickers.manner import GUIDANCE, STEPS
from training.evaluate.card import write_figures
from training.stickers.augment import to_tensor
from training.stickers.classifier import ClassifierRecipe, classifier, judge
from training.stickers.emoji import Pixels
from training.stickers.pictures import Kind, Picture, pictures
from training.stickers.sheets import sheet

Engine: TypeAlias = Literal["diffusion", "gan"]

Draw: TypeAlias = Callable[[str, int], Pixels]
"""A picture by its caption and its seed."""

AMONG = 100
"""Captions that the right one is looked for among."""

BEST = 5
"""The right one has to be among so many of them."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Pictures that are asked for.

    Attributes:
        name: What they are, in a table.
        places: Their places among all pictures.
    """

    name: str
    places: list[int]


def evaluate(folder: Path, *, seed: int, samples: int, threads: int, work: Path) -> None:
    """Measure, and write the figures into the card and the sheets beside it.

    Args:
        folder: The pipeline with its card.
        seed: Of what was held out.
        samples: How many training captions to ask for; half as many held-out ones.
        threads: Of the processor.
        work: Where the names and the classifier are kept.
    """
    torch.set_num_threads(threads)
    every = pictures(work, seed)
    judging = classifier(ClassifierRecipe(seed=seed, threads=threads), every, work)
    loaded = load("stickers", folder)
    draws: dict[Engine, Draw] = {
        "diffusion": lambda text, number: diffusion(loaded, text, number),
        "gan": lambda text, number: gan(loaded, text, number),
    }
    asked = sets(every, samples, seed)
    rows, drawn = [], dict[tuple[Engine, str], list[Pixels]]()
    for one in asked:
        told = [("real", [every[place].pixels for place in one.places])]
        for engine, draw in draws.items():
            made = [draw(every[place].caption, number) for number, place in enumerate(one.places)]
            drawn[engine, one.name] = made
            told.append((engine, made))
        for engine_name, made in told:
            first, few = found(judge(judging, made), one.places, every)
            rows.append(f"| {one.name} | {len(made)} | {engine_name} | {few:.1%} | {first:.1%} |")
            print(rows[-1], flush=True)
    table = "\n".join(rows)
    flat = [each for some in drawn.values() for each in some]
    judged = (
        "Whether a classifier that learned from real pictures only (moved and made noisy, the held-out ones too) "
        f"finds the right caption among the best {BEST}, and in the first place, of {AMONG}. Among these are the "
        "same thing in all other colours or moods.\n\n"
        f"| captions | pictures | drawn by | among {BEST} | first |\n| --- | --- | --- | --- | --- |\n{table}"
    )
    text = "\n\n".join(
        (
            judged,
            nearest(every, asked, drawn, folder),
            seeds(draws, [every[place].caption for place in asked[0].places[:20]]),
            edges(flat),
            times(draws),
            f"Measured on {platform.machine()} with {threads} threads by `python -m training.evaluate stickers`.",
        )
    )
    print(text)
    write_figures(folder / "README.md", text)


def diffusion(loaded: Loaded, caption: str, seed: int) -> Pixels:
    """A picture by the diffusion model, as people get it."""
    read = loaded.words.read([caption])
    values = loaded.refined(
        read, seed, (), share=0, strength=1, steps=STEPS, guidance=GUIDANCE, each=lambda step, steps: None
    )
    return to_pixels(values)[0]


def gan(loaded: Loaded, caption: str, seed: int) -> Pixels:
    """A picture by the GAN, as people get it."""
    return to_pixels(loaded.drafted(loaded.words.read([caption]), seed))[0]


def sets(every: Sequence[Picture], samples: int, seed: int) -> list[Asked]:
    """What is asked for: training captions of each kind as often as they are learned from, and held-out ones."""
    chance = random.Random(seed)

    def some(kind: Kind, count: int, *, held: bool) -> list[int]:
        here = [place for place, one in enumerate(every) if (one.kind, one.held) == (kind, held)]
        return chance.sample(here, min(count, len(here)))

    plain, colour = round(0.55 * samples), round(0.3 * samples)
    learned = [
        *some("plain", plain, held=False),
        *some("colour", colour, held=False),
        *some("mood", samples - plain - colour, held=False),
    ]
    return [
        Asked("training", learned),
        Asked("held-out colour × thing", some("colour", samples * 3 // 10, held=True)),
        Asked("held-out mood × animal", some("mood", samples // 5, held=True)),
    ]


def found(scores: Tensor, places: Sequence[int], every: Sequence[Picture]) -> tuple[float, float]:
    """The shares of pictures whose right caption comes first, and among the best few.

    Args:
        scores: Pictures by all captions.
        places: The right caption of each picture.
        every: All pictures.
    """
    first = few = 0
    for number, (row, place) in enumerate(zip(scores, places, strict=True)):
        among = rivals(place, every, random.Random(number))
        rank = int((row[among] > row[place]).sum())
        first += rank == 0
        few += rank < BEST
    return first / len(places), few / len(places)


def rivals(place: int, every: Sequence[Picture], chance: random.Random) -> list[int]:
    """The other captions that a picture could be taken for: those of the same thing first, then any."""
    right = every[place]
    thing = right.caption.partition(" ")[2]
    same = [
        other
        for other, one in enumerate(every)
        if other != place
        and right.kind != "plain"
        and one.kind == right.kind
        and one.caption.partition(" ")[2] == thing
    ]
    others = [other for other in range(len(every)) if other != place and other not in same]
    return [*same, *chance.sample(others, min(len(others), max(0, AMONG - 1 - len(same))))][: AMONG - 1]


def nearest(
    every: Sequence[Picture], asked: Sequence[Asked], drawn: dict[tuple[Engine, str], list[Pixels]], folder: Path
) -> str:
    """How near what is drawn comes to what was learned from, with a sheet of both."""
    learned = [one for one in every if not one.held]
    store = _small([one.pixels for one in learned])
    lines, shown, captions = [], list[Pixels](), list[str]()
    for one in asked:
        made = drawn["diffusion", one.name]
        distances = torch.cdist(_small(made), store, p=1) * 255 / store.shape[1]
        near = distances.argmin(1).tolist()
        own = sum(learned[there].caption == every[place].caption for there, place in zip(near, one.places, strict=True))
        middle = statistics.median(distances.amin(1).tolist())
        lines.append(
            f"Of {len(made)} pictures by diffusion for {one.name} captions the nearest training picture, pixel by "
            f"pixel, is that of the same caption for {own}; it differs by {middle:.1f} levels of 255 (the median)."
        )
        for number in range(0, len(made), max(1, len(made) // 8))[:8]:
            shown += [made[number], learned[near[number]].pixels]
            captions += [every[one.places[number]].caption, f"← {learned[near[number]].caption}"]
    sheet(folder / "nearest.png", shown, 16, captions)
    return " ".join(lines) + " `nearest.png` shows some of them, each with its nearest training picture to the right."


def _small(some: Sequence[Pixels]) -> Tensor:
    """Pictures as rows of numbers from 0 to 1, their colours multiplied by alpha."""
    return torch.nn.functional.avg_pool2d(to_tensor(some).float() / 255, 4).flatten(1)


def seeds(draws: dict[Engine, Draw], captions: Sequence[str]) -> str:
    """Whether a seed repeats its picture and others differ."""
    lines = []
    for engine, draw in draws.items():
        one, same, other = ([draw(caption, seed) for caption in captions] for seed in (11, 11, 12))
        equal = sum(np.array_equal(left, right) for left, right in zip(one, same, strict=True))
        apart = [_apart(left, right) for left, right in zip(one, other, strict=True)]
        lines.append(
            f"The same seed repeats the picture for {equal} of {len(captions)} captions; another seed's differs by "
            f"{statistics.mean(apart):.1f} levels of 255 on average, and by {min(apart):.1f} at least ({engine})."
        )
    return " ".join(lines)


def _apart(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> float:
    return float(np.abs(one.astype(float) - other).mean())


def edges(some: Sequence[Pixels]) -> str:
    """How transparent the background is, and how much is neither transparent nor opaque."""
    alpha = np.stack([pixels[..., 3] for pixels in some])
    rim = np.concatenate((alpha[:, 0], alpha[:, -1], alpha[:, :, 0], alpha[:, :, -1]), 1)
    half = ((alpha > 0) & (alpha < 255)).mean()
    return (
        f"Of the pixels at the rims of all pictures {(rim == 0).mean():.1%} are fully transparent; of all pixels "
        f"{(alpha == 0).mean():.1%} are, {(alpha == 255).mean():.1%} are opaque and {half:.1%} are in between."
    )


def times(draws: dict[Engine, Draw], count: int = 9) -> str:
    """How long a picture takes."""
    lines = []
    for engine, draw in draws.items():
        taken = []
        for seed in range(count):
            began = time.perf_counter()
            draw("a cool purple fox", seed)
            taken.append(time.perf_counter() - began)
        lines.append(f"{statistics.median(taken):.3f} s by {engine} (the slowest of {count} {max(taken):.3f} s)")
    return f"A picture takes {', and '.join(lines)}."
