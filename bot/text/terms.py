"""The words that a text is searched by: the same ones however they are written, in every script."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

LONGEST = 40
"""Characters; what is longer is no word that anybody types."""

_ACCENTS = re.compile("[\u0300-\u036f\u0591-\u05c7\u064b-\u065f\u0670]")
"""Of Latin, Greek and Cyrillic; and the vowel points of Hebrew and Arabic, which few people type."""

_WORD = re.compile(r"[^\W_]+")
_SIMPLE = "\u08ff"
"""Up to here, words have letters and digits only."""

_UNSPACED = (
    (0x0E00, 0x0EFF),  # Thai, Lao
    (0x1000, 0x109F),  # Burmese
    (0x1780, 0x17FF),  # Khmer
    (0x3040, 0x30FF),  # Japanese syllables
    (0x3400, 0x4DBF),  # Chinese characters
    (0x4E00, 0x9FFF),
    (0xF900, 0xFAFF),
    (0x20000, 0x3FFFF),
)
"""Scripts that put no spaces between words."""


def terms(text: str) -> list[str]:
    """The words of a text, in order: without case and accents; where there are no spaces, each two characters.

    Args:
        text: Any.
    """
    folded = unicodedata.normalize("NFKD", text.casefold())
    folded = unicodedata.normalize("NFC", _ACCENTS.sub("", folded))
    if max(folded, default="") <= _SIMPLE:
        return [word[:LONGEST] for word in _WORD.findall(folded)]
    return [term for run in _runs(folded) for term in _cut(run)]


def _runs(text: str) -> Iterator[str]:
    """Stretches of letters, marks and digits, each in scripts with spaces or in those without."""
    held, unspaced = "", False
    for character in text:
        if not (character.isalnum() or unicodedata.category(character).startswith("M")):
            if held:
                yield held
            held = ""
            continue
        kind = _is_unspaced(character)
        if held and kind != unspaced and not unicodedata.category(character).startswith("M"):
            yield held
            held = ""
        unspaced = unspaced if held else kind
        held += character
    if held:
        yield held


def _cut(run: str) -> Iterator[str]:
    if not _is_unspaced(run[0]):
        yield run[:LONGEST]
    elif len(run) == 1:
        yield run
    else:
        yield from (run[place : place + 2] for place in range(len(run) - 1))


def _is_unspaced(character: str) -> bool:
    code = ord(character)
    return code >= _UNSPACED[0][0] and any(first <= code <= last for first, last in _UNSPACED)
