"""Trains the diffusion model on latents, by flow matching."""

from __future__ import annotations

import copy
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import torch
from diffusers.models.attention_processor import AttnProcessor
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from diffusers.schedulers.scheduling_flow_match_euler_discrete import FlowMatchEulerDiscreteScheduler
from torch import Tensor
from torch.nn.functional import mse_loss

from bot.models.stickers.drawing import to_pixels
from bot.models.stickers.gan import StickerGan
from bot.models.stickers.manner import LATENTS
from bot.models.stickers.pipeline import StickerPipeline, beside, decode
from bot.models.stickers.words import WIDTH
from training.stickers import captions
from training.stickers.augment import MOVES
from training.stickers.latents import Batch, Lessons, autoencoder, trained, words
from training.stickers.pictures import Kind, Picture
from training.stickers.run import Recipe, Run, can_compile, channels_last, digest, follow
from training.stickers.sheets import sheet


@dataclass(frozen=True, slots=True)
class DiffusionRecipe(Recipe):
    """What decides the diffusion model.

    Attributes:
        channels: At 16, 8 and 4 places across.
        heads: Of attention.
        without: The share of the captions that is left out with the drafts, so that it learns what pictures look like
            by themselves.
        alone: The share of the drafts that is left out besides, so that the words are not left to the drafts alone.
        compiled: Whether to compile the network where that is possible: it takes two minutes, and a quarter off each
            step.
    """

    steps: int = 7000
    batch: int = 64
    rate: float = 6e-4
    warmup: int = 200
    channels: tuple[int, ...] = (96, 160, 256)
    heads: int = 4
    without: float = 0.1
    alone: float = 0.15
    compiled: bool = True


def build(recipe: DiffusionRecipe) -> UNet2DConditionModel:
    """The network with its first weights."""
    make: Callable[..., UNet2DConditionModel] = UNet2DConditionModel
    return make(
        sample_size=LATENTS[1],
        in_channels=2 * LATENTS[0],
        out_channels=LATENTS[0],
        block_out_channels=recipe.channels,
        layers_per_block=1,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
        cross_attention_dim=WIDTH,
        attention_head_dim=recipe.heads,
        norm_num_groups=16,
        class_embed_type="projection",
        projection_class_embeddings_input_dim=WIDTH,
    )


def train(recipe: DiffusionRecipe, work: Path, out: Path) -> None:
    """Train, and write the pipeline, with the captions that it learned.

    Args:
        recipe: What decides the result.
        work: Where latents, the state to go on from and the sheets are kept.
        out: The folder of the pipeline, with the trained autoencoder and GAN.

    Raises:
        SystemExit: One of them is missing.
    """
    torch.set_num_threads(recipe.threads)
    torch.manual_seed(recipe.seed)
    lessons, gan = Lessons(recipe.seed, work, out), generator(out)
    model = channels_last(build(recipe))
    average = copy.deepcopy(model)
    model.train()
    # With so few places the plain product is a fifth faster than the fused one.
    model.set_attn_processor(AttnProcessor())
    learning = cast("UNet2DConditionModel", torch.compile(model)) if recipe.compiled and can_compile() else model
    optimizer = torch.optim.AdamW(model.parameters(), lr=recipe.rate, betas=(0.9, 0.99), weight_decay=1e-3, fused=True)
    parts, source = {"unet": model, "average": average}, f"{lessons.source} {digest(gan)}"
    run = Run(recipe, work / "diffusion.pt", parts, {"unet": optimizer}, source)
    print(f"{sum(each.numel() for each in model.parameters()):,} weights", flush=True)
    while run.step < recipe.steps:
        batch = lessons.draw(recipe.batch, recipe.seed, run.step, recipe.without)
        chance = run.chance()
        loss = loss_of(learning, batch, drafts(gan, batch, recipe.alone, chance), chance)
        run.learn("unet", loss)
        kept = run.done({"loss": loss.item()})
        follow(average, model, run.step)
        if kept:
            run.keep()
            look(pipeline(average, out), gan, lessons, work / "sheets" / f"diffusion-{run.step}.png")
    write(average, out)
    captions.write(lessons.all, words(), captions.names(work), out)
    print(f"Trained for {run.spent / 60:.0f} minutes; written to {out}.", flush=True)


@torch.no_grad()
def drafts(gan: StickerGan, batch: Batch, alone: float, chance: torch.Generator) -> Tensor:
    """What the GAN draws for each caption, moved as the picture is; nothing where there is none, and for some others.

    Args:
        gan: The GAN.
        batch: The captions and moves.
        alone: The share that is left out.
        chance: Decides which.
    """
    numbers = torch.rand(len(batch.latents), gan.config["chance"], generator=chance) * 2 - 1
    numbers[:, :MOVES] = batch.moves
    with torch.autocast("cpu", dtype=torch.bfloat16):
        made = gan(batch.read, numbers).float()
    told = batch.read.states.flatten(1).any(1) & (torch.rand(len(made), generator=chance) >= alone)
    return made * told.view(-1, 1, 1, 1)


def loss_of(model: UNet2DConditionModel, batch: Batch, draft: Tensor, chance: torch.Generator) -> Tensor:
    """How far the way that the network says is from the one that leads from noise to the picture."""
    count = len(batch.latents)
    noise = torch.randn(batch.latents.shape, generator=chance)
    # Most is to be learned in the middle (Esser et al. 2024), of small pictures where there is more noise; strata spare
    # luck.
    place = (torch.arange(count) + torch.rand(count, generator=chance)) / count
    share = torch.sigmoid(torch.special.ndtri(place.clamp(1e-4, 1 - 1e-4)) * 1.2 + 0.7).view(-1, 1, 1, 1)
    mixed = (1 - share) * batch.latents + share * noise
    with torch.autocast("cpu", dtype=torch.bfloat16):
        way = model(
            beside(mixed, draft),
            1000 * share.flatten(),
            batch.read.states,
            class_labels=batch.read.meaning,
            return_dict=False,
        )[0]
    return mse_loss(way.float(), noise - batch.latents)


def pipeline(unet: UNet2DConditionModel, out: Path) -> StickerPipeline:
    """The network in its pipeline, with the trained autoencoder."""
    make: Callable[[], FlowMatchEulerDiscreteScheduler] = FlowMatchEulerDiscreteScheduler
    return StickerPipeline(autoencoder(out), unet.eval(), make())


def generator(out: Path) -> StickerGan:
    """The trained GAN.

    Raises:
        SystemExit: There is none yet.
    """
    return trained(StickerGan.from_pretrained, out / "gan", "GAN")


def look(pipe: StickerPipeline, gan: StickerGan, lessons: Lessons, path: Path) -> None:
    """Write a sheet of what is drawn: a row of emoji, of colours, of moods, and two of what was held out."""
    wishes = samples(lessons.all)
    noise = torch.randn((len(wishes), *LATENTS), generator=torch.Generator().manual_seed(1))
    read = lessons.read(wishes)
    latents = pipe(read, noise, draft=gan.draft(read, range(len(wishes))))
    sheet(path, to_pixels(decode(pipe.vae, latents)), 12, wishes)


def samples(every: Sequence[Picture], count: int = 12) -> list[str]:
    """Captions to look at: emoji, colours, moods, and held-out colours and moods."""
    chance = random.Random(3)
    rows: tuple[tuple[Kind, bool], ...] = (
        ("plain", False), ("colour", False), ("mood", False), ("colour", True), ("mood", True),
    )  # fmt: skip
    found: list[str] = []
    for kind, held in rows:
        some = [one.caption for one in every if (one.kind, one.held) == (kind, held)]
        found += chance.sample(some, min(count, len(some)))
    return found


def write(average: UNet2DConditionModel, out: Path) -> None:
    """Write the pipeline around the autoencoder that is there, the weights in half precision."""
    pipe = pipeline(copy.deepcopy(average), out)
    pipe.unet.half().save_pretrained(out / "unet")
    pipe.scheduler.save_pretrained(out / "scheduler")
    pipe.save_config(out)
