"""Cuts a leaf that is too large for its page: between rows, lines, sentences, words, and only then anywhere."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from bot.text.leaves import Leaf, guarded
from bot.text.reading import Span, spans_of

Size: TypeAlias = Callable[[Leaf], int]
"""How large the page gets with this at its end."""

Parts: TypeAlias = tuple[Leaf, list[Leaf]]
"""What fits, and the rest."""

_LINE, _SENTENCE, _WORD, _ANYWHERE = range(4)
_SPACE = re.compile(r"\\?\s+")
# Chinese, Japanese, Thai, Lao, Khmer and Burmese put no spaces between words.
_UNSPACED = re.compile(
    r"(?<=[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff])"
    r"(?=[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff])"
)
_TICKS = re.compile(r"(`+)(.+)\1", re.DOTALL)
_SMALL = frozenset({"escape", "entity"})
_JOINER = "\u200d"

_Place: TypeAlias = tuple[int, int, int]
"""Where a text may be cut, as in `_Point`: the end, the start and the rank."""


@dataclass(frozen=True, slots=True)
class _Point:
    """Where a text may be cut: what is between `end` and `start` is dropped.

    Attributes:
        end: Where the first part ends.
        start: Where the second begins.
        rank: Of what is cut there.
        marks: The emphasis that is closed there and opened again.
    """

    end: int
    start: int
    rank: int
    marks: tuple[str, ...] = ()

    @property
    def order(self) -> tuple[bool, int, int]:
        """The smaller the better."""
        return bool(self.marks), self.rank, -self.end


def cut(leaf: Leaf, size: Size, limit: int, *, force: bool) -> Parts | None:
    """The part of a leaf that fits, and the rest; None where it should rather begin on the next page.

    Args:
        leaf: What does not fit as a whole.
        size: How large the page gets with a part of it.
        limit: How large it may get.
        force: Whether the next page would not be better, as the leaf is the first on this one.
    """
    match leaf.kind:
        case "paragraph" | "heading":
            return _cut_text(leaf, size, limit, force=force)
        case "code":
            return _cut_code(leaf, size, limit, force=force)
        case "table":
            return _cut_table(leaf, size, limit, force=force)
        case _:
            return None


def most(fits: Callable[[int], bool], end: int, guess: int = 1) -> int:
    """The largest number up to `end` that fits, where whatever is smaller fits too; 0 when none does.

    Args:
        fits: Whether a number does.
        end: The last to try.
        guess: Where to begin.
    """
    low, high, step = 0, end, 1
    at = min(max(guess, 1), end)
    while low < high:
        if fits(at):
            low = at
            at = min(at + step, high)
        else:
            high = at - 1
            at = max(at - step, low + 1)
        step *= 2
        if step > high - low:
            break
    while low < high:
        middle = (low + high + 1) // 2
        if fits(middle):
            low = middle
        else:
            high = middle - 1
    return low


def _parts(leaf: Leaf, head: str, rest: str) -> Parts:
    return replace(leaf, text=head), [replace(leaf, text=rest, begins=frozenset())]


def _cut_code(leaf: Leaf, size: Size, limit: int, *, force: bool) -> Parts | None:
    lines = leaf.text.split("\n")
    count = most(lambda count: size(replace(leaf, text="\n".join(lines[:count]))) <= limit, len(lines) - 1)
    if count:
        # An empty line parts what belongs together less than any other.
        count = next((at for at in range(count, max(count // 2, 1) - 1, -1) if not lines[at].strip()), count)
        rest = lines[count + 1 :] if not lines[count].strip() and count + 1 < len(lines) else lines[count:]
        return _parts(leaf, "\n".join(lines[:count]), "\n".join(rest))
    return _cut_line(leaf, size, limit) if force else None


def _cut_table(leaf: Leaf, size: Size, limit: int, *, force: bool) -> Parts | None:
    count = most(lambda count: size(replace(leaf, rows=leaf.rows[:count])) <= limit, len(leaf.rows))
    if count:
        return replace(leaf, rows=leaf.rows[:count]), [replace(leaf, rows=leaf.rows[count:], begins=frozenset())]
    if not force:
        return None
    # Not even one row has room: its cells become lines, each with the name of its column.
    row, rows = (leaf.rows[0], leaf.rows[1:]) if leaf.rows else (leaf.header, ())
    names = leaf.header if leaf.rows else ("",) * len(row)
    text = "\n".join(f"{name}: {cell}" if name else cell for name, cell in zip(names, row, strict=True) if cell)
    spelled = Leaf("paragraph", guarded(text), around=leaf.around, begins=leaf.begins)
    following = [replace(leaf, rows=rows, begins=frozenset())] if rows else []
    if size(spelled) <= limit:
        return spelled, following
    parts = _cut_text(spelled, size, limit, force=True)
    return (parts[0], parts[1] + following) if parts else None


def _cut_text(leaf: Leaf, size: Size, limit: int, *, force: bool) -> Parts | None:
    # Emphasis may close some pages later, but the page ends within what it has room for.
    spans = spans_of(leaf.text[: 16 * limit], {})
    seen = leaf.text[: 2 * limit]
    found = _best(leaf, _points(seen, spans), size, limit)
    if found is not None:
        return found
    if not force:
        return None
    if code := _TICKS.fullmatch(leaf.text[: spans[0].end] if spans and spans[0].start == 0 else ""):
        return _cut_code_span(leaf, code[1], code[2], leaf.text[spans[0].end :], size, limit)
    return _best(leaf, _anywhere(seen, spans), size, limit)


def _best(leaf: Leaf, points: Sequence[_Point], size: Size, limit: int) -> Parts | None:
    sizes: dict[int, int] = {}

    def measured(index: int) -> int:
        if index not in sizes:
            sizes[index] = size(_head(leaf, points[index]))
        return sizes[index]

    guess = bisect_right(points, limit, key=lambda point: point.end)
    count = most(lambda count: measured(count - 1) <= limit, len(points), guess)
    if not count:
        return None
    half = bisect_left(points, points[count - 1].end // 2, hi=count, key=lambda point: point.end)
    by_order = sorted(range(half, count), key=lambda index: points[index].order)
    point = points[next((index for index in by_order if measured(index) <= limit), count - 1)]
    rest = "".join(point.marks) + leaf.text[point.start :]
    return _parts(leaf, _head(leaf, point).text, guarded(rest) if leaf.kind == "paragraph" else rest)


def _head(leaf: Leaf, point: _Point) -> Leaf:
    text = leaf.text[: point.end] + "".join(reversed(point.marks))
    return replace(leaf, text=guarded(text) if leaf.kind == "paragraph" else text)


def _points(text: str, spans: Sequence[Span]) -> list[_Point]:
    """Where lines, sentences and words end, outside of what has to stay whole."""
    from sentencex import segment

    sentences, at = set(), 0
    for sentence in segment("en", text):
        at += len(sentence)
        sentences.add(at)
    found = []
    for space in _SPACE.finditer(text):
        end = space.start()
        if text[end] == "\\" and not (space[0].startswith("\\\n") and _is_mark(text, end)):
            end += 1  # a backslash that says nothing about the end of the line
        rank = _LINE if "\n" in space[0] else _SENTENCE if space.end() in sentences else _WORD
        found.append((end, space.end(), rank))
    found += [(at, at, _SENTENCE if at in sentences else _WORD) for at in _between(text, sentences)]
    inside = sorted((end, start, rank) for end, start, rank in found if end > 0 and start < len(text))
    return [
        _Point(end, start, rank, marks)
        for (end, start, rank), near in _with_spans(inside, spans)
        if (marks := _open_marks(text, near, end, start)) is not None
    ]


def _is_mark(text: str, at: int) -> bool:
    """Whether no backslash escapes what stands there."""
    return (at - len(text[:at].rstrip("\\"))) % 2 == 0


def _between(text: str, sentences: set[int]) -> set[int]:
    """Where words end without a space."""
    places = {found.start() for found in _UNSPACED.finditer(text)}
    return places | {at for at in sentences if 0 < at < len(text) and not text[at - 1].isspace()}


def _open_marks(text: str, spans: Sequence[Span], end: int, start: int) -> tuple[str, ...] | None:
    """The emphasis around a place; None where it must not be cut."""
    marks = []
    for span in spans:
        if span.mark and span.start < end and start < span.end:
            marks.append(span.mark)
        elif _is_cut(span, end, start):
            return None
    if marks and (text[end - 1] in "*_~\\`" or text[start] in "*_~`"):
        return None  # it would be taken for a part of the mark
    return tuple(marks)


def _is_cut(span: Span, end: int, start: int) -> bool:
    """Whether the place is within what has to stay whole, or within or beside the marks of emphasis."""
    if not span.mark:
        return span.start < end < span.end
    width = len(span.mark)
    return span.start - width < end <= span.start or span.end <= start < span.end + width


def _anywhere(text: str, spans: Sequence[Span]) -> list[_Point]:
    """Every place between two characters as people see them, outside of escapes and entities."""
    small = {at for span in spans if span.kind in _SMALL for at in range(span.start + 1, span.end)}
    emphasis = [span for span in spans if span.mark]
    places = [(at, at, _ANYWHERE) for at in range(1, len(text)) if at not in small and not _splits_character(text, at)]
    found = []
    for (at, _, rank), near in _with_spans(places, emphasis):
        marks = _open_marks(text, near, at, at)
        found.append(_Point(at, at, rank + (marks is None), marks or ()))
    return found


def _with_spans(places: Iterable[_Place], spans: Sequence[Span]) -> Iterator[tuple[_Place, list[Span]]]:
    """Each place with the spans around it; both are in order."""
    near: list[Span] = []
    following = 0
    for place in places:
        end, start, _ = place
        while following < len(spans) and spans[following].start - 2 < start:
            near.append(spans[following])
            following += 1
        near = [span for span in near if span.end + 2 > end]
        yield place, near


def _splits_character(text: str, at: int) -> bool:
    after = text[at]
    joined = after == _JOINER or text[at - 1] == _JOINER or "\U0001f3fb" <= after <= "\U0001f3ff"
    return joined or unicodedata.category(after) in {"Mn", "Me", "Mc"}


def _cut_code_span(leaf: Leaf, ticks: str, code: str, after: str, size: Size, limit: int) -> Parts | None:
    """Code in a line that is longer than a page: it is closed and opened again."""

    def head(count: int) -> Leaf:
        return replace(leaf, text=f"{ticks}{code[:count]}{ticks}")

    count = most(lambda count: size(head(count)) <= limit, len(code) - 1)
    if not count:
        return None
    count = (code.rfind(" ", count // 2, count) + 1) or count
    while count > 1 and "`" in code[count - 1 : count + 1]:
        count -= 1  # it would be taken for a part of the mark
    return _parts(leaf, head(count).text, f"{ticks}{code[count:]}{ticks}{after}")


def _cut_line(leaf: Leaf, size: Size, limit: int) -> Parts | None:
    """A line of code that is longer than a page."""
    count = most(lambda count: size(replace(leaf, text=leaf.text[:count])) <= limit, len(leaf.text) - 1)
    if not count:
        return None
    while count > 1 and _splits_character(leaf.text, count):
        count -= 1
    return _parts(leaf, leaf.text[:count], leaf.text[count:])
