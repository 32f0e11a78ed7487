"""`/imagine`: pictures from words, and from other pictures."""

from __future__ import annotations

import asyncio
import io
from base64 import b64decode
from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Annotated

from bot import (
    Attachment,
    Button,
    Card,
    Choices,
    Complete,
    File,
    Image,
    ImageGenerator,
    ImagePrompt,
    Plugin,
    Profile,
    Progress,
    Range,
    Storage,
    UserError,
    own_style,
    read_attachment,
    unmarked,
)
from plugins.imagine.kept import SIDE, Drawing, find, keep, packed
from plugins.imagine.sizes import read_size, suggest_sizes
from plugins.imagine.styles import NO_STYLE, STYLES, look

plugin = Plugin("imagine", "Pictures from words, and from other pictures.")

LARGEST = 20_000_000
"""Bytes of a picture that is read."""

VARIED = 0.5
"""How much a variation changes of its picture."""


@plugin.command(
    examples=[
        "/imagine a fox in the snow",
        "/imagine a lighthouse at dusk style:watercolour size:landscape",
        "/imagine a friendly robot style:sticker count:4",
        "draw me a picture of a fox",
    ],
    repeatable=True,
    asks=lambda options: options["count"] != 1,
)
async def imagine(
    prompt: Annotated[str, Range(1, 1000)],
    *,
    negative: Annotated[str, Range(0, 500)] = "",
    style: Annotated[str | None, Choices(*STYLES, NO_STYLE)] = None,
    size: Annotated[str, Complete(suggest_sizes)] = "",
    seed: Annotated[int | None, Range(0)] = None,
    count: Annotated[int, Range(1, 4)] = 1,
    image: Attachment | None = None,
    mask: Attachment | None = None,
    strength: Annotated[float | None, Range(0.05, 1)] = None,
    profile: Profile,
    generator: ImageGenerator,
    storage: Storage,
) -> AsyncIterator[str | Progress | File | Card]:
    """Draw a picture.

    Attach a picture to start from it; attach a second one, white where it is to be drawn anew, to change only that.

    Args:
        prompt: What it shows.
        negative: What it must not show.
        style: A look; the one of your profile where you name none, except with `none`.
        size: square, portrait, landscape, tall, wide, a ratio such as 16:9, or pixels such as 768x512.
        seed: A number; the same one draws the same picture again.
        count: How many pictures.
        image: A picture to start from.
        mask: White where that picture is to be drawn anew, black elsewhere.
        strength: How much of that picture is changed, up to 1.
    """
    read_size(size)
    # A picture to start from has a style already.
    own = own_style(prompt, profile) if style is None and image is None else ""
    drawing = Drawing(
        prompt=prompt,
        negative=negative,
        style=None if style == NO_STYLE else style or own or None,
        own=bool(own),
        size=size,
        count=count,
        strength=strength,
    )
    given = await _read(image), await _read(mask)
    async for piece in _draw(drawing, given, seed, generator, storage):
        yield piece


@plugin.command(examples=["/imagine-again"], repeatable=True)
async def imagine_again(
    *, key: str = "", generator: ImageGenerator, storage: Storage
) -> AsyncIterator[str | Progress | File | Card]:
    """Draw your picture once more, with another seed.

    Args:
        key: Which, as its button says; your latest by default.
    """
    drawing = await find(storage.person, key)
    given = _kept(drawing.image), _kept(drawing.mask)
    async for piece in _draw(drawing, given, None, generator, storage):
        yield piece


@plugin.command(examples=["/imagine-vary", "/imagine-vary strength:0.8"], repeatable=True)
async def imagine_vary(
    *,
    key: str = "",
    picture: Annotated[int, Range(1, 4)] = 1,
    strength: Annotated[float, Range(0.05, 1)] = VARIED,
    generator: ImageGenerator,
    storage: Storage,
) -> AsyncIterator[str | Progress | File | Card]:
    """Draw your picture again with some of it changed.

    Args:
        key: Which, as its button says; your latest by default.
        picture: Which of several.
        strength: How much is changed, up to 1.
    """
    drawing = await find(storage.person, key)
    image = drawing.picture(picture)
    varied = drawing.model_copy(update={"count": 1, "strength": strength, "size": ""})
    async for piece in _draw(varied, (image, None), None, generator, storage):
        yield piece


@plugin.command(examples=["/imagine-upscale"], repeatable=True)
async def imagine_upscale(*, key: str = "", picture: Annotated[int, Range(1, 4)] = 1, storage: Storage) -> File:
    """Make your picture twice as wide and high; it becomes larger, without new detail.

    Args:
        key: Which, as its button says; your latest by default.
        picture: Which of several.
    """
    drawing = await find(storage.person, key)
    data, sides = await asyncio.to_thread(_enlarge, drawing.picture(picture))
    return File(
        f"imagine-{drawing.seeds[picture - 1]}-2x.png",
        data,
        "image/png",
        alt=_alt(drawing),
        caption=f"{sides} · twice the size by Lanczos resampling, without new detail",
    )


async def _draw(
    drawing: Drawing,
    given: tuple[bytes | None, bytes | None],
    seed: int | None,
    generator: ImageGenerator,
    storage: Storage,
) -> AsyncIterator[str | Progress | File | Card]:
    """The pictures, as they are done, and the buttons to go on with them."""
    sides = read_size(drawing.size)
    image, mask = given
    prompt = ImagePrompt(
        text=drawing.prompt,
        style=look(drawing.style),
        negative=drawing.negative,
        width=sides.width,
        height=sides.height,
        ratio=sides.ratio,
        seed=seed,
        count=drawing.count,
        image=image,
        mask=mask,
        strength=drawing.strength,
    )
    made: list[Image] = []
    refused = ""
    try:
        async with aclosing(generator.generate(prompt)) as steps:
            async for step in steps:
                if isinstance(step, Progress):
                    yield step
                    continue
                made.append(step)
                drawing = drawing.model_copy(update={"in_style": step.in_style})
                name, caption = f"imagine-{step.seed}.png", _caption(drawing, made)
                yield File(name, step.png, "image/png", alt=_alt(drawing), caption=caption)
    except UserError as error:
        if not made:
            raise
        # What is drawn already can be gone on with.
        refused = str(error)
    if note := " ".join(filter(None, (*dict.fromkeys(each.note for each in made), refused))):
        yield note
    drawn = drawing.model_copy(
        update={
            "image": await packed(image, side=SIDE) if image else "",
            "mask": await packed(mask, exact=True, side=SIDE) if mask else "",
            "seeds": tuple(each.seed for each in made),
            "pictures": tuple([await packed(each.png) for each in made]),
        }
    )
    yield _card(drawing.prompt, await keep(storage.person, drawn), len(made))


def _card(prompt: str, key: str, count: int) -> Card:
    buttons = [Button("Again", f"/imagine-again key:{key}")]
    for label, command in (("Vary", "imagine-vary"), ("Upscale", "imagine-upscale")):
        for number in range(1, count + 1):
            which = f" {number}" if count > 1 else ""
            buttons.append(Button(f"{label}{which}", f"/{command} key:{key} picture:{number}"))
    title = " ".join(prompt.split())
    return Card(title if len(title) <= 80 else f"{title[:79]}…", buttons=tuple(buttons))


def _caption(drawing: Drawing, made: list[Image]) -> str:
    """What made the last picture; the words stand under the first one only."""
    image = made[-1]
    style = f" ({unmarked(drawing.shown_style)}{', your style' if drawing.own else ''})" if drawing.shown_style else ""
    words = [f"“{unmarked(drawing.prompt)}”{style}"] if len(made) == 1 else []
    steps = [f"{image.steps} {'step' if image.steps == 1 else 'steps'}"] if image.steps else []
    return " · ".join([*words, f"seed {image.seed}", image.model, *steps])


def _alt(drawing: Drawing) -> str:
    style = f", as {drawing.shown_style}" if drawing.shown_style else ""
    return f"A picture drawn by a model from the words “{drawing.prompt}”{style}"


async def _read(file: Attachment | None) -> bytes | None:
    return None if file is None else await read_attachment(file, LARGEST, "make it smaller first")


def _kept(picture: str) -> bytes | None:
    return b64decode(picture) if picture else None


def _enlarge(data: bytes) -> tuple[bytes, str]:
    from PIL import Image as Pillow

    with Pillow.open(io.BytesIO(data)) as opened:
        small = opened.convert("RGBA" if opened.has_transparency_data else "RGB")
    large = small.resize((small.width * 2, small.height * 2), Pillow.Resampling.LANCZOS)
    out = io.BytesIO()
    large.save(out, "PNG")
    return out.getvalue(), f"{large.width} × {large.height}"
