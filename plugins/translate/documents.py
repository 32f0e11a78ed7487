"""Text files to translate: read in whichever encoding, and given back with the words in another language."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from pathlib import PurePath

from bot import Attachment, File, UserError, size

from .work import Work

LARGEST = 100_000
"""Bytes of a file that is translated: more takes hours on a processor."""

MARKDOWN = {".md", ".markdown"}
"""How the names of files end that are Markdown throughout; in others each line stands for itself."""

_BINARY = (b"%PDF", b"{\\rtf", b"PK\x03\x04")
_UTF16 = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True, slots=True)
class Document:
    """A text file.

    Attributes:
        name: Its name.
        text: What stands in it.
    """

    name: str
    text: str

    async def translated(self, work: Work, source: str | None, target: str, keep: list[str]) -> File:
        """The file with its words in the target language.

        Args:
            work: Translates.
            source: The language it is in, as a BCP 47 tag; None where nobody knows.
            target: The language it is wanted in.
            keep: Names that must not change.

        Raises:
            ModelMissing: No model translates between these languages.
        """
        path = PurePath(self.name)
        markdown = path.suffix.lower() in MARKDOWN
        if markdown:
            [text] = await work.translate([self.text], source, target, keep)
            text += "\n" * self.text.endswith("\n")
        else:
            text = await _by_lines(self.text, work, source, target, keep)
        kind = "text/markdown" if markdown else "text/plain"
        return File(f"{path.stem}.{target}{path.suffix}", text.encode(), kind)


async def read_document(file: Attachment) -> Document:
    """The text of a file; which encoding it has is found out.

    Raises:
        UserError: It is too large, empty or no text.
    """
    too_large = UserError(f"{file.name} is larger than {size(LARGEST)}; give me a part of it.")
    if file.size > LARGEST:
        raise too_large
    data = await file.read()
    if len(data) > LARGEST:
        raise too_large
    text = await asyncio.to_thread(_decoded, data)
    if text is None:
        raise UserError(f"{file.name} is no text; I can translate text and Markdown files.")
    if not text.strip():
        raise UserError(f"{file.name} is empty.")
    return Document(PurePath(file.name.replace("\\", "/")).name, text)


def _decoded(data: bytes) -> str | None:
    """The text in some bytes; None where it is none."""
    if data.startswith(_BINARY) or (b"\0" in data and not data.startswith(_UTF16)):
        return None
    with suppress(UnicodeDecodeError):
        return data.decode("utf-16" if data.startswith(_UTF16) else "utf-8-sig")
    from charset_normalizer import from_bytes

    best = from_bytes(data).best()
    return None if best is None else str(best)


async def _by_lines(text: str, work: Work, source: str | None, target: str, keep: list[str]) -> str:
    """A text in which every line, and the room before it, stays where it is."""
    lines = text.splitlines(keepends=True)
    places = [place for place, line in enumerate(lines) if any(mark.isalpha() for mark in line)]
    done = await work.translate([lines[place].strip() for place in places], source, target, keep)
    for place, words in zip(places, done, strict=True):
        line = lines[place]
        lines[place] = line.replace(line.strip(), words, 1)
    return "".join(lines)
