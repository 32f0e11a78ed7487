"""Cuts documents into passages: at headings, pages, paragraphs and sentences, as long as an embedding model reads."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from bot.documents import Part
from bot.models.engines.passages import parts
from bot.prompts import tokens
from bot.request import Message
from bot.wording import is_command, sentences

ROOM: Final = 240
"""Tokens of a passage, rather over- than underestimated: the models that come with Atelier read 256."""

SHORTEST: Final = 4
"""Words of a message; a shorter one tells nothing by itself."""

_FENCE = re.compile(r"[ \t]*(```|~~~)")
_LINES = re.compile(r"[ \t]*(?:[-*+•|>#]|\d+[.)]\s|```|~~~)")


@dataclass(frozen=True, slots=True)
class Chunk:
    """A passage to be.

    Attributes:
        text: Markdown.
        heading: What it is headed by; of a message, who wrote it.
        page: The number of the page, from 1.
        link: Where it is, if not where its source is.
        message: The id of the message it is of.
    """

    text: str
    heading: str | None = None
    page: int | None = None
    link: str | None = None
    message: str | None = None

    def spoken(self, title: str) -> str:
        """The passage as it is compared: the words alone often do not say what they are about.

        Args:
            title: What its source is called.
        """
        return "\n".join(dict.fromkeys(filter(None, (title[:80], (self.heading or "")[:120], self.text))))


def cut(document: Iterable[Part]) -> list[Chunk]:
    """The passages of a document, in order.

    Args:
        document: Its parts; no passage reaches beyond one.
    """
    return [
        Chunk(text.rstrip(), part.heading, part.page)
        for part in document
        for text in _pack(_small(_blocks(_body(part))), "\n\n")
        if any(map(str.isalnum, text))
    ]


def cut_message(message: Message) -> list[Chunk]:
    """The passages of a message; none where it tells nothing to others, or was said by or to a bot."""
    if message.from_bot or is_command(message.text):
        return []
    if len(message.text.split()) < SHORTEST and message.text.isascii():
        return []
    return [
        Chunk(chunk.text, message.author_name, link=message.link, message=message.id)
        for chunk in cut([Part(message.text)])
    ]


def _body(part: Part) -> str:
    """The text of a part without its heading, which each of its passages has anyway."""
    first, _, rest = part.text.lstrip().partition("\n")
    return rest if first.startswith("#") and first.strip("# \t") == (part.heading or "") else part.text


def _blocks(text: str) -> Iterator[str]:
    """What empty lines set apart, but for those inside code."""
    held: list[str] = []
    fence = ""
    for line in text.splitlines():
        if mark := _FENCE.match(line):
            fence = "" if fence == mark[1] else fence or mark[1]
        if line.strip() or fence:
            held.append(line)
        elif held:
            yield "\n".join(held)
            held = []
    if held:
        yield "\n".join(held)


def _small(blocks: Iterable[str]) -> Iterator[str]:
    """The blocks, those that are too long in pieces: at their lines where these mean something, or at sentences."""
    for block in blocks:
        if tokens(block) <= ROOM:
            yield block
        elif _LINES.match(block):
            pieces = (piece for line in block.splitlines() for piece in _fitting([line]))
            yield from _pack(pieces, "\n")
        else:
            yield from _fitting(sentences(" ".join(block.split()), "en"))


def _fitting(pieces: Iterable[str]) -> list[str]:
    return parts(pieces, ROOM, tokens)


def _pack(pieces: Iterable[str], between: str) -> Iterator[str]:
    """As few texts as hold the pieces, in order."""
    held = ""
    for piece in pieces:
        joined = f"{held}{between}{piece}" if held else piece
        if held and tokens(joined) > ROOM:
            yield held
            joined = piece
        held = joined
    if held:
        yield held
