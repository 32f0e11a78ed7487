"""Tells which language a text is in, and when it does not know."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache
from threading import Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lingua import ConfidenceValue, LanguageDetector

COMMON = ("de", "en", "es", "fr", "it", "nl", "pt", "ru", "uk")
"""Languages that a short text is compared with closely; each takes some 25 MB once a text has its letters."""

LONG = 60
"""Letters from which a text is long enough for the small models, which know every language."""

ENOUGH = 0.4
"""How probable the first guess at a short text must be to be sure of it."""

AHEAD = 2.5
"""How many times as probable as the second it must be."""

AGREED = 1.5
"""As AHEAD, where the small models have the same first guess."""

FEW = 6
"""Letters below which nothing is sure."""

CLEAR = 0.9
"""How probable the first guess of the small models must be to be sure of it."""

_lock = Lock()


@dataclass(frozen=True, slots=True)
class Detected:
    """The language that a text seems to be in.

    Attributes:
        tag: The best guess as a BCP 47 tag; None for a text in which there is nothing to guess by.
        sure: Whether it can be relied on; it cannot for a few words, or for a text in several languages.
        others: Further languages in the text, where it is mixed.
    """

    tag: str | None
    sure: bool
    others: tuple[str, ...] = ()


def detect_language(text: str, likely: Collection[str] = ()) -> Detected:
    """The language of a text.

    The first call reads models from disk, a second or two: call it in a thread.

    Args:
        text: Without code, links and names, which are of no language.
        likely: Languages that are spoken here, as BCP 47 tags; a short text is compared with these, too.
    """
    # What is found in a text of this length is found in a longer one, too.
    text = " ".join(text.split())[:2000]
    letters = sum(mark.isalpha() for mark in text)
    if not letters:
        return Detected(None, sure=False)
    with _lock:
        wide = _ranked(_every(), text)
        if letters >= LONG:
            tag, value = wide[0]
            others = _others(text, tag)
            return Detected(tag, sure=value >= CLEAR and not others, others=others)
        if wide[0][1] >= CLEAR and wide[0][0] not in _near(likely):
            # Such as Finnish, or a language with letters of its own.
            return Detected(wide[0][0], sure=letters >= FEW or not text.isascii())
        tag, value = (close := _ranked(_some(frozenset(_near(likely))), text))[0]
        sure = letters >= FEW and (
            (value >= ENOUGH and value >= AHEAD * close[1][1])
            # What the small models see too may be less clear.
            or (tag == wide[0][0] and value >= AGREED * close[1][1])
        )
        # A guess at letters that these do not use is rather one that they do not include.
        return Detected(tag if sure or text.isascii() or value > wide[0][1] else wide[0][0], sure)


def same_language(one: str, other: str) -> bool:
    """Whether two BCP 47 tags are of one language; scripts count, for they are what people can read."""
    import langcodes

    return langcodes.tag_distance(one, other) < 10


def _others(text: str, tag: str) -> tuple[str, ...]:
    """The languages of those sentences that are clearly in another than the whole."""
    from bot.wording import sentences

    found: dict[str, None] = {}
    for sentence in list(sentences(text, tag))[:20]:
        if sum(mark.isalpha() for mark in sentence) >= LONG // 2:
            other, value = _ranked(_every(), sentence)[0]
            if other != tag and value >= CLEAR:
                found[other] = None
    return tuple(found)


def _near(likely: Collection[str]) -> set[str]:
    return {*COMMON, *(tag.partition("-")[0] for tag in likely)}


def _ranked(detector: LanguageDetector, text: str) -> Sequence[tuple[str, float]]:
    values: Sequence[ConfidenceValue] = detector.compute_language_confidence_values(text)
    return [(_tag(value), value.value) for value in values]


def _tag(value: ConfidenceValue) -> str:
    return value.language.iso_code_639_1.name.lower()


@lru_cache(maxsize=1)
def _every() -> LanguageDetector:
    """All 75 languages, by small models."""
    from lingua import LanguageDetectorBuilder

    return LanguageDetectorBuilder.from_all_languages().with_low_accuracy_mode().build()


@lru_cache(maxsize=8)
def _some(tags: frozenset[str]) -> LanguageDetector:
    """Some languages, by the large models."""
    from lingua import IsoCode639_1, LanguageDetectorBuilder

    codes = [getattr(IsoCode639_1, tag.upper(), None) for tag in sorted(tags)]
    return LanguageDetectorBuilder.from_iso_codes_639_1(*(code for code in codes if code is not None)).build()
