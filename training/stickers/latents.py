"""What the diffusion model and the GAN learn from: latents of moved pictures, and captions as numbers."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

import torch
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL
from torch import Tensor
from transformers.utils.logging import disable_progress_bar

from bot.models.engines.stickers_loading import embeddings
from bot.models.stickers.pipeline import encode
from bot.models.stickers.words import Read, Words
from training.stickers.augment import SLIGHT, draw_moves, moved, to_tensor
from training.stickers.pictures import Kind, Picture, pictures, told_apart
from training.stickers.run import M, channels_last, digest, write

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

    Attributes:
        all: Every picture, also what is held out.
        source: What tells the pictures, how they are moved, and the autoencoder from any others.
    """

    def __init__(self, seed: int, work: Path, out: Path) -> None:
        self.all = pictures(work, seed)
        learned = [one for one in self.all if not one.held]
        self._pictures = learned
        disable_progress_bar()
        self._words = words()
        kept = _kept(work / "latents.pt", seed, out, learned)
        self.source, self._latents, self._moves = kept.source, kept.latents, kept.moves
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
    return Words(embeddings(), torch.float32, torch.device("cpu"))


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


class _Kept(NamedTuple):
    """What is learned from, as it is kept.

    Attributes:
        source: What tells it from any other.
        latents: By picture and move.
        moves: Likewise, how each was moved.
    """

    source: str
    latents: Tensor
    moves: Tensor


@torch.inference_mode()
def _kept(file: Path, seed: int, out: Path, learned: list[Picture]) -> _Kept:
    """Latents and moves, kept in a file because they take minutes.

    They belong to one autoencoder, to pictures and to how these are moved.
    """
    vae = autoencoder(out)
    moves = _moves(len(learned), seed)
    source = f"{told_apart(learned)} {digest(vae)} {SLIGHT} {sha256(moves.numpy().tobytes()).hexdigest()}"
    if file.exists():
        kept = torch.load(file, weights_only=True)
        if kept.get("source") == source:
            return _Kept(**kept)
    shown = to_tensor([one.pixels for one in learned])
    latents = []
    for number in range(MOVED):
        some = []
        for start in range(0, len(learned), 32):
            values = moved(shown[start : start + 32], moves[start : start + 32, number], SLIGHT)
            with torch.autocast("cpu", dtype=torch.bfloat16):
                some.append(encode(vae, values).half())
        latents.append(torch.cat(some))
        print(f"latents {number + 1}/{MOVED}", flush=True)
    made = _Kept(source, torch.stack(latents, 1), moves)
    write(made._asdict(), file)
    return made


def _moves(count: int, seed: int) -> Tensor:
    """How pictures are moved, `MOVED` times each; the first time hardly."""
    # Not mirrored: what is drawn is not either, and a mean of both ways round would be neither.
    turns = torch.zeros(count, dtype=torch.bool)
    chance = torch.Generator().manual_seed(seed)
    moves = torch.stack([draw_moves(count, turns, chance) for _ in range(MOVED)], 1)
    moves[:, 0] = torch.tensor([1.0, 0, 0, 0.8, 0])
    return moves
