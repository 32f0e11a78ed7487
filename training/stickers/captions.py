"""Keeps with the models what they learned to draw: so they tell what is like nothing they know, and read emoji."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import torch

from bot.models.stickers import known
from bot.models.stickers.words import Words
from bot.wording import spelt
from training.stickers import emoji
from training.stickers.latents import words as embeddings
from training.stickers.pictures import THINGS, Picture, pictures

BATCH = 256
"""Captions that are read at once."""


def anew(seed: int, work: Path, out: Path) -> None:
    """Write them for models that are trained already.

    Args:
        seed: Of the training.
        work: Where the names are kept.
        out: The folder of the pipeline.

    Raises:
        SystemExit: There is no diffusion model in it.
    """
    if not (out / "unet").is_dir():
        raise SystemExit("Train the diffusion model first: `python -m training.stickers diffusion`.")
    write(pictures(work, seed), embeddings(), names(work), out)


def names(work: Path) -> dict[str, str]:
    """What emoji are called where they are learned, as `spelt` takes it.

    Args:
        work: Where the names are kept once they were fetched.
    """
    called = {symbol: name.replace(":", "") for symbol, name in emoji.names(work).items()}
    # What is read as it stands, such as a comma, has a name too.
    return {symbol: name for symbol, name in called.items() if spelt(symbol, called) == name}


def write(every: Sequence[Picture], words: Words, emoji_names: Mapping[str, str], out: Path) -> None:
    """Write the captions that were learned, what they mean, and what emoji are called in them.

    Args:
        every: All pictures; of those that are held out nothing is written.
        words: Reads captions.
        emoji_names: As `names` tells them.
        out: The folder of the pipeline.
    """
    called: dict[str, str] = {}
    for name, caption in _names(every):
        # The embeddings know no capitals.
        called.setdefault(known.bare(name).lower(), caption)
    order = sorted(called)
    meanings = [words.read(order[start : start + BATCH]).meaning for start in range(0, len(order), BATCH)]
    known.write(out, [called[name] for name in order], torch.cat(meanings), emoji_names)


def _names(every: Sequence[Picture]) -> Iterator[tuple[str, str]]:
    """Each name that a learned picture has, with what that is called in English; what is surest comes first."""
    learned = [one for one in every if not one.held]
    for one in learned:
        yield one.caption, one.caption
    for one in learned:
        if one.kind == "plain" and (thing := THINGS.get(one.caption)):
            yield thing, thing
        if one.kind == "mood":
            # What is worn or floats beside: “a fox with sunglasses”.
            yield one.others[0], one.others[0]
    for one in learned:
        for name in one.foreign:
            yield name, one.caption
