"""Tunes as tokens."""

from __future__ import annotations

import pytest
from hypothesis import given

from bot.models.tunes.notation import METRES, Key, Mode, Motion, Note, Part, Tune, ticks_of
from bot.models.tunes.place import BACK, FEATURES, NOTHING, STILL, Place, follow
from bot.models.tunes.reading import read
from bot.models.tunes.tokens import BAR, HEADING, IDS, NAMES, REPEAT, BadTokens, decode, encode
from tests.bot.models.tunes.tunes import JIG, tunes


@given(tunes())
def test_a_tune_is_the_same_after_it_was_tokens(tune: Tune) -> None:
    assert tune == decode(encode(tune))


def test_a_duration_stands_before_the_first_note_that_has_it() -> None:
    names = [NAMES[token] for token in encode(read(JIG))]

    assert ["|:", "upbeat 12", "time 12", "note 69", "|", "note 74", "note 69"] == names[HEADING : HEADING + 7]
    assert [":|", "end"] == names[-2:]


def test_what_no_token_stands_for_is_said() -> None:
    long = Part(((Note(96, 60),),) * 80, repeated=False)

    with pytest.raises(BadTokens, match="bars 80"):
        encode(Tune("reel", "4/4", Key(0, Mode.MAJOR), Motion.CALM, (long,)))


@pytest.mark.parametrize(
    "names",
    [
        ["kind reel", "|:"],
        ["kind reel", "metre 4/4", "mode maj", "key 0", "bars 4", "motion calm", "|:", "note 60"],
        ["kind reel", "metre 4/4", "mode maj", "key 0", "bars 4", "motion calm", "|:", "time 96", "hold"],
        ["kind reel", "metre 4/4", "mode maj", "key 0", "bars 4", "motion calm", "|:", "time 96", "note 60"],
        ["kind reel", "metre 4/4", "mode maj", "key 0", "bars 4", "motion calm", "|:", "|", ":|", "end"],
        ["kind reel", "metre 4/4", "mode maj", "key 0", "bars 4", "motion calm", "key 0"],
    ],
)
def test_tokens_that_are_no_tune_are_refused(names: list[str]) -> None:
    with pytest.raises(BadTokens):
        decode(IDS[name] for name in names)


@given(tunes())
def test_the_place_adds_up_wherever_the_tune_is(tune: Tune) -> None:
    place = Place()
    for token in encode(tune):
        place.feed(token)
        assert 0 <= place.tick <= tune.full

    assert (tune.length, len(tune.parts), METRES[tune.metre]) == (place.done, place.parts, place.full)
    assert {FEATURES} == {len(row) for row in follow(encode(tune))}


def test_the_place_tells_what_sounded_some_bars_before() -> None:
    tokens = encode(read(JIG))
    bars = [number for number, token in enumerate(tokens) if token == BAR]
    rows = follow(tokens)

    fifth = rows[bars[4]]
    heard = fifth[4 : 4 + len(BACK)]
    # One bar before it is B, two before d, four before d; eight bars before there was nothing.
    assert [IDS["note 71"] + 2, IDS["note 74"] + 2, IDS["note 74"] + 2, NOTHING] == heard
    # One eighth into the bar that begins with B3, after the quarter of the bar before it, no note begins.
    sixth = rows[bars[2] + 2]
    assert STILL == sixth[4]


def test_an_upbeat_counts_from_the_bars_end() -> None:
    place = Place()
    for token in encode(read(JIG))[: HEADING + 2]:
        place.feed(token)

    assert (True, 60, 60) == (place.opening, place.tick, place.goal)
    assert REPEAT == IDS["|:"]


def test_every_bar_has_the_ticks_of_its_metre() -> None:
    (part,) = read(JIG).parts

    assert [12, *[72] * 7, 60] == [ticks_of(bar) for bar in part.bars]
