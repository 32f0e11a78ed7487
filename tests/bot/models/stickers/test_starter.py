"""The stickers that come with Atelier: that they are there, and draw what was asked for."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator

import numpy as np
import pytest
import pytest_asyncio
from numpy.typing import NDArray
from PIL import Image as Pillow

from bot.models import files
from bot.models.catalog import Entry, catalog
from bot.models.engines import stickers
from bot.models.engines.stickers import LocalStickers
from bot.models.tasks import Image, ImagePrompt, StickerPrompt, Task

# They are loaded once.
pytestmark = pytest.mark.asyncio(loop_scope="module")


def known(name: str) -> Entry:
    entry = catalog().find(name)
    assert entry is not None
    return entry


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def maker() -> AsyncIterator[LocalStickers]:
    model, resident = stickers.open_model(known("stickers"), files.STARTER / "stickers", lambda: None)
    yield model
    await resident.close()


async def drawn(model: LocalStickers, prompt: StickerPrompt) -> list[Image]:
    return [item async for item in model.draw(prompt) if isinstance(item, Image)]


def levels(image: Image) -> NDArray[np.float64]:
    """Red, green, blue and alpha from 0 to 1, by height and width."""
    return np.asarray(Pillow.open(io.BytesIO(image.png)).convert("RGBA")) / 255


def seen(image: Image) -> NDArray[np.float64]:
    """The mean colour of what is not transparent."""
    values = levels(image)
    return np.average(values[..., :3], axis=(0, 1), weights=values[..., 3])


async def test_they_are_small_and_both_tasks_are_served_by_the_same_files() -> None:
    folder = files.STARTER / "stickers"
    emoji, pictures = known("stickers"), known("emoji")

    assert (Task.STICKERS, Task.PICTURES) == (emoji.task, pictures.task)
    assert (emoji.source, emoji.files, emoji.licence) == (pictures.source, pictures.files, pictures.licence)
    assert {"unet", "vae", "gan", "captions.safetensors"} == {name.split("/")[0] for name in emoji.files}
    assert files.size(folder) <= 60_000_000
    assert {"README.md", "LICENSE-CLDR", "LICENSE-NotoColorEmoji"} <= {file.name for file in folder.iterdir()}


@pytest.mark.parametrize(
    ("wish", "strong", "weak"),
    [("red heart", 0, 1), ("blue tulip", 2, 0), ("green owl", 1, 2), ("purple magnet", 2, 1)],
    ids=["an emoji", "a colour", "an animal in a colour", "a colour that was held out"],
)
async def test_a_draft_and_a_picture_have_the_colour_that_was_asked_for(
    maker: LocalStickers, wish: str, strong: int, weak: int
) -> None:
    draft, picture = await drawn(maker, StickerPrompt(wish, seed=7))

    assert (True, False) == (draft.draft, picture.draft)
    for image in (draft, picture):
        colour = seen(image)
        assert colour[strong] > colour[weak] + 0.15
        assert "" == image.note


async def test_the_background_is_transparent_and_what_is_drawn_is_not(maker: LocalStickers) -> None:
    *_, picture = await drawn(maker, StickerPrompt("red apple", seed=7))

    alpha = levels(picture)[..., 3]
    assert (0.0,) * 4 == (alpha[0, 0], alpha[0, -1], alpha[-1, 0], alpha[-1, -1])
    assert alpha[60:68, 60:68].min() > 0.9


async def test_a_seed_repeats_and_another_one_differs(maker: LocalStickers) -> None:
    first, again, other = [await drawn(maker, StickerPrompt("cat face", seed=seed)) for seed in (7, 7, 8)]

    for number in range(2):
        assert first[number].png == again[number].png
        assert first[number].png != other[number].png


async def test_a_picture_stays_what_it_is_or_becomes_what_words_say(maker: LocalStickers) -> None:
    *_, apple = await drawn(maker, StickerPrompt("red apple", seed=7))

    [varied] = await drawn(maker, StickerPrompt(seed=8, image=apple.png, strength=0.4))
    [changed] = await drawn(maker, StickerPrompt("blue tulip", seed=8, image=apple.png, strength=0.9))

    assert seen(varied)[0] > seen(varied)[2] + 0.15
    assert seen(changed)[2] > seen(changed)[0] + 0.15


async def test_a_wish_beyond_emoji_is_told_as_what_it_was_taken_for() -> None:
    model, resident = stickers.open_model(known("emoji"), files.STARTER / "stickers", lambda: None)

    prompt = ImagePrompt("a sleepy fox on a skateboard in Paris", seed=7)
    [picture] = [item async for item in model.generate(prompt) if isinstance(item, Image)]
    await resident.close()

    assert "so this is a guess (nearest: “sleeping fox”)" in picture.note
    assert "atelier models pull sd-turbo" in picture.note
