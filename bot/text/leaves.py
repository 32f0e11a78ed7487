"""Markdown as a row of leaves: paragraphs, headings, code and tables, each with the quotes and items around it.

They can be written down again from any one on: a page that begins inside a quote or a list is a document of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import count, islice, takewhile
from typing import TYPE_CHECKING

from bot.text.reading import Environment, read_blocks, spans_of

if TYPE_CHECKING:
    from markdown_it.token import Token

_ALIGNMENTS = {"text-align:left": ":---", "text-align:right": "---:", "text-align:center": ":---:"}
_LARGEST_NUMBER = 999_999_999  # with more digits it begins no item
_TICKS = re.compile("`+")


@dataclass(frozen=True, slots=True)
class Container:
    """A quote, a list or an item around a leaf.

    Attributes:
        id: Tells it from its neighbours.
        kind: `quote`, `list` or `item`.
        marker: What begins an item: `-` or `3.`.
    """

    id: int
    kind: str
    marker: str = ""

    @property
    def indent(self) -> str:
        """What stands before the lines of an item after its first."""
        return " " * (len(self.marker) + 1)


@dataclass(frozen=True, slots=True)
class Leaf:
    """A block that holds no others.

    Attributes:
        kind: `paragraph`, `heading`, `code`, `table`, `rule`, or `empty` for an item with nothing in it.
        text: Inline source, or code.
        opening: What begins a heading, or a code block with its language.
        closing: What ends a code block.
        header: The cells of a table's header.
        alignment: The cells of the line below that.
        rows: The cells of a table's other lines.
        around: The containers, outermost first.
        begins: The items whose first leaf it is.
        gap: Whether a blank line comes before it.
    """

    kind: str
    text: str = ""
    opening: str = ""
    closing: str = ""
    header: tuple[str, ...] = ()
    alignment: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    around: tuple[Container, ...] = ()
    begins: frozenset[int] = frozenset()
    gap: bool = True

    @property
    def lines(self) -> list[str]:
        """It, without what is around it."""
        match self.kind:
            case "heading":
                # One that ends in # needs another to close it, or its own would be taken for that.
                return [f"{self.opening} {self.text}{' #' if self.text.endswith('#') else ''}"]
            case "code":
                return [self.opening, *self.text.split("\n"), self.closing]
            case "table":
                header = [_row(self.header), f"| {' | '.join(self.alignment)} |"]
                return header + [_row(row) for row in self.rows]
            case _:
                return self.text.split("\n")


def read_leaves(text: str) -> list[Leaf]:
    """The leaves of a document; links by reference get their targets, so that each can stand on another page."""
    environment: Environment = {}
    return list(_Reading(environment).leaves(read_blocks(text, environment)))


def write_leaves(leaves: Sequence[Leaf]) -> str:
    """Leaves as a document.

    The marker of an item stands before its first leaf; where that is on an earlier page, the rest is not indented.
    """
    lines: list[str] = []
    begun: set[int] = set()
    before: Leaf | None = None
    for leaf in leaves:
        if before is not None and _apart(before, leaf, begun):
            common = leaf.around[: shared(before, leaf)]
            lines.append("".join(_prefix(container, begun) for container in common).rstrip())
        first = ""
        for container in leaf.around:
            if container.id in leaf.begins:
                begun.add(container.id)
                first += f"{container.marker} "
            else:
                first += _prefix(container, begun)
        rest = "".join(_prefix(container, begun) for container in leaf.around)
        for number, line in enumerate(leaf.lines):
            prefix = rest if number else first
            lines.append(f"{prefix}{line}" if line else prefix.rstrip())
        before = leaf
    return "\n".join(lines)


def shared(before: Leaf, after: Leaf) -> int:
    """How many containers two leaves have in common: the more, the closer they belong together."""
    pairs = zip(before.around, after.around, strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0].id == pair[1].id, pairs))


def guarded(text: str) -> str:
    """Inline source that is one paragraph wherever it stands: what would begin another block is escaped."""
    if _is_paragraph(text):
        return text
    first, *rest = text.split("\n")
    escaped = "\n".join([_escaped(first), *rest])
    return escaped if _is_paragraph(escaped) else "\n".join(_escaped(line) for line in (first, *rest))


def _is_paragraph(text: str) -> bool:
    if text[:1].isalpha() and "\n" not in text:
        return True
    tokens = read_blocks(text, {})
    return len(tokens) == 3 and tokens[0].type == "paragraph_open"


def _escaped(line: str) -> str:
    """The line with a backslash before the mark that makes it more than words."""
    start = len(line) - len(line.lstrip())
    start += len(line[start:]) - len(line[start:].lstrip("0123456789"))
    mark = line[start : start + 1]
    if mark.isascii() and mark.isprintable() and not mark.isalnum() and mark not in {"", " ", "\\"}:
        return f"{line[:start]}\\{line[start:]}"
    return line


def _prefix(container: Container, begun: set[int]) -> str:
    if container.kind == "quote":
        return "> "
    return container.indent if container.id in begun else ""


def _apart(before: Leaf, leaf: Leaf, begun: set[int]) -> bool:
    """Whether a blank line has to keep them apart."""
    if leaf.gap or before.kind != "paragraph":
        return leaf.gap
    # Not every item may interrupt a paragraph, and one whose own item is on an earlier page is like any other.
    items = [container.id for container in before.around if container.kind == "item"]
    lost = bool(items) and begun.isdisjoint(items)
    return lost or leaf.kind == "rule" or not (leaf.begins or leaf.kind in {"heading", "code", "table"})


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


class _Reading:
    """Walks over the tokens of a document."""

    def __init__(self, environment: Environment) -> None:
        self._environment = environment
        self._ids = count()
        self._around: list[Container] = []
        self._begins: set[int] = set()
        self._numbers: list[tuple[int, str]] = []
        self._line = 0

    def leaves(self, tokens: Sequence[Token]) -> Iterator[Leaf]:
        for position, token in enumerate(tokens):
            match token.type:
                case "blockquote_open":
                    self._enter("quote")
                case "bullet_list_open" | "ordered_list_open":
                    self._enter("list")
                    self._numbers.append((int(token.attrs.get("start", 1)), token.markup))
                case "list_item_open":
                    self._enter("item", self._marker())
                case "bullet_list_close" | "ordered_list_close":
                    self._numbers.pop()
                    self._around.pop()
                case "blockquote_close" | "list_item_close":
                    self._around.pop()
            leaf = self._read(tokens, position)
            if leaf is not None:
                yield self._placed(token, leaf)

    def _read(self, tokens: Sequence[Token], position: int) -> Leaf | None:
        token, following = tokens[position], tokens[position + 1 : position + 2]
        match token.type:
            case "paragraph_open":
                return Leaf("paragraph", guarded(self._resolved(following[0].content)))
            case "heading_open":
                text = self._resolved(following[0].content).replace("\\\n", " ").replace("\n", " ")
                return Leaf("heading", text, opening="#" * int(token.tag[1:]))
            case "fence" | "code_block":
                return _code(token)
            case "hr":
                return Leaf("rule", token.markup[:3])
            case "table_open":
                return self._table(takewhile(lambda token: token.type != "table_close", islice(tokens, position, None)))
            case "list_item_open" if following[0].type == "list_item_close":
                return Leaf("empty")
            case _:
                return None

    def _enter(self, kind: str, marker: str = "") -> None:
        container = Container(next(self._ids), kind, marker)
        self._around.append(container)
        if kind == "item":
            self._begins.add(container.id)

    def _marker(self) -> str:
        number, mark = self._numbers[-1]
        self._numbers[-1] = (number + 1, mark)
        return mark if mark in "-+*" else f"{min(number, _LARGEST_NUMBER)}{mark}"

    def _placed(self, token: Token, leaf: Leaf) -> Leaf:
        start, end = token.map or [self._line, self._line]
        gap, self._line = start > self._line, end
        begins, self._begins = frozenset(self._begins), set()
        return replace(leaf, around=tuple(self._around), begins=begins, gap=gap)

    def _table(self, tokens: Iterable[Token]) -> Leaf:
        rows: list[list[str]] = []
        alignment: list[str] = []
        for token in tokens:
            if token.type == "tr_open":
                rows.append([])
            elif token.type == "th_open":
                alignment.append(_ALIGNMENTS.get(str(token.attrGet("style")), "---"))
            elif token.type == "inline":
                rows[-1].append(self._resolved(token.content))
        header, *others = (tuple(row) for row in rows)
        return Leaf("table", header=header, alignment=tuple(alignment), rows=tuple(others))

    def _resolved(self, text: str) -> str:
        """The source with the targets of links that name a definition, which may stand on another page."""
        if not self._environment.get("references"):
            return text
        done, parts = 0, []
        for span in spans_of(text, self._environment):
            if span.target and span.start >= done and text[span.end - 1] == "]":
                mark = "!" if span.kind == "image" else ""
                parts += [text[done : span.start], f"{mark}[{span.label}](<{span.target}>)"]
                done = span.end
        return "".join([*parts, text[done:]])


def _code(token: Token) -> Leaf:
    code = token.content.removesuffix("\n")
    if token.type == "code_block":
        longest = max((len(run) for run in _TICKS.findall(code)), default=0)
        fence = "`" * max(3, longest + 1)
        return Leaf("code", code, opening=fence, closing=fence)
    language = token.info.strip()
    space = " " if language.startswith(token.markup[0]) else ""
    return Leaf("code", code, opening=f"{token.markup}{space}{language}", closing=token.markup)
