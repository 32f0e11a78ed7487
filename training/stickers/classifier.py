"""Tells which caption a picture has; it has seen real pictures only, and judges those that are made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn.functional import avg_pool2d, cross_entropy, normalize, relu

from training.stickers.augment import Reach, draw_moves, moved, to_tensor
from training.stickers.emoji import Pixels
from training.stickers.pictures import Picture, told_apart
from training.stickers.run import Recipe, Run, channels_last

MOVES = Reach(0.06, 0.8, 1.06, 8)
"""How far the pictures are moved that it learns from."""


@dataclass(frozen=True, slots=True)
class ClassifierRecipe(Recipe):
    """What decides the classifier.

    Attributes:
        noise: How much is added to pictures at most, so that small faults of a made one do not mislead it.
        sharpness: What the likenesses to the captions, from -1 to 1, are multiplied by.
    """

    steps: int = 3000
    batch: int = 64
    rate: float = 2e-3
    keep: int = 500
    noise: float = 0.15
    sharpness: float = 24.0


class Classifier(nn.Module):
    """Scores every picture that it learned from; 64 by 64 places are enough.

    Args:
        captions: How many there are.
    """

    def __init__(self, captions: int) -> None:
        super().__init__()
        widths = (4, 32, 64, 128, 256)
        self.layers = nn.ModuleList(
            nn.Sequential(nn.Conv2d(before, after, 3, 2 if number else 1, 1), nn.BatchNorm2d(after))
            for number, (before, after) in enumerate(pairwise(widths))
        )
        self.embed = nn.Linear(widths[-1] * 16, 256)
        self.captions = nn.Parameter(torch.randn(captions, 256))

    def forward(self, values: Tensor) -> Tensor:
        """How like each caption a picture is, from -1 to 1.

        Args:
            values: Pictures as the models see them, 128 by 128.
        """
        made = avg_pool2d(values, 2)
        for layer in self.layers:
            made = relu(layer(made))
        made = self.embed(avg_pool2d(made, 2).flatten(1))
        return normalize(made, dim=1) @ normalize(self.captions, dim=1).T


def classifier(recipe: ClassifierRecipe, every: Sequence[Picture], work: Path) -> Classifier:
    """The classifier of all pictures, the held-out ones too; trained once for the same pictures and captions.

    Args:
        recipe: What decides the result.
        every: The pictures.
        work: Where it is kept, by what it was trained on.
    """
    torch.manual_seed(recipe.seed)
    shown = to_tensor([one.pixels for one in every])
    turns = torch.tensor([one.turns for one in every])
    model = channels_last(Classifier(len(every)))
    optimizer = torch.optim.AdamW(model.parameters(), lr=recipe.rate, weight_decay=1e-3)
    source = told_apart(every)
    file = work / f"classifier-{source[:12]}.pt"
    run = Run(recipe, file, {"classifier": model}, {"classifier": optimizer}, source)
    while run.step < recipe.steps:
        chance = run.chance()
        chosen = torch.randint(len(shown), (recipe.batch,), generator=chance)
        values = moved(shown[chosen], draw_moves(recipe.batch, turns[chosen], chance), MOVES)
        strength = recipe.noise * torch.rand(recipe.batch, 1, 1, 1, generator=chance)
        values = values + strength * torch.randn(values.shape, generator=chance)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            scores = model(values.contiguous(memory_format=torch.channels_last)).float()
        loss = cross_entropy(recipe.sharpness * scores, chosen)
        run.learn("classifier", loss)
        if run.done({"loss": loss.item()}):
            run.keep()
    return model.eval()


@torch.inference_mode()
def judge(model: Classifier, pictures: Sequence[Pixels]) -> Tensor:
    """How like each caption each picture is: pictures by captions."""
    values = to_tensor(pictures).float() / 127.5 - 1
    return torch.cat([model(values[start : start + 64]) for start in range(0, len(values), 64)])
