"""What is told with a picture by the sticker models: what they could not read, follow or draw."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from bot.errors import UserError
from bot.models.catalog import Entry, catalog
from bot.models.stickers.manner import SIDE, WORDLESS
from bot.models.tasks import Task
from bot.wording import size, spelt, unmarked

if TYPE_CHECKING:
    from bot.models.engines.stickers_loading import Loaded
    from bot.models.stickers.words import Read

NOTHING_LEFT_OUT = "This model cannot be told what to leave out, so `negative` had no effect."

WORDLESS_NOTE = f"Without words I change a picture by {WORDLESS} at most; say what it is to become for more."

NOTHING_READ = "I can read none of these words; say it in English, such as “a cool fox”."


def no_effect(what: Sequence[str]) -> str:
    """Says what of a wish for another look changes nothing; empty where nothing was wished so.

    Args:
        what: What it is called, such as `style`.
    """
    if not what:
        return ""
    *first, last = what
    named = f"{', '.join(first)} and {last}" if first else last
    reason = f"this model draws emoji of {SIDE} × {SIDE} pixels in one style"
    return f"{named[0].upper()}{named[1:]} had no effect: {reason}."


def larger(entry: Entry) -> str:
    """Which model draws what the one that comes with Atelier does not know; nothing of a model that somebody chose.

    Args:
        entry: The model that draws.
    """
    found = catalog().find(catalog().presets["small"][Task.PICTURES])
    if entry.kind != "starter" or found is None:
        return ""
    weight = f" ({size(found.disk)})" if found.disk else ""
    return f"`{found.install}`{weight} adds a model that draws anything; `/settings model` chooses among those here."


class Caption:
    """What a wish says; it is read when the models are there, once for all its pictures.

    Args:
        text: As it was said.
        starts: Whether there are pictures to start from, which show more than words.
        beyond: What follows where it asks for more than the models know; None tells only of what is like nothing they
            know.
        note: What of the wish cannot be followed.

    Attributes:
        text: As it was said.
    """

    def __init__(self, text: str, *, starts: bool, beyond: str | None = None, note: str = "") -> None:
        self.text = text.strip()
        self._starts = starts
        self._beyond = beyond
        self._note = note
        self._read: tuple[Read, str] | None = None

    def read(self, loaded: Loaded) -> tuple[Read, str]:
        """The caption as the models read it, emoji by their names, and what is to be told with each picture.

        Args:
            loaded: The models.

        Raises:
            UserError: No word can be read, and there is nothing else to draw.
        """
        if self._read is None:
            read, notes = self._heard(loaded)
            self._read = read, " ".join(filter(None, (*notes, self._note)))
        return self._read

    def _heard(self, loaded: Loaded) -> tuple[Read, list[str]]:
        if self._starts and not self.text:
            return loaded.words.read([""]), []
        words = loaded.known.worded(self.text) if loaded.known else spelt(self.text)
        heard = loaded.words.heard(words)
        if heard.nothing:
            if not self._starts:
                raise UserError(NOTHING_READ)
            return loaded.words.read([""]), ["I can read none of these words, so the picture alone decides."]
        notes = [] if self._starts else _likened(loaded, heard.text, self._beyond)
        if not heard.whole:
            notes.append(f"I read only the first words: {_quoted(heard.text)}.")
        if heard.strange:
            notes.append(f"I cannot read {', '.join(map(_quoted, dict.fromkeys(heard.strange)))}.")
        return loaded.words.read([words]), notes


def _likened(loaded: Loaded, text: str, beyond: str | None) -> list[str]:
    """What a wish was taken for, where that is something else."""
    if loaded.known is None:
        return []

    from bot.models.stickers.known import LIKE, SURE, bare

    nearest = loaded.known.nearest(loaded.words.read([bare(text)]).meaning)
    more = [beyond] if beyond else []
    if nearest.likeness < LIKE:
        guess = f"so this is a guess (nearest: {_quoted(nearest.caption)})"
        return [f"I know no emoji like {_quoted(text)}, {guess}.", *more]
    if nearest.likeness < SURE and beyond is not None:
        return [f"I have only emoji to draw with, and took this for {_quoted(nearest.caption)}.", *more]
    return []


def _quoted(text: str) -> str:
    return f"“{unmarked(text)}”"
