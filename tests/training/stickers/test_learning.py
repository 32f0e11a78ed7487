"""What the losses of the autoencoder do."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL

from bot.models.stickers.drawing import fold, unfold
from tests.training.stickers.made import SHAPES, drawn
from training.stickers import vae
from training.stickers.augment import to_tensor
from training.stickers.run import Run

REAL = to_tensor([drawn(symbol) for symbol in SHAPES.values()]).float() / 127.5 - 1


class LikesRed(vae.Judge):
    """Takes for real what is red."""

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        # Its own weights count for nothing, but there is something to learn.
        nothing: torch.Tensor = 0 * self.last.weight.sum()
        return values[:, :1] - values[:, 1:3].mean(1, keepdim=True) + nothing


def redness(recipe: vae.VaeRecipe, folder: Path, steps: int = 3) -> tuple[float, dict[str, float]]:
    """How red what the autoencoder decodes is after some steps with a judge who likes red, and the last losses."""
    torch.manual_seed(1)
    model, judge = vae.build(recipe), LikesRed()
    optimizers = {
        "vae": torch.optim.SGD(model.parameters(), lr=0.05),
        "judge": torch.optim.SGD(judge.parameters(), lr=0.05),
    }
    run = Run(recipe, folder / "vae.pt", {"vae": model, "judge": judge}, optimizers, "")
    told: dict[str, float] = {}
    for _ in range(steps):
        told = vae.learn(run, recipe, model, judge, REAL, run.chance())
        run.done(told)
    with torch.inference_mode():
        return judge(decoded(model)).mean().item(), told


def decoded(model: AutoencoderKL) -> torch.Tensor:
    made: torch.Tensor = unfold(model.decode(model.encode(fold(REAL)).latent_dist.mode()).sample)
    return made


def test_the_autoencoder_draws_what_the_discriminator_takes_for_real(tmp_path: Path) -> None:
    recipe = vae.VaeRecipe(channels=(8, 8, 8), judged=0.0, sharp=5.0, steps=10, warmup=1, keep=100)

    heard, _ = redness(recipe, tmp_path)
    unheard, _ = redness(replace(recipe, sharp=0.0), tmp_path)

    assert heard > unheard + 0.01


def test_the_discriminator_is_listened_to_after_its_share_of_the_steps(tmp_path: Path) -> None:
    recipe = vae.VaeRecipe(channels=(8, 8, 8), judged=0.5, sharp=5.0, steps=4, warmup=1, keep=100)

    _, before = redness(recipe, tmp_path, steps=2)
    _, after = redness(recipe, tmp_path, steps=3)

    assert "judge" not in before
    assert "judge" in after


def test_the_discriminator_learns_to_tell_real_pictures_from_decoded_ones(tmp_path: Path) -> None:
    recipe = vae.VaeRecipe(channels=(8, 8, 8), judged=0.0, steps=30, warmup=1, keep=100)
    torch.manual_seed(1)
    model, judge = vae.build(recipe), vae.Judge()
    optimizers = {
        "vae": torch.optim.SGD(model.parameters(), lr=0.0),
        "judge": torch.optim.Adam(judge.parameters(), lr=2e-3),
    }
    run = Run(recipe, tmp_path / "vae.pt", {"vae": model, "judge": judge}, optimizers, "")

    told = []
    for _ in range(12):
        told.append(vae.learn(run, recipe, model, judge, REAL, run.chance())["judge"])
        run.done({})

    assert told[0] == pytest.approx(1, abs=0.2)
    assert told[-1] < 0.7 * told[0]
    with torch.inference_mode():
        assert judge(REAL).mean() > judge(decoded(model)).mean() + 0.5
