"""Engines that compose, on tiny checkpoints of the very architectures."""

from __future__ import annotations

import asyncio
import io
import shutil
import sys
import threading
import warnings
from collections.abc import AsyncIterator
from contextlib import aclosing
from functools import partial
from importlib import machinery
from pathlib import Path
from types import ModuleType
from typing import cast

import numpy as np
import pytest
import soundfile
import torch
from safetensors.torch import load_file, save_file

from bot.body import Progress
from bot.errors import UserError
from bot.models.catalog import Entry, catalog
from bot.models.engines import hardware, memory, stable_audio
from bot.models.engines.music import LocalMusic, Player, open_model
from bot.models.engines.musicgen import MusicGen
from bot.models.engines.resident import Resident
from bot.models.fitting import BESIDE
from bot.models.tasks import Music, MusicBrief, Task
from tests.bot.models.checkpoints import write
from tests.bot.models.engines import music_checkpoints
from tests.bot.models.engines.turns import in_turns, noted_pauses

WORDS = "a merry jig in D"


@pytest.fixture(autouse=True)
def full_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that a sample can be compared with the library's own."""
    monkeypatch.setattr(hardware, "_wanted", "float32")
    monkeypatch.setattr(stable_audio, "STEPS", 3)


@pytest.fixture(scope="module")
def mono(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return music_checkpoints.musicgen(tmp_path_factory.mktemp("models") / "mono")


@pytest.fixture(scope="module")
def stereo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return music_checkpoints.musicgen(tmp_path_factory.mktemp("models") / "stereo", channels=2)


@pytest.fixture(scope="module")
def diffusion(tmp_path_factory: pytest.TempPathFactory) -> Path:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        return music_checkpoints.stable_audio(tmp_path_factory.mktemp("models") / "diffusion")


def entry(folder: Path) -> Entry:
    return Entry(name=folder.name, task=Task.MUSIC, kind="folder", source=str(folder))


@pytest.fixture
async def composer(mono: Path) -> AsyncIterator[LocalMusic]:
    model, resident = open_model(entry(mono), mono, lambda: None)
    assert isinstance(model, LocalMusic)
    yield model
    await resident.close()


async def compose(model: LocalMusic, brief: MusicBrief) -> tuple[list[Progress], Music]:
    steps = [step async for step in model.compose(brief)]
    made = steps.pop()
    assert isinstance(made, Music)
    return [step for step in steps if isinstance(step, Progress)], made


def heard(music: Music) -> bytes:
    """The samples: a file has a number by chance."""
    samples, _ = soundfile.read(io.BytesIO(music.audio))
    return bytes(samples.tobytes())


@pytest.mark.parametrize("channels", [1, 2])
def test_musicgen_plays_the_same_samples_as_the_library_for_a_seed(mono: Path, stereo: Path, channels: int) -> None:
    from transformers import AutoTokenizer, MusicgenForConditionalGeneration

    folder = (mono, stereo)[channels - 1]
    played = MusicGen("tiny", folder).play(WORDS, 0.4, 7, lambda done: None)

    library = MusicgenForConditionalGeneration.from_pretrained(folder)
    inputs = AutoTokenizer.from_pretrained(folder)([WORDS], return_tensors="pt")
    torch.manual_seed(7)
    expected = library.generate(**inputs, max_new_tokens=22)
    assert (6400, channels) == played.samples.shape
    assert 16_000 == played.rate
    np.testing.assert_array_equal(expected[0, :, :6400].T.numpy(), played.samples)


def test_what_else_draws_in_the_process_does_not_change_a_piece(mono: Path) -> None:
    model = MusicGen("tiny", mono)
    alone = model.play(WORDS, 0.2, 7, lambda done: None)

    def draw(done: float) -> None:
        torch.rand(3)

    beside = model.play(WORDS, 0.2, 7, draw)

    np.testing.assert_array_equal(alone.samples, beside.samples)


def test_how_a_checkpoint_wants_to_be_sampled_is_kept(mono: Path) -> None:
    model = MusicGen("tiny", mono)
    model._model.generation_config.update(temperature=0.5, top_k=4, top_p=0.9, guidance_scale=None)

    played = model.play(WORDS, 0.2, 7, lambda done: None)

    torch.manual_seed(7)
    inputs = model._tokenizer([WORDS], return_tensors="pt")
    expected = model._model.generate(**inputs, max_new_tokens=12)
    np.testing.assert_array_equal(expected[0, :, :3200].T.numpy(), played.samples)


def test_stable_audio_plays_the_same_samples_as_the_pipeline_for_a_seed(diffusion: Path) -> None:
    model = stable_audio.StableAudio("tiny", diffusion)
    steps: list[float] = []
    played = model.play(WORDS, 2.0, 7, steps.append)

    expected = model._pipeline(
        WORDS,
        negative_prompt="Low quality.",
        audio_end_in_s=2.0,
        num_inference_steps=3,
        generator=torch.Generator().manual_seed(7),
    ).audios[0]
    assert (2048, 2) == played.samples.shape
    np.testing.assert_array_equal(expected.T.numpy(), played.samples)
    assert [1 / 3, 2 / 3, 1] == pytest.approx(steps)
    assert 4 == model.longest


def test_stable_audio_of_which_one_part_works_at_a_time_plays_the_same(diffusion: Path) -> None:
    """On the processor in place of a card: the parts are moved by the same hooks."""
    whole, parts = (stable_audio.StableAudio("tiny", diffusion) for _ in range(2))
    parts._pipeline.enable_model_cpu_offload(device=torch.device("cpu"))

    played = [model.play(WORDS, 2.0, 7, lambda done: None).samples for model in (whole, parts, parts)]

    np.testing.assert_allclose(played[0], played[1], atol=1e-5)
    np.testing.assert_array_equal(played[1], played[2])


def test_what_turns_codes_into_sound_computes_in_full_numbers(
    mono: Path, diffusion: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hardware, "_wanted", "bfloat16")

    writer = MusicGen("tiny", mono)._model
    assert [torch.bfloat16, torch.float32] == [writer.decoder.dtype, writer.audio_encoder.dtype]
    pipeline = stable_audio.StableAudio("tiny", diffusion)._pipeline
    assert [torch.bfloat16, torch.float32] == [pipeline.transformer.dtype, pipeline.vae.dtype]


async def test_a_piece_is_a_file_that_plays_with_its_picture(composer: LocalMusic) -> None:
    progress, made = await compose(composer, MusicBrief(WORDS, seconds=1.5, seed=7))

    heard = soundfile.info(io.BytesIO(made.audio))
    assert 1.5 == pytest.approx(heard.duration, abs=0.01)
    assert ("audio/ogg", 7, "mono", "") == (made.media_type, made.seed, made.model, made.note)
    assert ["waveform.png"] == [file.name for file in made.files]
    assert made.files[0].data.startswith(b"\x89PNG")
    assert Progress(None, "loading the model") == progress[0]
    shares = [step.done for step in progress[1:]]
    assert sorted(shares, key=float) == shares  # type: ignore[arg-type]  # all are numbers
    assert 1 == shares[-1]


async def test_a_seed_repeats_a_piece_and_without_one_each_is_new(composer: LocalMusic) -> None:
    _, first = await compose(composer, MusicBrief(WORDS, seconds=1))
    _, second = await compose(composer, MusicBrief(WORDS, seconds=1))
    _, repeated = await compose(composer, MusicBrief(WORDS, seconds=1, seed=first.seed))

    assert first.seed != second.seed
    assert first.audio != second.audio
    assert first.files[0].data == repeated.files[0].data


@pytest.mark.parametrize("kind", ["mono", "stereo", "diffusion"])
async def test_pieces_are_composed_in_turns_as_if_alone(
    kind: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = request.getfixturevalue(kind)
    pauses = noted_pauses(monkeypatch)
    model, resident = open_model(entry(folder), folder, lambda: None)
    assert isinstance(model, LocalMusic)
    asked = [partial(compose, model, MusicBrief(WORDS, 1.0 + seed, seed=seed)) for seed in range(2)]
    alone = [(await each())[1] for each in asked]

    in_turn = [made for _, made in await in_turns(cast("Resident[Player]", resident), *asked)]
    await resident.close()

    assert [heard(each) for each in alone] == [heard(each) for each in in_turn]
    assert len(set(pauses)) == 2


async def test_a_length_that_the_model_cannot_make_becomes_the_nearest_it_can(diffusion: Path) -> None:
    model, resident = open_model(entry(diffusion), diffusion, lambda: None)
    assert isinstance(model, LocalMusic)
    _, long = await compose(model, MusicBrief(WORDS, seconds=100, seed=1))
    _, usual = await compose(model, MusicBrief(WORDS, seed=1))
    _, short = await compose(model, MusicBrief(WORDS, seconds=0.1, seed=1))
    await resident.close()

    assert [4, 4, 1] == [round(soundfile.info(io.BytesIO(made.audio)).duration) for made in (long, usual, short)]
    assert ["This model makes at most 4 seconds.", "", ""] == [made.note for made in (long, usual, short)]


async def test_a_melody_that_cannot_be_used_is_said(composer: LocalMusic) -> None:
    _, made = await compose(composer, MusicBrief(WORDS, seconds=1, melody="X:1\nK:D\nDEFG|"))

    assert "your melody was not used" in made.note


async def test_closing_the_iterator_stops_within_a_token() -> None:
    at_work, go_on = threading.Event(), threading.Event()
    steps: list[int] = []

    class Slow:
        longest = usual = 10.0

        def play(self, text: str, seconds: float, seed: int, step: object) -> object:
            assert callable(step)
            for number in range(100):
                steps.append(number)
                step(number / 100)
                at_work.set()
                go_on.wait()
            raise AssertionError("it was to be stopped")

    resident: Resident[Player] = Resident("slow", lambda: None, Slow)  # type: ignore[arg-type]  # it never ends
    async with aclosing(LocalMusic("slow", resident).compose(MusicBrief(WORDS))) as steps_told:  # type: ignore[type-var]
        async for told in steps_told:
            if told == Progress(0.0, "composing"):
                await asyncio.to_thread(at_work.wait)
                break
    go_on.set()
    await resident.close()

    assert [0, 1] == steps


async def test_work_that_was_cancelled_while_it_waited_is_not_begun() -> None:
    resident: Resident[Player] = Resident("never", lambda: None, lambda: None)  # type: ignore[arg-type, return-value]
    await resident.load()
    busy = threading.Event()
    before = resident.submit(lambda model, stopped: busy.wait())
    work = asyncio.ensure_future(compose(LocalMusic("never", resident), MusicBrief(WORDS)))
    await asyncio.sleep(0)
    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await work
    busy.set()

    assert before.result()
    await resident.close()


async def test_a_model_that_plays_no_numbers_says_so() -> None:
    class Broken:
        longest = usual = 1.0

        def play(self, text: str, seconds: float, seed: int, step: object) -> object:
            from bot.models.engines.music import Sound

            return Sound(np.full((100, 1), np.nan, np.float32), 100)

    resident: Resident[Player] = Resident("broken", lambda: None, Broken)  # type: ignore[arg-type]  # as it says
    with pytest.raises(UserError, match=r"The model broken made nothing that can be played; try other words\."):
        await compose(LocalMusic("broken", resident), MusicBrief(WORDS))
    await resident.close()


@pytest.mark.parametrize(
    ("config", "reason"),
    [
        ({"model_type": "bert"}, "it is a bert"),
        ({}, "it is no model I know"),
        ([], "it is no model I know"),
        (None, "it is no model I know"),
    ],
)
def test_what_cannot_compose_is_refused_in_one_line(tmp_path: Path, config: object, reason: str) -> None:
    if config is not None:
        write(tmp_path / "config.json", config)

    with pytest.raises(UserError, match=reason):
        open_model(entry(tmp_path), tmp_path, lambda: None)


async def test_the_tunes_that_come_with_atelier_have_their_own_engine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[object] = []

    def open_tunes(*given: object) -> tuple[str, str]:
        asked.extend(given)
        return "model", "resident"

    engine = ModuleType("engine")
    monkeypatch.setattr(engine, "open_tunes", open_tunes, raising=False)
    monkeypatch.setitem(sys.modules, "bot.models.tunes.engine", engine)
    write(tmp_path / "config.json", {"model_type": "atelier_tunes"})

    opened: object = open_model(entry(tmp_path), tmp_path, str)

    assert ("model", "resident") == opened
    assert [entry(tmp_path), tmp_path, str] == asked


async def test_a_damaged_checkpoint_gives_one_clear_line(mono: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(mono, tmp_path / "damaged"))
    (folder / "model.safetensors").write_bytes(b"garbage")
    model, resident = open_model(entry(folder), folder, lambda: None)
    assert isinstance(model, LocalMusic)

    with pytest.raises(UserError, match=r"^The model damaged cannot be loaded: [^\n]+$"):
        await compose(model, MusicBrief(WORDS))
    await resident.close()


def test_weights_must_fit_as_they_were_published(mono: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hardware, "_wanted", "bfloat16")
    short = memory.parameters(mono) * 2 * BESIDE
    monkeypatch.setattr(memory, "free_memory", lambda where: short + 1)

    with pytest.raises(UserError, match="choose a smaller one"):
        MusicGen("tiny", mono)


async def test_a_checkpoint_without_its_words_is_refused(mono: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(mono, tmp_path / "wordless"))
    (folder / "tokenizer.json").unlink()
    resident = open_model(entry(folder), folder, lambda: None)[1]

    with pytest.raises(UserError, match=r"cannot be loaded: the words of its tokenizer are missing\.$"):
        await resident.load()
    await resident.close()


async def test_weights_that_could_carry_code_are_refused(mono: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(mono, tmp_path / "pickled"))
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    resident = open_model(entry(folder), folder, lambda: None)[1]

    with pytest.raises(UserError, match=r"^The model pickled has no safetensors weights"):
        await resident.load()
    await resident.close()


async def test_weights_that_are_absent_are_not_made_up(mono: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(mono, tmp_path / "partial"))
    weights = load_file(folder / "model.safetensors")
    del weights["decoder.lm_heads.0.weight"]
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    resident = open_model(entry(folder), folder, lambda: None)[1]

    with pytest.raises(UserError, match=r"decoder\.lm_heads\.0\.weight is not among its weights"):
        await resident.load()
    await resident.close()


def test_stable_audio_names_the_package_it_needs(diffusion: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(name: str) -> machinery.ModuleSpec | None:
        return None

    monkeypatch.setattr(stable_audio, "find_spec", absent)

    with pytest.raises(UserError, match="The model tiny needs the package torchsde; install it with"):
        stable_audio.StableAudio("tiny", diffusion)


def test_every_part_of_stable_audio_must_fit_into_memory(diffusion: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    weights = {part.name: memory.parameters(part) * 4 for part in diffusion.iterdir() if part.is_dir()}
    assert {"transformer", "text_encoder", "projection_model", "vae"} <= {
        name for name, size in weights.items() if size
    }
    needed = sum(weights.values())
    monkeypatch.setattr(memory, "free_memory", lambda where: needed)

    with pytest.raises(UserError, match=r"^The model tiny needs about .* of memory and .* is free; choose a smaller"):
        stable_audio.StableAudio("tiny", diffusion)

    # What makes sound of the latents has four bytes all the same.
    monkeypatch.setattr(hardware, "_wanted", "bfloat16")
    short = (needed + weights["vae"]) / 2 * BESIDE
    monkeypatch.setattr(memory, "free_memory", lambda where: short - 1)
    with pytest.raises(UserError, match="choose a smaller"):
        stable_audio.StableAudio("tiny", diffusion)
    monkeypatch.setattr(memory, "free_memory", lambda where: short + 1)
    assert stable_audio.StableAudio("tiny", diffusion).longest == 4


def test_weights_of_stable_audio_that_are_absent_are_not_made_up(diffusion: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(diffusion, tmp_path / "partial"))
    file = next((folder / "text_encoder").glob("*.safetensors"))
    weights = load_file(file)
    weights.popitem()
    save_file(weights, file, metadata={"format": "pt"})

    with pytest.raises(ValueError, match="weights of its text_encoder are missing"):
        stable_audio.StableAudio("tiny", folder)


def test_a_pull_of_stable_audio_leaves_the_weights_for_other_software() -> None:
    found = catalog().find("stable-audio-open")
    assert found is not None

    assert found.gated
    assert all(map(found.fetches, ["model_index.json", "transformer/config.json", "vae/x.safetensors", "LICENSE.md"]))
    assert not any(map(found.fetches, ["model.safetensors", "model.ckpt", "model_config.json"]))
