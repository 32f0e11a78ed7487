"""Tunes from words to files, with a tiny network of the real architecture."""

from __future__ import annotations

import asyncio
import io
import json
import shutil
from collections.abc import AsyncIterator
from contextlib import aclosing
from functools import partial
from pathlib import Path
from typing import cast

import pytest
import soundfile
from PIL import Image

from bot.body import Progress
from bot.errors import UserError
from bot.models.catalog import Entry, catalog
from bot.models.engines.music import open_model
from bot.models.engines.resident import Resident
from bot.models.files import STARTER
from bot.models.machine import Machine
from bot.models.room import Room
from bot.models.tasks import Music, MusicBrief, MusicGenerator, Task
from bot.models.tunes import engine, rendering
from bot.models.tunes.reading import read
from tests.bot.models.engines.turns import in_turns, noted_pauses
from tests.bot.models.tunes.tunes import JIG, checkpoint

FONT = STARTER / "tunes" / engine.FONT


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = checkpoint(tmp_path_factory.mktemp("models") / "tunes")
    shutil.copy(FONT, made)
    return made


def entry(folder: Path) -> Entry:
    return Entry(name="tunes", task=Task.MUSIC, kind="folder", source=str(folder))


@pytest.fixture
async def composer(folder: Path) -> AsyncIterator[MusicGenerator]:
    model, resident = open_model(entry(folder), folder, lambda: None)
    yield model
    await resident.close()


async def composed(composer: MusicGenerator, brief: MusicBrief) -> tuple[list[Progress], Music]:
    parts = [part async for part in composer.compose(brief)]
    *progress, music = parts
    assert isinstance(music, Music)
    return [one for one in progress if isinstance(one, Progress)], music


def heard(music: Music) -> bytes:
    """The samples: a file has a number by chance."""
    samples, _ = soundfile.read(io.BytesIO(music.audio))
    return bytes(samples.tobytes())


def abc(music: Music) -> str:
    return next(file.data.decode() for file in music.files if file.media_type == "text/vnd.abc")


async def test_words_become_audio_score_midi_and_abc(composer: MusicGenerator) -> None:
    pytest.importorskip("tinysoundfont")

    progress, music = await composed(composer, MusicBrief("a cheerful jig in D of 8 bars", seed=7))

    assert ("audio/ogg", 7, "tunes", "") == (music.media_type, music.seed, music.model, music.note)
    assert ["image/png", "audio/midi", "text/vnd.abc"] == [file.media_type for file in music.files]
    assert ["jig-in-d-major.png", "jig-in-d-major.mid", "jig-in-d-major.abc"] == [file.name for file in music.files]
    tune = read(abc(music))
    assert ("jig", "6/8", 2, 8) == (tune.kind, tune.metre, tune.key.tonic, tune.length)
    assert "PNG" == Image.open(io.BytesIO(music.files[0].data)).format
    samples, rate = soundfile.read(io.BytesIO(music.audio))
    bars = 8 + sum(8 for part in tune.parts if part.repeated)
    assert len(samples) / rate == pytest.approx(bars * 3 * 60 / 165, abs=2)
    assert Progress(None, "loading the model") == progress[0]
    shares = [one.done for one in progress[1:] if one.done is not None]
    assert sorted(shares) == shares
    assert {"composing", "playing"} == {one.note for one in progress[1:]}


async def test_a_seed_makes_the_same_tune_and_none_a_new_one(composer: MusicGenerator) -> None:
    brief = MusicBrief("an air of 4 bars", seed=3)

    one, same = [(await composed(composer, brief))[1] for _ in range(2)]
    other = (await composed(composer, MusicBrief("an air of 4 bars")))[1]

    assert (heard(one), one.files) == (heard(same), same.files)
    assert one.seed != other.seed


async def test_tunes_are_written_and_played_in_turns_as_if_alone(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("tinysoundfont")
    # So that others have their turn in the midst of playing, too.
    monkeypatch.setattr(engine, "TURN", 1)
    pauses = noted_pauses(monkeypatch)
    model, resident = open_model(entry(folder), folder, lambda: None)
    asked = [partial(composed, model, MusicBrief(f"a {kind} of 4 bars", seed=3)) for kind in ("jig", "reel")]
    alone = [(await each())[1] for each in asked]

    in_turn = [music for _, music in await in_turns(cast("Resident[engine.Loaded]", resident), *asked)]
    await resident.close()

    assert [(abc(each), heard(each)) for each in alone] == [(abc(each), heard(each)) for each in in_turn]
    assert len(set(pauses)) == 2


async def test_a_melody_is_gone_on_from_and_varied(composer: MusicGenerator) -> None:
    given = read(JIG)

    longer = read(abc((await composed(composer, MusicBrief("", seed=1, melody=JIG)))[1]))
    varied = read(abc((await composed(composer, MusicBrief("in G", seed=1, melody=JIG, vary=True)))[1]))

    assert given.parts[0].bars[:-1] == longer.parts[0].bars[:-1]
    assert 16 == longer.length
    assert (7, 8) == (varied.key.tonic, varied.length)
    assert given.transposed(5).parts[0].bars[1] == varied.parts[0].bars[1]


@pytest.mark.parametrize(
    ("melody", "reason"),
    [
        ("X:1\nK:D\n#", "cannot be read"),
        ("X:1\nM:4/4\nL:1/8\nK:C\n" + "C8|" * 70, "too long"),
        ("X:1\nM:4/4\nL:1/8\nK:C\nC,,,8|c'''8|", "three octaves"),
        ("X:1\nM:4/4\nL:1/32\nK:C\nC5|C32|C32|C32|", "an upbeat"),
        ("X:1\nM:4/4\nL:1/4\nK:C\n(3CDE F2|", "triplets of quarters"),
    ],
)
async def test_a_melody_that_cannot_be_used_is_told_in_one_line(
    composer: MusicGenerator, melody: str, reason: str
) -> None:
    with pytest.raises(UserError, match=reason) as caught:
        await composed(composer, MusicBrief("", seed=1, melody=melody))

    assert "\n" not in str(caught.value)


async def test_what_cannot_be_followed_is_told_with_the_tune(composer: MusicGenerator) -> None:
    _, music = await composed(composer, MusicBrief("a march in 7/8 of 4 bars", seed=1))

    assert music.note.startswith("I know no tunes in 7/8")


async def test_without_the_synthesizer_score_and_midi_still_come(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rendering, "can_sound", lambda: False)
    model, resident = open_model(entry(folder), folder, lambda: None)

    _, music = await composed(model, MusicBrief("a jig of 4 bars", seed=1))
    await resident.close()

    assert (b"", rendering.SILENT) == (music.audio, music.note)
    assert 3 == len(music.files)


async def test_without_the_sound_font_score_and_midi_still_come(folder: Path, tmp_path: Path) -> None:
    pytest.importorskip("tinysoundfont")
    shutil.copytree(folder, tmp_path / "silent")
    (tmp_path / "silent" / engine.FONT).unlink()
    model, resident = open_model(entry(tmp_path / "silent"), tmp_path / "silent", lambda: None)

    _, music = await composed(model, MusicBrief("a jig of 4 bars", seed=1))
    await resident.close()

    assert (b"", f"There is no audio, because {engine.FONT} is missing beside the weights.") == (
        music.audio, music.note,
    )  # fmt: skip


async def test_closing_stops_the_work_within_a_token(folder: Path) -> None:
    model, resident = open_model(entry(folder), folder, lambda: None)

    async with aclosing(model.compose(MusicBrief("a reel of 64 bars", seed=1))) as parts:  # type: ignore[type-var]
        async for part in parts:
            assert isinstance(part, Progress)
            if part.done:
                break
    # The thread is free again as soon as the next token would have been written.
    await asyncio.wait_for(resident.close(), 5)


@pytest.mark.parametrize(
    ("change", "reason"),
    [("vocab_size", "cannot be loaded"), ("weights", "cannot be loaded"), ("missing", "cannot be loaded")],
)
async def test_a_broken_checkpoint_is_told_in_one_line(folder: Path, tmp_path: Path, change: str, reason: str) -> None:
    broken = tmp_path / "broken"
    shutil.copytree(folder, broken)
    if change == "vocab_size":
        config = json.loads((broken / "config.json").read_text())
        (broken / "config.json").write_text(json.dumps({**config, "vocab_size": 20}))
    elif change == "weights":
        (broken / "model.safetensors").write_bytes(b"nothing")
    else:
        (broken / "model.safetensors").unlink()
    model, resident = open_model(entry(broken), broken, lambda: None)

    with pytest.raises(UserError, match=reason) as caught:
        await composed(model, MusicBrief("a jig", seed=1))
    await resident.close()

    assert "\n" not in str(caught.value)


async def test_the_embeddings_that_understand_words_take_room_of_their_own(folder: Path) -> None:
    model, resident = engine.open_tunes(entry(folder), folder, lambda: None)
    assert isinstance(model, engine.LocalTunes)
    machine = Machine(Room(20_000_000), look_every=1000)
    resident.join(machine, 1_000)

    with pytest.raises(UserError, match="needs about 100 MB"):
        await model._wish("sailors and pirates on a ship at sea")

    await resident.close()
    machine.close()


async def test_words_that_name_no_kind_are_understood_by_what_they_are_like(folder: Path) -> None:
    model, resident = engine.open_tunes(entry(folder), folder, lambda: None)
    assert isinstance(model, engine.LocalTunes)

    wish = await model._wish("sailors and pirates on a ship at sea")
    blank = await model._wish("qwertz")
    await resident.close()

    assert "hornpipe" == wish.kind
    assert blank.kind is None


class TestStarter:
    """The weights that come with Atelier."""

    def test_are_those_of_the_catalog_and_small(self) -> None:
        known = catalog().find("tunes")
        assert known is not None
        assert (STARTER / "tunes") == (STARTER / known.source)
        assert sum(file.stat().st_size for file in (STARTER / "tunes").iterdir()) < 15_000_000

    async def test_compose_a_cheerful_jig_in_d(self) -> None:
        known = catalog().find("tunes")
        assert known is not None
        resident: Resident[engine.Loaded]
        model, resident = engine.open_tunes(known, STARTER / "tunes", lambda: None)

        _, music = await composed(model, MusicBrief("a cheerful jig in D", seed=1))
        await resident.close()

        tune = read(abc(music))
        assert ("jig", "6/8", "D", 16) == (tune.kind, tune.metre, abc(music).split("K:")[1][0], tune.length)
        inside = sum((note.pitch - 2) % 12 in {0, 2, 4, 5, 7, 9, 11} for note in tune.notes() if note.pitch is not None)
        assert inside > 0.9 * sum(note.pitch is not None for note in tune.notes())
