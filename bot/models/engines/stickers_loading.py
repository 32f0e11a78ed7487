"""Brings the models that draw stickers into memory, and lets them draw."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast

from bot.models import files
from bot.models.catalog import catalog
from bot.models.engines import weights
from bot.models.engines.hardware import device, dtype
from bot.models.stickers.manner import LATENTS

if TYPE_CHECKING:
    import torch
    from PIL.Image import Image as Picture

    from bot.models.stickers.gan import StickerGan
    from bot.models.stickers.known import Known
    from bot.models.stickers.pipeline import StickerPipeline
    from bot.models.stickers.words import Read, Words

EMBEDDINGS = "minilm-l6"
"""The embeddings that captions are read by."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """What is in memory.

    Attributes:
        pipe: Draws by diffusion.
        gan: Draws in one step.
        words: Reads captions.
        known: What they learned to draw; None where their folder does not tell.
    """

    pipe: StickerPipeline
    gan: StickerGan
    words: Words
    known: Known | None

    def drafted(self, read: Read, seed: int) -> torch.Tensor:
        """A picture in one step.

        Args:
            read: Its caption.
            seed: Decides what the caption leaves open.
        """
        from bot.models.stickers.pipeline import decode

        return decode(self.pipe.vae, self.gan.draft(read, [seed]))

    def refined(
        self,
        read: Read,
        seed: int,
        pictures: Sequence[Picture],
        *,
        share: float,
        strength: float,
        steps: int,
        guidance: float,
        each: Callable[[int, int], None],
    ) -> torch.Tensor:
        """A picture by diffusion; where there are words it follows the GAN's draft of them.

        Args:
            read: Its caption.
            seed: Decides what the caption leaves open.
            pictures: The one to vary, the two to blend, or none.
            share: Of the second of two.
            strength: How much of what it starts from is drawn anew.
            steps: How often it is refined.
            guidance: How closely it follows the caption.
            each: Told the steps done and the steps in all; stops the work by raising.
        """
        import torch

        from bot.models.stickers.drawing import to_values
        from bot.models.stickers.pipeline import decode, encode

        noise = torch.randn((1, *LATENTS), generator=torch.Generator().manual_seed(seed))
        start = None
        if pictures:
            first, *others = (encode(self.pipe.vae, to_values(picture)) for picture in pictures)
            start = torch.lerp(first, others[0], share) if others else first
        draft = self.gan.draft(read, [seed]) if read.says else None
        latents = self.pipe(
            read, noise, start, draft=draft, strength=strength, steps=steps, guidance=guidance, each=each
        )
        return decode(self.pipe.vae, latents)


def load(folder: Path, *, tells: bool = False) -> Loaded:
    """Bring the models in `folder` into memory, where this machine computes best.

    Args:
        folder: A diffusers pipeline; the GAN that it follows lies in `gan` below it.
        tells: Whether it has to tell what they learned to draw.

    Raises:
        UserError: The starter embeddings are not installed.
        ValueError: Weights are missing or do not belong together, or what was learned is missing or cannot be read.
    """
    import torch
    from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL
    from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
    from diffusers.schedulers.scheduling_flow_match_euler_discrete import FlowMatchEulerDiscreteScheduler

    from bot.models.stickers import known
    from bot.models.stickers.gan import StickerGan
    from bot.models.stickers.pipeline import StickerPipeline
    from bot.models.stickers.words import Words

    learned = known.read(folder)
    if tells and learned is None:
        raise ValueError(f"{known.FILE}, which tells what it learned to draw, is missing; {known.ANEW}.")
    if not (folder / "gan").is_dir():
        raise ValueError("the folder gan, with the GAN whose drafts are followed, is missing.")
    where = device()
    # What has to be exact is small; the large network alone computes in shorter numbers.
    vae = weights.read(AutoencoderKL.from_pretrained, folder, torch.float32, where, subfolder="vae")
    unet = weights.read(UNet2DConditionModel.from_pretrained, folder, dtype(where), where, subfolder="unet")
    if unet.config.in_channels != 2 * LATENTS[0]:
        raise ValueError("its diffusion model was not trained to follow a GAN's drafts.")
    gan = weights.read(StickerGan.from_pretrained, folder, torch.float32, where, subfolder="gan")
    take: Callable[..., FlowMatchEulerDiscreteScheduler] = FlowMatchEulerDiscreteScheduler.from_pretrained
    scheduler = take(folder, subfolder="scheduler", local_files_only=True)
    pipe = StickerPipeline(cast("AutoencoderKL", vae), cast("UNet2DConditionModel", unet), scheduler)
    words = Words(embeddings(), torch.float32, where)
    return Loaded(pipe, cast("StickerGan", gan), words, learned)


def embeddings() -> Path:
    """The folder of the starter embeddings, which captions are read by.

    Raises:
        ModelMissing: They are not installed.
    """
    entry = catalog().find(EMBEDDINGS)
    assert entry is not None
    # A package has one place, whichever folder other models are pulled into.
    return files.path(entry, Path())
