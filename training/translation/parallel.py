"""Parallel texts that are no part of the repository: everyday sentences (Tatoeba) and the Bible in old translations."""

from __future__ import annotations

import csv
import gzip
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

from training.translation.lexicon import Tongue

Part: TypeAlias = Literal["training", "validation", "test"]

SHARED = Path(__file__).parents[2] / "build" / "shared"
"""Where the texts of others are looked for that are trained on and measured with; what is not there is left out."""

LONGEST = 130
"""Characters of a verse; longer ones teach little about chat."""


@dataclass(frozen=True, slots=True)
class Row:
    """A text in two or more languages.

    Attributes:
        texts: By language; a language can have several.
        old: Whether it is written as people wrote a century ago.
        verbatim: What must not change in it.
    """

    texts: Mapping[Tongue, tuple[str, ...]]
    old: bool = False
    verbatim: tuple[str, ...] = ()


def part_of(key: str, seed: int, *, held: int = 4) -> Part:
    """The side of the split that something is on, by its own text.

    Args:
        key: Tells it from all others.
        seed: Of the split.
        held: Percent for the test; half as many validate.
    """
    number = zlib.crc32(f"{seed}/{key}".encode()) % 1000
    return "test" if number < held * 10 else "validation" if number < held * 15 else "training"


def read_tatoeba(part: Part, seed: int, folder: Path = SHARED) -> list[Row]:
    """English sentences with every French translation; none if the file is not there.

    All pairs that share a sentence are on the same side, by their English words without marks and case.
    """
    path = folder / "tatoeba" / "eng-fra.tsv.gz"
    if not path.exists():
        return []
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        pairs = [line.rstrip("\n").split("\t")[:2] for line in lines]
    here = [(en, fr) for en, fr in pairs if part_of(_words(en), seed) == part]
    elsewhere = {_words(fr) for en, fr in pairs if part_of(_words(en), seed) != part} if part == "training" else set()
    return [Row({"en": (en,), "fr": (fr,)}) for en, fr in here if _words(fr) not in elsewhere]


def read_bible(part: Part, seed: int, folder: Path = SHARED) -> list[Row]:
    """Verses whose lengths agree; none if the file is not there."""
    path = folder / "bible" / "verses.tsv.gz"
    return list(_verses(path, part, seed)) if path.exists() else []


def _verses(path: Path, part: Part, seed: int) -> Iterator[Row]:
    columns: dict[str, Tongue] = {"en_bbe": "en", "en_asv": "en", "de": "de", "es": "es", "fr": "fr"}
    with gzip.open(path, "rt", encoding="utf-8", newline="") as lines:
        for line in csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE):
            if part_of(line["ref"], seed, held=1) != part:
                continue
            texts: dict[Tongue, tuple[str, ...]] = {}
            for column, tongue in columns.items():
                if (text := " ".join((line[column] or "").split())) and len(text) <= LONGEST:
                    texts[tongue] = (*texts.get(tongue, ()), _capitals(text))
            lengths = [len(text) for some in texts.values() for text in some]
            # Verses are numbered differently in places: where lengths disagree they are not the same verse.
            if len(texts) > 1 and max(lengths) <= 1.7 * min(lengths) + 10:
                yield Row(texts, old=True)


def _words(text: str) -> str:
    return " ".join("".join(mark if mark.isalnum() else " " for mark in text.lower()).split())


def _capitals(text: str) -> str:
    """A verse without the capitals that a chapter's first word is printed in."""
    first, _, rest = text.partition(" ")
    return f"{first.capitalize()} {rest}" if len(first) > 1 and first.isupper() else text
