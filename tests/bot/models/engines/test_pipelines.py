from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

import pytest
import torch
from safetensors.torch import load_file, save_file

from bot.errors import UserError
from bot.models.engines import hardware, memory
from bot.models.engines import pipelines as engine
from bot.models.engines.manners import Manner
from bot.models.engines.pictures import LocalPictures
from bot.models.engines.pipelines import Loaded, placement
from tests.bot.models import pipelines
from tests.bot.models.drawing import FOX, draw, drawn_by, pixels, reference
from tests.bot.models.pipelines import SIDE, Kind


@pytest.fixture(autouse=True)
def exact(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hardware, "_wanted", "float32")


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A pipeline of this test's own, to spoil."""
    return pipelines.make(tmp_path / "own", "turbo")


async def test_adapters_beside_the_pipeline_are_worked_in_and_one_of_lcm_brings_its_scheduler(tmp_path: Path) -> None:
    import diffusers

    here = pipelines.make(tmp_path / "adapted", "plain")
    pipelines.adapt(here, "lcm-lora.safetensors")
    pipelines.adapt(here, "look.safetensors")
    pipe = reference("StableDiffusionPipeline", here)
    for name in ("lcm-lora.safetensors", "look.safetensors"):
        pipe.load_lora_weights(here / "lora", weight_name=name, local_files_only=True)
        pipe.fuse_lora()
        pipe.unload_lora_weights()
    scheduler: Callable[..., object] = diffusers.LCMScheduler.from_config
    pipe.scheduler = scheduler(pipe.scheduler.config)
    expected = drawn_by(pipe, 7, prompt=FOX.text, num_inference_steps=4, guidance_scale=1.0)
    one = LocalPictures("adapted", here, lambda: None)

    _, [image] = await draw(one, FOX)

    assert expected == pixels(image.png)
    await one.resident.close()


async def test_a_filter_that_is_not_in_the_folder_is_done_without(tmp_path: Path) -> None:
    from shutil import rmtree

    folder = pipelines.make(tmp_path / "filtered", "turbo", filtered=True)
    rmtree(folder / "safety_checker")
    rmtree(folder / "feature_extractor")
    one = LocalPictures("bare", folder, lambda: None)

    _, [image] = await draw(one, FOX)

    assert 7 == image.seed
    await one.resident.close()


def halve(folder: Path) -> None:
    for file in folder.glob("*/*.safetensors"):
        weights = {name: value.half() for name, value in load_file(file).items()}
        save_file(weights, file.with_suffix(".fp16.safetensors"), metadata={"format": "pt"})
        file.write_bytes(b"not read")


async def test_half_precision_is_taken_where_the_folder_has_it(own: Path) -> None:
    halve(own)
    one = LocalPictures("half", own, lambda: None)

    _, [image] = await draw(one, FOX)

    assert (SIDE, SIDE) == (image.width, image.height)
    await one.resident.close()


def spoil_index(folder: Path) -> None:
    (folder / "model_index.json").write_text("{")


def lose_index(folder: Path) -> None:
    (folder / "model_index.json").unlink()


def name_no_pipeline(folder: Path) -> None:
    index = folder / "model_index.json"
    index.write_text(index.read_text().replace("StableDiffusionPipeline", "OddPipeline"))


def pickle_only(folder: Path) -> None:
    for file in folder.glob("*/*.safetensors"):
        file.rename(file.with_suffix(".bin"))


def pickle_one(folder: Path) -> None:
    (folder / "vae" / "diffusion_pytorch_model.safetensors").rename(folder / "vae" / "diffusion_pytorch_model.bin")


def cut_weights(folder: Path) -> None:
    file = folder / "unet" / "diffusion_pytorch_model.safetensors"
    file.write_bytes(file.read_bytes()[:-400])


def lose_weights(folder: Path) -> None:
    file = folder / "text_encoder" / "model.safetensors"
    weights = load_file(file)
    weights.popitem()
    save_file(weights, file, metadata={"format": "pt"})


def lose_words(folder: Path) -> None:
    for file in (folder / "tokenizer").iterdir():
        file.unlink()


def want_code(folder: Path) -> None:
    index = folder / "model_index.json"
    index.write_text(index.read_text().replace('"diffusers",\n    "UNet2DConditionModel"', '"odd",\n    "OddModel"'))
    (folder / "unet" / "odd.py").write_text("raise SystemExit('ran')")


@pytest.mark.parametrize(
    ("spoil", "problem"),
    [
        (lose_index, "no diffusers pipeline: model_index.json is missing"),
        (spoil_index, "its model_index.json is broken"),
        (name_no_pipeline, "can't find a pipeline linked to OddPipeline"),
        (pickle_only, "no safetensors weights"),
        (pickle_one, "cannot be loaded: "),
        (cut_weights, "cannot be loaded: "),
        (lose_weights, "weights of its text_encoder are missing"),
        (lose_words, "cannot be loaded: the words of its tokenizer are missing"),
        (want_code, "cannot be loaded: "),
    ],
)
async def test_a_broken_folder_is_one_line(own: Path, spoil: Callable[[Path], None], problem: str) -> None:
    spoil(own)
    one = LocalPictures("own", own, lambda: None)

    with pytest.raises(UserError, match=problem) as told:
        await draw(one, FOX)

    assert "\n" not in str(told.value)
    assert str(own) not in str(told.value)
    await one.resident.close()


@pytest.mark.parametrize(("kind", "expected"), [("turbo", torch.float16), ("flux", torch.bfloat16)])
async def test_flux_is_not_computed_in_numbers_that_end_too_soon(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: Kind, expected: torch.dtype
) -> None:
    monkeypatch.setattr(hardware, "_wanted", "float16")
    one = LocalPictures(kind, pipelines.make(tmp_path / kind, kind), lambda: None)

    loaded = await one.resident.run(lambda loaded, stopped: loaded)

    assert expected == loaded.pipe.vae.dtype
    await one.resident.close()


async def test_a_model_that_only_fills_in_masks_says_so(tmp_path: Path) -> None:
    one = LocalPictures("mask", pipelines.make(tmp_path / "mask", "mask"), lambda: None)

    with pytest.raises(UserError, match="it can only draw inside a mask"):
        await one.resident.load()
    await one.resident.close()


async def test_a_model_larger_than_the_memory_is_not_loaded(own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "free_memory", lambda where: 1000)
    one = LocalPictures("own", own, lambda: None)

    with pytest.raises(UserError, match=r"needs about .* of memory and 1\.0 kB is free"):
        await one.resident.load()
    await one.resident.close()


def test_what_a_pipeline_takes_is_told_by_the_files_that_are_loaded(own: Path) -> None:
    weight = memory.weight(own, 32)
    whole = load_file(own / "unet" / "diffusion_pytorch_model.safetensors")
    # The same once more, as publishers put it beside: for other software, and in half precision.
    save_file(whole, own / "all-in-one.safetensors")
    save_file(
        {name: numbers.half() for name, numbers in whole.items()},
        own / "unet" / "diffusion_pytorch_model.fp16.safetensors",
    )

    assert 0 < weight == memory.weight(own, 32)


def test_a_pipeline_without_a_way_from_pictures_says_so() -> None:
    class Odd:
        config: ClassVar[dict[str, object]] = {}

    odd = Loaded(Odd(), Manner(2, 0.0, False, 16, 8, 77))  # type: ignore[arg-type]  # a kind of pipeline that the library cannot convert
    with pytest.raises(UserError, match="cannot start from a picture"):
        odd.pipeline("image")
    with pytest.raises(UserError, match="cannot draw inside a mask"):
        odd.pipeline("mask")


@pytest.mark.parametrize(
    ("sizes", "free", "expected"),
    [([4, 5], 100, "whole"), ([60, 30], 100, "parts"), ([90, 30], 100, "layers")],
)
def test_a_card_that_is_too_small_holds_a_part_at_a_time(sizes: list[int], free: int, expected: str) -> None:
    assert expected == placement(sizes, free)


@pytest.mark.parametrize(
    ("device", "free", "expected"),
    [
        ("cpu", 0, ["to cpu"]),
        ("mps", 0, ["to mps", "slices"]),
        ("cuda", 10**9, ["to cuda"]),
        ("cuda", 90_000, ["parts", "tiles"]),
        ("cuda", 10, ["layers", "tiles"]),
    ],
)
def test_a_pipeline_goes_where_there_is_room(
    monkeypatch: pytest.MonkeyPatch, device: str, free: int, expected: list[str]
) -> None:
    done: list[str] = []

    class Vae:
        use_tiling = False

        def enable_tiling(self) -> None:
            done.append("tiles")

    class Recorded:
        components: ClassVar[dict[str, object]] = {
            "unet": torch.nn.Linear(100, 100),
            "text_encoder": torch.nn.Linear(100, 100),
            "tokenizer": None,
        }
        vae = Vae()

        def to(self, where: torch.device) -> None:
            done.append(f"to {where}")

        def enable_attention_slicing(self) -> None:
            done.append("slices")

        def enable_model_cpu_offload(self, *, device: torch.device) -> None:
            done.append("parts")

        def enable_sequential_cpu_offload(self, *, device: torch.device) -> None:
            done.append("layers")

    monkeypatch.setattr(engine, "free_memory", lambda where: free if where.type == "cuda" else 10**12)
    engine.settle(Recorded(), torch.device(device))  # type: ignore[arg-type]  # what it uses of a pipeline

    assert expected == done
    if "layers" in expected:
        engine.settle(Recorded(), torch.device(device), least="parts")  # type: ignore[arg-type]  # the same
        assert [*expected, "parts", "tiles"] == done


async def test_a_pipeline_of_which_one_part_works_at_a_time_draws_the_same(own: Path) -> None:
    """On the processor in place of a card: the parts are moved by the same hooks."""
    whole, parts = (LocalPictures(name, own, lambda: None) for name in ("whole", "parts"))
    await parts.resident.run(lambda loaded, stopped: loaded.pipe.enable_model_cpu_offload(device=torch.device("cpu")))
    drawn: list[list[object]] = []

    for one in (whole, parts):
        _, [first] = await draw(one, FOX)
        _, [second] = await draw(one, replace(FOX, image=first.png))
        _, [third] = await draw(one, FOX)
        drawn.append([pixels(image.png) for image in (first, second, third)])
        await one.resident.close()

    assert drawn[0] == drawn[1]
    assert drawn[0][0] == drawn[0][2]
