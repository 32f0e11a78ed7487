"""Trains the generator that draws in one step, against a discriminator, on latents."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn.functional import avg_pool2d, l1_loss, leaky_relu, relu

from bot.models.stickers.drawing import to_pixels
from bot.models.stickers.gan import StickerGan
from bot.models.stickers.manner import LATENTS
from bot.models.stickers.pipeline import decode
from bot.models.stickers.words import WIDTH, Read
from training.stickers.augment import MOVES
from training.stickers.diffusion import samples
from training.stickers.latents import Batch, Lessons, autoencoder
from training.stickers.run import Recipe, Run, channels_last, follow
from training.stickers.sheets import sheet


@dataclass(frozen=True, slots=True)
class GanRecipe(Recipe):
    """What decides the generator.

    Attributes:
        chance: Numbers that the generator is given; the first say how the picture was moved.
        alike: The weight of the distance from the picture that was moved so.
        smooth: The weight of the discriminator's gradient at real latents (Mescheder et al. 2018).
        lazy: Steps between two in which that gradient is counted.
    """

    steps: int = 8000
    batch: int = 48
    rate: float = 4e-4
    chance: int = 64
    alike: float = 8.0
    smooth: float = 0.5
    lazy: int = 12


class Critic(nn.Module):
    """Tells latents of pictures that go with their captions from all others."""

    def __init__(self) -> None:
        super().__init__()
        widths = (LATENTS[0], 96, 160, 224)
        self.layers = nn.ModuleList(nn.Conv2d(before, after, 3, 1, 1) for before, after in pairwise(widths))
        self.again = nn.ModuleList(nn.Conv2d(width, width, 3, 1, 1) for width in widths[1:])
        self.caption = nn.Linear(WIDTH, widths[-1])
        self.real = nn.Linear(widths[-1], 1)

    def forward(self, latents: Tensor, read: Read) -> Tensor:
        """How real each looks: above 0 real, below made or with a wrong caption."""
        values = latents
        for number, (layer, again) in enumerate(zip(self.layers, self.again, strict=True)):
            if number:
                values = avg_pool2d(values, 2)
            values = leaky_relu(layer(values), 0.2)
            values = values + leaky_relu(again(values), 0.2)
        # Where something is matters: what fits the caption is asked of each place, then summed up.
        seen = values.flatten(2).mean(2)
        fits = (values.flatten(2) * self.caption(read.meaning)[..., None]).sum(1).mean(1) / seen.shape[1] ** 0.5
        return cast("Tensor", self.real(seen)[:, 0] + fits)


def train(recipe: GanRecipe, work: Path, out: Path) -> None:
    """Train, and write the generator.

    Args:
        recipe: What decides the result.
        work: Where latents, the state to go on from and the sheets are kept.
        out: The folder with the trained autoencoder; the generator goes into `gan` below it, in half precision.
    """
    torch.set_num_threads(recipe.threads)
    torch.manual_seed(recipe.seed)
    lessons = Lessons(recipe.seed, work, out)
    model = channels_last(StickerGan(chance=recipe.chance))
    average, critic = copy.deepcopy(model), channels_last(Critic())
    optimizers = {
        "gan": torch.optim.Adam(model.parameters(), lr=recipe.rate, betas=(0.0, 0.99)),
        "critic": torch.optim.Adam(critic.parameters(), lr=recipe.rate, betas=(0.0, 0.99)),
    }
    parts = {"gan": model, "average": average, "critic": critic}
    run = Run(recipe, work / "gan.pt", parts, optimizers, lessons.source)
    print(f"{sum(each.numel() for each in model.parameters()):,} weights", flush=True)
    while run.step < recipe.steps:
        batch = lessons.draw(recipe.batch, recipe.seed, run.step)
        kept = run.done(learn(run, recipe, model, critic, batch))
        follow(average, model, run.step)
        if kept:
            run.keep()
            look(average, lessons, out, work / "sheets" / f"gan-{run.step}.png")
    copy.deepcopy(average).eval().half().save_pretrained(out / "gan")
    print(f"Trained for {run.spent / 60:.0f} minutes; written to {out / 'gan'}.", flush=True)


def learn(run: Run, recipe: GanRecipe, model: StickerGan, critic: Critic, batch: Batch) -> dict[str, float]:
    """One step of the critic and of the generator; returns the losses."""
    chance = torch.rand(len(batch.latents), recipe.chance, generator=run.chance()) * 2 - 1
    chance[:, :MOVES] = batch.moves
    with torch.autocast("cpu", dtype=torch.bfloat16):
        made = model(batch.read, chance).float()
        on_real, on_made = critic(batch.latents, batch.read).float(), critic(made.detach(), batch.read).float()
        on_wrong = critic(batch.latents, batch.wrong).float()
    told_apart = relu(1 - on_real).mean() + (relu(1 + on_made).mean() + relu(1 + on_wrong).mean()) / 2
    if run.step % recipe.lazy == 0:
        told_apart = told_apart + recipe.smooth * recipe.lazy * steepness(critic, batch)
    run.learn("critic", told_apart)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        real_looking = -critic(made, batch.read).float().mean()
    likeness = l1_loss(made, batch.latents)
    run.learn("gan", real_looking + recipe.alike * likeness)
    return {"critic": told_apart.item(), "likeness": likeness.item()}


def steepness(critic: Critic, batch: Batch) -> Tensor:
    """How fast the critic's mind changes around real latents: the mean square of its gradient."""
    latents = batch.latents.clone().requires_grad_()
    [slope] = torch.autograd.grad(critic(latents, batch.read).sum(), latents, create_graph=True)
    return slope.square().sum((1, 2, 3)).mean() / 2


@torch.inference_mode()
def look(model: StickerGan, lessons: Lessons, out: Path, path: Path) -> None:
    """Write a sheet of what is drawn: a row of emoji, of colours, of moods, and two of what was held out."""
    captions = samples(lessons.all)
    latents = model.draft(lessons.read(captions), range(len(captions)))
    sheet(path, to_pixels(decode(autoencoder(out), latents)), 12, captions)
