"""Pieces of an answer that rest on messages, and go when one of these is edited or deleted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.request import Message

GONE = "*What this told of was changed or removed meanwhile, or is not to be quoted any more.*"
"""What an answer says once nothing is left of it."""


@dataclass(frozen=True, slots=True)
class Cited:
    """A piece of an answer's text that tells of messages.

    It vanishes from the answer, also long after that was posted, when one of them is edited or deleted, when its author
    has everything erased, or no longer wants to be quoted.

    Attributes:
        text: Markdown; the answer's text is all of its pieces joined.
        sources: What it tells of.
        instead: Markdown that stands in its place then.
    """

    text: str
    sources: tuple[Message, ...]
    instead: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of an answer's text.

    Attributes:
        text: As it was said; empty once it is gone.
        instead: What stands in its place once it is gone; None for what stays.
        sources: What it tells of.
        gone: Whether it is.
    """

    text: str
    instead: str | None = None
    sources: tuple[Message, ...] = ()
    gone: bool = False


def parts(text: str, cited: Sequence[tuple[int, Cited]]) -> list[Part]:
    """A text's parts, in order.

    Args:
        text: All of it.
        cited: The pieces that tell of messages, each with the place where it begins; in order.
    """
    found, place = list[Part](), 0
    for start, piece in cited:
        end = start + len(piece.text)
        if start > place:
            found.append(Part(text[place:start]))
        if piece.text:
            found.append(Part(piece.text, piece.instead, piece.sources) if piece.sources else Part(piece.text))
        place = end
    return [*found, Part(text[place:])] if place < len(text) else found


def emptied(text: str) -> str:
    """A part's text once it is gone: nothing of it but the line breaks around it."""
    body = text.strip("\n")
    return text.replace(body, "…") if body else text


def joined(text: Sequence[Part]) -> str:
    """What is left of a text, without the gaps that its missing parts would leave; `GONE` where all that told is."""
    told = [part for part in text if part.instead is not None]
    if told and all(part.gone for part in told):
        return GONE
    # The widest gap since the last words, and the line breaks after what came last.
    left, widest, last = "", 0, 0
    for part in text:
        words = part.text.strip("\n")
        before, after = _breaks(part.text, words)
        if not words:
            last += before
            continue
        if part.gone:
            words = (part.instead or "").strip("\n")
        if words:
            left += "\n" * max(widest, last + before) + words
            widest, last = 0, after
        else:
            # A list goes on without a gap, and paragraphs stay paragraphs.
            widest, last = max(widest, last + before), after
    whole = left + "\n" * last
    return whole.strip("\n") if any(part.gone for part in text) else whole


def _breaks(text: str, words: str) -> tuple[int, int]:
    """The line breaks before and after a text's words."""
    before = len(text) - len(text.lstrip("\n"))
    return before, len(text) - len(words) - before if words else 0
