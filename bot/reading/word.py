"""Word files: headings, paragraphs, lists and tables."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import TYPE_CHECKING, TypeAlias

from bot.documents import Part

from .content import Content, content, first_heading, table
from .limits import Deadline
from .text import sections

if TYPE_CHECKING:
    from docx.document import Document as WordDocument
    from lxml.etree import _Element as Element

_WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"

Numbering: TypeAlias = "dict[tuple[str, str], str]"
"""How the levels of lists are counted, by list and level."""


def read_word(data: bytes, deadline: Deadline) -> Content:
    """The text of a Word file, one part for each heading.

    Args:
        data: The file.
        deadline: When it must have been read.
    """
    from docx import Document

    document = Document(io.BytesIO(data))
    styles = {style.style_id: style.name or "" for style in document.styles}
    numbering = _numbering(document)
    blocks: list[str] = []
    before = ""
    for kind, text in _blocks(document.element.body, styles, numbering, deadline):
        # The items of a list stand together.
        if kind == before == "item":
            blocks[-1] += f"\n{text}"
        else:
            blocks.append(text)
        before = kind
    parts: list[Part] = sections("\n\n".join(blocks))
    return content(parts, document.core_properties.title or first_heading(parts))


def _blocks(
    parent: Element, styles: dict[str, str], numbering: Numbering, deadline: Deadline
) -> Iterator[tuple[str, str]]:
    """The kind and the Markdown of each block, in order."""
    for child in parent:
        deadline.check()
        if child.tag == f"{_WORD}p":
            kind, text = _paragraph(child, styles, numbering)
            if text.strip():
                yield kind, text
        elif child.tag == f"{_WORD}tbl":
            rows = (row.iterchildren(f"{_WORD}tc") for row in child.iterchildren(f"{_WORD}tr"))
            if text := table([_text(cell) for cell in row] for row in rows):
                yield "table", text
        elif child.tag in {f"{_WORD}sdt", f"{_WORD}sdtContent", f"{_WORD}ins"}:
            # Content controls, such as tables of contents, and what was inserted while changes were tracked.
            yield from _blocks(child, styles, numbering, deadline)


def _paragraph(paragraph: Element, styles: dict[str, str], numbering: Numbering) -> tuple[str, str]:
    text = _text(paragraph).strip()
    style = styles.get(_value(paragraph, "pPr/pStyle"), "").lower()
    word, _, level = style.partition(" ")
    if style == "title" or (word == "heading" and level.isdecimal()):
        marks = "#" * min(int(level) if level else 1, 6)
        return "heading", f"{marks} {' '.join(text.split())}" if text else ""
    number = _value(paragraph, "pPr/numPr/numId")
    if (number and number != "0") or style.startswith("list "):
        depth = _value(paragraph, "pPr/numPr/ilvl") or "0"
        counted = style.startswith("list number") or numbering.get((number, depth), "bullet") not in {"bullet", "none"}
        indent = "   " * min(int(depth) if depth.isdecimal() else 0, 9)
        return "item", f"{indent}{'1.' if counted else '-'} {' '.join(text.split())}" if text else ""
    return "text", text


def _text(element: Element) -> str:
    """All words in an element; what was deleted while changes were tracked has other tags."""
    pieces: list[str] = []
    for part in element.iter():
        if part.tag == f"{_WORD}t" and part.text and not _is_fallback(part):
            pieces.append(part.text)
        elif part.tag == f"{_WORD}tab":
            pieces.append("\t")
        elif part.tag in {f"{_WORD}br", f"{_WORD}cr", f"{_WORD}p"}:
            pieces.append("\n")
    return "".join(pieces)


def _is_fallback(element: Element) -> bool:
    """Whether a text is there for old programs only, beside the same for new ones."""
    return next(element.iterancestors(_FALLBACK), None) is not None


def _value(element: Element, path: str) -> str:
    found = element.find("/".join(f"{_WORD}{name}" for name in path.split("/")))
    return "" if found is None else str(found.get(f"{_WORD}val") or "")


def _numbering(document: WordDocument) -> Numbering:
    from docx.opc.constants import RELATIONSHIP_TYPE

    try:
        root: Element = document.part.part_related_by(RELATIONSHIP_TYPE.NUMBERING).element  # type: ignore[attr-defined]
    except KeyError:
        return {}
    formats: dict[str, dict[str, str]] = {}
    for abstract in root.iterchildren(f"{_WORD}abstractNum"):
        formats[str(abstract.get(f"{_WORD}abstractNumId"))] = {
            str(level.get(f"{_WORD}ilvl")): _value(level, "numFmt") for level in abstract.iterchildren(f"{_WORD}lvl")
        }
    return {
        (str(number.get(f"{_WORD}numId")), level): counted
        for number in root.iterchildren(f"{_WORD}num")
        for level, counted in formats.get(_value(number, "abstractNumId"), {}).items()
    }
