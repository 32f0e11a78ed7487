"""Trains the autoencoder: from pictures of 128 by 128 pixels to latents of 16 by 16, and back."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import torch
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL
from torch import Tensor, nn
from torch.nn.functional import avg_pool2d, l1_loss, leaky_relu, mse_loss, relu

from bot.models.stickers.drawing import FOLD, FOLDED, fold, to_pixels, unfold
from bot.models.stickers.manner import LATENTS, SIDE
from training.stickers.augment import WIDE, draw_moves, moved, tinted, to_tensor
from training.stickers.pictures import Picture, pictures, told_apart
from training.stickers.run import Recipe, Run, channels_last, follow
from training.stickers.sheets import sheet


@dataclass(frozen=True, slots=True)
class VaeRecipe(Recipe):
    """What decides the autoencoder.

    Attributes:
        channels: Of each level, from 64 by 64 places to the latents' 16 by 16.
        likely: The weight of the latents' distance from a normal distribution.
        sharp: The weight of what the discriminator says, as a share of the other losses' gradients.
        judged: The share of the steps after which the discriminator is listened to.
    """

    steps: int = 10_000
    rate: float = 3e-4
    warmup: int = 200
    channels: tuple[int, ...] = (64, 64, 128)
    likely: float = 5e-4
    sharp: float = 0.25
    judged: float = 0.4


class Judge(nn.Module):
    """Tells real pictures from decoded ones, patch by patch."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.ModuleList(
            (nn.Conv2d(4, 32, 4, 2, 1), nn.Conv2d(32, 64, 4, 2, 1), nn.Conv2d(64, 128, 4, 2, 1))
        )
        self.norms = nn.ModuleList((nn.Identity(), nn.GroupNorm(8, 64), nn.GroupNorm(8, 128)))
        self.last = nn.Conv2d(128, 1, 3, 1, 1)

    def forward(self, values: Tensor) -> Tensor:
        """How real each patch looks: above 0 real, below made."""
        for layer, norm in zip(self.layers, self.norms, strict=True):
            values = leaky_relu(norm(layer(values)), 0.2)
        return cast("Tensor", self.last(values))


def build(recipe: VaeRecipe) -> AutoencoderKL:
    """The autoencoder with its first weights."""
    make: Callable[..., AutoencoderKL] = AutoencoderKL
    levels = len(recipe.channels)
    model = make(
        in_channels=FOLDED,
        out_channels=FOLDED,
        latent_channels=LATENTS[0],
        block_out_channels=recipe.channels,
        layers_per_block=1,
        down_block_types=("DownEncoderBlock2D",) * levels,
        up_block_types=("UpDecoderBlock2D",) * levels,
        norm_num_groups=8,
        mid_block_add_attention=False,
        sample_size=SIDE // FOLD,
    )
    noise = cast("nn.Conv2d", model.quant_conv).bias
    assert noise is not None
    with torch.no_grad():
        # Latents begin with little noise; else it takes long until anything gets through.
        noise[LATENTS[0] :] -= 4
    return model


def train(recipe: VaeRecipe, work: Path, out: Path) -> None:
    """Train, and write the autoencoder.

    Args:
        recipe: What decides the result.
        work: Where the names, the state to go on from and the sheets are kept.
        out: The folder of the pipeline; the weights go into `vae` below it, in half precision.
    """
    torch.set_num_threads(recipe.threads)
    torch.manual_seed(recipe.seed)
    every = pictures(work, recipe.seed)
    learned = [one for one in every if not one.held]
    shown = to_tensor([one.pixels for one in learned])
    turns = torch.tensor([one.turns for one in learned])
    model = channels_last(build(recipe))
    average, judge = copy.deepcopy(model), channels_last(Judge())
    model.train()
    optimizers = {
        "vae": torch.optim.AdamW(model.parameters(), lr=recipe.rate, betas=(0.9, 0.99), weight_decay=1e-4),
        "judge": torch.optim.AdamW(judge.parameters(), lr=recipe.rate, betas=(0.5, 0.98), weight_decay=1e-4),
    }
    parts = {"vae": model, "average": average, "judge": judge}
    run = Run(recipe, work / "vae.pt", parts, optimizers, told_apart(learned))
    print(f"{len(learned)} pictures, {sum(each.numel() for each in model.parameters()):,} weights", flush=True)
    while run.step < recipe.steps:
        chance = run.chance()
        chosen = torch.randint(len(shown), (recipe.batch,), generator=chance)
        moves = draw_moves(recipe.batch, turns[chosen], chance)
        real = tinted(moved(shown[chosen], moves, WIDE), chance)
        kept = run.done(learn(run, recipe, model, judge, real, chance))
        follow(average, model, run.step)
        if kept:
            run.keep()
            look(average, every, work / "sheets" / f"vae-{run.step}.png")
    write(average, shown, out)
    print(f"Trained for {run.spent / 60:.0f} minutes; written to {out / 'vae'}.", flush=True)


def learn(
    run: Run, recipe: VaeRecipe, model: AutoencoderKL, judge: Judge, real: Tensor, chance: torch.Generator
) -> dict[str, float]:
    """One step of the autoencoder, and of the discriminator once it is listened to; returns the losses."""
    with torch.autocast("cpu", dtype=torch.bfloat16):
        latents = model.encode(fold(real)).latent_dist
        made = unfold(model.decode(latents.sample(chance)).sample).float()
    far = 0.5 * (latents.mean.float() ** 2 + latents.var.float() - 1 - latents.logvar.float()).mean()
    likeness = difference(made, real)
    loss = likeness + recipe.likely * far
    told = {"likeness": likeness.item(), "far": far.item()}
    if run.step < recipe.judged * recipe.steps:
        run.learn("vae", loss)
        return told
    last = model.decoder.conv_out.weight
    with torch.autocast("cpu", dtype=torch.bfloat16):
        real_looking = -judge(made).float().mean()
    [pull] = torch.autograd.grad(likeness, last, retain_graph=True)
    [push] = torch.autograd.grad(real_looking, last, retain_graph=True)
    share = (pull.norm() / (push.norm() + 1e-6)).clamp(max=100).detach()
    run.learn("vae", loss + recipe.sharp * share * real_looking)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        on_real, on_made = judge(real).float(), judge(made.detach()).float()
    told_apart = (relu(1 - on_real) + relu(1 + on_made)).mean() / 2
    run.learn("judge", told_apart)
    return {**told, "judge": told_apart.item()}


def difference(made: Tensor, real: Tensor) -> Tensor:
    """How much pictures differ: in their levels, in their colours, and in their edges at two sizes."""
    total = l1_loss(made, real) + 2 * mse_loss(made, real)
    # The differences between red, green and blue: by their levels alone, colours are learned long after shapes.
    total = total + 3 * l1_loss(made[:, :3].diff(dim=1), real[:, :3].diff(dim=1))
    for size in (1, 2):
        one, other = (avg_pool2d(each, size) for each in (made, real))
        for across in (-1, -2):
            total = total + 0.5 * l1_loss(one.diff(dim=across), other.diff(dim=across))
    return total


@torch.inference_mode()
def look(model: AutoencoderKL, every: list[Picture], path: Path) -> None:
    """Write a sheet of pictures with what the autoencoder makes of them below, and tell how alike they are."""
    some = [*every[::163], *[one for one in every if one.held][::30]][:24]
    real = to_tensor([one.pixels for one in some]).float() / 127.5 - 1
    made = unfold(model.decode(model.encode(fold(real)).latent_dist.mode()).sample)
    noise = 10 * torch.log10(4 / (made.clamp(-1, 1) - real).square().mean())
    print(f"reconstruction {noise:.1f} dB", flush=True)
    rows = [
        to_pixels(each) for start in range(0, 24, 12) for each in (real[start : start + 12], made[start : start + 12])
    ]
    sheet(path, [pixels for row in rows for pixels in row], 12)


@torch.inference_mode()
def write(model: AutoencoderKL, shown: Tensor, out: Path) -> None:
    """Write the autoencoder with its latents' mean and spread, which the other models need."""
    some = shown[:: max(1, len(shown) // 200)].float() / 127.5 - 1
    latents = model.encode(fold(some)).latent_dist.mode()
    model.register_to_config(
        shift_factor=round(latents.mean().item(), 4), scaling_factor=round(1 / latents.std().item(), 4)
    )
    half = copy.deepcopy(model).eval().half()
    half.save_pretrained(out / "vae")
