"""The names of emoji, and the words of those that people type."""

from __future__ import annotations

import re
import unicodedata

from bot import UserError

LONGEST = 32
"""Characters of a name; Discord takes no more."""

_NAME = re.compile(r"[A-Za-z0-9_]{2,32}")
_EMOJI = re.compile("[\u2190-\u2bff\U0001f000-\U0001faff]")
_BELONGS_TO_EMOJI = re.compile("(?<=[\u2190-\u2bff\U0001f000-\U0001faff])[\u200d\ufe0f\U0001f3fb-\U0001f3ff]+")
"""Joiners, what asks for colours, and colours of skin."""


def checked(name: str) -> str:
    """A name as it was typed, with or without colons.

    Raises:
        UserError: No emoji can be called so.
    """
    bare = name.strip().strip(":")
    if not _NAME.fullmatch(bare):
        raise UserError(f"An emoji's name has from 2 to {LONGEST} letters without accents, digits and _.")
    return bare


def name_of(words: str) -> str:
    """A name made of words: `A happy fox!` becomes `a_happy_fox`."""
    plain = unicodedata.normalize("NFKD", spelt(words)).encode("ascii", "ignore").decode().casefold()
    name = re.sub(r"[^a-z0-9]+", "_", plain).strip("_")[:LONGEST].strip("_")
    return name if len(name) > 1 else "sticker"


def spelt(text: str) -> str:
    """The text with names instead of emoji, for a model that reads words: 🦊 becomes `fox face`."""
    alone = _BELONGS_TO_EMOJI.sub("", text)
    return " ".join(_EMOJI.sub(lambda match: f" {unicodedata.name(match[0], '').casefold()} ", alone).split())
