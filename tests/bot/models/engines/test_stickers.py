"""Stickers from words and pictures to PNGs, with tiny models of the real architectures."""

from __future__ import annotations

import asyncio
import io
import json
import shutil
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from PIL import Image as Pillow

from bot.body import Progress
from bot.errors import UserError
from bot.models.catalog import Entry
from bot.models.contents import require, served_by
from bot.models.engines import pictures, stickers
from bot.models.engines.stickers import LocalStickers
from bot.models.engines.stickers_loading import load
from bot.models.stickers.gan import StickerGan
from bot.models.stickers.manner import LATENTS, WORDLESS
from bot.models.stickers.words import Heard, Words
from bot.models.tasks import Image, ImagePrompt, StickerPrompt, Task
from bot.models.waiting import Stopped
from tests.bot.models.stickers.checkpoints import make
from training.stickers.diffusion import DiffusionRecipe, build

FOX = StickerPrompt("a cool fox", seed=7)

ONE_LOOK = "had no effect: this model draws emoji of 128 × 128 pixels in one style."

LEAVES_OUT = "This model cannot be told what to leave out, so `negative` had no effect."

LARGER = (
    "`atelier models pull sd-turbo` (2.6 GB) adds a model that draws anything; `/settings model` chooses among those "
    "here."
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make(tmp_path_factory.mktemp("models") / "stickers")


def entry(folder: Path, task: Task = Task.STICKERS) -> Entry:
    return Entry(name="stickers", task=task, kind="folder", source=str(folder))


@pytest.fixture
async def maker(folder: Path) -> AsyncIterator[LocalStickers]:
    model, resident = stickers.open_model(entry(folder), folder, lambda: None)
    yield model
    await resident.close()


async def drawn(items: AsyncGenerator[Progress | Image, None]) -> tuple[list[Progress], list[Image]]:
    progress: list[Progress] = []
    images: list[Image] = []
    async for item in items:
        (images if isinstance(item, Image) else progress).append(item)  # type: ignore[arg-type]
    return progress, images


def opened(image: Image) -> Pillow.Image:
    return Pillow.open(io.BytesIO(image.png))


def png(colour: str = "red", size: tuple[int, int] = (40, 20)) -> bytes:
    out = io.BytesIO()
    Pillow.new("RGBA", size, colour).save(out, "PNG")
    return out.getvalue()


async def test_a_draft_comes_at_once_and_a_picture_with_the_same_seed_follows(maker: LocalStickers) -> None:
    progress, (draft, picture) = await drawn(maker.draw(FOX))

    assert (True, 7, 1, "stickers (GAN)") == (draft.draft, draft.seed, draft.steps, draft.model)
    assert (False, 7, 16, "stickers") == (picture.draft, picture.seed, picture.steps, picture.model)
    assert Progress(None, "loading stickers") == progress[0]
    assert [Progress(1 / 16, "step 1 of 16"), Progress(1.0, "step 16 of 16")] == [progress[1], progress[-1]]
    for image in (draft, picture):
        shown = opened(image)
        assert ("PNG", "RGBA", (128, 128)) == (shown.format, shown.mode, shown.size)
        assert ("a cool fox", "7") == (shown.info["Description"], shown.info["Seed"])
    assert draft.png != picture.png


@pytest.mark.parametrize("engine", ["gan", "diffusion"])
async def test_one_engine_draws_alone_and_every_picture_has_a_seed_that_repeats_it(
    maker: LocalStickers, engine: stickers.Engine
) -> None:
    _, both = await drawn(maker.draw(StickerPrompt("a fox", engine=engine, seed=2**32 - 1, count=2)))
    _, [again] = await drawn(maker.draw(StickerPrompt("a fox", engine=engine, seed=0)))
    _, [other] = await drawn(maker.draw(StickerPrompt("a cat", engine=engine)))

    assert [(2**32 - 1, False), (0, False)] == [(one.seed, one.draft) for one in both]
    assert both[1].png == again.png
    assert len({one.png for one in (*both, other)}) == 3


async def test_progress_counts_all_pictures(maker: LocalStickers) -> None:
    progress, images = await drawn(maker.draw(StickerPrompt("a fox", seed=1, count=2)))

    assert [True, True, False, False] == [image.draft for image in images]
    assert Progress(17 / 32, "picture 2 of 2, step 1 of 16") == progress[17]


async def test_a_picture_is_varied_more_or_less(maker: LocalStickers) -> None:
    async def changed(strength: float) -> Image:
        _, [image] = await drawn(maker.draw(StickerPrompt(seed=1, image=png(), strength=strength)))
        return image

    little, much, again = [await changed(strength) for strength in (0, 0.6, 0.6)]

    assert little.png != much.png
    assert much.png == again.png


async def test_two_pictures_are_blended_by_shares(maker: LocalStickers) -> None:
    async def blended(share: float) -> bytes:
        prompt = StickerPrompt("cat", seed=1, image=png("red"), other=png("blue"), strength=share)
        _, [image] = await drawn(maker.draw(prompt))
        return image.png

    assert len({await blended(share) for share in (0, 0.5, 1)}) == 3


@pytest.mark.parametrize(
    ("prompt", "reason"),
    [
        (StickerPrompt(" "), "Say what the sticker shows"),
        (StickerPrompt("a fox", image=b"nothing"), "is no picture"),
        (StickerPrompt("a fox", other=png()), "needs two pictures"),
        (StickerPrompt("a fox", engine="gan", image=png()), "from words alone"),
    ],
)
async def test_what_cannot_be_drawn_is_told_in_one_line(
    maker: LocalStickers, prompt: StickerPrompt, reason: str
) -> None:
    with pytest.raises(UserError, match=reason) as caught:
        await drawn(maker.draw(prompt))

    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("part", "reason"),
    [("gan", "the folder gan, with the GAN whose drafts are followed, is missing"), ("unet", "follow a GAN's drafts")],
)
async def test_models_that_do_not_belong_together_are_told_in_one_line(
    part: str, reason: str, folder: Path, tmp_path: Path
) -> None:
    mine = tmp_path / "mine"
    shutil.copytree(folder, mine)
    shutil.rmtree(mine / part)
    if part == "unet":
        make: Callable[[object], UNet2DConditionModel] = UNet2DConditionModel.from_config
        config = build(DiffusionRecipe(channels=(16, 16, 16), heads=2)).config
        make({**config, "in_channels": LATENTS[0]}).save_pretrained(mine / part)
    model, resident = stickers.open_model(entry(mine), mine, lambda: None)

    with pytest.raises(UserError, match=reason) as caught:
        await drawn(model.draw(FOX))
    await resident.close()

    assert "\n" not in str(caught.value)


async def test_diffusion_follows_a_draft_of_the_words_where_there_are_some(
    maker: LocalStickers, monkeypatch: pytest.MonkeyPatch
) -> None:
    prompts = (FOX, StickerPrompt("a fox", seed=7, image=png()), StickerPrompt(seed=7, image=png()))
    told, changed, wordless = [(await drawn(maker.draw(prompt)))[1][-1].png for prompt in prompts]

    monkeypatch.setattr(StickerGan, "draft", lambda gan, read, seeds: torch.zeros(len(seeds), *LATENTS))
    others = [(await drawn(maker.draw(prompt)))[1][-1].png for prompt in prompts]

    assert [False, False, True] == [one == other for one, other in zip((told, changed, wordless), others, strict=True)]


async def test_without_words_so_much_of_a_picture_is_kept_that_it_says_what_to_draw(maker: LocalStickers) -> None:
    strengths = (WORDLESS, 0.9, 1)
    most, more, all_ = [
        (await drawn(maker.draw(StickerPrompt(seed=1, image=png(), strength=strength))))[1][0] for strength in strengths
    ]
    _, [worded] = await drawn(maker.draw(StickerPrompt("a fox", seed=1, image=png(), strength=1)))

    assert opened(most).tobytes() == opened(more).tobytes() == opened(all_).tobytes()
    bounded = "Without words I change a picture by 0.7 at most; say what it is to become for more."
    assert ["", bounded, bounded, ""] == [image.note for image in (most, more, all_, worded)]


def test_work_that_was_told_to_stop_ends_after_the_step_it_is_in(folder: Path) -> None:
    told: list[int] = []
    wish = stickers._sticker(FOX)

    with pytest.raises(Stopped):
        stickers._refined(
            wish, "stickers", 7, lambda step, steps: told.append(step), load(folder), lambda: len(told) == 3
        )

    assert [1, 2, 3] == told


async def test_closing_ends_the_work(folder: Path) -> None:
    model, resident = stickers.open_model(entry(folder), folder, lambda: None)

    async with aclosing(model.draw(StickerPrompt("a fox", engine="diffusion", count=9))) as parts:
        async for part in parts:
            assert isinstance(part, Progress)
            if part.done:
                break
    await asyncio.wait_for(resident.close(), 5)


class TestAsPictures:
    """The same models where pictures are asked for."""

    async def test_draw_what_a_picture_shows(self, folder: Path) -> None:
        model, resident = pictures.open_model(entry(folder, Task.PICTURES), folder, lambda: None)

        _, [image] = await drawn(model.generate(ImagePrompt("a fox", seed=7, steps=2, guidance=1)))
        _, [changed] = await drawn(model.generate(ImagePrompt("a fox", seed=7, image=png(), strength=0.5)))
        await resident.close()

        assert (7, 2, 128, 128, "") == (image.seed, image.steps, image.width, image.height, image.note)
        assert image.png != changed.png

    @pytest.mark.parametrize(
        ("prompt", "note"),
        [
            (ImagePrompt("a fox", width=128, height=128, ratio=1.0), ""),
            (ImagePrompt("a fox", negative="a cat"), LEAVES_OUT),
            (ImagePrompt("a fox", style="watercolour"), f"Style {ONE_LOOK}"),
            (ImagePrompt("a fox", negative="a cat", ratio=2.0), f"Size {ONE_LOOK} {LEAVES_OUT}"),
            (
                ImagePrompt("a fox", negative="a cat", width=512, style="watercolour"),
                f"Style and size {ONE_LOOK} {LEAVES_OUT}",
            ),
        ],
    )
    async def test_tell_what_had_no_effect_and_why(self, maker: LocalStickers, prompt: ImagePrompt, note: str) -> None:
        _, [image] = await drawn(maker.generate(replace(prompt, seed=7, steps=1)))
        _, [plain] = await drawn(maker.generate(ImagePrompt("a fox", seed=7, steps=1)))

        assert note == image.note
        assert (not prompt.style) is image.in_style
        assert plain.png == image.png

    @pytest.mark.parametrize(
        ("text", "note"),
        [
            ("draw me a fox, please", ""),
            (
                "a castle at dusk",
                f"I have only emoji to draw with, and took this for “castle”. {LARGER}",
            ),
            (
                "two *old* sailors",
                f"I know no emoji like “two \\*old\\* sailors”, so this is a guess (nearest: “ship”). {LARGER}",
            ),
        ],
    )
    async def test_that_come_with_atelier_tell_what_they_took_a_wish_for(
        self, folder: Path, text: str, note: str
    ) -> None:
        own = Entry(name="emoji", task=Task.PICTURES, kind="starter", source="stickers")
        model, resident = pictures.open_model(own, folder, lambda: None)

        _, [image] = await drawn(model.generate(ImagePrompt(text, steps=1)))
        await resident.close()

        assert note == image.note

    async def test_of_ones_own_folder_advertise_no_other(self, maker: LocalStickers) -> None:
        _, [image] = await drawn(maker.generate(ImagePrompt("a castle at dusk", steps=1)))

        assert "I have only emoji to draw with, and took this for “castle”." == image.note

    @pytest.mark.parametrize(
        ("prompt", "reason"),
        [(ImagePrompt(" "), "Say what"), (ImagePrompt("a fox", image=png(), mask=png()), "inside a mask")],
    )
    async def test_refuse_what_they_cannot_draw(self, maker: LocalStickers, prompt: ImagePrompt, reason: str) -> None:
        with pytest.raises(UserError, match=reason):
            await drawn(maker.generate(prompt))


class TestWords:
    """What is told of the words that were asked for."""

    @pytest.mark.parametrize("engine", ["gan", "diffusion"])
    async def test_a_guess_is_called_one(self, maker: LocalStickers, engine: stickers.Engine) -> None:
        _, [guess] = await drawn(maker.draw(StickerPrompt("two old sailors", engine=engine)))
        _, [near] = await drawn(maker.draw(StickerPrompt("a castle at dusk", engine=engine)))

        assert "I know no emoji like “two old sailors”, so this is a guess (nearest: “ship”)." == guess.note
        assert not near.note

    async def test_a_folder_that_does_not_tell_what_it_knows_calls_nothing_a_guess(
        self, folder: Path, tmp_path: Path
    ) -> None:
        plain = tmp_path / "plain"
        shutil.copytree(folder, plain, ignore=shutil.ignore_patterns("captions.safetensors"))
        model, resident = stickers.open_model(entry(plain), plain, lambda: None)

        _, [image] = await drawn(model.generate(ImagePrompt("two old sailors", steps=1)))
        await resident.close()

        assert not image.note

    async def test_what_comes_with_atelier_does_not_load_without_what_it_knows(
        self, folder: Path, tmp_path: Path
    ) -> None:
        plain = tmp_path / "plain"
        shutil.copytree(folder, plain, ignore=shutil.ignore_patterns("captions.safetensors"))
        own = Entry(name="emoji", task=Task.STICKERS, kind="starter", source="stickers")
        model, resident = stickers.open_model(own, plain, lambda: None)

        with pytest.raises(UserError, match=r"emoji cannot be loaded: captions.safetensors, .*, is missing"):
            await drawn(model.draw(FOX))
        await resident.close()

    async def test_what_was_not_read_is_told(self, maker: LocalStickers) -> None:
        first = "a fox and a cat and a fox and a cat and a fox and cat"
        _, [image] = await drawn(maker.draw(StickerPrompt(f"{first} a 猫 wearing a green hat", engine="gan")))
        _, [strange] = await drawn(maker.draw(StickerPrompt("a fox 狐狸 and 猫, 猫", engine="gan")))

        assert image.note.endswith(f"I read only the first words: “{first} a 猫”. I cannot read “猫”.")
        assert strange.note.endswith("I cannot read “狐狸”, “猫”.")

    @pytest.mark.parametrize("text", ["狐", "\N{ZERO WIDTH SPACE}", "\N{VARIATION SELECTOR-16}", "\U0001faeb"])
    @pytest.mark.parametrize("engine", ["auto", "gan", "diffusion"])
    async def test_a_wish_without_a_word_that_is_known_is_refused(
        self, maker: LocalStickers, text: str, engine: stickers.Engine
    ) -> None:
        with pytest.raises(UserError, match="I can read none of these words; say it in English, such as “a cool fox”"):
            await drawn(maker.draw(StickerPrompt(text, engine=engine)))

    @pytest.mark.parametrize("text", ["狐", "\N{VARIATION SELECTOR-16}"])
    async def test_a_picture_is_varied_without_words_where_none_is_known(self, maker: LocalStickers, text: str) -> None:
        _, [image] = await drawn(maker.draw(StickerPrompt(text, seed=1, image=png())))
        _, [plain] = await drawn(maker.draw(StickerPrompt(seed=1, image=png())))

        assert opened(plain).tobytes() == opened(image).tobytes()
        assert ("", "I can read none of these words, so the picture alone decides.") == (plain.note, image.note)

    @pytest.mark.parametrize(
        ("emoji", "words"),
        [
            ("a ❤️", "a red heart"),
            ("🏰‍🚢", "castle"),
            ("\U0001fae8!", "shaking face !"),
            ("🦊", "fox face"),
            ("a smiley, please", "smiling face"),
        ],
    )
    async def test_emoji_are_read_by_the_names_that_were_learned(
        self, maker: LocalStickers, emoji: str, words: str
    ) -> None:
        _, [shown] = await drawn(maker.draw(StickerPrompt(emoji, "gan", 7)))
        _, [named] = await drawn(maker.draw(StickerPrompt(words, "gan", 7)))

        assert opened(named).tobytes() == opened(shown).tobytes()
        assert emoji == opened(shown).info["Description"]

    async def test_an_emoji_that_nobody_has_named_is_told_as_strange(self, maker: LocalStickers) -> None:
        _, [image] = await drawn(maker.draw(StickerPrompt("a ship and a \U0001faf1\U0001faeb", "gan")))

        assert image.note.endswith("I cannot read “\U0001faeb”.")

    async def test_a_caption_is_read_once_for_all_pictures(
        self, maker: LocalStickers, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        heard: list[str] = []
        hear = Words.heard

        def count(words: Words, caption: str) -> Heard:
            heard.append(caption)
            return hear(words, caption)

        monkeypatch.setattr(Words, "heard", count)
        _, images = await drawn(maker.draw(StickerPrompt("a fox", count=2)))

        assert 4 == len(images)
        assert ["a fox"] == heard


@pytest.mark.parametrize(
    ("told", "problem"),
    [
        ({"captions": '["fox"]'}, "is of an older training"),
        ({"told": '{"captions": ["fox"]}'}, "is of an older training"),
        ({"told": '{"captions": ["fox"], "names": {"❤": "red heart"}}'}, "does not have 384 numbers for each caption"),
    ],
)
async def test_captions_that_are_broken_are_told_in_one_line(
    folder: Path, tmp_path: Path, told: dict[str, str], problem: str
) -> None:
    from safetensors.torch import load_file, save_file

    broken = tmp_path / "broken"
    shutil.copytree(folder, broken)
    save_file(load_file(broken / "captions.safetensors"), broken / "captions.safetensors", told)
    model, resident = stickers.open_model(entry(broken), broken, lambda: None)

    with pytest.raises(UserError, match=rf"cannot be loaded: captions.safetensors {problem}.*; `python -m") as caught:
        await drawn(model.draw(FOX))
    await resident.close()

    assert "\n" not in str(caught.value)


def test_the_folder_tells_what_it_serves(folder: Path) -> None:
    assert Task.STICKERS is served_by(folder)
    require("stickers", Task.PICTURES, folder)
    with pytest.raises(UserError, match="it is one for stickers"):
        require("stickers", Task.MUSIC, folder)


@pytest.mark.parametrize("part", ["unet", "vae", "gan"])
async def test_missing_weights_are_told_in_one_line(folder: Path, tmp_path: Path, part: str) -> None:
    from safetensors.torch import load_file, save_file

    broken = tmp_path / "broken"
    shutil.copytree(folder, broken)
    file = broken / part / "diffusion_pytorch_model.safetensors"
    weights = load_file(file)
    weights.pop(min(weights))
    save_file(weights, file)
    model, resident = stickers.open_model(entry(broken), broken, lambda: None)

    with pytest.raises(UserError, match=r"cannot be loaded: .* is not among its weights") as caught:
        await drawn(model.draw(FOX))
    await resident.close()

    assert "\n" not in str(caught.value)


async def test_diffusers_itself_loads_the_pipeline(folder: Path) -> None:
    from bot.models.stickers.pipeline import StickerPipeline

    pipe = StickerPipeline.from_pretrained(folder, use_safetensors=True)

    assert {"vae", "unet", "scheduler"} == set(pipe.components)
    assert "StickerPipeline" == json.loads((folder / "model_index.json").read_text())["_class_name"]


def test_transparent_pictures_pass_through_unchanged() -> None:
    from bot.models.stickers.drawing import to_pixels, to_values

    picture = Pillow.new("RGBA", (128, 128))
    picture.paste((200, 40, 80, 255), (30, 30, 90, 90))

    [pixels] = to_pixels(to_values(picture))

    assert np.abs(pixels.astype(int) - np.asarray(picture)).max() <= 1
    assert (0, 255) == (pixels[0, 0, 3], pixels[60, 60, 3])


def test_wide_pictures_are_fitted_on_transparent_ground() -> None:
    from bot.models.stickers.drawing import to_pixels, to_values

    [pixels] = to_pixels(to_values(Pillow.new("RGB", (300, 100), "white")))

    assert (0, 255, 0) == (pixels[10, 64, 3], pixels[64, 64, 3], pixels[120, 64, 3])
