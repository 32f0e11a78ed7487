"""Keeps with the models what they learned to draw, so that they can tell what they know nothing like."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import torch

from bot.models.stickers import known
from bot.models.stickers.words import Words
from training.stickers.pictures import THINGS, Picture

BATCH = 256
"""Captions that are read at once."""


def write(every: Sequence[Picture], words: Words, out: Path) -> None:
    """Write the captions that were learned, and what they mean.

    Args:
        every: All pictures; of those that are held out nothing is written.
        words: Reads captions.
        out: The folder of the pipeline.
    """
    called: dict[str, str] = {}
    for name, caption in _names(every):
        # The embeddings know no capitals.
        called.setdefault(known.bare(name).lower(), caption)
    names = sorted(called)
    meanings = [words.read(names[start : start + BATCH]).meaning for start in range(0, len(names), BATCH)]
    known.write(out, [called[name] for name in names], torch.cat(meanings))


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
