"""What the starter stickers are asked for, and whether a classifier finds it in what they draw."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from torch import Tensor

from training.stickers.emoji import LANGUAGES
from training.stickers.moods import FACES
from training.stickers.pictures import THINGS, Kind, Picture, called

AMONG = 100
"""Captions that the right one is looked for among."""

BEST = 5
"""The right one has to be among so many of them."""

TITLES = {"de": "German", "fr": "French", "es": "Spanish"}


@dataclass(frozen=True, slots=True)
class Asked:
    """Pictures that are asked for.

    Attributes:
        name: What they are, in a table.
        places: Their places among all pictures.
        texts: The words that they are asked for with.
    """

    name: str
    places: list[int]
    texts: list[str]


@dataclass(frozen=True, slots=True)
class Shown:
    """Real pictures in place of drawn ones.

    Attributes:
        name: What they are, in a table.
        places: The places of what was asked for.
        instead: The places of what is shown instead.
    """

    name: str
    places: list[int]
    instead: list[int]


def sets(every: Sequence[Picture], samples: int, seed: int) -> list[Asked]:
    """What is asked for: training captions of each kind as often as they are learned from, and held-out ones.

    Captions that stand for two pictures are not asked for, nor held-out ones that are learned as something else. A set
    that would be empty is left out.

    Args:
        every: All pictures.
        samples: How many training captions.
        seed: Decides which.
    """
    chance = random.Random(seed)
    stands_for = Counter(one.caption.lower() for one in every)
    learned = {text.lower() for one in every if not one.held for text in (one.caption, *one.others, *one.foreign)}

    def some(kind: Kind, count: int, *, held: bool) -> list[int]:
        here = [
            place
            for place, one in enumerate(every)
            if (one.kind, one.held) == (kind, held)
            and stands_for[one.caption.lower()] == 1
            and not (held and one.caption.lower() in learned)
        ]
        return chance.sample(here, min(count, len(here)))

    plain, colour = round(0.55 * samples), round(0.3 * samples)
    chosen = {
        "training": [
            *some("plain", plain, held=False),
            *some("colour", colour, held=False),
            *some("mood", samples - plain - colour, held=False),
        ],
        "held-out colour × thing": some("colour", samples * 3 // 10, held=True),
        "held-out mood × animal": some("mood", samples // 5, held=True),
    }
    asked = [Asked(name, places, [every[place].caption for place in places]) for name, places in chosen.items()]
    return [one for one in asked if one.places]


def languages(every: Sequence[Picture], training: Asked, count: int) -> list[Asked]:
    """The same emoji asked for in every language, English first.

    Args:
        every: All pictures.
        training: What of them is asked for in English; emoji are taken of it that have a name of their own in every
            language, unlike the English one and all others'.
        count: How many at most.

    Returns:
        A set for each language; none where no emoji has such names.
    """
    stands_for = Counter(text for one in every for text in {each.lower() for each in (one.caption, *one.foreign)})

    def clear(one: Picture) -> bool:
        names = [name.lower() for name in one.foreign]
        return (
            len(names) == len(TITLES)
            and one.caption.lower() not in names
            and all(stands_for[name] == 1 for name in (one.caption.lower(), *names))
        )

    places = [place for place in training.places if clear(every[place])][:count]
    if not places:
        return []
    told = [Asked("names in English", places, [every[place].caption for place in places])]
    for number, code in enumerate(LANGUAGES[1:]):
        texts = [every[place].foreign[number] for place in places]
        told.append(Asked(f"the same in {TITLES[code]}", places, texts))
    return told


def instead(every: Sequence[Picture], asked: Asked, seed: int) -> list[Shown]:
    """Real pictures that leave out what was asked for: how often these are taken for it says what a share means.

    Args:
        every: All pictures.
        asked: Things in colours or moods.
        seed: Decides which other colour or mood is shown.

    Returns:
        The emoji itself, and the same thing in another colour or mood that is learned, where there are such.
    """
    chance = random.Random(seed)
    emoji = {
        called(one.caption): place
        for place, one in enumerate(every)
        if one.kind == "plain" and (one.caption in THINGS or one.caption in FACES)
    }
    itself = [(place, emoji[thing]) for place in asked.places if (thing := _thing(every[place])) in emoji]
    other = [
        (place, chance.choice(learned))
        for place in asked.places
        if (learned := [rival for rival in _same_thing(place, every) if not every[rival].held])
    ]
    return [
        Shown(name, [place for place, _ in pairs], [there for _, there in pairs])
        for name, pairs in (("the plain emoji instead", itself), ("a wrong one that is learned instead", other))
        if pairs
    ]


def found(scores: Tensor, places: Sequence[int], every: Sequence[Picture]) -> tuple[float, float]:
    """The shares of pictures whose right caption comes first, and among the best few.

    Args:
        scores: Pictures by all captions; what is no number is wrong.
        places: The right caption of each picture; at least one.
        every: All pictures.
    """
    first = few = 0
    for row, place in zip(scores, places, strict=True):
        among = rivals(place, every, random.Random(place))
        # What is as likely counts as likelier.
        rank = int((~(row[among] < row[place])).sum())
        first += rank == 0
        few += rank < BEST
    return first / len(places), few / len(places)


def rivals(place: int, every: Sequence[Picture], chance: random.Random) -> list[int]:
    """The other captions that a picture could be taken for: those of the same thing first, then any.

    Pictures with the same caption are none: whoever takes it for one of these is right.
    """
    caption = every[place].caption.lower()
    same = _same_thing(place, every)
    taken = {*same, *(other for other, one in enumerate(every) if one.caption.lower() == caption)}
    others = [other for other in range(len(every)) if other not in taken]
    return [*same, *chance.sample(others, min(len(others), max(0, AMONG - 1 - len(same))))][: AMONG - 1]


def _same_thing(place: int, every: Sequence[Picture]) -> list[int]:
    """The same thing in other colours, or in other moods."""
    right = every[place]
    return [
        other
        for other, one in enumerate(every)
        if right.kind != "plain"
        and one.kind == right.kind
        and _thing(one) == _thing(right)
        and one.caption.lower() != right.caption.lower()
    ]


def _thing(one: Picture) -> str:
    return one.caption.partition(" ")[2]
