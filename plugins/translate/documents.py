"""Files to translate, given back with the words in another language."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePath

from bot import Attachment, File, UserError, read_document

from .work import Work

LARGEST = 20_000_000
"""Bytes of a file that is read."""

LONGEST = 100_000
"""Characters of a text that is translated: more takes hours on a processor."""

MARKDOWN = {".md", ".markdown"}
"""How the names of files end that are Markdown throughout; in others each line stands for itself."""


@dataclass(frozen=True, slots=True)
class Document:
    """A text.

    Attributes:
        name: Its file's name.
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


async def read_file(file: Attachment) -> Document:
    """A text file as it is; of a PDF, a file of Office or a page the text, as Markdown.

    Raises:
        UserError: It cannot be read, or is too long.
    """
    found = await read_document(file, LARGEST)
    name = PurePath(found.name.replace("\\", "/")).name
    text = found.raw
    if text is None:
        name, text = f"{PurePath(name).stem}.md", found.text
    if len(text) > LONGEST:
        raise UserError(f"{name} is longer than {LONGEST:,} characters; give me a part of it.")
    return Document(name, text)


async def _by_lines(text: str, work: Work, source: str | None, target: str, keep: list[str]) -> str:
    """A text in which every line, and the room before it, stays where it is."""
    lines = text.splitlines(keepends=True)
    places = [place for place, line in enumerate(lines) if any(mark.isalpha() for mark in line)]
    done = await work.translate([lines[place].strip() for place in places], source, target, keep)
    for place, words in zip(places, done, strict=True):
        line = lines[place]
        lines[place] = line.replace(line.strip(), words, 1)
    return "".join(lines)
