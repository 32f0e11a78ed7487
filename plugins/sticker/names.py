"""The names of emoji."""

from __future__ import annotations

import re
import unicodedata

from bot import UserError, spelt

LONGEST = 32
"""Characters of a name; Discord takes no more."""

_NAME = re.compile(r"[A-Za-z0-9_]{2,32}")


def checked(name: str) -> str:
    """A name as it was typed, with or without colons.

    Raises:
        UserError: No emoji can be called so.
    """
    bare = name.strip().strip(":")
    if not _NAME.fullmatch(bare):
        raise UserError(f"An emoji's name has from 2 to {LONGEST} letters without accents, digits and _.")
    return bare


def chosen(typed: str, words: str) -> str:
    """The name that somebody wants for an emoji; empty where they want none.

    Args:
        typed: A name, yes for one made of `words`, or no; a name that is such a word itself stands between colons.
        words: What the emoji shows.

    Raises:
        UserError: No emoji can be called so.
    """
    match typed.strip().casefold():
        case "" | "false" | "no" | "none" | "off":
            return ""
        case "true" | "yes" | "on":
            return name_of(words)
    return checked(typed)


def name_of(words: str) -> str:
    """A name made of words: `A cool fox!` becomes `a_cool_fox`."""
    plain = unicodedata.normalize("NFKD", spelt(words)).encode("ascii", "ignore").decode().casefold()
    name = re.sub(r"[^a-z0-9]+", "_", plain).strip("_")[:LONGEST].strip("_")
    return name if len(name) > 1 else "sticker"
