"""Reads what people give, by its kind: text, HTML, PDF, Word, PowerPoint and Excel files."""

from __future__ import annotations

import re
from pathlib import PurePath

from bot.errors import UserError

from .content import Content
from .limits import Deadline

KINDS = "text, code, CSV, JSON, HTML, PDF, Word, PowerPoint or Excel"

_OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_HTML = re.compile(r"\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)?(?:<!doctype html|<html)", re.IGNORECASE | re.DOTALL)
_CHARSET = re.compile(r"charset=[\"']?([\w.:-]+)", re.IGNORECASE)


def read(name: str, data: bytes, media_type: str, deadline: Deadline) -> Content:
    """What stands in a file; call it in a thread.

    Args:
        name: What it is called.
        data: The file.
        media_type: Its kind, as far as somebody said.
        deadline: When it must have been read.

    Raises:
        UserError: It is empty, broken, protected, too large once unpacked, or nothing that can be read.
    """
    try:
        found = _read(name, data, media_type, deadline)
    except UserError:
        raise
    # At a broken or hostile file each library fails in ways of its own.
    except Exception as error:
        raise UserError(f"{name} is broken; save it once more, or give me its text.") from error
    if not found.parts:
        raise UserError(f"There is no text in {name}.")
    return found


def _read(name: str, data: bytes, media_type: str, deadline: Deadline) -> Content:
    if not data.strip():
        raise UserError(f"{name} is empty.")
    # What a file begins with says more than its name, which anybody may give.
    if b"%PDF-" in data[:1024]:
        from .pdf import read_pdf

        return read_pdf(name, data, deadline)
    if data.startswith(b"PK\x03\x04"):
        from .packed import read_packed

        return read_packed(name, data, deadline)
    if data.startswith(_OLD_OFFICE):
        raise UserError(f"{name} is protected, or in an old format of Office; save it as .docx, .pptx or .xlsx.")
    if data.startswith(b"{\\rtf"):
        raise UserError(f"{name} is in RTF, which I do not read; save it as .docx or PDF.")
    from .text import decoded, read_text

    charset = _CHARSET.search(media_type)
    text = decoded(data, charset[1] if charset else None)
    if text is None:
        raise UserError(f"{name} is nothing that I can read; give me {KINDS}.")
    kind = media_type.partition(";")[0].strip().lower()
    if PurePath(name).suffix.lower() in {".html", ".htm", ".xhtml"} or "html" in kind or _HTML.match(text[:2000]):
        from .pages import read_page

        return read_page(data, text, named=charset is not None)
    return read_text(name, text, kind)
