"""Draws: by the engine, and by the library to compare with."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from PIL import Image as Pillow

from bot.body import Progress
from bot.models.engines.pictures import LocalPictures
from bot.models.tasks import Image, ImagePrompt

if TYPE_CHECKING:
    from bot.models.engines.manners import Pipeline

FOX = ImagePrompt("a fox in the snow", seed=7)


def pixels(png: bytes) -> Sequence[object]:
    return list(np.asarray(Pillow.open(io.BytesIO(png))).ravel())


async def draw(model: LocalPictures, prompt: ImagePrompt) -> tuple[list[Progress], list[Image]]:
    steps: list[Progress] = []
    images: list[Image] = []
    async for item in model.generate(prompt):
        if isinstance(item, Image):
            images.append(item)
        else:
            steps.append(item)
    return steps, images


def reference(kind: str, folder: Path) -> Pipeline:
    import diffusers

    pipe: Pipeline = getattr(diffusers, kind).from_pretrained(folder)
    pipe.set_progress_bar_config(disable=True)
    return pipe


def drawn_by(pipe: Pipeline, seed: int, **arguments: object) -> Sequence[object]:
    picture = pipe(generator=torch.Generator().manual_seed(seed), **arguments).images[0]
    return list(np.asarray(picture).ravel())
