"""Writes Markdown in the form that a platform understands."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from markdown_it.tree import SyntaxTreeNode

from bot.text.links import is_disguised, is_same, is_web, readable, web_address
from bot.text.reading import read
from bot.text.table import columns

TASKS = {"[ ] ": "☐ ", "[x] ": "☑ ", "[X] ": "☑ "}
_MARKS = frozenset({"strong", "em", "s"})

Line: TypeAlias = tuple[str, bool]
"""A line, and whether it is code, which begins at the margin even in a list."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a platform writes what Markdown says.

    Attributes:
        text: Plain words, and whether they begin a line.
        mark: Emphasis (`strong`, `em`, `s`), what is in it, and the characters before and after it.
        code: Code within a line.
        block: Code, and its language.
        link: An address, and a label where it says something else.
        heading: A heading's level and text.
        bullets: For each level of a list; the last for all that are deeper.
        quoted_code: Whether code can be quoted.
        bold_headings: From which level on headings are bold text, in which nothing is marked as bold.
    """

    text: Callable[[str, bool], str]
    mark: Callable[[str, str, str, str], str]
    code: Callable[[str], str]
    block: Callable[[str, str], str]
    link: Callable[[str, str], str]
    heading: Callable[[int, str], str]
    bullets: tuple[str, ...]
    quoted_code: bool
    bold_headings: int


def write(text: str, dialect: Dialect) -> str:
    """Markdown in a platform's dialect."""
    return _Writing(text, dialect).whole()


def words(node: SyntaxTreeNode) -> str:
    """What people see of an inline node, without marks."""
    match node.type:
        case "text" | "code_inline":
            return node.content
        case "softbreak" | "hardbreak":
            return "\n"
        case "image":
            return f"🖼 {node.content or 'picture'}"
        case _:
            return "".join(words(child) for child in node.children)


def table_cells(node: SyntaxTreeNode) -> tuple[list[list[SyntaxTreeNode]], list[str]]:
    """The cells of a table by rows, the header first, and how each column is aligned."""
    rows = [list(row.children) for part in node.children for row in part.children]
    return rows, [str(cell.attrs.get("style", "text-align:left")).removeprefix("text-align:") for cell in rows[0]]


def links_in(node: SyntaxTreeNode) -> Iterator[tuple[str, str]]:
    """The labels and targets of all links and pictures in an inline node."""
    for child in node.walk():
        if child.type in {"link", "image"}:
            yield words(child), str(child.attrs.get("href") or child.attrs.get("src") or "")


class _Writing:
    def __init__(self, text: str, dialect: Dialect) -> None:
        self._dialect = dialect
        self._tree = SyntaxTreeNode(read(text))
        self._source = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")

    def whole(self) -> str:
        return "\n".join(line for line, _ in self._blocks(self._tree.children, 0)).strip("\n")

    def _blocks(self, nodes: Sequence[SyntaxTreeNode], depth: int) -> list[Line]:
        lines: list[Line] = []
        for node in nodes:
            if lines and self._has_gap(node):
                lines.append(("", False))
            lines += self._block(node, depth)
        return lines

    def _has_gap(self, node: SyntaxTreeNode) -> bool:
        """Whether a blank line comes before it."""
        start = node.map[0] if node.map else 0
        return start > 0 and not self._source[start - 1].strip(" \t>")

    def _block(self, node: SyntaxTreeNode, depth: int) -> list[Line]:
        match node.type:
            case "paragraph":
                return _lines(self._inline(node.children[0]))
            case "heading":
                level = int(node.tag[1:])
                bold = frozenset({"strong"}) if level >= self._dialect.bold_headings else frozenset[str]()
                text = self._inline(node.children[0], bold).replace("\n", " ")
                return [(self._dialect.heading(level, text), False)]
            case "blockquote":
                return [self._quoted(line) for line in self._blocks(node.children, depth)]
            case "bullet_list" | "ordered_list":
                return self._list(node, depth)
            case "fence" | "code_block":
                block = self._dialect.block(node.content.removesuffix("\n"), node.info.strip().partition(" ")[0])
                return [(line, True) for line in block.split("\n")]
            case "table":
                return self._table(node)
            case _:
                return [("─" * 12, False)]

    def _quoted(self, line: Line) -> Line:
        text, is_code = line
        return (text, True) if is_code and not self._dialect.quoted_code else (f"> {text}".rstrip(), is_code)

    def _list(self, node: SyntaxTreeNode, depth: int) -> list[Line]:
        bullets = self._dialect.bullets
        number = int(node.attrs.get("start", 1))
        lines: list[Line] = []
        for item in node.children:
            marker = f"{number}." if node.type == "ordered_list" else bullets[min(depth, len(bullets) - 1)]
            number += 1
            if lines and self._has_gap(item):
                lines.append(("", False))
            inside = self._blocks(item.children, depth + 1) or [("", False)]
            if inside[0][1]:
                inside.insert(0, ("", False))  # code has lines of its own
            indent = " " * max(len(marker) + 1, 2)
            lines.append((f"{marker} {inside[0][0]}".rstrip(), False))
            lines += [(text if is_code or not text else indent + text, is_code) for text, is_code in inside[1:]]
        return lines

    def _table(self, node: SyntaxTreeNode) -> list[Line]:
        rows, alignment = table_cells(node)
        notes: list[str] = []
        cells: list[list[str]] = []
        for row in rows:
            cells.append([])
            for cell in row:
                text = " ".join(words(cell).split())
                for label, target in links_in(cell):
                    if is_web(target) and not is_same(label, target):
                        notes.append(target)
                        text += f" [{len(notes)}]"
                cells[-1].append(text)
        block = self._dialect.block(columns(cells, alignment), "")
        lines = [(line, True) for line in block.split("\n")]
        return lines + [
            (f"{self._dialect.text(f'[{number}]', True)} {self._dialect.link(web_address(target), '')}", False)
            for number, target in enumerate(notes, 1)
        ]

    def _inline(self, node: SyntaxTreeNode, active: frozenset[str] = frozenset(), before: str = "\n") -> str:
        """An inline node's content.

        Args:
            node: Whose children are written.
            active: The emphasis around it, which is not marked twice.
            before: What is written before it.
        """
        written = ""
        for child in node.children:
            last = (written or before)[-1]
            match child.type:
                case "text":
                    written += self._text(child, is_first=last == "\n")
                case "code_inline":
                    written += self._dialect.code(child.content)
                case "softbreak" | "hardbreak":
                    written += "\n"
                case "link" | "image":
                    written += self._link(child)
                case kind if kind in _MARKS and kind not in active:
                    inside = self._inline(child, active | {kind}, before="(")
                    written += self._dialect.mark(kind, inside, last, _beginning(child)) if inside.strip() else inside
                case _:
                    written += self._inline(child, active, before=last)
        return written

    def _text(self, node: SyntaxTreeNode, *, is_first: bool) -> str:
        text, task = node.content, ""
        inline = node.parent
        item = inline.parent.parent if inline and inline.parent and inline.type == "inline" else None
        if item is not None and item.type == "list_item" and node.previous_sibling is None and text[:4] in TASKS:
            task, text, is_first = TASKS[text[:4]], text[4:], False
        return task + self._dialect.text(text, is_first)

    def _link(self, node: SyntaxTreeNode) -> str:
        target = str(node.attrs.get("href") or node.attrs.get("src") or "")
        label = readable(words(node))
        if not is_web(target):
            target = target.removeprefix("mailto:")
            same = not target or is_same(label, target)
            return self._dialect.text(label if same else f"{label} ({target})", False)
        address = web_address(target)
        if not label or is_same(label, target):
            return self._dialect.link(address, "")
        if is_disguised(label, target):
            return f"{self._dialect.code(label)} ({self._dialect.link(address, '')})"
        return self._dialect.link(address, label)


def _lines(text: str) -> list[Line]:
    return [(line, False) for line in text.split("\n")]


def _beginning(node: SyntaxTreeNode) -> str:
    """The character that follows a node; a space where there is none."""
    following = node.next_sibling
    return words(following)[:1] or " " if following is not None else " "
