"""What was learned is kept with the models."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from bot.models.stickers import known
from tests.training.stickers.made import SEED, SHAPES, archive
from training.stickers import captions
from training.stickers.latents import words
from training.stickers.pictures import Picture

PIXELS = np.zeros((1, 1, 4), np.uint8)

EVERY = [
    Picture("fox", ("fox emoji",), ("Fuchs", "renard"), PIXELS, turns=True, kind="plain"),
    Picture("hot beverage", ("cup",), (), PIXELS, turns=True, kind="plain"),
    Picture("purple fox", ("a purple fox",), (), PIXELS, turns=True, kind="colour"),
    Picture("blue fox", ("a blue fox",), (), PIXELS, turns=True, kind="colour", held=True),
    Picture("royal fox", ("fox with a crown",), (), PIXELS, turns=True, kind="mood"),
    # “Pie” is a foot in Spanish: what it is in English comes first.
    Picture("foot", (), ("pie",), PIXELS, turns=True, kind="plain"),
    Picture("Pie", (), (), PIXELS, turns=True, kind="plain"),
]


def test_what_was_learned_is_kept_by_all_its_names_and_the_same_each_time(tmp_path: Path) -> None:
    reader = words()
    names = {"🦊": "fox", "❤": "red heart", "🚢": "ship"}
    captions.write(EVERY, reader, names, tmp_path)
    first = (tmp_path / known.FILE).read_bytes()
    captions.write(EVERY, reader, names, tmp_path)

    assert first == (tmp_path / known.FILE).read_bytes()
    kept = known.read(tmp_path)
    assert kept is not None
    wishes = ("a fox", "Fuchs", "renard", "hot beverage", "a cup", "purple fox", "royal fox", "fox with a crown", "pie")
    assert ["fox", "fox", "fox", "hot beverage", "cup", "purple fox", "royal fox", "fox with a crown", "Pie"] == [
        kept.nearest(reader.read([known.bare(wish)]).meaning).caption for wish in wishes
    ]
    assert "blue fox" not in kept.captions
    assert names == kept.names


def test_emoji_alone_are_kept_by_their_names(tmp_path: Path) -> None:
    archive(tmp_path)

    # Letters and punctuation are read as they stand, and what CLDR gives no name has none.
    assert {symbol: name for name, symbol in SHAPES.items()} | {"🧔\u200d♂": "man beard"} == captions.names(tmp_path)


def test_they_are_written_anew_for_models_that_are_trained_already(
    trained: Path, work: Path, every: list[Picture], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(captions, "pictures", lambda folder, seed: every)
    with pytest.raises(SystemExit, match="Train the diffusion model first"):
        captions.anew(SEED, work, tmp_path)
    shutil.copytree(trained / "unet", tmp_path / "unet")

    captions.anew(SEED, work, tmp_path)

    assert (trained / known.FILE).read_bytes() == (tmp_path / known.FILE).read_bytes()
