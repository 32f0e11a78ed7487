"""What the stickers are asked for, and what counts as found."""

from __future__ import annotations

import random
from collections.abc import Sequence

import numpy as np
import torch

from training.evaluate.asked import AMONG, Asked, found, instead, languages, rivals, sets
from training.stickers.colours import COLOURS
from training.stickers.pictures import Kind, Picture

BLANK = np.zeros((8, 8, 4), np.uint8)


def named(
    kind: Kind, caption: str, *, held: bool = False, others: Sequence[str] = (), foreign: Sequence[str] = ()
) -> Picture:
    return Picture(caption, tuple(others), tuple(foreign), BLANK, True, kind, held)


EVERY = [
    named("plain", "red apple", others=["apple"], foreign=["roter Apfel", "pomme rouge", "manzana roja"]),
    named("plain", "green apple", foreign=["grüner Apfel", "pomme verte", "manzana verde"]),
    named("plain", "crying cat", foreign=["weinende Katze", "chat qui pleure", "gato llorando"]),
    named("plain", "cat face", others=["cat"], foreign=["Katzengesicht", "tête de chat", "cara de gato"]),
    named("plain", "cat", foreign=["Katze", "chat", "gato"]),
    named("plain", "kiwi", foreign=["Kiwi", "kiwi", "kiwi"]),
    named("plain", "taxi", foreign=["Taxi", "taxi de face", "taxi de frente"]),
    named("plain", "moon", foreign=["Mond", "lune", "luna"]),
    named("plain", "crescent moon", others=["moon"], foreign=["Mondsichel", "croissant de lune", "luna"]),
    *(named("colour", f"{colour} apple", held=colour in {"green", "blue"}) for colour in COLOURS),
    *(named("mood", f"{mood} cat", held=mood in {"cool", "crying"}) for mood in ("cool", "angry", "crying", "royal")),
]
"""As in what is really learned from, an emoji is called what a thing in a colour or a mood is called too."""

PLACE = {(one.kind, one.caption): place for place, one in enumerate(EVERY)}


def captions(asked: Asked) -> set[str]:
    return {EVERY[place].caption for place in asked.places}


def test_captions_that_stand_for_two_pictures_are_not_asked_for() -> None:
    training, colours, moods = sets(EVERY, 200, 7)

    assert not {"red apple", "green apple", "crying cat"} & (captions(training) | captions(colours) | captions(moods))
    assert {"cat face", "yellow apple", "royal cat"} <= captions(training)
    assert ({"blue apple"}, {"cool cat"}) == (captions(colours), captions(moods))


def test_what_is_held_out_is_not_asked_for_where_another_picture_is_learned_by_its_name() -> None:
    blue = named("plain", "fruit", others=["Blue Apple"])

    # It was the only one of its kind, and nothing is asked for that is not there.
    assert ["training", "held-out mood × animal"] == [one.name for one in sets([*EVERY, blue], 200, 7)]


def test_the_same_seed_asks_for_the_same() -> None:
    assert sets(EVERY, 10, 7) == sets(EVERY, 10, 7)
    assert sets(EVERY, 10, 7) != sets(EVERY, 10, 8)


def test_emoji_are_asked_for_in_every_language_by_names_of_their_own() -> None:
    everything = Asked("training", [place for place, one in enumerate(EVERY) if not one.held], [])

    told = languages(EVERY, everything, 50)

    assert {"cat face", "cat"} == captions(told[0])
    assert [("names in English", ["cat face", "cat"]), ("the same in German", ["Katzengesicht", "Katze"])] == [
        (one.name, one.texts) for one in told[:2]
    ]
    assert ["tête de chat", "chat"] == told[2].texts
    assert ["cara de gato", "gato"] == told[3].texts
    assert [["cat face"], ["Katzengesicht"], ["tête de chat"], ["cara de gato"]] == [
        one.texts for one in languages(EVERY, everything, 1)
    ]


def test_with_few_samples_no_set_is_empty() -> None:
    few = sets([*EVERY, *(named("plain", f"thing {number}") for number in range(200))], 10, 7)
    nameless = Asked("training", [PLACE["plain", "kiwi"]], ["kiwi"])
    alone = Asked("held out", [PLACE["plain", "kiwi"]], ["kiwi"])

    assert [10, 1, 1] == [len(one.places) for one in few]
    assert [] == languages(EVERY, nameless, 2)
    assert [] == instead(EVERY, alone, 7)


def test_what_leaves_out_the_colour_or_the_mood_is_measured_too() -> None:
    held = Asked("held out", [PLACE["colour", "blue apple"], PLACE["mood", "cool cat"]], [])

    plain, other = instead(EVERY, held, 7)

    assert held.places == plain.places == other.places
    assert [PLACE["plain", "red apple"], PLACE["plain", "cat face"]] == plain.instead
    shown = [EVERY[place] for place in other.instead]
    assert ["colour", "mood"] == [one.kind for one in shown]
    assert not any(one.held for one in shown)
    assert ["apple", "cat"] == [one.caption.split()[1] for one in shown]


def test_the_right_caption_is_looked_for_among_those_of_the_same_thing() -> None:
    place = PLACE["mood", "cool cat"]

    others = rivals(place, EVERY, random.Random(1))

    assert place not in others
    assert {"angry cat", "crying cat", "royal cat"} == {EVERY[other].caption for other in others[:3]}
    assert len(set(others)) == len(others) == len(EVERY) - 1
    many = [*EVERY, *(named("plain", f"thing {number}") for number in range(200))]
    assert AMONG - 1 == len(rivals(place, many, random.Random(1)))


def test_another_picture_with_the_same_caption_is_not_wrong() -> None:
    plain, mood = PLACE["plain", "crying cat"], PLACE["mood", "crying cat"]

    assert plain not in rivals(mood, EVERY, random.Random(1))
    assert mood not in rivals(plain, EVERY, random.Random(1))
    scores = torch.zeros(1, len(EVERY))
    scores[0, mood], scores[0, plain] = 1, 2
    assert (1.0, 1.0) == found(scores, [mood], EVERY)


def test_the_right_caption_has_to_be_likelier_than_all_but_a_few() -> None:
    place = PLACE["mood", "cool cat"]
    others = rivals(place, EVERY, random.Random(place))
    scores = torch.zeros(1, len(EVERY))
    scores[0, place] = 1
    assert (1.0, 1.0) == found(scores, [place], EVERY)
    scores[0, others[:4]] = 2
    assert (0.0, 1.0) == found(scores, [place], EVERY)
    scores[0, others[4]] = 2
    assert (0.0, 0.0) == found(scores, [place], EVERY)


def test_what_is_only_as_likely_as_all_others_is_not_found() -> None:
    place = PLACE["mood", "cool cat"]
    scores = torch.ones(1, len(EVERY))

    assert (0.0, 0.0) == found(scores, [place], EVERY)
    assert (0.0, 0.0) == found(scores * float("nan"), [place], EVERY)
    scores[0, place] = float("nan")
    assert (0.0, 0.0) == found(scores, [place], EVERY)
