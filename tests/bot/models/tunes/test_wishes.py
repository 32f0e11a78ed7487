"""What tune a person wants, and what is decided for them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.models.tunes.instruments import BY_NAME, INSTRUMENTS
from bot.models.tunes.notation import HIGHEST, LOWEST, METRES, Mode, Motion
from bot.models.tunes.plan import USUAL, fitting, plan, planned_for, tempo_of
from bot.models.tunes.reading import read as read_abc
from bot.models.tunes.wishes import SCENES, Wish, imagined, nearest, read
from tests.bot.models.tunes.tunes import JIG


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a cheerful jig in D", {"kind": "jig", "tonic": 2, "mode": Mode.MAJOR, "motion": Motion.LIVELY}),
        ("reel in Bb", {"kind": "reel", "tonic": 10, "mode": None}),
        ("march in F sharp minor at 120 bpm", {"kind": "march", "tonic": 6, "mode": Mode.MINOR, "tempo": 120}),
        ("slip jig", {"kind": "slip jig", "metre": "9/8"}),
        ("a slow waltz in A minor", {"kind": "air", "name": "waltz", "metre": "3/4", "pace": 0.8}),
        ("polka", {"kind": "dance", "name": "polka", "metre": "2/4"}),
        ("a lullaby", {"kind": "air", "name": "lullaby", "motion": Motion.CALM, "pace": 0.8}),
        ("hornpipe in the key of G", {"kind": "hornpipe", "tonic": 7}),
        ("something in E dorian, 3/4", {"kind": None, "tonic": 4, "mode": Mode.DORIAN, "metre": "3/4"}),
        ("a mixolydian march", {"tonic": None, "mode": Mode.MIXOLYDIAN}),
        ("in C♯ minor", {"tonic": 1, "mode": Mode.MINOR}),
        ("a sad air", {"mode": Mode.MINOR, "motion": Motion.CALM}),
        ("a jig with 8 bars", {"length": 8}),
        ("a short reel", {"length": 8}),
        ("jig, two repeated parts of eight bars (AABB)", {"length": 16}),
        ("an air of sixteen bars, a cappella", {"length": 16, "alone": True}),
        ("a jig, no, a reel", {"kind": "reel"}),
        ("faster", {"pace": 1.2}),
        ("a song about Dublin", {"kind": "air", "tonic": None}),
        ("", {"kind": None, "players": ()}),
    ],
)
def test_what_is_said_outright_is_understood(text: str, said: dict[str, object]) -> None:
    wish = read(text)

    assert said == {name: getattr(wish, name) for name in said}


def test_instruments_are_heard_in_their_order() -> None:
    assert ["flute", "harp"] == [one.name for one in read("a waltz for flute and harp").players]
    assert ["fiddle", "tin whistle"] == [one.name for one in read("two violins and a pennywhistle").players]


def test_what_cannot_be_followed_is_said() -> None:
    assert ("I know no tunes in 5/4; I can write 2/4, 3/4, 4/4, 3/8, 6/8, 9/8, 12/8, 3/2, 6/4.",) == read("5/4").notes
    assert ("Tunes have phrases of four bars, so this one has 12 bars.",) == read("a jig of 11 bars").notes
    assert "4/4" == read("a march in 2/2").metre


def test_words_are_like_the_nearest_scene_or_none() -> None:
    vectors = np.eye(len(SCENES))

    assert SCENES[3] is nearest(list(vectors[3]), vectors.tolist())
    assert nearest(list(vectors[3] * 0.1), vectors.tolist()) is None


def test_a_scene_fills_in_only_what_is_open() -> None:
    scene = next(scene for scene in SCENES if scene.player == "cello")

    wish = imagined(read("in D major on the harp"), scene)

    assert ("air", Mode.MAJOR, 2, "harp") == (wish.kind, wish.mode, wish.tonic, wish.players[0].name)
    assert (scene.metre, scene.motion, scene.pace) == (wish.metre, wish.motion, wish.pace)
    assert all(scene.player in BY_NAME for scene in SCENES)


@given(st.text(max_size=60), st.one_of(st.none(), st.floats(1, 300)), st.integers(0, 100))
def test_whatever_is_said_there_is_a_plan(text: str, seconds: float | None, seed: int) -> None:
    made = plan(read(text), seconds, np.random.default_rng(seed))

    assert made.wanted.metre in METRES
    assert made.wanted.length % 4 == 0
    assert 20 <= made.tempo <= 450
    assert LOWEST <= made.wanted.lowest < made.wanted.highest <= HIGHEST


def test_a_kind_has_its_metre_and_a_metre_its_kind() -> None:
    chance = np.random.default_rng(1)

    for kind, metres in USUAL.items():
        assert plan(Wish(kind=kind), None, chance).wanted.metre in metres
    assert "slip jig" == plan(Wish(metre="9/8"), None, chance).wanted.kind
    assert "dance" == plan(Wish(metre="3/2"), None, chance).wanted.kind


@pytest.mark.parametrize(
    ("seconds", "metre", "tempo", "expected"),
    [
        (35, "6/8", 165, (16, True)),
        (9, "6/8", 165, (8, False)),
        (1, "3/4", 100, (4, False)),
        (300, "4/4", 84, (56, True)),
    ],
)
def test_the_length_fits_the_seconds(seconds: float, metre: str, tempo: int, expected: tuple[int, bool]) -> None:
    assert expected == fitting(seconds, metre, tempo)


def test_beats_a_minute_are_dotted_quarters_in_compound_metres() -> None:
    assert 165 == tempo_of(read("a jig at 110 bpm"), "jig", "6/8")
    assert 110 == tempo_of(read("a reel at 110 bpm"), "reel", "4/4")
    assert 120 == tempo_of(Wish(), "dance", "3/2")


def test_who_plays_the_chords() -> None:
    chance = np.random.default_rng(1)

    def players(text: str) -> tuple[str, str | None]:
        made = plan(read(text), None, chance)
        return made.player.name, made.accompanist.name if made.accompanist else None

    assert ("fiddle", "guitar") == players("jig")
    assert ("flute", "harp") == players("a jig for flute, whistle and harp")
    assert ("piano", "piano") == players("a jig on the piano")
    assert ("flute", None) == players("an air, unaccompanied")


def test_a_melody_is_moved_to_the_key_that_is_asked_for_and_into_the_instruments_range() -> None:
    melody = read_abc(JIG)

    moved, made = planned_for(melody.transposed(24), read("in G"), None)

    assert (7, "jig", "6/8", 16) == (moved.key.tonic, made.wanted.kind, made.wanted.metre, made.wanted.length)
    assert {55 <= note.pitch <= 86 for note in moved.notes() if note.pitch is not None} == {True}
    low, _ = planned_for(melody.transposed(-36), Wish(), 20)
    assert melody.parts == low.parts


def test_instruments_have_their_own_names_and_programs() -> None:
    assert len(INSTRUMENTS) == len({one.name for one in INSTRUMENTS}) == len({one.program for one in INSTRUMENTS})
