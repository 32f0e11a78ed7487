"""PDF files: the text of each page."""

from __future__ import annotations

import io
import logging
import re
from typing import TYPE_CHECKING

from bot.documents import Part
from bot.errors import UserError

from .content import Content, content
from .limits import PAGES, Deadline

if TYPE_CHECKING:
    from pypdf import PdfReader

_BROKEN_WORD = re.compile(r"(?<=[^\W\d_A-Z])-\n(?=[^\W\d_A-Z])")
"""Where a line ends within a word."""


def read_pdf(name: str, data: bytes, deadline: Deadline) -> Content:
    """The text of a PDF file, one part for each page that has some.

    Args:
        name: What it is called.
        data: The file.
        deadline: When it must have been read.

    Raises:
        UserError: It is protected, has too many pages, or pictures of text only.
    """
    from pypdf import PdfReader

    # What it says about people's broken files is nothing that an admin can put right.
    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    reader = PdfReader(io.BytesIO(data))
    if reader.is_encrypted and not reader.decrypt(""):
        raise UserError(f"{name} is protected by a password; save it without one.")
    if len(reader.pages) > PAGES:
        raise UserError(f"{name} has more than {PAGES:,} pages; give me a part of it.")
    parts = []
    for number, page in enumerate(reader.pages, 1):
        deadline.check()
        parts.append(Part(_BROKEN_WORD.sub("", page.extract_text()), page=number))
    found = content(parts, _title(reader))
    if not found.parts:
        raise UserError(f"{name} holds pictures of pages and no text; have the text in it recognised (OCR) first.")
    return found


def _title(reader: PdfReader) -> str | None:
    title = reader.metadata.title if reader.metadata else None
    # Programs put the name of the file they printed there.
    return None if not title or title.lower().startswith(("microsoft ", "untitled")) else title
