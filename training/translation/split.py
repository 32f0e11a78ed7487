"""What is kept from training: whole frames with all that resemble them, and fillings of the other frames."""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from training.translation.fillings import Fillings
from training.translation.lexicon import TONGUES, Filling
from training.translation.parallel import Part, Row, part_of
from training.translation.phrases import Frame, render

TEST_FRAMES = 120
VALIDATION_FRAMES = 60

ALIKE = 0.7
"""From which share of common words on two frames are nearly the same."""

RICH = 8
"""How many fillings a slot must have for some to be kept from a frame."""

_WORD = re.compile(r"\{[^{}]*?([a-z]+)\d?\+?(?::\w+)?\}|[\w']+")


@dataclass(frozen=True, slots=True)
class Frames:
    """The frames on each side; those that are nearly the same as a held-out one are on none."""

    training: tuple[Frame, ...]
    validation: tuple[Frame, ...]
    test: tuple[Frame, ...]


def divide(frames: Sequence[Frame], seed: int) -> Frames:
    """Hold out frames by chance, and leave out of training what is nearly the same as one of them.

    A frame that is much like many others is never held out: too many would have to go with it.
    """
    near = neighbours(frames)
    order = [place for place in range(len(frames)) if len(near[place]) <= 2]
    random.Random(seed).shuffle(order)
    test = set(order[:TEST_FRAMES])
    around = {other for place in test for other in near[place]}
    validation = set([place for place in order[TEST_FRAMES:] if place not in around][:VALIDATION_FRAMES])
    gone = test | validation | around | {other for place in validation for other in near[place]}
    return Frames(
        tuple(frame for place, frame in enumerate(frames) if place not in gone),
        tuple(frames[place] for place in sorted(validation)),
        tuple(frames[place] for place in sorted(test)),
    )


def neighbours(frames: Sequence[Frame]) -> list[set[int]]:
    """For each frame the places of those that are nearly the same in some language."""
    near: list[set[int]] = [set() for _ in frames]
    for tongue in TONGUES:
        bags = [_bag(frame.columns[tongue]) for frame in frames]
        sizes = [sum(bag.values()) for bag in bags]
        where: dict[str, list[int]] = {}
        for place, bag in enumerate(bags):
            common: Counter[int] = Counter()
            for word, times in bag.items():
                for other in where.get(word, ()):
                    common[other] += min(times, bags[other][word])
                where.setdefault(word, []).append(place)
            for other, shared in common.items():
                if shared / (sizes[place] + sizes[other] - shared) >= ALIKE:
                    near[place].add(other)
                    near[other].add(place)
    return near


def side_of(frame: Frame, fillings: Mapping[str, Filling], book: Fillings, seed: int) -> Part:
    """The side that a training frame with these fillings is on; names decide only where nothing else does."""
    rich = [slot for slot in frame.slots if len(book.choices(frame.kind_of(slot))) >= RICH]
    deciding = [slot for slot in rich if not fillings[slot].verbatim] or rich
    if not deciding:
        return "training"
    return part_of("|".join([frame.source, *(fillings[slot].key for slot in deciding)]), seed)


def fill(
    frame: Frame,
    book: Fillings,
    chance: random.Random,
    *,
    made_up: float = 0.0,
    part: Part | None = None,
    seed: int = 0,
) -> Row | None:
    """The frame with fillings by chance, all different; None where twenty tries found none of the wanted part.

    Args:
        frame: The frame.
        book: Where fillings come from.
        chance: Which of them.
        made_up: How often a name is one that nobody has.
        part: The side of the split that they must be on; None for any.
        seed: Of the split.
    """
    for _ in range(20):
        fillings: dict[str, Filling] = {}
        for slot in frame.slots:
            fillings[slot] = book.draw(frame.kind_of(slot), chance, gender=frame.gender_of(slot), made_up=made_up)
        if len({one.key for one in fillings.values()}) < len(fillings):
            continue
        if part is None or side_of(frame, fillings, book, seed) == part:
            texts = {tongue: (render(frame, tongue, fillings, book.kinds),) for tongue in TONGUES}
            return Row(texts, verbatim=tuple(one.verbatim for one in fillings.values() if one.verbatim))
    return None


def _bag(column: str) -> Counter[str]:
    return Counter((found[1] or found[0]).lower() for found in _WORD.finditer(column))
