"""Splits Markdown into pages that each can stand alone.

A page ends between paragraphs; where that would leave it less than half full, between the items of a list, then between
lines, sentences or words, and only where nothing else is possible within a word or a link. Code closes and opens again
with its language, a table repeats its header, emphasis is closed and opened again, quotes keep their `>`, and ordered
lists go on counting.

While text streams in, full pages stay: where a page ends depends only on what fits on it and on the block that no
longer does. What may still change a page is Markdown that changes the meaning of what stands before it: emphasis, code
or a link within a paragraph that closes only on a later page, and the definition of a link.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from bot.text.cutting import cut, most
from bot.text.leaves import Leaf, guarded, read_leaves, shared, write_leaves


def split(text: str, limit: int, measure: Callable[[str], int] = len) -> list[str]:
    """The pages of a text.

    Args:
        text: Markdown.
        limit: The most a page may measure.
        measure: How large a page of Markdown is; by default in code points, as Discord counts
            (https://github.com/discord/discord-api-docs/issues/1315). A platform that is sent something else measures
            that, and it has to grow with the text.

    Raises:
        ValueError: A page has no room for one character.
    """
    return list(pages(text, limit, measure))


def pages(text: str, limit: int, measure: Callable[[str], int] = len) -> Iterator[str]:
    """The pages of a text, as `split`, made one by one."""
    rest = read_leaves(text)
    while rest:
        page, rest = _fill(rest, lambda leaves: measure(write_leaves(leaves)), limit)
        yield write_leaves(page)


def _fill(rest: list[Leaf], size: Callable[[list[Leaf]], int], limit: int) -> tuple[list[Leaf], list[Leaf]]:
    """The leaves of the next page, and all others."""
    count = most(lambda count: size(rest[:count]) <= limit, len(rest))
    if count == len(rest):
        return rest, []
    if end := _boundary(rest, count, size, limit):
        return rest[:end], rest[end:]
    before, leaf, after = rest[:count], rest[count], rest[count + 1 :]
    parts = cut(leaf, lambda part: size([*before, part]), limit, force=not before)
    if parts is not None:
        head, tails = parts
        return [*before, head], [*tails, *after]
    if before:
        while len(before) > 1 and before[-1].kind == "heading":
            before.pop()
        return before, rest[len(before) :]
    if leaf.around:
        # So deep in quotes and lists that there is no room for words.
        return _fill([replace(leaf, around=(), begins=frozenset()), *after], size, limit)
    if leaf.kind in {"code", "heading"}:
        # Its marks alone fill the page.
        return _fill([replace(leaf, kind="paragraph", text=guarded(leaf.text)), *after], size, limit)
    raise ValueError(f"a page of {limit} has no room for a character")


def _boundary(rest: list[Leaf], count: int, size: Callable[[list[Leaf]], int], limit: int) -> int:
    """Before which leaf the page ends, so that it is at least half full; 0 where there is none."""
    full = most(lambda end: size(rest[:end]) * 2 < limit, count) + 1

    def order(end: int) -> tuple[int, bool, int]:
        return shared(rest[end - 1], rest[end]), not rest[end].gap, -end

    # A heading stays with what it is about.
    ends = [end for end in range(full, count + 1) if rest[end - 1].kind != "heading"]
    return min(ends, key=order, default=0)
