"""What is to be summarized: a conversation or a document."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import PurePath
from urllib.parse import urlsplit

from pydantic import JsonValue

from bot import (
    Attachment,
    ChannelKind,
    History,
    Message,
    Request,
    UserError,
    Web,
    by_people,
    read_document,
    unmarked,
)
from bot import Document as Given

from .sentences import paragraphs, size_in_words

LARGEST = 20_000_000
"""Bytes of a file that is read."""

LONGEST = 1_000_000
"""Characters of a text that is summarized."""

LONG_MESSAGE = 60
"""Words from which a message is worth a summary of its own."""

_CODE = frozenset(
    ".c .cc .cpp .cs .css .go .h .hpp .ini .java .js .jsx .kt .lua .php .pl .ps1 .py .r .rb .rs .scala .sh .sql .swift "
    ".toml .ts .tsx .yaml .yml".split()
)
_COMMENT = re.compile(
    r'(?P<doc>""")|(?P<block>/\*)|^[ \t]*(?:#(?!!|include|define|if|end|else)|//+|--|;)', re.MULTILINE
)
_ENDS = {"doc": '"""', "block": "*/", None: "\n"}
"""What ends each sort of comment; those without a name end with their line."""


@dataclass(frozen=True, slots=True)
class Conversation:
    """Messages of people, oldest first; what bots said and commands are left out.

    Attributes:
        messages: The messages.
        start: From when, if it was asked for so.
        end: Until when, likewise.
    """

    messages: tuple[Message, ...]
    start: datetime | None = None
    end: datetime | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """A text.

    Attributes:
        name: What to call it in a sentence: a file's name, or "the text".
        text: All of it.
        prose: The part of it that is language rather than data or code.
        message: The message that it is, where it is one.
    """

    name: str
    text: str
    prose: str
    message: Message | None = None


async def conversation(
    history: History,
    request: Request,
    *,
    last: int | None = None,
    start: datetime | None = None,
    end: datetime | None = None,
) -> Conversation:
    """The messages meant: the last so many, those of a stretch of time, a whole thread, or the last day.

    Args:
        history: Of the channel or thread.
        request: Says where and when it was asked.
        last: How many of the newest.
        start: From when.
        end: Up to, but not at, when.

    Raises:
        UserError: The stretch of time ends before it begins.
    """
    if start and start > request.received:
        raise UserError("That is in the future; nobody has said anything there yet.")
    if start and end and start >= end:
        raise UserError("`end` must be later than `start`.")
    if end:
        found = await history.between(start or end - timedelta(days=1), end)
    elif start:
        found = await history.since(start)
    elif last:
        return Conversation(tuple(by_people(await history.recent(1000))[-last:]))
    elif request.channel.kind is ChannelKind.THREAD:
        return Conversation(tuple(by_people(await history.recent(1000))))
    else:
        start = request.received - timedelta(days=1)
        found = await history.since(start)
        if len(by_people(found)) < 5:
            earlier = by_people(await history.recent(100))
            if len(earlier) > len(found):
                return Conversation(tuple(earlier))
    messages = tuple(by_people(found)[-(last or 1000) :])
    return Conversation(messages, start or (end and end - timedelta(days=1)), end)


async def message_or_on(history: History, message: Message) -> Conversation | Document:
    """A long message by itself; a short one together with the conversation from it on."""
    if size_in_words(message.text) >= LONG_MESSAGE:
        return Document(f"{message.author_name}’s message", message.text, message.text, message)
    later = [found for found in await history.since(message.sent) if found.id != message.id]
    if not by_people(later):
        raise UserError("That message is short already, and nothing was said after it.")
    return Conversation((message, *by_people(later)), message.sent)


def document(name: str, text: str) -> Document:
    """A text that somebody gave."""
    return Document(name, text, text)


async def read_file(attachment: Attachment) -> Document:
    """The text of a file.

    Raises:
        UserError: It cannot be read, or is too long.
    """
    return await _document(await read_document(attachment, LARGEST))


async def read_page(web: Web, url: str) -> Document:
    """The article on a page of the web.

    Raises:
        UserError: It cannot be read, or is too long.
    """
    page = await web.read(url)
    host = urlsplit(page.link or "").hostname or page.name
    return await _document(page, f"“{unmarked(page.title)}” on {host}" if page.title else page.name)


def prose_of(name: str, text: str) -> str:
    """What is language in a file: all of a text, the cells of a table, the strings of JSON, the comments in code."""
    ending = PurePath(name).suffix.lower()
    if ending == ".json":
        try:
            return "\n\n".join(_strings(json.loads(text)))
        except (ValueError, RecursionError):
            return text
    if ending in {".csv", ".tsv"}:
        try:
            rows = list(csv.reader(io.StringIO(text), delimiter="\t" if ending == ".tsv" else ","))
        except csv.Error:
            return text
        return "\n\n".join(cell for row in rows for cell in row if size_in_words(cell) >= 4)
    if ending in {".md", ".markdown"}:
        # Indented by four blanks, a paragraph is code; between bars it is a table.
        return "\n\n".join(part for part in paragraphs(text) if not all(map(_is_no_prose, part.splitlines())))
    if ending in _CODE:
        return "\n\n".join(paragraphs("\n".join(_comments(text))))
    return text


async def _document(given: Given, name: str | None = None) -> Document:
    text = given.text if given.raw is None else given.raw.strip()
    if len(text) > LONGEST:
        raise UserError(f"{given.name} is longer than {LONGEST:,} characters; give me a part of it.")
    # What is no text file was made Markdown when it was read.
    prose = await asyncio.to_thread(prose_of, "page.md" if given.raw is None else given.name, text)
    return Document(name or given.name, text, prose)


def _is_no_prose(line: str) -> bool:
    return line.startswith(("    ", "\t", "|"))


def _comments(text: str) -> Iterator[str]:
    place = ended = 0
    # An end that was searched for in vain is nowhere later either.
    endless: set[str] = set()
    while found := _COMMENT.search(text, place):
        place = found.end()
        mark = _ENDS[found.lastgroup]
        end = -1 if mark in endless else text.find(mark, place)
        if end < 0 and found.lastgroup:
            endless.add(mark)
            continue
        if text[ended : found.start()].strip():
            yield ""  # code between two comments parts them
        end = len(text) if end < 0 else end
        for line in text[place:end].splitlines():
            yield line.strip().lstrip("*").strip()
        # The line's end stays, for the next comment begins after it.
        place = ended = end + len(mark) if found.lastgroup else end


def _strings(value: JsonValue) -> Iterator[str]:
    waiting = [value]
    while waiting:
        match waiting.pop():
            case str() as text:
                yield text
            case list() as items:
                waiting += reversed(items)
            case dict() as fields:
                waiting += reversed(fields.values())
