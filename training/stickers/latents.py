"""What the diffusion model and the GAN learn from: latents of moved pictures, and captions as numbers."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import torch
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL
from torch import Tensor
from transformers.utils.logging import disable_progress_bar

from bot.models import files
from bot.models.catalog import catalog
from bot.models.stickers.pipeline import encode
from bot.models.stickers.words import Read, Words
from training.stickers.augment import SLIGHT, draw_moves, moved, to_tensor
from training.stickers.pictures import Kind, Picture, pictures, told_apart
from training.stickers.run import M, channels_last, write

MOVED = 12
"""How often each picture is moved."""

SHARES: dict[Kind, float] = {"plain": 0.55, "colour": 0.3, "mood": 0.15}
"""How often a picture of each kind is learned from."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Latents with what they show.

    Attributes:
        latents: Number by channels by height by width.
        moves: How each picture was moved.
        read: The captions.
        wrong: The captions of other pictures.
    """

    latents: Tensor
    moves: Tensor
    read: Read
    wrong: Read


class Lessons:
    """Everything that may be learned from.

    Args:
        seed: Of what is held out.
        work: Where what was fetched and computed is kept.
        out: The folder with the trained autoencoder.
    """

    def __init__(self, seed: int, work: Path, out: Path) -> None:
        self.all = pictures(work, seed)
        learned = [one for one in self.all if not one.held]
        self._pictures = learned
        disable_progress_bar()
        self._words = words()
        kept = _kept(work / "latents.pt", seed, out, learned)
        self._latents, self._moves = kept["latents"], kept["moves"]
        self._number: dict[str, int] = {"": 0}
        for one in learned:
            for caption in (one.caption, *one.others, *one.foreign):
                self._number.setdefault(caption, len(self._number))
        print(f"{len(learned)} pictures, {len(self._number)} captions", flush=True)
        self._read = self._read_all(list(self._number))
        self._kinds = {kind: [place for place, one in enumerate(learned) if one.kind == kind] for kind in SHARES}

    def draw(self, size: int, seed: int, step: int, without: float = 0.0) -> Batch:
        """The batch of a step; it depends on the seed and the step alone.

        Args:
            size: How many.
            seed: Of the training.
            step: Of the training.
            without: The share of the captions that is left out.
        """
        chance = random.Random(f"{seed}/{step}")
        kinds = chance.choices(list(SHARES), list(SHARES.values()), k=size)
        places = [chance.choice(self._kinds[kind]) for kind in kinds]
        which = [chance.randrange(self._latents.shape[1]) for _ in places]
        captions = [self._pictures[place].draw_caption(chance) for place in places]
        wrong = self._wrong(captions, places, chance)
        told = ["" if chance.random() < without else caption for caption in captions]
        return Batch(
            self._latents[places, which].float(), self._moves[places, which], self.read(told), self.read(wrong)
        )

    def read(self, captions: Sequence[str]) -> Read:
        """Captions as numbers; known ones were read before."""
        if all(caption in self._number for caption in captions):
            numbers = torch.tensor([self._number[caption] for caption in captions])
            return Read(self._read.states[numbers].float(), self._read.meaning[numbers].float())
        return self._words.read(captions)

    def _wrong(self, captions: list[str], places: list[int], chance: random.Random) -> list[str]:
        """Each picture with the caption of another one in the batch."""
        shift = chance.randrange(1, max(2, len(places)))
        turned = [*range(shift, len(places)), *range(shift)]
        return [captions[there] for there in turned]

    def _read_all(self, captions: list[str]) -> Read:
        found = [self._words.read(captions[start : start + 256]) for start in range(0, len(captions), 256)]
        return Read(torch.cat([one.states.half() for one in found]), torch.cat([one.meaning.half() for one in found]))


def words() -> Words:
    """The starter embeddings, as they are when stickers are drawn."""
    entry = catalog().find("minilm-l6")
    assert entry is not None
    return Words(files.path(entry, Path()), torch.float32, torch.device("cpu"))


def autoencoder(out: Path) -> AutoencoderKL:
    """The trained autoencoder.

    Raises:
        SystemExit: There is none yet.
    """
    return trained(AutoencoderKL.from_pretrained, out / "vae", "autoencoder")


def trained(read: Callable[..., M], folder: Path, name: str) -> M:
    """A model that others learn from, in 32 bits.

    Args:
        read: Reads it from a folder.
        folder: Where it lies; it is called as the command that trains it.
        name: What to call it in an error.

    Raises:
        SystemExit: There is none yet.
    """
    if not folder.is_dir():
        raise SystemExit(f"Train the {name} first: `python -m training.stickers {folder.name}`.")
    return channels_last(read(folder, dtype=torch.float32).eval())


@torch.inference_mode()
def _kept(file: Path, seed: int, out: Path, learned: list[Picture]) -> dict[str, Tensor]:
    """Latents and moves, kept in a file because they take minutes; they belong to one autoencoder and to pictures."""
    vae = autoencoder(out)
    mark = torch.tensor([float(sum(each.double().abs().sum() for each in vae.parameters())), seed, len(learned)])
    shows = torch.tensor(list(bytes.fromhex(told_apart(learned))), dtype=torch.uint8)
    if file.exists():
        kept = cast("dict[str, Tensor]", torch.load(file, weights_only=True))
        # Older files do not say what they show: they are taken at their mark.
        if torch.equal(kept["mark"], mark) and torch.equal(kept.get("shows", shows), shows):
            return kept
    shown = to_tensor([one.pixels for one in learned])
    # Not mirrored: what is drawn is not either, and a mean of both ways round would be neither.
    turns = torch.zeros(len(learned), dtype=torch.bool)
    chance = torch.Generator().manual_seed(seed)
    latents, moves = [], []
    for number in range(MOVED):
        drawn = draw_moves(len(learned), turns, chance)
        if not number:
            drawn = torch.tensor([[1.0, 0, 0, 0.8, 0]]).repeat(len(learned), 1)
        some = []
        for start in range(0, len(learned), 32):
            values = moved(shown[start : start + 32], drawn[start : start + 32], SLIGHT)
            with torch.autocast("cpu", dtype=torch.bfloat16):
                some.append(encode(vae, values).half())
        latents.append(torch.cat(some))
        moves.append(drawn)
        print(f"latents {number + 1}/{MOVED}", flush=True)
    kept = {"latents": torch.stack(latents, 1), "moves": torch.stack(moves, 1), "mark": mark, "shows": shows}
    write(kept, file)
    return kept
