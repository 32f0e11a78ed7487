"""What tests of the stickers' training have in common."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.training.stickers.made import SEED, TINY, archive, drawn
from training.evaluate import stickers as evaluation
from training.stickers import classifier, diffusion, gan, latents, pictures, vae
from training.stickers.pictures import Picture


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("work")
    archive(folder)
    return folder


@pytest.fixture(scope="module")
def every(work: Path) -> list[Picture]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("training.stickers.emoji.draw", drawn)
        patch.setattr("training.stickers.moods.draw", drawn)
        return pictures.pictures(work, SEED)


@pytest.fixture(scope="module")
def trained(work: Path, every: list[Picture]) -> Path:
    """A folder with everything that the three trainings write."""
    out = work / "out"
    with pytest.MonkeyPatch.context() as patch:
        for module in (vae, latents, evaluation):
            patch.setattr(module, "pictures", lambda folder, seed: every)
        patch.setattr(latents, "MOVED", 2)
        patch.setattr(evaluation, "STEPS", 1)
        vae.train(vae.VaeRecipe(channels=(8, 8, 8), judged=0.5, **TINY), work, out)
        gan.train(gan.GanRecipe(lazy=2, **TINY), work, out)
        diffusion.train(diffusion.DiffusionRecipe(channels=(16, 16, 16), heads=2, compiled=False, **TINY), work, out)
        patch.setattr(evaluation, "ClassifierRecipe", lambda **given: classifier.ClassifierRecipe(**{**TINY, **given}))
        evaluation.evaluate(out, seed=7, samples=10, threads=1, work=work)
    return out


@pytest.fixture(scope="module")
def lessons(trained: Path, work: Path, every: list[Picture]) -> latents.Lessons:
    """What the trained diffusion model and GAN learned from."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(latents, "pictures", lambda folder, seed: every)
        patch.setattr(latents, "MOVED", 2)
        return latents.Lessons(7, work, trained)
