"""The commands that train the starter stickers."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from training.stickers import diffusion, gan, vae
from training.stickers.__main__ import app
from training.stickers.run import Recipe


@pytest.fixture
def trained(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int, int, int]]:
    """What was trained: the kind of recipe, its seed, steps and threads."""
    seen: list[tuple[str, int, int, int]] = []

    def train(recipe: Recipe, work: Path, out: Path) -> None:
        assert ("work", "out") == (work.name, out.name)
        seen.append((type(recipe).__name__, recipe.seed, recipe.steps, recipe.threads))

    for module in (vae, diffusion, gan):
        monkeypatch.setattr(module, "train", train)
    return seen


def test_one_command_trains_all_models_in_the_order_in_which_they_need_each_other(
    trained: list[tuple[str, int, int, int]],
) -> None:
    result = CliRunner().invoke(app, ["all", "--seed", "3", "--threads", "1", "--work", "work", "--out", "out"])

    assert 0 == result.exit_code
    assert [("VaeRecipe", 3, 10_000, 1), ("GanRecipe", 3, 8_000, 1), ("DiffusionRecipe", 3, 7_000, 1)] == trained


@pytest.mark.parametrize("model", ["vae", "diffusion", "gan"])
def test_a_model_can_be_trained_for_some_steps_to_see_how_it_begins(
    model: str, trained: list[tuple[str, int, int, int]]
) -> None:
    result = CliRunner().invoke(app, [model, "--steps", "2", "--work", "work", "--out", "out"])

    assert 0 == result.exit_code
    assert [(7, 2, 2)] == [each[1:] for each in trained]


def test_without_a_model_the_help_is_shown() -> None:
    assert "diffusion" in CliRunner().invoke(app, []).output
