"""Cuts texts into sentences that a translation model reads one at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from bot.wording import sentences

UNSPACED = {"zh", "yue", "ja", "th", "lo", "km", "my", "bo", "dz"}
"""Languages that put no space between sentences."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a text: a sentence to translate, or what stands between two."""

    text: str
    translate: bool


def gap(language: str) -> str:
    """What stands between two sentences of a language, by its BCP 47 tag."""
    return "" if language.partition("-")[0] in UNSPACED else " "


def cut_up(text: str, language: str, fits: Callable[[str], bool]) -> Iterator[Piece]:
    """The sentences of a text, each short enough, and what stands between them."""
    for line in text.splitlines(keepends=True):
        for sentence in sentences(line, language):
            for part in _parts(sentence, fits):
                bare = part.strip()
                if not any(mark.isalpha() for mark in bare):
                    yield Piece(part, translate=False)
                    continue
                start = part.index(bare)
                if start:
                    yield Piece(part[:start], translate=False)
                yield Piece(bare, translate=True)
                if after := part[start + len(bare) :]:
                    yield Piece(after, translate=False)


def _parts(sentence: str, fits: Callable[[str], bool]) -> Iterator[str]:
    """A sentence, halved between words until each part fits."""
    if len(sentence) < 2 or fits(sentence):
        yield sentence
        return
    middle = len(sentence) // 2
    cut = sentence.rfind(" ", 1, middle) + 1 or middle
    yield from _parts(sentence[:cut], fits)
    yield from _parts(sentence[cut:], fits)
