"""Training tiny sticker models on made-up emoji."""

from __future__ import annotations

import json
import random
import shutil
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import torch

from bot.models.stickers import known
from bot.models.stickers.gan import StickerGan
from bot.models.stickers.manner import LATENTS
from tests.training.stickers.made import SEED, SHAPES, TINY, drawn
from training.evaluate import stickers as evaluation
from training.stickers import diffusion, emoji, gan, latents, pictures, vae
from training.stickers.augment import MOVES, SLIGHT, draw_moves, moved, to_tensor
from training.stickers.colours import COLOURS, recoloured
from training.stickers.moods import FACES, MOODS, in_mood
from training.stickers.pictures import Picture
from training.stickers.run import Recipe, Run, can_compile, rate


def test_every_part_is_written_in_half_precision(trained: Path) -> None:
    from safetensors.torch import load_file

    for part in ("vae", "unet", "gan"):
        weights = load_file(trained / part / "diffusion_pytorch_model.safetensors")
        assert {torch.float16} == {one.dtype for one in weights.values()}
    assert "StickerPipeline" == json.loads((trained / "model_index.json").read_text())["_class_name"]


def test_nothing_that_is_written_tells_where_it_was_made(trained: Path) -> None:
    settings = [file.read_text() for file in trained.rglob("*.json")]

    assert 5 == len(settings)
    assert not any(str(trained) in text for text in settings)


def test_what_was_learned_can_be_told_from_what_was_not(trained: Path, every: list[Picture]) -> None:
    learned = known.read(trained)

    assert learned is not None
    read = latents.words().read
    for one in every:
        nearest = learned.nearest(read([known.bare(one.caption)]).meaning)
        assert one.held or one.caption == nearest.caption


def test_the_figures_are_written_into_the_card(trained: Path) -> None:
    card = (trained / "README.md").read_text()

    assert "| `gan` | 4,8" in card
    assert "| training | 8 | real |" in card
    assert "| held-out colour × thing | 3 | the plain emoji instead |" in card
    assert "| held-out mood × animal | 2 | a wrong one that is learned instead |" in card
    for language in ("names in English", "the same in German", "the same in French", "the same in Spanish"):
        assert f"| {language} | 2 | diffusion |" in card
    assert "The same seed repeats the picture for 8 of 8 captions" in card
    assert "A picture takes" in card
    assert (trained / "nearest.png").is_file()


def test_what_has_no_gan_is_not_measured(trained: Path, work: Path, tmp_path: Path) -> None:
    shutil.copytree(trained, tmp_path, dirs_exist_ok=True, ignore=shutil.ignore_patterns("gan"))
    with pytest.raises(SystemExit, match=r"Train the stickers first, .*: the folder gan, .* is missing"):
        evaluation.evaluate(tmp_path, seed=7, samples=10, threads=1, work=work)


def test_sheets_are_drawn_on_the_way(trained: Path, work: Path) -> None:
    assert trained.is_dir()
    assert {f"{name}-{step}.png" for name in ("vae", "diffusion", "gan") for step in (2, 4)} == {
        file.name for file in (work / "sheets").iterdir()
    }


@pytest.mark.parametrize("module", [vae, diffusion, gan], ids=["vae", "diffusion", "gan"])
def test_a_training_that_was_stopped_comes_to_the_weights_of_one_that_was_not(
    module: ModuleType,
    trained: Path,
    lessons: latents.Lessons,
    work: Path,
    every: list[Picture],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    name = module.__name__.rpartition(".")[2]
    here, out = tmp_path / "work", tmp_path / "out"
    here.mkdir()
    for part in ("vae", "gan"):
        shutil.copytree(trained / part, out / part)
    monkeypatch.setattr(latents, "MOVED", 2)
    monkeypatch.setattr(module, "Lessons", lambda seed, work, out: lessons, raising=False)
    monkeypatch.setattr(module, "pictures", lambda folder, seed: every, raising=False)
    recipe = {
        "vae": vae.VaeRecipe(channels=(8, 8, 8), judged=0.5, **TINY),
        "diffusion": diffusion.DiffusionRecipe(channels=(16, 16, 16), heads=2, compiled=False, **TINY),
        "gan": gan.GanRecipe(lazy=2, **TINY),
    }[name]

    def stop(*args: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(module, "look", stop)
        with pytest.raises(KeyboardInterrupt):
            module.train(recipe, here, out)
    monkeypatch.setattr(module, "look", lambda *told: None)
    module.train(recipe, here, out)

    straight, stopped = (torch.load(folder / f"{name}.pt", weights_only=True)["parts"] for folder in (work, here))
    assert straight.keys() == stopped.keys()
    for part, weights in straight.items():
        assert [] == [each for each in weights if not torch.equal(weights[each], stopped[part][each])], part


def test_what_is_held_out_is_never_learned_from(every: list[Picture]) -> None:
    held = {one.caption for one in every if one.held}
    kinds = {(one.kind, one.held) for one in every}

    assert {("plain", False), ("colour", False), ("colour", True), ("mood", False), ("mood", True)} == kinds
    assert not held & {caption for one in every if not one.held for caption in (one.caption, *one.others)}
    assert all(pictures.held(SEED, *one.caption.split(" ", 1)) for one in every if one.held)


def test_smileys_are_not_drawn_in_colours_of_skin(every: list[Picture]) -> None:
    colours = {one.caption.split(" ", 1)[0] for one in every if one.kind == "colour" and "grinning" in one.caption}

    assert "blue" in colours
    assert not colours & pictures.UNNATURAL


def test_letters_and_signs_are_left_out(every: list[Picture]) -> None:
    assert list(SHAPES) == [one.caption for one in every if one.kind == "plain"]


def test_captions_are_drawn_from_names_keywords_and_languages(every: list[Picture]) -> None:
    chance = random.Random(1)
    fox = every[0]

    drawn = {fox.draw_caption(chance) for _ in range(200)}

    assert {"fox", "a fox", "fox emoji", "fox-de", "fox fox word"} <= drawn


@pytest.mark.parametrize("colour", sorted(COLOURS))
def test_the_main_colour_is_replaced_and_the_rest_stays(colour: str) -> None:
    picture = drawn("🦊")

    made = recoloured(picture, colour)

    wanted = [int(COLOURS[colour][at : at + 2], 16) for at in (1, 3, 5)]
    assert np.abs(made[30, 64, :3].astype(int) - wanted).max() <= 12
    assert np.abs(made[72, 48, :3].astype(int)).max() <= 40
    assert np.array_equal(picture[..., 3], made[..., 3])


def test_greys_are_coloured_too() -> None:
    grey = np.full((8, 8, 4), 200, np.uint8)

    made = recoloured(grey, "red")

    assert made[0, 0, 0] > made[0, 0, 1] + 80
    assert recoloured(np.full((8, 8, 4), 30, np.uint8), "red")[0, 0, 0] > 150


@pytest.mark.parametrize("mood", sorted(MOODS))
def test_a_mood_changes_a_face_where_it_is_worn(mood: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("training.stickers.moods.draw", drawn)
    face = drawn("🦊")

    made = in_mood(face, "fox", mood)

    assert (128, 128, 4) == made.shape
    changed = np.abs(made.astype(int) - face).sum(-1) > 0
    if MOODS[mood].place == "each eye":
        left, top, right, _ = FACES["fox"]
        assert changed[top, left]
        assert changed[top, right]
        assert not changed[110:].any()
    else:
        assert changed.any()


def test_a_move_of_nothing_changes_nothing() -> None:
    shown = to_tensor([drawn("🦊")])
    middle = (SLIGHT.largest + SLIGHT.smallest) / 2
    still = torch.tensor([[1.0, 0, 0, (1 - middle) * 2 / (SLIGHT.largest - SLIGHT.smallest), 0]])

    assert torch.allclose(moved(shown, still, SLIGHT), shown.float() / 127.5 - 1, atol=0.02)


def test_only_what_may_be_mirrored_is() -> None:
    moves = draw_moves(200, torch.arange(200) % 2 == 0, torch.Generator().manual_seed(1))

    assert {-1.0, 1.0} == set(moves[::2, 0].tolist())
    assert {1.0} == set(moves[1::2, 0].tolist())


def test_going_on_gives_the_same_weights_as_never_stopping(tmp_path: Path) -> None:
    recipe = Recipe(steps=6, keep=3, warmup=2, rate=0.1)

    def train(state: Path, stop: int) -> torch.Tensor:
        torch.manual_seed(1)
        layer = torch.nn.Linear(3, 1)
        optimizer = torch.optim.Adam(layer.parameters(), lr=recipe.rate)
        run = Run(recipe, state, {"layer": layer}, {"layer": optimizer}, "numbers")
        while run.step < stop:
            loss = layer(torch.randn(4, 3, generator=run.chance())).square().mean()
            run.learn("layer", loss)
            if run.done({"loss": loss.item()}):
                run.keep()
        return layer.weight.detach()

    straight = train(tmp_path / "one.pt", 6)
    train(tmp_path / "two.pt", 3)

    assert torch.equal(straight, train(tmp_path / "two.pt", 6))
    with pytest.raises(SystemExit, match="another recipe"):
        Run(replace(recipe, rate=0.2), tmp_path / "two.pt", {}, {}, "numbers")
    with pytest.raises(SystemExit, match="learned from other pictures"):
        Run(recipe, tmp_path / "two.pt", {}, {}, "other numbers")


def test_a_training_goes_on_only_beside_the_networks_that_it_began_with(
    trained: Path, work: Path, lessons: latents.Lessons, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(diffusion, "Lessons", lambda seed, work, out: lessons)
    shutil.copytree(trained, tmp_path / "out")
    shutil.copy(work / "diffusion.pt", tmp_path)
    torch.manual_seed(2)
    StickerGan().half().save_pretrained(tmp_path / "out" / "gan")
    recipe = diffusion.DiffusionRecipe(channels=(16, 16, 16), heads=2, compiled=False, **TINY)

    with pytest.raises(SystemExit, match="or beside another network: delete it"):
        diffusion.train(recipe, tmp_path, tmp_path / "out")


def test_how_long_a_step_takes_may_be_decided_anew_when_going_on(tmp_path: Path) -> None:
    recipe = diffusion.DiffusionRecipe(threads=2, keep=3, compiled=True)
    Run(recipe, tmp_path / "state.pt", {}, {}, "").keep()

    Run(replace(recipe, threads=1, keep=5, compiled=False), tmp_path / "state.pt", {}, {}, "")


@pytest.mark.parametrize(
    ("compiler", "named", "headers", "can"),
    [
        ("g++", None, True, True),
        ("g++", None, False, False),
        ("clang++", None, True, False),
        ("clang++", "clang++", True, True),
        ("g++", "clang++", True, False),
    ],
)
def test_networks_are_compiled_where_there_is_a_compiler_with_the_headers_of_python(
    compiler: str, named: str | None, headers: bool, can: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setattr("shutil.which", lambda name: name if name == compiler else None)
    monkeypatch.delenv("CXX", raising=False)
    if named:
        monkeypatch.setenv("CXX", named)
    monkeypatch.setattr("sysconfig.get_path", lambda name: str(tmp_path))
    if headers:
        (tmp_path / "Python.h").touch()

    assert can == can_compile()


def test_the_learning_rate_rises_and_falls() -> None:
    assert [0.1, 1.0, pytest.approx(0.02)] == [rate(0, 100, 10), rate(10, 100, 10), rate(100, 100, 10)]


def test_the_others_need_the_autoencoder_first(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="Train the autoencoder first"):
        latents.autoencoder(tmp_path)


def test_diffusion_needs_the_gan_first(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="Train the GAN first"):
        diffusion.generator(tmp_path)


def test_diffusion_learns_beside_drafts_that_are_moved_as_the_pictures_are(
    lessons: latents.Lessons, trained: Path
) -> None:
    model, batch = diffusion.generator(trained), lessons.draw(16, 7, 1)
    seen: list[torch.Tensor] = []
    model.register_forward_pre_hook(lambda network, given: seen.append(given[1]))

    made = diffusion.drafts(model, batch, 0.0, torch.Generator().manual_seed(1))

    assert made.flatten(1).any(1).all()
    assert torch.equal(batch.moves, seen[0][:, :MOVES])
    assert 1 == len(set(batch.moves[:, 0].tolist())) < len(set(seen[0][:, MOVES].tolist()))


def test_diffusion_learns_the_way_from_noise_with_the_draft_beside_it(lessons: latents.Lessons, trained: Path) -> None:
    batch = lessons.draw(4, 7, 1)
    draft = torch.full_like(batch.latents, 0.5)
    unet = diffusion.build(diffusion.DiffusionRecipe(channels=(16, 16, 16), heads=2))
    seen: list[torch.Tensor] = []

    def answer(network: torch.nn.Module, given: tuple[torch.Tensor, ...], made: tuple[torch.Tensor]) -> object:
        # What it is shown lies on the way from the picture to the noise, at the share of the time.
        share = given[1].view(-1, 1, 1, 1) / 1000
        seen.append(given[0])
        return ((given[0][:, : LATENTS[0]] - batch.latents) / share,)

    unet.register_forward_hook(answer)

    assert diffusion.loss_of(unet, batch, draft, torch.Generator().manual_seed(1)).item() < 1e-6
    assert torch.equal(draft, seen[0][:, LATENTS[0] :])


def test_diffusion_learns_without_drafts_too(lessons: latents.Lessons, trained: Path) -> None:
    model, batch = diffusion.generator(trained), lessons.draw(200, 7, 1, without=0.5)

    half, none = (diffusion.drafts(model, batch, alone, torch.Generator().manual_seed(1)) for alone in (0.5, 1.0))

    told = batch.read.states.flatten(1).any(1)
    assert not half[~told].any()
    assert 0.3 < half[told].flatten(1).any(1).float().mean() < 0.7
    assert not none.any()


def test_pictures_are_learned_from_as_they_are_drawn_never_mirrored(lessons: latents.Lessons) -> None:
    assert {1.0} == set(lessons.draw(200, 7, 1).moves[:, 0].tolist())


def test_without_npm_the_names_cannot_be_fetched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda name: None)

    with pytest.raises(SystemExit, match="install npm first"):
        emoji.read(tmp_path)


def test_without_the_font_one_line_tells_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(emoji, "FONT", "no such font.ttf")
    emoji._font.cache_clear()

    with pytest.raises(SystemExit, match="apt-get install fonts-noto-color-emoji"):
        emoji.draw("🦊")
    emoji._font.cache_clear()
