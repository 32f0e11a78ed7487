"""Files of Office: zip archives of XML, looked through before anything opens them."""

from __future__ import annotations

import io
import zipfile

from bot.errors import UserError

from .content import Content
from .limits import UNFOLDED, UNFOLDED_XML, Deadline

_CHUNK = 1 << 16
_DECLARATIONS = tuple("<!DOCTYPE".encode(encoding) for encoding in ("utf-8", "utf-16-le", "utf-16-be"))
"""No file of Office has one; it is where entities are declared that grow without end."""


def read_packed(name: str, data: bytes, deadline: Deadline) -> Content:
    """What stands in a Word, PowerPoint or Excel file.

    Args:
        name: What it is called.
        data: The file.
        deadline: When it must have been read.

    Raises:
        UserError: It is another kind of archive, broken, or becomes too large once unpacked.
    """
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = set(archive.namelist())
        _look_through(name, archive, deadline)
    if "word/document.xml" in members:
        from .word import read_word

        return read_word(data, deadline)
    if "ppt/presentation.xml" in members:
        from .slides import read_slides

        return read_slides(name, data, deadline)
    if "xl/workbook.xml" in members:
        from .sheets import read_sheets

        return read_sheets(name, data, deadline)
    raise UserError(f"{name} is an archive of a kind that I do not read; give me the files in it, or .docx or PDF.")


def _look_through(name: str, archive: zipfile.ZipFile, deadline: Deadline) -> None:
    """Refuse what unfolds to more than fits, whatever the archive says its sizes are."""
    unfolded = unfolded_xml = 0
    for member in archive.infolist():
        is_xml = member.filename.endswith((".xml", ".rels", ".vml"))
        with archive.open(member) as packed:
            before = b""
            while chunk := packed.read(_CHUNK):
                deadline.check()
                unfolded += len(chunk)
                unfolded_xml += len(chunk) * is_xml
                if unfolded > UNFOLDED or unfolded_xml > UNFOLDED_XML:
                    raise UserError(f"{name} is too large once it is unpacked; give me a part of it.")
                if is_xml and any(declaration in before + chunk for declaration in _DECLARATIONS):
                    raise UserError(f"{name} is broken; save it once more, or give me its text.")
                before = chunk[-32:]
