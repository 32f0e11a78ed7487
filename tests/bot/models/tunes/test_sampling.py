"""Tunes that are written by chance keep to the rules, whatever the network says."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from bot.models.tunes.notation import KINDS, METRES, SCALES, Mode, Motion, Note, Part, Tune, bars_of, ticks_of, upbeat
from bot.models.tunes.place import follow
from bot.models.tunes.reading import read
from bot.models.tunes.rules import LEAP, Rules, Wanted, nearest_length, parts_of
from bot.models.tunes.sampling import Writer, compose, draw, go_on, lengths_for, vary
from bot.models.tunes.stepping import Network, Weights
from bot.models.tunes.tokens import HEADING, NAMES, decode, encode
from bot.models.tunes.writing import write
from tests.bot.models.tunes.tunes import JIG, checkpoint, writer


@st.composite
def wishes(draw: st.DrawFn) -> Wanted:
    return Wanted(
        kind=draw(st.sampled_from(KINDS)),
        metre=draw(st.sampled_from(sorted(METRES))),
        tonic=draw(st.integers(0, 11)),
        length=draw(st.sampled_from([4, 8, 12, 16])),
        mode=draw(st.sampled_from([None, *Mode])),
        motion=draw(st.sampled_from([None, *Motion])),
        repeated=draw(st.sampled_from([None, True, False])),
    )


def adds_up(tune: Tune) -> None:
    first = upbeat(tune.parts[0], tune.full)
    for part in tune.parts:
        begun = upbeat(part, tune.full)
        assert first == begun
        lengths = [ticks_of(bar) for bar in part.bars]
        assert [
            *([begun] if begun else []),
            *[tune.full] * (bars_of(part, tune.full) - 1),
            tune.full - begun,
        ] == lengths


@settings(max_examples=60, deadline=None)
@given(wishes(), st.integers(0, 1000))
def test_bars_add_up_and_the_tune_is_what_was_asked_for(wanted: Wanted, seed: int) -> None:
    dice = writer(Rules(wanted, parts_of(wanted.length)), seed)

    tune = compose(dice)

    adds_up(tune)
    assert (wanted.kind, wanted.metre, wanted.tonic) == (tune.kind, tune.metre, tune.key.tonic)
    assert wanted.mode in {None, tune.key.mode}
    assert wanted.motion in {None, tune.motion}
    assert list(parts_of(wanted.length)) == [bars_of(part, tune.full) for part in tune.parts]
    assert wanted.repeated is None or {wanted.repeated} == {part.repeated for part in tune.parts}
    assert dice.said == encode(tune)
    pitches = [note.pitch for note in tune.notes() if note.pitch is not None]
    assert wanted.lowest <= min(pitches) <= max(pitches) <= wanted.highest
    # It ends on its tonic, and a reader of ABC finds the same notes.
    assert wanted.tonic == pitches[-1] % 12
    assert tune.parts == read(write(tune, title="", tempo=100)).parts


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 1000))
def test_parts_end_on_a_note_of_rest_that_lasts(seed: int) -> None:
    wanted = Wanted("jig", "6/8", 2, mode=Mode.MAJOR)

    tune = compose(writer(Rules(wanted, parts_of(16)), seed))

    scale = SCALES[Mode.MAJOR]
    ends = [part.bars[-1][-1] for part in tune.parts]
    assert ends[0].pitch is not None
    assert (ends[0].pitch - 2) % 12 in {scale[0], scale[1], scale[2], scale[4]}
    assert ends[0].ticks >= 12
    assert ends[1].ticks >= 24
    leaps = [
        abs(one.pitch - other.pitch)
        for one, other in zip(tune.parts[0].bars[1], tune.parts[0].bars[1][1:], strict=False)
        if one.pitch is not None and other.pitch is not None
    ]
    assert max(leaps, default=0) <= LEAP


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 1000), st.sampled_from([8, 16, 24]))
def test_a_melody_is_gone_on_from(seed: int, length: int) -> None:
    melody = read("X:1\nM:6/8\nL:1/8\nK:D\nA|dAF DFA|B3 BAB|", goes_on=True)
    parts = lengths_for(melody, length, vary=False)

    tune = go_on(writer(Rules(Wanted("jig", "6/8", 2, length), parts), seed), melody)

    adds_up(tune)
    assert melody.parts[0].bars == tune.parts[0].bars[:3]
    assert sum(parts) == tune.length


def test_a_melody_of_whole_parts_gets_further_parts() -> None:
    melody = read(JIG, goes_on=True)

    tune = go_on(writer(Rules(Wanted("jig", "6/8", 2, 16), lengths_for(melody, 16, vary=False)), 1), melody)

    assert [8, 8] == [bars_of(part, tune.full) for part in tune.parts]
    assert melody.parts[0].bars[:-1] == tune.parts[0].bars[:-1]


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 1000))
def test_a_variation_keeps_the_frame_of_each_phrase(seed: int) -> None:
    melody = read(JIG)

    tune = vary(writer(Rules(Wanted("jig", "6/8", 2, 8), lengths_for(melody, 8, vary=True)), seed), melody)

    adds_up(tune)
    old, new = melody.parts[0].bars[1:], tune.parts[0].bars[1:]
    assert [old[place] for place in (0, 3, 4, 7)] == [new[place] for place in (0, 3, 4, 7)]
    assert old != new


def test_rests_and_held_notes_of_a_melody_stay() -> None:
    melody = read("X:1\nM:4/4\nL:1/8\nK:C\nC4z4|E8-|E8|F8|]")

    tune = go_on(writer(Rules(Wanted("reel", "4/4", 0, 4), (8,)), 1), melody)

    assert melody.parts[0].bars[:3] == tune.parts[0].bars[:3]
    assert Note(96, 64, held=True) in list(tune.notes())


def test_telling_it_to_stop_ends_the_work_before_the_next_token() -> None:
    told: list[int] = []
    dice = writer(Rules(Wanted("reel", "4/4", 0), parts_of(16)), 1)
    busy = Writer(dice.scorer, dice.rules, dice.chance, lambda: len(told) > 2, RuntimeError, told.append)

    with pytest.raises(RuntimeError):
        compose(busy)

    assert [1, 2, 3] == told


def test_only_what_is_likely_is_drawn() -> None:
    scores = np.log(np.array([0.5, 0.3, 0.15, 0.05]))
    everything = np.ones(4, dtype=bool)
    chance = np.random.default_rng(1)

    assert {0, 1} == {draw(scores, everything, chance, temperature=1.0, nucleus=0.6) for _ in range(60)}
    assert {3} == {draw(scores, np.array([False, False, False, True]), chance) for _ in range(3)}


@pytest.mark.parametrize(("bars", "length"), [(1, 4), (15, 16), (17, 16), (31, 32), (400, 64)])
def test_the_nearest_length_is_in_phrases_of_four(bars: int, length: int) -> None:
    assert length == nearest_length(bars)


def test_what_is_left_over_is_a_short_first_part() -> None:
    assert [(4,), (8,), (4, 8), (8, 8), (4, 8, 8)] == [parts_of(length) for length in (4, 8, 12, 16, 20)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return checkpoint(tmp_path_factory.mktemp("models") / "tunes")


def test_the_network_says_token_by_token_what_it_says_of_the_whole(folder: Path) -> None:
    import torch

    from bot.models.tunes.model import TunesModel

    model = TunesModel.from_pretrained(folder, dtype=torch.float32)
    tokens = encode(read(JIG))[:40]
    network, single = Network(Weights(model)), []
    for token, row in zip(tokens, follow(tokens), strict=True):
        single.append(network(token, row, tokens[:4]))

    with torch.inference_mode():
        whole, _ = model(
            torch.tensor([tokens]), torch.tensor([follow(tokens)]), torch.tensor([tokens[:4]])
        )  # fmt: skip
    np.testing.assert_allclose(np.stack(single), whole[0].numpy(), atol=1e-5)


def test_the_network_says_the_same_in_every_key_but_for_the_pitch(folder: Path) -> None:
    import torch

    from bot.models.tunes.model import TunesModel

    model = TunesModel.from_pretrained(folder, dtype=torch.float32)
    with torch.no_grad():
        # What it knows of pitches as such is taken away: what is left are distances from the tonic.
        for table in (model.token, model.heard):
            table.weight[-42:] = 0
        model.token.weight[[NAMES.index(f"key {key}") for key in range(12)]] = 0
        tune = read(JIG)
        scores = [
            model(torch.tensor([tokens]), torch.tensor([follow(tokens)]), torch.tensor([tokens[:4]]))[0][0, -2]
            for tokens in (encode(tune), encode(tune.transposed(3)))
        ]

    first = NAMES.index("note 62")
    np.testing.assert_allclose(scores[0][first : first + 20], scores[1][first + 3 : first + 23], atol=1e-5)


def test_the_network_writes_the_same_tune_for_the_same_seed(folder: Path) -> None:
    import torch

    from bot.models.tunes.model import TunesModel

    model = TunesModel.from_pretrained(folder, dtype=torch.float32)

    def one(seed: int) -> list[int]:
        rules = Rules(Wanted("jig", "6/8", 2, 8), (8,))
        made = Writer(
            Network(Weights(model)), rules, np.random.default_rng(seed), lambda: False, RuntimeError, lambda _: None
        )
        compose(made)
        return made.said

    assert one(1) == one(1)
    assert one(1) != one(2)


def test_a_given_rest_at_a_parts_beginning_is_no_held_note() -> None:
    held = Tune("reel", "4/4", read(JIG).key, Motion.CALM, (Part(((Note(96, 60, held=True),),) * 4, repeated=False),))

    tune = go_on(writer(Rules(Wanted("reel", "4/4", 2, 8), (8,)), 1), held)

    assert not tune.parts[0].bars[0][0].held
    assert tune == decode(encode(tune))


class Loud:
    """Likes one token above all."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __call__(self, token: int, place: Sequence[int], heading: Sequence[int]) -> NDArray[np.float64]:
        return np.where(np.array(NAMES) == self._name, 50.0, 0.0)


@pytest.mark.parametrize("name", ["rest", "hold", "time 4", "time 3", "time 144", "note 86", "upbeat 36", "|", "end"])
def test_a_network_that_likes_one_token_only_still_writes_a_tune(name: str) -> None:
    wanted = Wanted("jig", "6/8", 2, 8)

    tune = compose(
        Writer(Loud(name), Rules(wanted, (8,)), np.random.default_rng(1), lambda: False, RuntimeError, lambda _: None)
    )

    adds_up(tune)
    assert tune.parts == read(write(tune, title="", tempo=100)).parts
    assert len(encode(tune)) > HEADING
