"""Marks what people, documents and tools say as data, for a model that reads instructions beside it."""

from __future__ import annotations

import re

MARKS = ("facts", "shared", "earlier", "file", "passage", "persona", "result", "said")
"""What data stands between: `<file>` … `</file>`."""

_MARK = re.compile(rf"<(?=\s*/?\s*(?:{'|'.join(MARKS)})\b)", re.IGNORECASE)
_APART = "\u200b"
_PLAIN = str.maketrans({'"': "'", "<": "‹", ">": "›"})


def inert(text: str) -> str:
    """The text so that it neither opens nor closes a mark; it reads the same."""
    return _MARK.sub(f"<{_APART}", text)


def one_line(text: str, most: int = 200) -> str:
    """A title or name as one line of at most so many characters, not long enough to give orders."""
    return inert(" ".join(text.split()))[:most].rstrip()


def quoted(mark: str, text: str, **about: str | int) -> str:
    """A text between marks that nothing in it can close.

    Args:
        mark: One of `MARKS`.
        text: The data.
        about: What the opening mark says of it.
    """
    said = "".join(f' {name}="{one_line(str(value)).translate(_PLAIN)}"' for name, value in about.items())
    return f"<{mark}{said}>\n{inert(text)}\n</{mark}>"
