"""What was read, before it is a document: clean characters, in parts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bot.documents import Part

from .limits import check_cells


@dataclass(frozen=True, slots=True)
class Content:
    """What stands in a file.

    Attributes:
        parts: In order, none of them blank.
        title: What the file calls itself.
        raw: The characters of a text file just as they are.
    """

    parts: tuple[Part, ...]
    title: str | None = None
    raw: str | None = None


def content(parts: Iterable[Part], title: str | None = None, raw: str | None = None) -> Content:
    """Clean what was read: no blank parts, and no characters that no store or network takes."""
    cleaned = (Part(_clean(part.text), _line(part.heading), part.page) for part in parts)
    return Content(tuple(part for part in cleaned if part.text), _line(title), raw)


def first_heading(parts: Iterable[Part]) -> str | None:
    """The first heading there is."""
    return next((part.heading for part in parts if part.heading), None)


def table(rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table; its first row is the head. Empty where all cells are.

    Args:
        rows: The cells, as plain text; short rows are filled up.

    Raises:
        UserError: It has too many cells.
    """
    kept = [[_cell(cell) for cell in row] for row in rows]
    kept = [row for row in kept if any(row)]
    if not kept:
        return ""
    # As wide as its fullest row: sheets end in any number of empty columns.
    wide = max(place + 1 for row in kept for place, cell in enumerate(row) if cell)
    check_cells(wide * len(kept))
    head, *body = (_row([*row, *[""] * wide][:wide]) for row in kept)
    return "\n".join([head, _row(["---"] * wide), *body])


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _line(text: str | None) -> str | None:
    return " ".join(_clean(text).split()) or None if text else None


def _clean(text: str) -> str:
    return text.replace("\0", "").encode(errors="ignore").decode().strip()
