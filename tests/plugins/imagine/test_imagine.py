"""Pictures: drawn from words and pictures, and gone on with by buttons."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import suppress
from pathlib import Path

import pytest
from PIL import Image as Pillow

from bot import Attachment, Button, Image, ImagePrompt, Person, Progress, Task, UserError
from bot.body import Body, State
from bot.config import Config, ModelsConfig, Store
from bot.models import files
from bot.store.shelves import StoredShelf
from bot.testing import Testbed
from plugins.imagine.kept import MOST, Drawing, keep
from tests.bot.models import pipelines

OMAR = Person("test:omar", "Omar")


def png(size: tuple[int, int] = (40, 30), colour: str = "red") -> bytes:
    out = io.BytesIO()
    Pillow.new("RGB", size, colour).save(out, "PNG")
    return out.getvalue()


def attached(name: str, data: bytes, size: int | None = None) -> Attachment:
    async def read() -> bytes:
        return data

    return Attachment(name, "image/png", len(data) if size is None else size, read)


class Painter:
    """Paints one colour, and notes what it is asked for."""

    def __init__(self, note: str = "", size: tuple[int, int] = (40, 30)) -> None:
        self.asked: list[ImagePrompt] = []
        self.note = note
        self.size = size
        self.in_style = True
        self.painting = asyncio.Event()
        self.stopped = asyncio.Event()
        self.patient = False
        self.refuses: int | None = None

    async def generate(self, prompt: ImagePrompt) -> AsyncGenerator[Progress | Image, None]:
        self.asked.append(prompt)
        try:
            for number in range(prompt.count):
                if number == self.refuses:
                    raise UserError("The model's own filter kept the picture back.")
                yield Progress((number + 0.5) / prompt.count, "step 1 of 2")
                self.painting.set()
                if self.patient:
                    await asyncio.Event().wait()
                seed = (100 if prompt.seed is None else prompt.seed) + number
                yield Image(png(self.size), seed, "painter", steps=2, note=self.note, in_style=self.in_style)
        finally:
            self.stopped.set()


@pytest.fixture
async def painter(atelier: Testbed) -> Painter:
    painter = Painter()
    atelier.use(Task.PICTURES, painter)
    return painter


def buttons(body: Body) -> tuple[Button, ...]:
    [card] = body.cards
    return card.buttons


async def press(atelier: Testbed, body: Body, label: str, person: Person | None = None) -> Body:
    [line] = [button.line for button in buttons(body) if button.label == label]
    return await atelier.say(line, person=person)


async def test_ones_own_style_is_used_and_said_where_no_style_is_named(atelier: Testbed, painter: Painter) -> None:
    await atelier.say("/profile set pictures watercolour")
    [file] = (await atelier.say("/imagine a fox seed:7")).files
    assert "“a fox” (watercolour, your style) · seed 7 · painter · 2 steps" == file.caption
    await atelier.say("/imagine-again")
    await atelier.say("/imagine a fox", person=OMAR)
    await atelier.say("/profile set pictures muted colours, much sky")
    await atelier.say("/imagine a fox")
    painted = "a fox, watercolour painting, soft washes, paper texture"
    assert [painted, painted, "a fox", "a fox, muted colours, much sky"] == [prompt.styled for prompt in painter.asked]


async def test_a_style_that_the_model_cannot_follow_is_not_told_as_followed(atelier: Testbed, painter: Painter) -> None:
    painter.in_style = False
    painter.note = "Style had no effect."
    await atelier.say("/profile set pictures watercolour")
    body = await atelier.say("/imagine a fox seed:7")
    large = await press(atelier, body, "Upscale")

    assert "“a fox” · seed 7 · painter · 2 steps" == body.files[0].caption
    assert ["A picture drawn by a model from the words “a fox”"] * 2 == [body.files[0].alt, large.files[0].alt]
    assert "Style had no effect." == body.text

    # Another model may follow it.
    painter.in_style = True
    again = await press(atelier, body, "Again")
    assert "“a fox” (watercolour, your style)" in again.files[0].caption
    assert ["watercolour painting, soft washes, paper texture"] * 2 == [prompt.style for prompt in painter.asked]


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("a fox style:none", "a fox"),
        ("a fox style:oil", "a fox, oil painting on canvas, visible brush strokes, rich colours"),
        ("a pencil drawing of a fox", "a pencil drawing of a fox"),
        ("a fox in the style of a woodcut", "a fox in the style of a woodcut"),
    ],
)
async def test_a_named_style_keeps_ones_own_away(atelier: Testbed, painter: Painter, line: str, text: str) -> None:
    await atelier.say("/profile set pictures watercolour")
    body = await atelier.say(f"/imagine {line}")
    assert [text] == [prompt.styled for prompt in painter.asked]
    assert "your style" not in body.files[0].caption


async def test_a_picture_to_start_from_keeps_its_own_style(atelier: Testbed, painter: Painter) -> None:
    await atelier.say("/profile set pictures watercolour")
    await atelier.say("/imagine with a hat", attachments=[attached("fox.png", png())])
    assert ["with a hat"] == [prompt.styled for prompt in painter.asked]


async def test_a_picture_comes_with_what_made_it(atelier: Testbed, painter: Painter) -> None:
    body = await atelier.say("/imagine a *red* fox style:watercolour seed:7")

    [file] = body.files
    assert ("imagine-7.png", "image/png", png()) == (file.name, file.media_type, file.data)
    assert "“a \\*red\\* fox” (watercolour) · seed 7 · painter · 2 steps" == file.caption
    assert "A picture drawn by a model from the words “a *red* fox”, as watercolour" == file.alt
    assert State.DONE is body.state
    assert ["Again", "Vary", "Upscale"] == [button.label for button in buttons(body)]
    assert all(len(button.line) <= 88 for button in buttons(body))


async def test_of_drawings_that_are_done_at_the_same_moment_the_last_are_kept_and_no_others(atelier: Testbed) -> None:
    shelf = StoredShelf(atelier.app.store.database, "imagine", "person", "test:ana")

    keys = await asyncio.gather(*(keep(shelf, Drawing(prompt=f"fox {number}")) for number in range(MOST + 3)))

    kept = await shelf.items()
    recent = kept.pop("recent")
    assert isinstance(recent, list)
    assert MOST == len(recent)
    assert set(kept) == set(recent) < set(keys)


async def test_a_long_prompt_is_cut_above_the_buttons(atelier: Testbed, painter: Painter) -> None:
    [card] = (await atelier.say("/imagine " + "a fox\n" * 30)).cards

    assert 80 == len(card.title)
    assert card.title.endswith("…")
    assert "\n" not in card.title


async def test_progress_is_shown_while_it_is_drawn(atelier: Testbed, painter: Painter) -> None:
    painter.patient = True
    running = atelier.app.dispatcher.submit(atelier.request("/imagine a fox"))
    await painter.painting.wait()

    progress = running.reply.body.progress
    assert progress is not None
    assert (0.5, "step 1 of 2") == (progress.done, progress.note)

    assert running.stop()
    await painter.stopped.wait()
    with suppress(asyncio.CancelledError):
        await running.task
    assert State.CANCELLED is running.reply.body.state


async def test_the_options_reach_the_model(atelier: Testbed, painter: Painter) -> None:
    await atelier.say("/imagine a fox negative:snow style:ink size:16:9 seed:3 count:2 strength:0.4")

    [asked] = painter.asked
    assert "a fox" == asked.text
    assert asked.style.startswith("ink drawing")
    assert "snow" == asked.negative
    assert (None, None, 16 / 9) == (asked.width, asked.height, asked.ratio)
    assert (3, 2, 0.4) == (asked.seed, asked.count, asked.strength)


async def test_without_options_everything_is_left_to_the_model(atelier: Testbed, painter: Painter) -> None:
    await atelier.say("/imagine a fox: the red one, at 9")

    assert [ImagePrompt("a fox: the red one, at 9")] == painter.asked


async def test_several_pictures_have_seeds_and_buttons_of_their_own(atelier: Testbed, painter: Painter) -> None:
    body = await atelier.say("/imagine a fox count:2 seed:7")

    assert ["imagine-7.png", "imagine-8.png"] == [file.name for file in body.files]
    assert "“a fox” · seed 7 · painter · 2 steps" == body.files[0].caption
    assert "seed 8 · painter · 2 steps" == body.files[1].caption
    labels = ["Again", "Vary 1", "Vary 2", "Upscale 1", "Upscale 2"]
    assert labels == [button.label for button in buttons(body)]


async def test_attached_pictures_are_where_it_starts_and_what_it_changes(atelier: Testbed, painter: Painter) -> None:
    files = (attached("photo.png", png(colour="blue")), attached("mask.png", png(colour="white")))

    body = await atelier.say("/imagine a fox", attachments=files)
    await press(atelier, body, "Again")

    first, again = painter.asked
    assert (png(colour="blue"), png(colour="white")) == (first.image, first.mask)
    assert again.image is not None
    assert again.mask is not None
    assert (40, 30) == Pillow.open(io.BytesIO(again.image)).size
    assert (255, 255, 255) == Pillow.open(io.BytesIO(again.mask)).convert("RGB").getpixel((1, 1))


async def test_again_draws_the_same_with_another_seed(atelier: Testbed, painter: Painter) -> None:
    body = await atelier.say("/imagine a fox style:ink size:512x768 seed:7 negative:snow count:2")
    await press(atelier, body, "Again")

    first, again = painter.asked
    assert again.seed is None
    assert (first.styled, first.negative, 2, 512, 768) == (
        again.styled,
        again.negative,
        again.count,
        again.width,
        again.height,
    )


async def test_vary_starts_from_the_picture_that_was_chosen(atelier: Testbed, painter: Painter) -> None:
    body = await atelier.say("/imagine a fox count:2 size:wide")
    varied = await press(atelier, body, "Vary 2")

    asked = painter.asked[-1]
    assert asked.image is not None
    assert (40, 30) == Pillow.open(io.BytesIO(asked.image)).size
    assert (1, 0.5, None, None) == (asked.count, asked.strength, asked.seed, asked.ratio)
    assert 1 == len(varied.files)


async def test_upscaling_doubles_the_sides_and_says_how(atelier: Testbed, painter: Painter) -> None:
    body = await atelier.say("/imagine a fox seed:7")
    large = await press(atelier, body, "Upscale")

    [file] = large.files
    assert "imagine-7-2x.png" == file.name
    assert (80, 60) == Pillow.open(io.BytesIO(file.data)).size
    assert "80 × 60 · twice the size by Lanczos resampling, without new detail" == file.caption
    assert 1 == len(painter.asked)


async def test_upscaling_doubles_a_picture_that_is_wider_than_most(atelier: Testbed) -> None:
    atelier.use(Task.PICTURES, Painter(size=(1344, 96)))
    large = await press(atelier, await atelier.say("/imagine a fox"), "Upscale")

    assert (2688, 192) == Pillow.open(io.BytesIO(large.files[0].data)).size


async def test_one_can_go_on_with_the_pictures_before_one_that_was_refused(atelier: Testbed, painter: Painter) -> None:
    painter.refuses = 1
    body = await atelier.say("/imagine a fox count:3")

    assert (State.DONE, 1) == (body.state, len(body.files))
    assert "The model's own filter kept the picture back." in body.text
    assert State.DONE is (await press(atelier, body, "Upscale")).state


async def test_a_first_picture_that_is_refused_is_an_error(atelier: Testbed, painter: Painter) -> None:
    painter.refuses = 0
    body = await atelier.say("/imagine a fox count:3")

    assert (State.FAILED, ()) == (body.state, body.cards)
    assert "The model's own filter kept the picture back." in body.text


async def test_typed_without_a_key_the_latest_picture_is_meant(atelier: Testbed, painter: Painter) -> None:
    assert "You have drawn nothing here yet" in (await atelier.say("/imagine-again")).text
    await atelier.say("/imagine a fox")
    await atelier.say("/imagine an owl")
    await atelier.say("/imagine-again")
    await atelier.say("/imagine-vary strength:0.8")

    assert ["a fox", "an owl", "an owl", "an owl"] == [asked.text for asked in painter.asked]
    assert 0.8 == painter.asked[-1].strength


async def test_the_buttons_outlive_a_restart(tmp_path: Path) -> None:
    async with Testbed(tmp_path) as before:
        before.use(Task.PICTURES, Painter())
        body = await before.say("/imagine a fox style:ink")
    async with Testbed(tmp_path) as after:
        painter = Painter()
        after.use(Task.PICTURES, painter)
        assert State.DONE is (await press(after, body, "Vary")).state

    assert painter.asked[0].styled.startswith("a fox, ink drawing")


async def test_only_who_asked_goes_on_with_a_picture(atelier: Testbed, painter: Painter) -> None:
    body = await atelier.say("/imagine a fox")

    for label in ("Again", "Vary", "Upscale"):
        refused = await press(atelier, body, label, OMAR)
        assert State.FAILED is refused.state
        assert "I keep no such drawing of yours" in refused.text
    assert 1 == len(painter.asked)


async def test_only_the_last_pictures_are_kept(atelier: Testbed, painter: Painter) -> None:
    bodies = [await atelier.say(f"/imagine fox {number}") for number in range(MOST + 1)]

    assert "I keep no such drawing" in (await press(atelier, bodies[0], "Again")).text
    assert State.DONE is (await press(atelier, bodies[1], "Again")).state


async def test_what_is_kept_can_be_exported_and_erased(atelier: Testbed, painter: Painter) -> None:
    body = await atelier.say("/imagine a secret fox")
    export = await atelier.say("/profile export")
    assert b"a secret fox" in export.files[0].data

    await atelier.say("/profile erase", choices=("Erase everything",))

    assert "I keep no such drawing" in (await press(atelier, body, "Again")).text
    assert "You have drawn nothing here yet" in (await atelier.say("/imagine-again")).text


async def test_what_the_model_could_not_follow_is_told_once(atelier: Testbed) -> None:
    atelier.use(Task.PICTURES, Painter(note="It read only the first words."))

    assert "It read only the first words." == (await atelier.say("/imagine a fox count:3")).text


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("/imagine", "`prompt` is missing"),
        ("/imagine a fox size:huge", "`size` is square, portrait"),
        ("/imagine a fox size:20x20", "from 64 to 4096 pixels"),
        ("/imagine a fox size:1:9", "at most four times"),
        ("/imagine a fox style:cubist", "`style` is one of photo"),
        ("/imagine a fox count:9", "`count`"),
        ("/imagine a fox seed:-1", "`seed`"),
        ("/imagine a fox strength:0", "`strength`"),
        ("/imagine-vary key:nothing", "I keep no such drawing of yours"),
    ],
)
async def test_what_cannot_be_is_refused_with_what_to_do(
    atelier: Testbed, painter: Painter, line: str, problem: str
) -> None:
    body = await atelier.say(line)

    assert State.FAILED is body.state
    assert problem in body.text
    assert not painter.asked


async def test_a_picture_that_is_not_there_is_refused(atelier: Testbed, painter: Painter) -> None:
    await atelier.say("/imagine a fox")

    assert "There is only one picture" in (await atelier.say("/imagine-upscale picture:3")).text


@pytest.mark.parametrize("claimed", [None, 5])
async def test_a_huge_file_is_refused(atelier: Testbed, painter: Painter, claimed: int | None) -> None:
    huge = attached("photo.png", bytes(20_000_001), claimed)

    body = await atelier.say("/imagine a fox", attachments=(huge,))

    assert "photo.png is larger than 20 MB" in body.text
    assert not painter.asked


async def test_the_emoji_that_come_with_atelier_are_drawn_where_there_is_no_other_model(atelier: Testbed) -> None:
    body = await atelier.say("/imagine a sleepy fox in Paris seed:7")

    [file] = body.files
    assert ("image/png", False) == (file.media_type, file.draft)
    assert "I have only emoji to draw with" in body.text + file.caption
    assert "atelier models pull sd-turbo" in body.text + file.caption


async def test_without_a_model_the_answer_names_what_to_install(
    atelier: Testbed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "STARTER", tmp_path)

    body = await atelier.say("/imagine a fox")

    assert State.FAILED is body.state
    assert "atelier models pull sd-turbo" in body.text
    assert "GB" in body.text


@pytest.fixture(scope="module")
def drawing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return pipelines.make(tmp_path_factory.mktemp("pipelines") / "turbo", "turbo")


@pytest.fixture
async def real(tmp_path: Path, drawing: Path) -> AsyncIterator[Testbed]:
    """Atelier with a tiny pipeline in a folder of the owner's."""
    config = Config(
        store=Store(url=f"sqlite+aiosqlite:///{tmp_path / 'atelier.db'}"),
        models=ModelsConfig(dir=tmp_path / "models", use={"pictures": str(drawing)}),
    )
    async with Testbed(tmp_path, config=config) as bed:
        yield bed


async def test_a_real_pipeline_draws_varies_and_enlarges(real: Testbed) -> None:
    body = await real.say("/imagine a fox seed:7 negative:snow")
    varied = await press(real, body, "Vary")
    large = await press(real, varied, "Upscale")

    sizes = [Pillow.open(io.BytesIO(each.files[0].data)).size for each in (body, varied, large)]
    assert [(16, 16), (16, 16), (32, 32)] == sizes
    assert "`negative` had no effect" in body.text
    same = await real.say("/imagine a fox seed:7 negative:snow")
    assert same.files[0].data == body.files[0].data != varied.files[0].data
