"""Documents that people give: files and pages as Markdown, in parts that can be cited."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from bot.errors import UserError
from bot.request import Attachment
from bot.wording import size

SECONDS = 30.0
"""How long the reading of one document may take."""

_READERS = ThreadPoolExecutor(2, "documents")
"""Threads of its own: a file made to be slow keeps none from the rest of Atelier."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a document: a page, a slide, a sheet, or what stands under a heading.

    Attributes:
        text: Markdown, its heading included.
        heading: What it is headed by, without marks.
        page: The number of the page or slide, from 1; None where there are none.
    """

    text: str
    heading: str | None = None
    page: int | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """What stands in a file or on a page.

    Attributes:
        name: The file's name, or the page's host.
        text: Markdown. Code, tables and data of a text file stand in it as such.
        title: What it calls itself.
        link: Where it is, for a page.
        parts: All of its text, in order.
        raw: A text file's characters just as they are, every line where it was; None for all others.
    """

    name: str
    text: str
    title: str | None = None
    link: str | None = None
    parts: tuple[Part, ...] = ()
    raw: str | None = None


async def read_attachment(file: Attachment, largest: int, instead: str = "give me a part of it") -> bytes:
    """The bytes of a file that somebody attached.

    Args:
        file: The file.
        largest: Bytes that are taken at most.
        instead: What the person can do where it is larger; ends the sentence that says so.

    Raises:
        UserError: It is larger.
    """
    too_large = UserError(f"{file.name} is larger than {size(largest)}; {instead}.")
    if file.size > largest:
        raise too_large
    data = await file.read()
    if len(data) > largest:
        raise too_large
    return data


async def read_document(file: Attachment, largest: int) -> Document:
    """What stands in a file: text in any encoding, code, CSV, JSON, HTML, PDF, Word, PowerPoint or Excel.

    Args:
        file: The file.
        largest: Bytes that are taken at most.

    Raises:
        UserError: It is too large, empty, broken, protected, or nothing that can be read.
    """
    return await parse_document(file.name, await read_attachment(file, largest), file.media_type)


async def parse_document(name: str, data: bytes, media_type: str = "", link: str | None = None) -> Document:
    """What stands in a file whose bytes are there already.

    Args:
        name: What to call it in an error, and by whose ending its kind is told.
        data: The file.
        media_type: Its kind, as far as somebody said.
        link: Where it lies.

    Raises:
        UserError: It is empty, broken, protected, or nothing that can be read.
    """
    from bot.reading import read
    from bot.reading.limits import Deadline

    deadline = Deadline(SECONDS, name)
    try:
        # The thread looks at the clock itself; the little more is for one that does not get to it.
        async with asyncio.timeout(SECONDS + 1):
            loop = asyncio.get_running_loop()
            content = await loop.run_in_executor(_READERS, read, name, data, media_type, deadline)
    except TimeoutError:
        raise deadline.passed() from None
    text = "\n\n".join(part.text for part in content.parts)
    return Document(name, text, content.title, link, content.parts, content.raw)
