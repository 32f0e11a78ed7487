"""Emoji and stickers by the models that come with Atelier: a GAN's draft at once, then the diffusion model's picture.

Imported when the first of them is asked for, never at start.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias

from bot.body import Progress
from bot.errors import UserError
from bot.models.catalog import Entry
from bot.models.engines import pixels
from bot.models.engines.following import Step, Tell, following, picture_steps
from bot.models.engines.resident import Resident, stop
from bot.models.engines.stickers_loading import Loaded, load
from bot.models.engines.stickers_telling import NOTHING_LEFT_OUT, WORDLESS_NOTE, Caption, larger, no_effect
from bot.models.stickers.manner import GUIDANCE, SIDE, STEPS, WORDLESS
from bot.models.tasks import Image, ImagePrompt, StickerPrompt
from bot.pictures import read_picture

if TYPE_CHECKING:
    from PIL.Image import Image as Picture
    from torch import Tensor


SEEDS = 2**32
"""Seeds are below it."""

MOST_STEPS = 50
"""More do not make a picture better."""

LEAST = 0.05
"""The least share of a picture that is changed: less is no change."""

GIVEN = 2 * SIDE
"""Pixels; what a picture that is given has more of is made smaller at once, for it may wait for its turn."""

MIXED = 0.5
"""The share of a blend that is drawn anew, so that its halves grow together."""

USUAL_STRENGTH = 0.6
"""How much of a picture is changed, where nobody says."""

Engine: TypeAlias = Literal["auto", "diffusion", "gan"]


@dataclass(frozen=True, slots=True)
class _Wish:
    """What is drawn.

    Attributes:
        caption: What it says.
        seeds: One for each picture.
        engine: What draws.
        start: The picture to vary, or the two to blend.
        share: Of the second of two.
        strength: How much of what it starts from is drawn anew.
        steps: How often a picture is refined.
        guidance: How closely it follows the caption.
        in_style: Whether the look is the one that was asked for.
    """

    caption: Caption
    seeds: tuple[int, ...]
    engine: Engine
    start: tuple[Picture, ...] = ()
    share: float = 0.0
    strength: float = 1.0
    steps: int = STEPS
    guidance: float = GUIDANCE
    in_style: bool = True


class LocalStickers:
    """Draws stickers, and so pictures of one size; the first call loads the models.

    Args:
        name: What people call them.
        resident: Keeps them in memory.
        beyond: What is told where a picture of more than they know is wanted.
    """

    def __init__(self, name: str, resident: Resident[Loaded], beyond: str = "") -> None:
        self._name = name
        self._resident = resident
        self._beyond = beyond

    async def draw(self, prompt: StickerPrompt) -> AsyncGenerator[Progress | Image, None]:
        """All drafts at once, then each picture; closing the iterator stops the work within one step.

        Args:
            prompt: What is wanted.

        Yields:
            Progress after each step, and each picture when it is done.

        Raises:
            UserError: The models cannot be loaded, a picture cannot be read, or nothing says what to draw.
        """
        wish = await asyncio.to_thread(_sticker, prompt)
        async with aclosing(self._drawn(wish)) as items:
            async for item in items:
                yield item

    async def generate(self, prompt: ImagePrompt) -> AsyncGenerator[Progress | Image, None]:
        """Draw what is wanted by diffusion, as a picture; what the model cannot follow is told with it.

        Args:
            prompt: What is wanted.

        Yields:
            Progress after each step, and each picture when it is done.

        Raises:
            UserError: The models cannot be loaded, or cannot draw this.
        """
        wish = await asyncio.to_thread(_picture, prompt, self._beyond)
        async with aclosing(self._drawn(wish)) as items:
            async for item in items:
                yield item

    async def _drawn(self, wish: _Wish) -> AsyncGenerator[Progress | Image, None]:
        if not self._resident.loaded:
            yield Progress(None, f"loading {self._name}")
        if not wish.start and wish.engine != "diffusion":
            for image in await self._resident.run(partial(_drafts, wish, self._name)):
                yield image
        if wish.engine == "gan":
            return
        for number in range(len(wish.seeds)):
            # One piece of work for each picture, so that others get their turn in between, too.
            async with aclosing(following(partial(self._begin, wish, number))) as items:
                async for item in items:
                    yield item

    def _begin(self, wish: _Wish, number: int, tell: Tell) -> Awaitable[Image]:
        step = picture_steps(tell, number, len(wish.seeds))
        return self._resident.run(partial(_refined, wish, self._name, wish.seeds[number], step), pauses=1)


def open_model(entry: Entry, folder: Path, verify: Callable[[], object]) -> tuple[LocalStickers, Resident[Loaded]]:
    """The stickers of a folder, and what keeps its models in memory; nothing is read yet.

    Args:
        entry: The models.
        folder: Where they lie: a diffusers pipeline with the GAN in `gan`.
        verify: Raises `UserError` when its files are not what they should be.
    """
    read = partial(load, folder, tells=entry.kind == "starter")
    resident = Resident(entry.name, verify, read, folder)
    return LocalStickers(entry.name, resident, larger(entry)), resident


def _sticker(prompt: StickerPrompt) -> _Wish:
    given = [data for data in (prompt.image, prompt.other) if data is not None]
    if prompt.image is None and prompt.other is not None:
        raise UserError("A blend needs two pictures; give the first one as `image`.")
    if not given and not prompt.text.strip():
        raise UserError("Say what the sticker shows, such as “a cool fox”.")
    if given and prompt.engine == "gan":
        raise UserError("The GAN draws from words alone; leave the engine out to start from a picture.")
    blends = len(given) == 2
    share = min(max(prompt.strength, 0.0), 1.0)
    return _Wish(
        caption=Caption(prompt.text, starts=bool(given)),
        seeds=_seeds(prompt.seed, prompt.count),
        engine=prompt.engine,
        start=tuple(read_picture(data, "The picture", side=GIVEN) for data in given),
        share=share if blends else 0.0,
        strength=MIXED if blends else max(share, LEAST) if given else 1.0,
    )


def _picture(prompt: ImagePrompt, beyond: str) -> _Wish:
    if prompt.mask is not None:
        raise UserError("This model cannot draw inside a mask; another one for pictures may.")
    if prompt.image is None and not prompt.text.strip():
        raise UserError("Say what the picture shows, such as “a cool fox”.")
    start = () if prompt.image is None else (read_picture(prompt.image, "The picture", side=GIVEN),)
    ignored = {
        "style": bool(prompt.style),
        "size": any(side not in {None, SIDE} for side in (prompt.width, prompt.height))
        or prompt.ratio not in {None, 1.0},
    }
    notes = [
        no_effect([what for what, wished in ignored.items() if wished]),
        NOTHING_LEFT_OUT if prompt.negative else "",
    ]
    return _Wish(
        caption=Caption(prompt.text, starts=bool(start), beyond=beyond, note=" ".join(filter(None, notes))),
        seeds=_seeds(prompt.seed, prompt.count),
        engine="diffusion",
        start=start,
        strength=max(prompt.strength or USUAL_STRENGTH, LEAST) if start else 1.0,
        steps=min(prompt.steps or STEPS, MOST_STEPS),
        guidance=GUIDANCE if prompt.guidance is None else max(prompt.guidance, 1.0),
        in_style=not prompt.style,
    )


def _seeds(first: int | None, count: int) -> tuple[int, ...]:
    start = secrets.randbelow(SEEDS) if first is None else first
    return tuple((start + number) % SEEDS for number in range(count))


def _drafts(wish: _Wish, name: str, loaded: Loaded, stopped: Callable[[], bool]) -> list[Image]:
    """One picture for each seed by the GAN."""
    found = []
    read, note = wish.caption.read(loaded)
    for seed in wish.seeds:
        if stopped():
            raise stop()
        values = loaded.drafted(read, seed)
        found.append(_image(wish, f"{name} (GAN)", seed, 1, values, note, draft=wish.engine == "auto"))
    return found


def _refined(wish: _Wish, name: str, seed: int, told: Step, loaded: Loaded, stopped: Callable[[], bool]) -> Image:
    """One picture by diffusion."""

    def each(step: int, steps: int) -> None:
        told(step, steps)
        if stopped():
            raise stop()

    if stopped():
        raise stop()
    read, note = wish.caption.read(loaded)
    strength = wish.strength
    if wish.start and strength > WORDLESS and not read.says:
        strength, note = WORDLESS, " ".join(filter(None, (note, WORDLESS_NOTE)))
    values = loaded.refined(
        read,
        seed,
        [*wish.start],
        share=wish.share,
        strength=strength,
        steps=wish.steps,
        guidance=wish.guidance,
        each=each,
    )
    return _image(wish, name, seed, wish.steps, values, note)


def _image(wish: _Wish, name: str, seed: int, steps: int, values: Tensor, note: str, *, draft: bool = False) -> Image:
    from PIL import Image as Pillow

    from bot.models.stickers.drawing import to_pixels

    [levels] = to_pixels(values)
    text = wish.caption.text
    about = {"Software": "Atelier", "Description": text, "Model": name, "Seed": str(seed), "Steps": str(steps)}
    png = pixels.to_png(Pillow.fromarray(levels), about)
    return Image(png, seed, name, steps, SIDE, SIDE, note, draft=draft, in_style=wish.in_style)
