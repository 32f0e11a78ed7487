"""What the sticker models learned to draw, found by meaning, and what emoji are called as they learned it.

Torch is imported here: import this module only where a model is loaded.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor
from torch.nn.functional import normalize

from bot.models.stickers.words import WIDTH
from bot.wording import spelt

FILE = "captions.safetensors"
"""Lies in the pipeline's folder."""

TOLD = "told"
"""What the words in it are kept under."""

ANEW = "`python -m training.stickers captions` writes it anew"

SURE = 0.761
"""A wish that is so like a caption asks for what that shows; chosen by `python -m training.evaluate wishes`."""

LIKE = 0.657
"""One that is less like every caption asks for nothing that was learned; chosen likewise."""

SAID = {"smiley": "smiling face", "smiley face": "smiling face"}
"""Whole wishes that are like no caption, and the caption that says what is meant."""

_BEFORE = re.compile(
    r"^(?:please )?(?:(?:draw|make|paint|show)(?: me| us)?(?: please)? )?"
    r"(?:(?:an?|the) )?(?:(?:emoji|sticker|picture|drawing|icon) (?:of|with|that shows) )?",
    re.IGNORECASE,
)
_BEHIND = re.compile(r"(?: (?:emoji|sticker))?(?: please)?[ .!]*$", re.IGNORECASE)
_ARTICLES = re.compile(r"\b(?:an?|the) ", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Nearest:
    """The caption that a wish is most like.

    Attributes:
        caption: In English.
        likeness: The cosine between what both mean.
    """

    caption: str
    likeness: float


@dataclass(frozen=True, slots=True)
class Known:
    """The captions that were learned.

    Attributes:
        captions: In English; one may stand there more than once, by several names.
        meanings: What each name means, as `Words` reads it once it is `bare`: captions by `WIDTH`, of length 1.
        names: What emoji are called in them, as `spelt` takes it.
    """

    captions: tuple[str, ...]
    meanings: Tensor
    names: Mapping[str, str]

    def worded(self, wish: str) -> str:
        """A wish in words that were learned: emoji by their names, and a smiley, which is the name of none."""
        words = spelt(wish, self.names)
        return SAID.get(bare(words).casefold(), words)

    def nearest(self, meaning: Tensor) -> Nearest:
        """The caption that is most like a wish.

        Args:
            meaning: What the wish means, read in the same way: 1 by `WIDTH`.
        """
        likeness, place = (normalize(meaning, dim=1) @ self.meanings.T)[0].max(0)
        return Nearest(self.captions[int(place)], float(likeness))


def bare(wish: str) -> str:
    """What a wish asks for, without the words around it: `draw me a cool fox, please` becomes `cool fox`."""
    words = " ".join(wish.replace(",", " ").split())
    inner = _BEHIND.sub("", _BEFORE.sub("", words, count=1))
    return _ARTICLES.sub("", inner).strip() or words


def read(folder: Path) -> Known | None:
    """The captions that were learned; None where a folder does not tell them.

    Args:
        folder: The pipeline's.

    Raises:
        ValueError: The file is broken.
    """
    if not (folder / FILE).is_file():
        return None
    with safe_open(folder / FILE, "pt") as file:
        told = json.loads((file.metadata() or {}).get(TOLD, "{}"))
        meanings = file.get_tensor("meanings").float()
    captions, names = (told.get(what) for what in ("captions", "names"))
    if not captions or not names:
        raise ValueError(f"{FILE} is of an older training; {ANEW}.")
    if meanings.shape != (len(captions), WIDTH):
        raise ValueError(f"{FILE} does not have {WIDTH} numbers for each caption; {ANEW}.")
    return Known(tuple(captions), normalize(meanings, dim=1), names)


def write(folder: Path, captions: Sequence[str], meanings: Tensor, names: Mapping[str, str]) -> None:
    """Keep the captions that were learned.

    Args:
        folder: The pipeline's.
        captions: In English.
        meanings: What they mean, as `Words` reads them once they are `bare`.
        names: What emoji are called in them, as `spelt` takes it.
    """
    # A byte each: a likeness is told in hundredths, and all of them have to be small.
    small = torch.round(meanings / meanings.abs().amax(1, keepdim=True) * 127).to(torch.int8)
    # In one piece, for the order of several is left to chance.
    told = json.dumps({"captions": list(captions), "names": dict(names)}, ensure_ascii=False)
    save_file({"meanings": small}, folder / FILE, {TOLD: told})
