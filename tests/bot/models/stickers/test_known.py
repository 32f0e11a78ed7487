"""What of a caption is read, and which learned caption a wish is most like."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from bot.models.stickers import known
from bot.models.stickers.words import WIDTH, Heard, Words
from training.stickers.latents import words

NAMES = {"❤": "red heart"}


@pytest.fixture(scope="module")
def reader() -> Words:
    return words()


@pytest.mark.parametrize(
    ("caption", "heard"),
    [
        ("a fox", Heard("a fox", whole=True, strange=(), nothing=False)),
        (" fox" * 18, Heard(" ".join(["fox"] * 18), whole=True, strange=(), nothing=False)),
        (" fox" * 19, Heard(" ".join(["fox"] * 18), whole=False, strange=(), nothing=False)),
        (" fox" * 17 + " pterodactyl", Heard(" ".join(["fox"] * 17), whole=False, strange=(), nothing=False)),
        ("x" * 400, Heard("x" * 400, whole=True, strange=("x" * 400,), nothing=True)),
        # What is cut off is punctuation, and no part of the word before.
        (" fox" * 18 + ", cat", Heard(" ".join(["fox"] * 18), whole=False, strange=(), nothing=False)),
        ("fox 狐狸 or 猫", Heard("fox 狐狸 or 猫", whole=True, strange=("狐狸", "猫"), nothing=False)),
        ("狐狸", Heard("狐狸", whole=True, strange=("狐狸",), nothing=True)),
        ("", Heard("", whole=True, strange=(), nothing=True)),
    ],
)
def test_it_is_told_how_much_of_a_caption_is_read(reader: Words, caption: str, heard: Heard) -> None:
    assert heard == reader.heard(caption)


def test_what_is_not_told_as_read_changes_nothing(reader: Words) -> None:
    long = "a cat that sits on a red chair and looks through the window at a very small blue bird"
    heard = reader.heard(long)

    assert not heard.whole
    assert reader.read([long]).states.equal(reader.read([f"{heard.text} sofa"]).states)
    assert not reader.read([long]).states.equal(reader.read([f"{heard.text.rpartition(' ')[0]} sofa"]).states)


@pytest.mark.parametrize(
    ("wish", "bare"),
    [
        ("a cool fox", "cool fox"),
        ("draw me a picture of the cool fox, please!", "cool fox"),
        ("Please make an emoji of a panda with a crown", "panda with crown"),
        ("fox emoji", "fox"),
        ("the", "the"),
        ("an emoji", "emoji"),
        ("a sticker book", "sticker book"),
    ],
)
def test_words_around_a_wish_are_left_out(wish: str, bare: str) -> None:
    assert bare == known.bare(wish)


def test_the_nearest_caption_is_found_as_it_was_kept(reader: Words, tmp_path: Path) -> None:
    captions = ["fox", "fox", "ship"]
    known.write(tmp_path, captions, reader.read(["fox", "Fuchs", "ship"]).meaning, NAMES)
    kept = known.read(tmp_path)
    assert kept is not None

    near = kept.nearest(reader.read(["fox"]).meaning)
    foreign = kept.nearest(reader.read(["Fuchs"]).meaning)
    far = kept.nearest(reader.read(["two old sailors"]).meaning)

    assert ("fox", "fox", "ship") == (near.caption, foreign.caption, far.caption)
    assert pytest.approx(1, abs=0.005) == near.likeness == pytest.approx(foreign.likeness, abs=0.005)
    assert far.likeness < known.LIKE
    assert NAMES == kept.names


@pytest.mark.parametrize(
    ("wish", "words"),
    [
        ("a ❤️ on 🦊", "a red heart on fox face"),
        ("draw me a Smiley, please!", "smiling face"),
        ("smiley face", "smiling face"),
        ("a sad smiley", "a sad smiley"),
    ],
)
def test_a_wish_is_worded_as_was_learned(wish: str, words: str) -> None:
    assert words == known.Known((), torch.zeros(0, WIDTH), NAMES).worded(wish)


def test_a_folder_need_not_tell_what_was_learned(tmp_path: Path) -> None:
    assert known.read(tmp_path) is None
