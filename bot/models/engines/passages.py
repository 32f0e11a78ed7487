"""Cuts a text into parts that a model reads at once: at sentences, by its own tokens."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

Count = Callable[[str], int]
"""How many tokens a text is."""


def parts(sentences: Iterable[str], room: int, count: Count) -> list[str]:
    """Sentences joined to as few parts as fit, in order; a sentence that is too long for one is cut at its words.

    Args:
        sentences: In order; none is dropped.
        room: Tokens in a part; a single character may be more.
        count: Counts the tokens of a text.
    """
    made: list[str] = []
    held = ""
    for piece in (cut for whole in sentences for cut in _cut(whole.strip(), room, count)):
        joined = f"{held} {piece}" if held else piece
        if held and count(joined) > room:
            made.append(held)
            held = piece
        else:
            held = joined
    return [*made, held] if held else made


def _cut(text: str, room: int, count: Count) -> Iterator[str]:
    if not text:
        return
    if count(text) <= room or len(text) == 1:
        yield text
        return
    middle = len(text) // 2
    # At the space nearest to the middle; a text without spaces in the middle itself.
    spaces = [place for place in (text.rfind(" ", 1, middle + 1), text.find(" ", middle)) if 0 < place < len(text) - 1]
    at = min(spaces, key=lambda place: abs(place - middle), default=middle)
    yield from _cut(text[:at].strip(), room, count)
    yield from _cut(text[at:].strip(), room, count)
