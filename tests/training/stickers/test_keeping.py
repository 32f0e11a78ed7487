"""What trainings keep on the disk: whole or not at all, and only while it belongs to what is learned from."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from tests.training.stickers.made import TINY, archive, drawn
from training.stickers import classifier, emoji, latents
from training.stickers.augment import WIDE
from training.stickers.pictures import Picture
from training.stickers.run import write

ARCHIVE = f"{emoji.CLDR.replace('@', '-')}.tgz"

TWO = [Picture(name, (), (), drawn(symbol), True, "plain") for name, symbol in (("fox", "🦊"), ("star", "⭐"))]


def whitened(one: Picture) -> Picture:
    """The same picture in white."""
    pixels = one.pixels.copy()
    pixels[..., :3] = 255
    return replace(one, pixels=pixels)


def test_a_stop_while_writing_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "state.pt"
    write({"one": torch.ones(3)}, file)

    def half(values: object, fresh: Path) -> None:
        fresh.write_bytes(b"PK")
        raise KeyboardInterrupt

    monkeypatch.setattr(torch, "save", half)
    with pytest.raises(KeyboardInterrupt):
        write({"one": torch.zeros(3)}, file)

    assert torch.equal(torch.ones(3), torch.load(file, weights_only=True)["one"])


@pytest.fixture
def encodings(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many pictures were made latents of, each time; the autoencoder is made up."""
    seen: list[int] = []

    def encode(vae: torch.nn.Module, values: torch.Tensor) -> torch.Tensor:
        seen.append(len(values))
        return values[:, :, ::8, ::8]

    vae = torch.nn.Linear(1, 1)
    monkeypatch.setattr(latents, "autoencoder", lambda out: vae)
    monkeypatch.setattr(latents, "encode", encode)
    monkeypatch.setattr(latents, "MOVED", 1)
    return seen


def test_latents_are_written_whole_or_not_at_all(
    encodings: list[int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "latents.pt"

    def half(values: object, where: Path) -> None:
        where.write_bytes(b"PK")
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(torch, "save", half)
        with pytest.raises(KeyboardInterrupt):
            latents._kept(file, 7, tmp_path, TWO)

    assert [2] == encodings
    latents._kept(file, 7, tmp_path, TWO)
    latents._kept(file, 7, tmp_path, TWO)
    assert [2, 2] == encodings


def test_latents_of_other_pictures_are_made_anew(encodings: list[int], tmp_path: Path) -> None:
    file = tmp_path / "latents.pt"
    latents._kept(file, 7, tmp_path, TWO)

    latents._kept(file, 7, tmp_path, [TWO[0], whitened(TWO[1])])

    assert [2, 2] == encodings


def test_latents_of_pictures_that_were_moved_otherwise_are_made_anew(
    encodings: list[int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "latents.pt"
    latents._kept(file, 7, tmp_path, TWO)
    assert 1 == len(encodings)

    monkeypatch.setattr(latents, "MOVED", 2)
    latents._kept(file, 7, tmp_path, TWO)
    assert 3 == len(encodings)
    latents._kept(file, 8, tmp_path, TWO)
    assert 5 == len(encodings)
    monkeypatch.setattr(latents, "SLIGHT", WIDE)
    latents._kept(file, 8, tmp_path, TWO)
    assert 7 == len(encodings)


@pytest.mark.parametrize(
    "other",
    [[TWO[0], whitened(TWO[1])], [TWO[0], replace(TWO[1], caption="planet")], TWO[::-1]],
    ids=["another colour", "another name", "another order"],
)
def test_a_classifier_of_other_pictures_is_not_used(
    other: list[Picture], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    recipe = classifier.ClassifierRecipe(**TINY)
    first = classifier.classifier(recipe, TWO, tmp_path).state_dict()
    again = classifier.classifier(recipe, TWO, tmp_path).state_dict()
    assert "Going on after step 4." in capsys.readouterr().out

    classifier.classifier(recipe, other, tmp_path)

    assert all(torch.equal(weights, again[name]) for name, weights in first.items())
    assert "Going on" not in capsys.readouterr().out


@pytest.mark.parametrize("left", [0, 20, 100])
def test_a_broken_archive_is_told_in_one_line(left: int, tmp_path: Path) -> None:
    archive(tmp_path)
    whole = (tmp_path / ARCHIVE).read_bytes()
    (tmp_path / ARCHIVE).write_bytes(whole[:left])

    with pytest.raises(SystemExit, match=r"cldr-annotations-full-.*\.tgz is broken: delete it"):
        emoji._annotations(tmp_path, "en")


def test_names_are_fetched_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = tmp_path / "source"
    source.mkdir()
    archive(source)
    whole = (source / ARCHIVE).read_bytes()
    work = tmp_path / "work"
    codes = iter((1, 0))

    def pack(command: list[str], *, cwd: str, check: bool) -> subprocess.CompletedProcess[str]:
        code = next(codes)
        (Path(cwd) / ARCHIVE).write_bytes(whole[:100] if code else whole)
        return subprocess.CompletedProcess(command, code)

    monkeypatch.setattr("shutil.which", lambda name: "npm")
    monkeypatch.setattr(subprocess, "run", pack)
    with pytest.raises(SystemExit, match=r"npm pack .* failed"):
        emoji._annotations(work, "en")
    assert [] == list(work.iterdir())

    assert "🦊" in emoji._annotations(work, "en")
    assert [ARCHIVE] == [file.name for file in work.iterdir()]
