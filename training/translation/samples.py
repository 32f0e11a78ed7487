"""Draws what is trained on, and makes what is held out."""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

from training.translation.fillings import Fillings
from training.translation.lexicon import Tongue
from training.translation.parallel import SHARED, Part, Row, read_bible, read_tatoeba
from training.translation.phrases import Frame, read_phrasebook
from training.translation.split import divide, fill
from training.translation.terms import cldr_terms, lexicon_terms

OLD = "<old>"
"""Stands before a source text whose translation is to sound as people wrote a century ago."""

SHARES = {"phrasebook": 0.75, "tatoeba": 0.12, "bible": 0.06, "terms": 0.07}
"""How much of what is trained on comes from where."""

PLACES = 9
"""How many placeholders a text can have: `%1` to `%9` stand for what a translation must not change."""

SetName: TypeAlias = Literal["fillings", "frames", "tatoeba", "bible"]

_ALWAYS = re.compile(r"https?://|@|#|`|[^\w\s]|\S+@")
_NUMBER = re.compile(r"[\d .]+")


@dataclass(frozen=True, slots=True)
class Pair:
    """A text and its translation."""

    source_tongue: Tongue
    target_tongue: Tongue
    source: str
    target: str
    old: bool = False


class Samples:
    """Draws pairs to train on; nothing that is held out is among them, in any language.

    Args:
        seed: Of the split.
        shared: Where the parallel texts lie; without them there is only the phrasebook.
    """

    def __init__(self, seed: int, shared: Path = SHARED) -> None:
        self.seed = seed
        self._shared = shared
        self.book = Fillings()
        self.frames = divide(read_phrasebook(), seed)
        self._weights = [1.0 + 1.5 * len(frame.slots) for frame in self.frames.training]
        self._lists: dict[str, Sequence[Row]] = {
            "tatoeba": read_tatoeba("training", seed, shared),
            "bible": read_bible("training", seed, shared),
            "terms": [*cldr_terms(), *lexicon_terms(self.book.kinds)],
        }
        self._held = {
            (tongue, key(text))
            for part in ("validation", "test")
            for rows in self.held(part).values()
            for row in rows
            for tongue, texts in row.texts.items()
            for text in texts
        }
        sources = [name for name in SHARES if name == "phrasebook" or self._lists[name]]
        self._sources, self._shares = sources, [SHARES[name] for name in sources]

    def held(self, part: Part) -> dict[SetName, list[Row]]:
        """What is held out for a part: fillings of frames that are trained on, whole frames, and shared texts.

        Args:
            part: `validation` or `test`.
        """
        chance = random.Random(f"{self.seed}/{part}")
        frames = self.frames.test if part == "test" else self.frames.validation
        fillings: list[Row] = []
        with_slots = [frame for frame in self.frames.training if frame.slots]
        for frame in chance.sample(with_slots, len(with_slots)):
            row = fill(frame, self.book, chance, part=part, seed=self.seed)
            if row is not None and len(fillings) < (400 if part == "test" else 200):
                fillings.append(row)
        whole = [row for frame in frames for row in self._times(frame, chance)]
        return {
            "fillings": fillings,
            "frames": whole,
            "tatoeba": read_tatoeba(part, self.seed, self._shared),
            "bible": read_bible(part, self.seed, self._shared),
        }

    def draw(self, chance: random.Random) -> Pair:
        """A pair by chance."""
        while True:
            source = chance.choices(self._sources, self._shares)[0]
            row = self._row(source, chance)
            if row is None:
                continue
            one, other = chance.sample(sorted(row.texts), 2)
            pair = Pair(one, other, chance.choice(row.texts[one]), chance.choice(row.texts[other]), row.old)
            # A term is no sentence: its words are in what is held out anyway.
            if source != "terms" and {(one, key(pair.source)), (other, key(pair.target))} & self._held:
                continue
            return careless(masked(pair, row.verbatim, chance), chance)

    def texts(self, count: int) -> Iterable[str]:
        """Texts in all languages, from what is trained on."""
        chance = random.Random(f"{self.seed}/texts")
        for _ in range(count):
            pair = self.draw(chance)
            yield pair.source
            yield pair.target

    def _row(self, source: str, chance: random.Random) -> Row | None:
        if source != "phrasebook":
            return chance.choice(self._lists[source])
        frame = chance.choices(self.frames.training, self._weights)[0]
        return fill(frame, self.book, chance, made_up=0.2, part="training", seed=self.seed)

    def _times(self, frame: Frame, chance: random.Random) -> list[Row]:
        """A frame with several fillings; one without slots only once."""
        rows = (fill(frame, self.book, chance) for _ in range(3 if frame.slots else 1))
        return list({row.texts["en"]: row for row in rows if row is not None}.values())


def key(text: str) -> str:
    """A text without marks and case, to tell whether two are the same."""
    return " ".join("".join(mark if mark.isalnum() else " " for mark in text.lower()).split())


def masked(pair: Pair, verbatim: Sequence[str], chance: random.Random) -> Pair:
    """The pair with placeholders for what must not change: always for links and the like, sometimes for the rest.

    They are numbered in the order of the source.
    """
    found = []
    for value in dict.fromkeys(verbatim):
        often = 0.95 if _ALWAYS.match(value) else 0.3 if _NUMBER.fullmatch(value) else 0.1
        pattern = re.compile(rf"(?<!\w){re.escape(value)}(?!\w)")
        if chance.random() < often and (place := pattern.search(pair.source)) and pattern.search(pair.target):
            found.append((place.start(), pattern))
    source, target = pair.source, pair.target
    for number, (_, pattern) in enumerate(sorted(found, key=lambda one: one[0])[:PLACES], 1):
        source, target = pattern.sub(f"%{number}", source), pattern.sub(f"%{number}", target)
    return Pair(pair.source_tongue, pair.target_tongue, source, target, pair.old)


def careless(pair: Pair, chance: random.Random) -> Pair:
    """The pair as people write in a chat, sometimes: without the last mark, in small letters, without `¿`."""
    source, target = pair.source, pair.target
    if chance.random() < 0.12 and source[-1] in ".!" and target[-1] == source[-1]:
        source, target = source[:-1].rstrip(), target[:-1].rstrip()
        target = target.removeprefix("¡")
    if pair.source_tongue == "es" and chance.random() < 0.3:
        source = source.translate({ord("¿"): None, ord("¡"): None})
    if pair.source_tongue == "fr" and chance.random() < 0.3:
        source = re.sub(r" (?=[?!:;])", "", source)
    if chance.random() < 0.1:
        source = source.lower()
    return Pair(pair.source_tongue, pair.target_tongue, source, target, pair.old)


def some_pairs(rows: Sequence[Row], seed: int) -> list[Pair]:
    """A pair from each row, in a direction by chance, with placeholders as in training."""
    pairs = []
    for place, row in enumerate(rows):
        chance = random.Random(f"{seed}/{place}")
        one, other = chance.sample(sorted(row.texts), 2)
        pairs.append(masked(Pair(one, other, row.texts[one][0], row.texts[other][0], row.old), row.verbatim, chance))
    return pairs
