"""Pictures by a diffusion model in this process.

Imported when the first model is asked for, never at start.
"""

from __future__ import annotations

import asyncio
import inspect
import secrets
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from bot.body import Progress
from bot.errors import UserError
from bot.models.catalog import Entry
from bot.models.contents import served_by
from bot.models.engines import pipelines, pixels, stickers, stickers_loading, stickers_telling
from bot.models.engines.following import Step, Tell, following, picture_steps
from bot.models.engines.manners import Pipeline
from bot.models.engines.memory import ran_out
from bot.models.engines.pipelines import Loaded
from bot.models.engines.resident import Resident, stop
from bot.models.tasks import Image, ImageGenerator, ImagePrompt, Task

if TYPE_CHECKING:
    import torch
    from PIL.Image import Image as Picture

SEEDS = 2**32
"""Seeds are below it."""

USUAL_STRENGTH = 0.6
"""How much of a given picture is changed: it is known again, and follows the text."""

_Draw: TypeAlias = Callable[[Step, Loaded, Callable[[], bool]], Image]


@dataclass(frozen=True, slots=True)
class _Given:
    """The pictures that came with a prompt, unpacked."""

    image: Picture | None = None
    mask: Picture | None = None


class LocalPictures:
    """Draws with a diffusers pipeline; the first call loads it."""

    def __init__(self, name: str, folder: Path, verify: Callable[[], object]) -> None:
        """Name the model; nothing is read yet.

        Args:
            name: What to call it.
            folder: The pipeline.
            verify: Called once before it is loaded; raises `UserError` when its files are not what they should be.
        """
        self.name = name
        self.resident = Resident(name, verify, partial(pipelines.load, name, folder), folder)

    async def generate(self, prompt: ImagePrompt) -> AsyncGenerator[Progress | Image, None]:
        """Draw what is wanted; each picture with a seed of its own, so that any of them can be drawn again alone.

        Closing the iterator stops the work within one step.

        Args:
            prompt: What is wanted.

        Yields:
            Progress after each step, and each picture when it is done.

        Raises:
            UserError: The model cannot be loaded, or cannot draw this.
        """
        given = await asyncio.to_thread(_unpack, prompt)
        if not self.resident.loaded:
            yield Progress(None, f"loading {self.name}")
        first = secrets.randbelow(SEEDS) if prompt.seed is None else prompt.seed
        for number in range(prompt.count):
            # One piece of work for each picture, so that others get their turn in between, too.
            draw = partial(_draw, self.name, prompt, given, (first + number) % SEEDS)
            async with aclosing(following(partial(self._begin, draw, number, prompt.count))) as items:
                async for item in items:
                    yield item

    def _begin(self, draw: _Draw, number: int, count: int, tell: Tell) -> Awaitable[Image]:
        return self.resident.run(partial(draw, picture_steps(tell, number, count)), pauses=1)


def open_model(
    entry: Entry, folder: Path, verify: Callable[[], object]
) -> tuple[ImageGenerator, Resident[Loaded] | Resident[stickers_loading.Loaded]]:
    """The pictures of a pipeline, and what keeps it in memory; only what it calls itself is read yet.

    Args:
        entry: The pipeline.
        folder: Where it lies.
        verify: Raises `UserError` when its files are not what they should be.
    """
    if served_by(folder) is Task.STICKERS:
        return stickers.open_model(entry, folder, verify)
    model = LocalPictures(entry.name, folder, verify)
    return model, model.resident


def _unpack(prompt: ImagePrompt) -> _Given:
    if prompt.image is None:
        if prompt.mask is not None:
            raise UserError("A mask needs the picture that it belongs to; give that as `image`.")
        return _Given()
    image = pixels.read(prompt.image, "The picture")
    return _Given(image, None if prompt.mask is None else pixels.read(prompt.mask, "The mask"))


def _draw(
    name: str,
    prompt: ImagePrompt,
    given: _Given,
    seed: int,
    told: Step,
    loaded: Loaded,
    stopped: Callable[[], bool],
) -> Image:
    import torch

    def each(pipe: Pipeline, step: int, timestep: int, tensors: dict[str, torch.Tensor]) -> object:
        told(step + 1, pipe.num_timesteps)
        if stopped():
            raise stop()
        return tensors

    if stopped():
        raise stop()
    pipe = loaded.pipeline("text" if given.image is None else "image" if given.mask is None else "mask")
    wanted = arguments(prompt, given.image, given.mask, loaded)
    known = inspect.signature(pipe.__call__).parameters
    try:
        made = pipe(
            **{key: value for key, value in wanted.items() if key in known},
            # On the processor, for every device counts its noise in another way.
            generator=torch.Generator("cpu").manual_seed(seed),
            callback_on_step_end=each,
        )
    except (RuntimeError, MemoryError) as error:
        if ran_out(error):
            raise UserError("There is not enough memory for this picture; ask for a smaller one.") from error
        raise
    finally:
        # Only the first pipeline knows what is kept off the card; those that share its weights do not.
        loaded.pipe.maybe_free_model_hooks()
    if any(getattr(made, "nsfw_content_detected", None) or ()):
        raise UserError("The model's own filter kept the picture back; try other words or another seed.")
    picture: Picture = made.images[0]
    steps = pipe.num_timesteps
    about = {
        "Software": "Atelier",
        "Description": prompt.styled,
        "Negative": prompt.negative,
        "Model": name,
        "Seed": str(seed),
        "Steps": str(steps),
    }
    return Image(
        png=pixels.to_png(picture, about),
        seed=seed,
        model=name,
        steps=steps,
        width=picture.width,
        height=picture.height,
        note=" ".join(_shortfalls(prompt, loaded)),
    )


def arguments(prompt: ImagePrompt, image: Picture | None, mask: Picture | None, loaded: Loaded) -> dict[str, object]:
    """What a pipeline is called with; some know only a part of it.

    Args:
        prompt: What is wanted.
        image: The picture to start from.
        mask: Where it is drawn anew.
        loaded: What draws.

    Raises:
        UserError: It is larger than the model can draw.
    """
    manner = loaded.manner
    ratio = prompt.ratio or (1.0 if image is None else image.width / image.height)
    width, height = pixels.measure(prompt.width, prompt.height, ratio, manner.side, manner.multiple)
    steps = manner.steps if prompt.steps is None else prompt.steps
    wanted: dict[str, object] = {
        "prompt": prompt.styled,
        "width": width,
        "height": height,
        "guidance_scale": manner.guidance if prompt.guidance is None else prompt.guidance,
        "max_sequence_length": manner.tokens,
    }
    if manner.negative and prompt.negative:
        wanted["negative_prompt"] = prompt.negative
    if image is not None:
        strength = prompt.strength or USUAL_STRENGTH
        wanted |= {"image": pixels.fit(image, (width, height)), "strength": strength}
        # Only this share of the steps is taken; it must be at least one.
        while int(steps * strength) < 1:
            steps += 1
    if mask is not None:
        wanted["mask_image"] = pixels.fit(mask, (width, height), mask=True)
    return {**wanted, "num_inference_steps": steps}


def _shortfalls(prompt: ImagePrompt, loaded: Loaded) -> list[str]:
    found = []
    if prompt.negative and not loaded.manner.negative:
        found.append(stickers_telling.NOTHING_LEFT_OUT)
    count = loaded.tokenizer
    if callable(count) and len(count(prompt.styled)["input_ids"]) > loaded.manner.tokens:
        found.append(f"It read only the first {loaded.manner.tokens} tokens of the prompt.")
    return found
