"""Keys: how ABC names them, and which notes they raise or lower."""

from __future__ import annotations

import re

from bot.errors import UserError
from bot.models.tunes.notation import Key, Mode

LETTERS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
"""Semitones above C."""

MODES = {"": Mode.MAJOR, "maj": Mode.MAJOR, "ion": Mode.MAJOR, "m": Mode.MINOR, "min": Mode.MINOR, "aeo": Mode.MINOR,
         "dor": Mode.DORIAN, "mix": Mode.MIXOLYDIAN}  # fmt: skip

FLATS = {Mode.MAJOR: 0, Mode.MIXOLYDIAN: 1, Mode.DORIAN: 2, Mode.MINOR: 3}
"""How many sharps fewer, or flats more, a mode's signature has than the major of the same tonic."""

KEY = re.compile(r"\s*([A-G])([#b]?)\s*([A-Za-z]*)")


class Unreadable(UserError):
    """The text is not a tune that can be read; says why."""


def key_of(text: str) -> Key:
    """The key that ABC's `K:` names.

    Raises:
        Unreadable: It names none of the modes that are known.
    """
    found = KEY.match(text)
    if found is None:
        raise Unreadable(f"The key “{text.strip()}” is not known; write one like `K:D` or `K:Am`.")
    letter, sign, mode = found.groups()
    known = MODES.get("m" if mode == "m" else mode.lower()[:3])
    if known is None:
        raise Unreadable(f"The key “{text.strip()}” is not known; its mode can be major, minor, dorian or mixolydian.")
    return Key((LETTERS[letter] + {"": 0, "#": 1, "b": -1}[sign]) % 12, known)


def fifths(key: Key) -> int:
    """Sharps of the key's signature, flats as a negative number: from -5 to 6."""
    count = (key.tonic * 7) % 12 - FLATS[key.mode]
    return (count + 5) % 12 - 5


def signature(key: Key) -> dict[str, int]:
    """The letters that the key raises or lowers."""
    count = fifths(key)
    return dict.fromkeys("FCGDAEB"[:count], 1) if count >= 0 else dict.fromkeys("BEADGCF"[:-count], -1)


def written_signature(text: str) -> dict[str, int]:
    """The letters that `K:` raises or lowers, as it is written: G flat has six flats, not F sharp's six sharps.

    Raises:
        Unreadable: The key has more than seven of them, or is not known.
    """
    key = key_of(text)
    found = KEY.match(text)
    assert found is not None
    sign = {"": 0, "#": 7, "b": -7}[found[2]]
    count = "FCGDAEB".index(found[1]) - 1 + sign - FLATS[key.mode]
    if abs(count) > 7:
        raise Unreadable(f"The key “{text.strip()}” has more than seven signs; write the one that sounds the same.")
    return dict.fromkeys("FCGDAEB"[:count], 1) if count >= 0 else dict.fromkeys("BEADGCF"[:-count], -1)
