"""Has a model draw, and shows what comes of it: a draft at once, the picture in its place, and buttons to go on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing
from typing import TypeAlias

from bot import Button, Card, File, Image, Progress, Shelf, StickerMaker, StickerPrompt, UserError, unmarked
from plugins.sticker.kept import Drawing, Kept, Sticker, keep
from plugins.sticker.sheets import fitted, sheet

Piece: TypeAlias = str | Progress | File | Card
"""What a command answers with."""


async def draw(
    drawing: Drawing, given: Sequence[bytes], count: int, seed: int | None, maker: StickerMaker, shelf: Shelf
) -> AsyncIterator[str | Progress | File | Kept]:
    """The pictures: one as it is, several on a sheet; what was drawn is kept.

    Args:
        drawing: What is wanted.
        given: The picture it starts from, or the two that are blended.
        count: How many.
        seed: Of the first; None leaves it to the model.
        maker: Draws.
        shelf: The person's.

    Yields:
        What is to be shown, and at last what was kept.

    Raises:
        UserError: Nothing could be drawn.
    """
    image, other, *_ = (*given, None, None)
    prompt = StickerPrompt(
        text=drawing.prompt,
        engine=drawing.engine,
        seed=seed,
        count=count,
        image=image,
        other=other,
        strength=drawing.strength,
    )
    shown: dict[int, Image] = {}
    refused = ""
    try:
        async with aclosing(maker.draw(prompt)) as steps:
            async for step in steps:
                if isinstance(step, Progress):
                    yield step
                    continue
                shown[step.seed] = step
                images = [*shown.values()]
                if count == 1:
                    yield as_file(drawing, step, await asyncio.to_thread(fitted, step.png))
                elif len(images) == count and any(image.draft for image in images):
                    # Whole from the first, for Slack shows of each name only the first draft.
                    yield await _on_sheet(drawing, images, images[0].seed, draft=True)
    except UserError as error:
        if all(image.draft for image in shown.values()):
            raise
        # What is drawn already can be gone on with.
        refused = str(error)
    made = [image for image in shown.values() if not image.draft]
    if count > 1:
        yield await _on_sheet(drawing, made, next(iter(shown)), draft=False)
    if note := " ".join(filter(None, (*dict.fromkeys(image.note for image in made), refused))):
        yield note
    drawn = drawing.model_copy(update={"stickers": tuple(Sticker.of(image) for image in made)})
    yield await keep(shelf, drawn)


def as_file(drawing: Drawing, sticker: Sticker | Image, png: bytes) -> File:
    """One picture as it is shown.

    Args:
        drawing: What it came of.
        sticker: What made it.
        png: The picture, at its size.
    """
    draft = isinstance(sticker, Image) and sticker.draft
    return File(
        f"sticker-{sticker.seed}.png",
        png,
        "image/png",
        alt=_alt(drawing),
        caption=_caption(drawing, [sticker], draft=draft),
        draft=draft,
    )


def card(kept: Kept, *, addable: bool = True) -> Card:
    """The buttons under a drawing: under one picture to go on with it, under several to choose one.

    Args:
        kept: The drawing.
        addable: Whether it may yet become an emoji of the server.
    """
    key, drawing = kept
    buttons = [Button("Again", f"/sticker again key:{key}")]
    if (count := len(drawing.stickers)) > 1:
        lines = (f"/sticker choose key:{key} picture:{number}" for number in range(1, count + 1))
        buttons[:0] = (Button(f"Choose {number}", line) for number, line in enumerate(lines, 1))
    else:
        buttons.append(Button("Vary", f"/sticker vary key:{key}"))
        if addable:
            buttons.append(Button("Add", f"/sticker add key:{key}"))
    return Card(drawing.title, buttons=tuple(buttons))


async def _on_sheet(drawing: Drawing, images: Sequence[Image], name: int, *, draft: bool) -> File:
    seeds = ", ".join(str(image.seed) for image in images)
    about = {"Software": "Atelier", "Description": drawing.prompt, "Model": images[0].model, "Seed": seeds}
    png = await asyncio.to_thread(sheet, [image.png for image in images], {k: v for k, v in about.items() if v})
    caption = _caption(drawing, images, draft=draft)
    return File(f"stickers-{name}.png", png, "image/png", alt=_alt(drawing, len(images)), caption=caption, draft=draft)


def _caption(drawing: Drawing, images: Sequence[Sticker | Image], *, draft: bool) -> str:
    """What made the pictures."""
    last = images[-1]
    words = [f"“{unmarked(drawing.prompt)}”"] if drawing.prompt else [drawing.title]
    numbers = ", ".join(str(image.seed) for image in images)
    seeds = f"seed {numbers}" if len(images) == 1 else f"seeds {numbers}"
    steps = [f"{last.steps} {'step' if last.steps == 1 else 'steps'}"] if last.steps else []
    drafts = ["draft"] if draft else []
    return " · ".join([*words, seeds, last.model, *steps, *drafts])


def _alt(drawing: Drawing, count: int = 1) -> str:
    what = "An emoji" if count == 1 else f"{count} numbered emoji"
    words = f" from the words “{drawing.prompt}”" if drawing.prompt else ""
    given = ", after two given pictures" if drawing.other else ", after a given picture" if drawing.image else ""
    return f"{what} drawn by a model{words}{given}"
