"""Tables as text in columns, for platforms that have none."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence


def columns(rows: Sequence[Sequence[str]], alignment: Sequence[str]) -> str:
    """Rows of cells as lines of equal columns; the first row is the header.

    Args:
        rows: All have as many cells as the first.
        alignment: `left`, `right` or `center` for each column.
    """
    widths = [max(_width(cell) for cell in column) for column in zip(*rows, strict=True)]
    lines = ["  ".join(_aligned(*cell) for cell in zip(row, widths, alignment, strict=True)).rstrip() for row in rows]
    return "\n".join([lines[0], "  ".join("─" * width for width in widths), *lines[1:]])


def _aligned(cell: str, width: int, side: str) -> str:
    space = width - _width(cell)
    left = space if side == "right" else space // 2 if side == "center" else 0
    return f"{' ' * left}{cell}{' ' * (space - left)}"


def _width(text: str) -> int:
    """Columns in a font of equal widths, where some characters take two and marks above others none."""
    return sum(0 if _has_no_width(mark) else 1 + (unicodedata.east_asian_width(mark) in "WF") for mark in text)


def _has_no_width(mark: str) -> bool:
    return unicodedata.category(mark) in {"Mn", "Me", "Cf"}
