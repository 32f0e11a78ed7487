"""What the starter tunes are trained on, and how."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import load_file

from bot.models.files import STARTER
from bot.models.tunes.instruments import INSTRUMENTS
from bot.models.tunes.model import TunesConfig, TunesModel
from bot.models.tunes.notation import HIGHEST, LOWEST, Tune
from bot.models.tunes.place import follow
from bot.models.tunes.reading import read
from bot.models.tunes.tokens import NAMES, encode
from tests.bot.models.tunes.tunes import JIG, tunes
from training.evaluate.tunes import Sample, conformity, grids, originality, wishes
from training.tunes import train
from training.tunes.collections import Source, even, kind_in
from training.tunes.data import Example, Split, example, examples, moved, shifts
from training.tunes.families import families
from training.tunes.kneser_ney import KneserNey
from training.tunes.soundfont import Font, build, chunks
from training.tunes.soundfont import read as read_font

OTHER = JIG.replace("dAF DFA", "fdB BcB").replace("B3 BAB", "efe ecA").replace("The Test", "Another")


def test_probabilities_sum_to_one_after_any_words() -> None:
    chance = np.random.default_rng(1)
    texts = [chance.integers(0, 6, 30) for _ in range(20)]
    model = KneserNey(texts, 6, order=4)

    contexts = np.concatenate([model.grams(text) for text in texts[:3]]) >> 8
    sums = [model.probabilities((context << 8) + np.arange(6)).sum() for context in contexts]
    np.testing.assert_allclose(sums, 1.0)


def test_what_was_seen_often_is_likely_and_what_follows_a_pattern_is_learnt() -> None:
    texts = [np.array([0, 1, 2] * 8) for _ in range(10)]
    noise = [np.random.default_rng(seed).integers(0, 3, 24) for seed in range(10)]

    learnt = KneserNey(texts + noise, 3, order=3)

    assert learnt.loss(texts) < 0.5 < learnt.loss(noise)
    assert KneserNey(noise, 3, order=5).loss(noise) < np.log(3)


def test_unigrams_count_by_what_stands_before_them() -> None:
    # 1 follows many, 2 follows only 1 but more often.
    texts = [np.array([number, 1]) for number in (3, 4, 5, 6)] + [np.array([3, 7, 2])] * 6

    model = KneserNey(texts, 8, order=2)

    assert model.probabilities(np.array([0 << 8 | 1]))[0] > model.probabilities(np.array([0 << 8 | 2]))[0]


def test_variants_are_one_family_and_a_tune_that_occurs_twice_is_marked() -> None:
    tune, other = read(JIG), read(OTHER)
    changed = JIG.replace("d2f edc", "g2f edc").replace("dcB AGF", "abc bag")
    variant = read(changed.replace("The Test", "By Another Name"))

    found, same = families([tune, other, variant.transposed(3), replace(other, title="The Test")])

    assert found[0] == found[2]
    # It has the title of the one, and the bars of the other.
    assert found[3] == found[1] == found[0]
    assert [False, False, False, True] == same


def test_tunes_that_share_nothing_are_apart() -> None:
    found, same = families([read(JIG), read("X:1\nT:March\nM:4/4\nL:1/8\nK:C\nCDEF GABc|edcB AGFE|cdec GABA|C8|")])

    assert 2 == len(set(found))
    assert not any(same)


@given(tunes())
def test_a_moved_example_is_the_transposed_tune(tune: Tune) -> None:
    one = example(tune)

    for shift in one.shifts:
        tokens, places = moved(one, shift)
        there = tune.transposed(shift)
        assert encode(there) == tokens.tolist()
        assert follow(encode(there)) == places.tolist()
        assert all(LOWEST <= note.pitch <= HIGHEST for note in there.notes() if note.pitch is not None)


def test_a_tune_is_moved_into_all_twelve_keys() -> None:
    assert set(range(12)) == {shift % 12 for shift in shifts(read(JIG))}


def test_examples_are_kept(tmp_path: Path) -> None:
    sources = [Source("a", read(JIG)), Source("b", read(OTHER))]

    first = examples(sources, tmp_path / "kept.npz")
    again = examples(sources, tmp_path / "kept.npz")

    for one, other in zip(first, again, strict=True):
        assert one.tokens.tolist() == other.tokens.tolist()
        assert one.places.tolist() == other.places.tolist()
    assert 1 == len(examples(sources[:1], tmp_path / "kept.npz"))


@pytest.mark.parametrize(
    ("collection", "abc", "kind"),
    [
        ("oneills1850", "X: 1200\nT: The Crib of Perches\nM: C\n", "reel"),
        ("oneills1850", "X: 20\nT: A Song\nR: jig\nM: 6/8\n", "jig"),
        ("airdsAirs", "X:3\nT:The Duke's Quick Step\nM:6/8\n", "march"),
        ("airdsAirs", "X:3\nT:Nameless\nM:6/8\n", None),
    ],
)
def test_the_kind_is_what_the_book_says(collection: str, abc: str, kind: str | None) -> None:
    assert kind == kind_in(collection, abc)


def test_old_reels_in_sixteenths_become_reels_in_eighths() -> None:
    old = read("X:1\nR:reel\nM:2/4\nL:1/16\nK:D\ndAFA dAFA|efge fdec|")

    new = even(old)

    assert ("4/4", [12] * 16) == (new.metre, [note.ticks for note in new.notes()])
    assert old.length == new.length
    assert "6/8" == even(read(JIG)).metre


def tone() -> Font:
    """A font of one looping tone and one that fades, at 16 kHz."""
    rate = 16_000
    wave = np.sin(np.arange(rate) / rate * 2 * np.pi * 440) * 20_000
    pcm = np.concatenate([wave, wave * np.linspace(1, 0, rate)]).astype(np.int16)
    samples = [
        ("looping", 0, rate, 4000, 12_000, rate, 69, 0, 0, 1),
        ("fading", rate, 2 * rate, 0, 0, rate, 69, 0, 0, 1),
    ]
    zones = [{48: 10}, {43: 60 << 8, 53: 0, 54: 1, 17: 500}, {43: 127 << 8 | 61, 53: 1}]
    presets = {(0, number): ("tone", [{41: 0, 44: 127 << 8}]) for number in (0, 5)}
    return Font(pcm, presets, [("tone", zones)], samples)


def test_a_cut_font_has_its_programs_and_sounds_at_the_right_pitch(tmp_path: Path) -> None:
    tinysoundfont = pytest.importorskip("tinysoundfont")
    (tmp_path / "cut.sf3").write_bytes(build(tone(), [0, 5], "test"))

    cut = read_font(tmp_path / "cut.sf3")
    synth = tinysoundfont.Synth(samplerate=16_000)
    font = synth.sfload(str(tmp_path / "cut.sf3"))
    synth.program_select(0, font, 0, 5)
    synth.noteon(0, 69, 100)
    heard = np.frombuffer(bytes(synth.generate(16_000)), dtype=np.float32)[::2]

    assert {(0, 0), (0, 5)} == set(cut.presets)
    assert 440 == pytest.approx(int(np.abs(np.fft.rfft(heard)).argmax()), abs=2)


def test_the_font_that_comes_with_atelier_has_every_instrument_for_every_key() -> None:
    font = read_font(STARTER / "tunes" / "instruments.sf3")

    assert {(0, one.program) for one in INSTRUMENTS} == set(font.presets)
    for _, zones in font.instruments:
        keys = sorted(zone[43] for zone in zones)
        covered = [key for pair in sorted((key & 255, key >> 8) for key in keys) for key in range(pair[0], pair[1] + 1)]
        assert list(range(128)) == covered
    assert {"smpl", "phdr", "shdr"} <= chunks(memoryview((STARTER / "tunes" / "instruments.sf3").read_bytes())).keys()


TINY = TunesConfig(embedding=16, hidden=16, layers=2, dropout=0.1)


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    sources = [Source(str(number), read(JIG).transposed(number)) for number in range(6)]
    parts = Split(sources[:5], sources[5:])
    monkeypatch.setattr(train, "split", lambda seed: parts)


@pytest.mark.usefixtures("small")
def test_training_that_was_stopped_goes_on_as_if_it_had_not_been(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    recipe = train.Recipe(epochs=3, batch=2, warmup=2)
    train.train(recipe, TINY, tmp_path / "whole", tmp_path / "whole" / "out")

    validate, calls = train.validate, iter(range(10))

    def stop_at_the_second(model: TunesModel, tunes: list[Example]) -> float:
        if next(calls) == 1:
            raise KeyboardInterrupt
        return validate(model, tunes)

    monkeypatch.setattr(train, "validate", stop_at_the_second)
    with pytest.raises(KeyboardInterrupt):
        train.train(recipe, TINY, tmp_path / "parts", tmp_path / "parts" / "out")
    train.train(recipe, TINY, tmp_path / "parts", tmp_path / "parts" / "out")

    whole, parts = (load_file(tmp_path / name / "out" / "model.safetensors") for name in ("whole", "parts"))
    assert all(torch.equal(whole[name], parts[name]) for name in whole)
    assert {torch.float16} == {weights.dtype for weights in whole.values()}
    assert "going on after epoch 1" in capsys.readouterr().out
    assert 3 == json.loads((tmp_path / "whole" / "best.json").read_text())["epoch"]


def test_the_rate_rises_and_falls() -> None:
    rates = [train.rate(step, 100, 10) for step in range(100)]

    assert 9 == max(range(100), key=rates.__getitem__)
    assert rates[0] == pytest.approx(0.1)
    assert rates[-1] < 0.02


@given(st.lists(st.integers(5, 40), min_size=1, max_size=20))
def test_every_tune_is_in_one_batch(lengths: Sequence[int]) -> None:
    one = example(read(JIG))
    many = [Example(one.tokens[: length + 6], one.places[: length + 6], (0,)) for length in lengths]

    found = list(train.batches(many, 4, np.random.default_rng(1)))

    assert len(many) == sum(len(batch.tokens) for batch in found)
    assert sum(len(each.tokens) - 1 for each in many) == sum(int((batch.targets >= 0).sum()) for batch in found)


def test_copies_are_found_in_any_key_and_octave() -> None:
    tune = read(JIG)
    wanted = next(wishes(1))

    said = originality([Sample(wanted, tune.transposed(-7), "")], [Source("x", read(OTHER)), Source("the test", tune)])

    assert "1 of 1 (100.0%)" in said
    assert "| 8 | the test |" in said
    assert 8 == len(grids(tune))


def test_samples_are_held_against_what_was_asked_for() -> None:
    pytest.importorskip("music21")
    from bot.models.tunes.writing import write

    tune = read(JIG)
    wanted = replace(next(wishes(2)), kind="jig", metre="6/8", tonic=2, mode=tune.key.mode)
    good = Sample(wanted, tune, write(tune, title="x", tempo=120))

    said = conformity([good, Sample(replace(wanted, tonic=4), tune, good.abc)])

    assert "100.0% are read" in said
    assert "50.0% are in the key" in said


def test_every_kind_is_asked_for() -> None:
    asked = list(wishes(200))

    assert 200 == len(asked)
    assert {name.removeprefix("kind ") for name in NAMES if name.startswith("kind ")} == {one.kind for one in asked}
    assert set(range(12)) == {one.tonic for one in asked}
