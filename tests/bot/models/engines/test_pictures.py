from __future__ import annotations

import asyncio
import io
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import aclosing
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
import torch
from PIL import Image as Pillow
from structlog.testing import capture_logs

from bot.asking import ASKING, Asking, Owner, Priority
from bot.errors import UserError
from bot.models import queue
from bot.models.catalog import named
from bot.models.engines import following, hardware, pictures
from bot.models.engines.following import Step, Tell
from bot.models.engines.pictures import LocalPictures, open_model
from bot.models.engines.pipelines import Loaded
from bot.models.tasks import Image, ImagePrompt, Task
from tests.bot.models import pipelines
from tests.bot.models.drawing import FOX, draw, drawn_by, pixels, reference
from tests.bot.models.pipelines import SIDE, Kind


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Kind], Path]:
    made: dict[Kind, Path] = {}

    def folder_of(kind: Kind) -> Path:
        if kind not in made:
            made[kind] = pipelines.make(tmp_path_factory.mktemp("pipelines") / kind, kind)
        return made[kind]

    return folder_of


@pytest.fixture(scope="module")
def model(folder: Callable[[Kind], Path]) -> Iterator[Callable[[Kind], LocalPictures]]:
    """One model of each family, loaded once."""
    made: dict[Kind, LocalPictures] = {}

    def model_of(kind: Kind) -> LocalPictures:
        if kind not in made:
            made[kind] = LocalPictures(kind, folder(kind), lambda: None)
        return made[kind]

    yield model_of
    for one in made.values():
        asyncio.run(one.resident.close())


@pytest.fixture(autouse=True)
def exact(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hardware, "_wanted", "float32")


def photo(size: tuple[int, int] = (40, 30), colour: str = "red", form: str = "PNG") -> bytes:
    out = io.BytesIO()
    Pillow.new("RGB", size, colour).save(out, form)
    return out.getvalue()


def half_mask(size: tuple[int, int] = (40, 30)) -> bytes:
    mask = Pillow.new("L", size, 0)
    mask.paste(255, (0, 0, size[0] // 2, size[1]))
    out = io.BytesIO()
    mask.save(out, "PNG")
    return out.getvalue()


@pytest.mark.parametrize(
    ("kind", "pipeline", "usual"),
    [
        ("plain", "StableDiffusionPipeline", {"num_inference_steps": 30, "guidance_scale": 7.5}),
        ("turbo", "StableDiffusionPipeline", {"num_inference_steps": 2, "guidance_scale": 0.0}),
        ("lcm", "StableDiffusionPipeline", {"num_inference_steps": 4, "guidance_scale": 7.5}),
        ("xl", "StableDiffusionXLPipeline", {"num_inference_steps": 30, "guidance_scale": 5.0}),
        ("flux", "FluxPipeline", {"num_inference_steps": 4, "guidance_scale": 0.0, "max_sequence_length": 256}),
    ],
)
async def test_the_pixels_are_those_of_the_library_with_what_suits_the_family(
    folder: Callable[[Kind], Path],
    model: Callable[[Kind], LocalPictures],
    kind: Kind,
    pipeline: str,
    usual: dict[str, object],
) -> None:
    width, height = (96, 64) if kind == "flux" else (32, 16)
    pipe = reference(pipeline, folder(kind))
    expected = drawn_by(pipe, 7, prompt=FOX.text, width=width, height=height, **usual)

    _, [image] = await draw(model(kind), replace(FOX, width=width, height=height))

    assert expected == pixels(image.png)
    assert (width, height, 7, kind) == (image.width, image.height, image.seed, image.model)


@pytest.mark.parametrize(
    ("kind", "from_picture", "in_mask"),
    [
        ("turbo", "StableDiffusionImg2ImgPipeline", "StableDiffusionInpaintPipeline"),
        ("xl", "StableDiffusionXLImg2ImgPipeline", "StableDiffusionXLInpaintPipeline"),
    ],
)
async def test_a_picture_is_gone_on_from_as_the_library_does_it(
    folder: Callable[[Kind], Path], model: Callable[[Kind], LocalPictures], kind: Kind, from_picture: str, in_mask: str
) -> None:
    given = Pillow.new("RGB", (SIDE, SIDE), "red")
    options = {"prompt": FOX.text, "num_inference_steps": 4, "strength": 0.5, "guidance_scale": 2.0}
    wanted = replace(FOX, image=photo((32, 32)), steps=4, strength=0.5, guidance=2.0)

    expected = drawn_by(reference(from_picture, folder(kind)), 7, image=given, **options)
    steps, [image] = await draw(model(kind), wanted)
    assert expected == pixels(image.png)
    assert ["step 1 of 2", "step 2 of 2"] == [step.note for step in steps if step.done]

    mask = Pillow.new("L", (SIDE, SIDE), 0)
    mask.paste(255, (0, 0, SIDE // 2, SIDE))
    expected = drawn_by(
        reference(in_mask, folder(kind)), 7, image=given, mask_image=mask, width=SIDE, height=SIDE, **options
    )
    _, [masked] = await draw(model(kind), replace(wanted, mask=half_mask((32, 32))))
    assert expected == pixels(masked.png)
    assert pixels(image.png) != pixels(masked.png)


async def test_what_must_not_be_shown_changes_the_picture_where_the_model_minds_it(
    folder: Callable[[Kind], Path], model: Callable[[Kind], LocalPictures]
) -> None:
    few = replace(FOX, steps=2, negative="snow")
    expected = drawn_by(
        reference("StableDiffusionPipeline", folder("plain")),
        7,
        prompt=FOX.text,
        negative_prompt="snow",
        num_inference_steps=2,
    )
    _, [image] = await draw(model("plain"), few)
    assert expected == pixels(image.png)
    assert not image.note

    _, [plain] = await draw(model("turbo"), FOX)
    _, [ignored] = await draw(model("turbo"), replace(FOX, negative="snow"))
    assert pixels(plain.png) == pixels(ignored.png)
    assert "`negative` had no effect" in ignored.note


async def test_progress_comes_after_each_step_of_each_picture(model: Callable[[Kind], LocalPictures]) -> None:
    await model("turbo").resident.load()

    steps, images = await draw(model("turbo"), replace(FOX, steps=4, count=2))

    assert [number / 8 for number in range(1, 9)] == [step.done for step in steps]
    assert ["picture 1 of 2, step 1 of 4", "picture 2 of 2, step 4 of 4"] == [steps[0].note, steps[-1].note]
    assert [(7, 4), (8, 4)] == [(image.seed, image.steps) for image in images]


async def test_each_picture_can_be_drawn_again_alone_by_its_seed(model: Callable[[Kind], LocalPictures]) -> None:
    _, [first, second] = await draw(model("turbo"), replace(FOX, count=2))
    _, [again] = await draw(model("turbo"), replace(FOX, seed=8))
    _, [other] = await draw(model("turbo"), ImagePrompt(FOX.text))
    _, [wrapped, zero] = await draw(model("turbo"), replace(FOX, seed=2**32 - 1, count=2))

    assert second.png == again.png != first.png
    assert 0 <= other.seed < 2**32
    assert (2**32 - 1, 0) == (wrapped.seed, zero.seed)


async def test_the_file_says_what_made_it(model: Callable[[Kind], LocalPictures]) -> None:
    _, [image] = await draw(model("turbo"), replace(FOX, text="ein Fuchs im Schnee 🦊"))

    told = Pillow.open(io.BytesIO(image.png))
    assert isinstance(told.info, dict)
    assert {
        "Software": "Atelier",
        "Description": "ein Fuchs im Schnee 🦊",
        "Model": "turbo",
        "Seed": "7",
        "Steps": "2",
    } == told.info


async def test_a_style_is_read_behind_the_text(model: Callable[[Kind], LocalPictures]) -> None:
    _, [styled] = await draw(model("turbo"), replace(FOX, style="watercolour"))
    _, [written] = await draw(model("turbo"), replace(FOX, text=f"{FOX.text}, watercolour"))

    assert written.png == styled.png


async def test_closing_stops_the_work_at_the_next_step(model: Callable[[Kind], LocalPictures]) -> None:
    one = model("turbo")
    loaded = await one.resident.run(lambda loaded, stopped: loaded)
    begun: list[int] = []
    begin, go_on = threading.Event(), threading.Event()
    step = loaded.pipe.scheduler.step

    def held(*args: object, **options: object) -> object:
        begun.append(1)
        begin.set()
        go_on.wait()
        return step(*args, **options)

    loaded.pipe.scheduler.step = held
    try:
        work = asyncio.create_task(draw(one, replace(FOX, steps=20)))
        await asyncio.to_thread(begin.wait)
        work.cancel()
        with pytest.raises(asyncio.CancelledError):
            await work
        go_on.set()
        # One thread does all the work: what comes after begins when the other has ended.
        await one.resident.load()
    finally:
        loaded.pipe.scheduler.step = step
    assert [1] == begun


async def test_an_iterator_that_is_closed_halfway_draws_no_further_picture(
    model: Callable[[Kind], LocalPictures],
) -> None:
    drawn: list[int] = []
    async with aclosing(model("turbo").generate(replace(FOX, count=4))) as items:
        async for item in items:
            if isinstance(item, Image):
                drawn.append(item.seed)
                break

    assert [7] == drawn


async def test_others_get_their_pictures_between_those_of_one_who_wants_four(
    model: Callable[[Kind], LocalPictures], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, done = model("turbo"), list[str]()
    at_work, go_on, asked = threading.Event(), threading.Event(), asyncio.Event()

    async def ask(person: str, count: int) -> None:
        ASKING.set(Asking(Owner("home", person), Priority.INTERACTIVE, lambda waiting: None))
        async for item in one.generate(replace(FOX, count=count)):
            if isinstance(item, Image):
                done.append(person)

    def hold(loaded: object, stopped: object) -> None:
        at_work.set()
        go_on.wait()

    await one.resident.load()
    holding = one.resident.submit(hold)
    await asyncio.to_thread(at_work.wait)
    submit = one.resident.submit

    def noted(work: Callable[[Loaded, Callable[[], bool]], Image], *more: object, **options: bool) -> Future[Image]:
        future = submit(work, *more, **options)  # type: ignore[arg-type]  # as it came
        asked.set()
        return future

    monkeypatch.setattr(one.resident, "submit", noted)
    people = []
    for person, count in (("ana", 4), ("ben", 2), ("cai", 1)):
        people.append(asyncio.create_task(ask(person, count)))
        await asked.wait()
        asked.clear()
    go_on.set()
    await asyncio.gather(*people, asyncio.wrap_future(holding))

    assert ["ana", "ben", "cai"] == done[:3]
    assert {"ana": 4, "ben": 2, "cai": 1} == {person: done.count(person) for person in ("ana", "ben", "cai")}


@pytest.mark.parametrize("kind", ["plain", "lcm", "flux"])
async def test_two_people_s_pictures_are_drawn_step_by_step_in_turn_as_if_each_were_alone(
    folder: Callable[[Kind], Path], kind: Kind, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Every step uses up what a round gives to a person.
    monkeypatch.setattr(queue, "ROUND", 1e-9)
    one, done = LocalPictures(kind, folder(kind), lambda: None), list[str]()
    wanted = {"ana": replace(FOX, steps=6), "ben": replace(FOX, text="a red boat", seed=8, steps=2)}
    alone = {person: (await draw(one, prompt))[1][0].png for person, prompt in wanted.items()}
    at_work, go_on, asked = threading.Event(), threading.Event(), asyncio.Event()
    steps, submit = following.picture_steps, one.resident.submit

    def held(tell: Tell, number: int, count: int) -> Step:
        told = steps(tell, number, count)

        def hold(done: int, total: int) -> None:
            told(done, total)
            at_work.set()
            go_on.wait()

        return hold

    def noted(work: Callable[[Loaded, Callable[[], bool]], Image], *more: object, **options: bool) -> Future[Image]:
        future = submit(work, *more, **options)  # type: ignore[arg-type]  # as it came
        asked.set()
        return future

    async def ask(person: str) -> bytes:
        ASKING.set(Asking(Owner("home", person), Priority.INTERACTIVE, lambda waiting: None))
        _, [image] = await draw(one, wanted[person])
        done.append(person)
        return image.png

    monkeypatch.setattr(pictures, "picture_steps", held)
    long = asyncio.create_task(ask("ana"))
    await asyncio.to_thread(at_work.wait)
    monkeypatch.setattr(one.resident, "submit", noted)
    short = asyncio.create_task(ask("ben"))
    await asked.wait()
    go_on.set()

    assert [alone["ana"], alone["ben"]] == list(await asyncio.gather(long, short))
    assert ["ben", "ana"] == done
    await one.resident.close()


async def test_work_that_nobody_waits_for_is_not_begun(model: Callable[[Kind], LocalPictures]) -> None:
    empty = pictures._Given()
    work = partial(pictures._draw, "turbo", FOX, empty, 7, lambda done, total: None)

    with pytest.raises(UserError, match="stopped"):
        await model("turbo").resident.run(lambda loaded, stopped: work(loaded, lambda: True))


@pytest.mark.parametrize(
    ("prompt", "expected"),
    [
        (ImagePrompt("a fox"), (16, 16)),
        (ImagePrompt("a fox", ratio=2.0), (24, 8)),
        (ImagePrompt("a fox", width=30), (32, 32)),
        (ImagePrompt("a fox", height=16, ratio=2.0), (32, 16)),
        (ImagePrompt("a fox", width=1, height=9), (8, 8)),
        (ImagePrompt("a fox", image=photo((60, 30))), (24, 8)),
    ],
)
async def test_sizes_are_rounded_to_what_the_model_can_draw(
    model: Callable[[Kind], LocalPictures], prompt: ImagePrompt, expected: tuple[int, int]
) -> None:
    _, [image] = await draw(model("turbo"), prompt)

    assert expected == (image.width, image.height)


@pytest.mark.parametrize(
    ("prompt", "problem"),
    [
        (ImagePrompt("a fox", width=64), "at most 32 × 32 pixels"),
        (ImagePrompt("a fox", image=b"a fox"), "The picture is no picture that I can open"),
        (ImagePrompt("a fox", image=photo()[:60]), "The picture is broken"),
        (ImagePrompt("a fox", image=photo(), mask=b"\x89PNG"), "The mask is no picture"),
        (ImagePrompt("a fox", mask=photo()), "A mask needs the picture"),
    ],
)
async def test_what_cannot_be_drawn_is_refused_in_one_line(
    model: Callable[[Kind], LocalPictures], prompt: ImagePrompt, problem: str
) -> None:
    with pytest.raises(UserError, match=problem) as told:
        await draw(model("turbo"), prompt)

    assert "\n" not in str(told.value)


async def test_a_long_prompt_is_cut_and_the_person_told(model: Callable[[Kind], LocalPictures]) -> None:
    _, [image] = await draw(model("turbo"), replace(FOX, text="fox " * 100))

    assert "It read only the first 77 tokens of the prompt." == image.note


async def test_a_strength_that_leaves_no_step_gets_one(model: Callable[[Kind], LocalPictures]) -> None:
    steps, [image] = await draw(model("turbo"), replace(FOX, image=photo(), strength=0.05))

    assert 1 == image.steps
    assert "step 1 of 1" == steps[-1].note


async def test_the_models_own_filter_is_heard(tmp_path: Path) -> None:
    folder = pipelines.make(tmp_path / "filtered", "turbo", filtered=True)
    one = LocalPictures("filtered", folder, lambda: None)
    loaded = await one.resident.run(lambda loaded, stopped: loaded)
    checker = loaded.pipe.components["safety_checker"]

    checker.concept_embeds_weights.data.fill_(2.0)
    _, [image] = await draw(one, FOX)
    assert (SIDE, SIDE) == (image.width, image.height)
    checker.concept_embeds_weights.data.fill_(-2.0)
    with pytest.raises(UserError, match="own filter kept the picture back"):
        await draw(one, FOX)
    await one.resident.close()


async def test_memory_that_runs_out_while_drawing_is_told_in_one_line(
    model: Callable[[Kind], LocalPictures], monkeypatch: pytest.MonkeyPatch
) -> None:
    one = model("turbo")
    loaded = await one.resident.run(lambda loaded, stopped: loaded)

    def full(*args: object, **options: object) -> object:
        raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr(loaded.pipe.vae, "decode", full)
    with pytest.raises(UserError, match="not enough memory for this picture"):
        await draw(one, FOX)


async def test_a_picture_is_drawn_all_the_same_when_its_model_fails_and_is_loaded_anew(
    model: Callable[[Kind], LocalPictures], monkeypatch: pytest.MonkeyPatch
) -> None:
    one = model("turbo")
    loaded = await one.resident.run(lambda loaded, stopped: loaded)

    def wrong(*args: object, **options: object) -> object:
        raise RuntimeError("CUDA error: device-side assert triggered")

    monkeypatch.setattr(loaded.pipe.vae, "decode", wrong)
    with capture_logs():
        await draw(one, FOX)

    assert loaded is not await one.resident.run(lambda loaded, stopped: loaded)


def test_a_folder_of_the_owners_can_be_opened(tmp_path: Path) -> None:
    entry = named(str(tmp_path / "mine"), Task.PICTURES)
    assert entry is not None

    found, resident = open_model(entry, tmp_path / "mine", lambda: None)

    assert isinstance(found, LocalPictures)
    assert not resident.loaded
