"""Measures the starter stickers: whether they show what their captions say, how they differ, and how long they take."""

from __future__ import annotations

import platform
import statistics
import time
from collections.abc import Callable, Sequence
from functools import cache
from itertools import product
from pathlib import Path
from typing import Literal, TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file
from torch import Tensor

from bot.models.engines.stickers_loading import Loaded, load
from bot.models.stickers.drawing import to_pixels
from bot.models.stickers.manner import GUIDANCE, STEPS
from training.evaluate.asked import AMONG, BEST, Asked, Shown, found, instead, languages, sets
from training.evaluate.card import write_figures
from training.stickers.augment import to_tensor
from training.stickers.classifier import ClassifierRecipe, classifier, judge
from training.stickers.emoji import Pixels
from training.stickers.pictures import Picture, pictures
from training.stickers.sheets import sheet

Engine: TypeAlias = Literal["diffusion", "gan"]
ENGINES: tuple[Engine, ...] = ("diffusion", "gan")

Draw: TypeAlias = Callable[[str, int], Pixels]
"""A picture by its caption and its seed."""


def evaluate(folder: Path, *, seed: int, samples: int, threads: int, work: Path) -> None:
    """Measure, and write the figures into the card and the sheets beside it.

    Args:
        folder: The pipeline with its card.
        seed: Of what was held out.
        samples: How many training captions to ask for; half as many held-out ones, and a fifth in every language.
        threads: Of the processor.
        work: Where the names and the classifier are kept.

    Raises:
        SystemExit: There are no trained models in the folder.
    """
    torch.set_num_threads(threads)
    try:
        loaded = load(folder)
    except (OSError, ValueError) as error:
        raise SystemExit(f"Train the stickers first, `python -m training.stickers all`: {error}") from None
    every = pictures(work, seed)
    judging = classifier(ClassifierRecipe(seed=seed, threads=threads), every, work)
    draws: dict[Engine, Draw] = {
        "diffusion": lambda text, number: diffusion(loaded, text, number),
        "gan": lambda text, number: gan(loaded, text, number),
    }
    asked = sets(every, samples, seed)
    # What is asked for twice, as training captions and as names in English, is drawn once.
    once = {engine: cache(draw) for engine, draw in draws.items()}
    rows, drawn = [], dict[tuple[Engine, str], list[Pixels]]()
    for one in (*asked, *languages(every, asked[0], samples // 5)):
        real = Shown("real", one.places, one.places)
        for shown in (real, *(instead(every, one, seed) if one in asked[1:] else ())):
            pixels = [every[place].pixels for place in shown.instead]
            rows.append(_row(one.name, shown.name, found(judge(judging, pixels), shown.places, every), len(pixels)))
            print(rows[-1], flush=True)
        for engine, draw in once.items():
            made = [draw(text, place) for text, place in zip(one.texts, one.places, strict=True)]
            drawn[engine, one.name] = made
            rows.append(_row(one.name, engine, found(judge(judging, made), one.places, every), len(made)))
            print(rows[-1], flush=True)
    table = "\n".join(rows)
    flat = [each for some in drawn.values() for each in some]
    judged = (
        "Whether a classifier that learned from real pictures only (moved and made noisy, the held-out ones too) "
        f"finds the right caption among the best {BEST}, and in the first place, of {AMONG}; as likely is not enough. "
        "Among these are the same thing in all other colours or moods. Captions that stand for two pictures are not "
        "asked for, nor held-out ones that are also the name of an emoji. By chance it would be "
        f"{BEST / AMONG:.0%} and {1 / AMONG:.0%}; what real pictures reach that leave out the colour or mood is told "
        "too.\n\n"
        f"| captions | pictures | shown | among {BEST} | first |\n| --- | --- | --- | --- | --- |\n{table}"
    )
    text = "\n\n".join(
        (
            sizes(folder),
            judged,
            nearest(every, asked, drawn, folder),
            seeds(draws, asked[0].texts[:20]),
            edges(flat),
            times(draws),
            f"Measured on {platform.machine()} with {threads} threads by `python -m training.evaluate stickers`.",
        )
    )
    print(text)
    write_figures(folder / "README.md", text)


def _row(captions: str, shown: str, shares: tuple[float, float], count: int) -> str:
    first, few = shares
    return f"| {captions} | {count} | {shown} | {few:.1%} | {first:.1%} |"


def sizes(folder: Path) -> str:
    """How many weights each model has, and how large its file is."""
    rows, total = [], 0
    for name in ("vae", "unet", "gan"):
        [file] = (folder / name).glob("*.safetensors")
        # As they are published: in memory some are joined.
        weights = sum(each.numel() for each in load_file(file).values())
        size = file.stat().st_size
        rows.append(f"| `{name}` | {weights:,} | {size / 1e6:.1f} MB |")
        total += size
    table = "\n".join(rows)
    return f"| model | weights | file |\n| --- | --- | --- |\n{table}\n| all | | {total / 1e6:.1f} MB |"


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


def nearest(
    every: Sequence[Picture], asked: Sequence[Asked], drawn: dict[tuple[Engine, str], list[Pixels]], folder: Path
) -> str:
    """How near what is drawn comes to what was learned from, with a sheet of both."""
    learned = [one for one in every if not one.held]
    store = _small([one.pixels for one in learned])
    lines, shown, captions = [], list[Pixels](), list[str]()
    for engine, one in product(ENGINES, asked):
        made = drawn[engine, one.name]
        distances = torch.cdist(_small(made), store, p=1) * 255 / store.shape[1]
        near = distances.argmin(1).tolist()
        own = sum(learned[there].caption == text for there, text in zip(near, one.texts, strict=True))
        middle = statistics.median(distances.amin(1).tolist())
        lines.append(f"| {one.name} | {engine} | {len(made)} | {own} | {middle:.1f} |")
        for number in range(0, len(made), max(1, len(made) // 8))[:8]:
            shown += [made[number], learned[near[number]].pixels]
            captions += [one.texts[number], f"< {learned[near[number]].caption}"]
    sheet(folder / "nearest.png", shown, 16, captions)
    table = "\n".join(lines)
    return (
        "How near pictures come to those that were learned from, pixel by pixel, in levels of 255 (the median). "
        "`nearest.png` shows some of them, each with its nearest training picture to the right: first rows by "
        "diffusion, then rows by the GAN.\n\n"
        "| captions | by | pictures | the nearest is of the same caption | it differs by |\n"
        f"| --- | --- | --- | --- | --- |\n{table}"
    )


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
