"""`/summarize`: the main points of a conversation, a file, a page of the web or a text."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Annotated

from bot import (
    Attachment,
    ChatModel,
    Embeddings,
    History,
    Length,
    Message,
    Plugin,
    Profile,
    Progress,
    Range,
    Request,
    Summarizer,
    UserError,
    Web,
    detect_language,
    find_zone,
    prose,
)

from .material import Conversation, Document, conversation, document, message_or_on, read_file, read_page
from .meant import MOST, meant
from .points import conversation_points, document_points
from .wording import WORDS, Reader
from .written import transcript, write

SAMPLE = 4000
"""Characters by which the language of a text is told."""

plugin = Plugin("summarize", "The main points of a conversation, a file, a page of the web or a text.")

_ADDRESS = re.compile(r"<?https?://\S+", re.IGNORECASE)


@plugin.command(
    examples=(
        "/summarize",
        "/summarize 20",
        "/summarize last:50 length:short",
        "/summarize https://example.org/news",
        "/summarize since:yesterday",
        "summarize this channel",
        "what did I miss?",
        "catch me up on what happened here since yesterday",
        "give me the main points of the conversation",
        "tl;dr of this thread",
        "summarize this file",
    ),
    repeatable=True,
)
async def summarize(
    *,
    text: str = "",
    file: Attachment | None = None,
    url: str | None = None,
    last: Annotated[int, Range(1, MOST)] | None = None,
    since: datetime | None = None,
    start: datetime | None = None,
    end: datetime | None = None,
    length: Length | None = None,
    zone: str | None = None,
    request: Request,
    profile: Profile,
    history: History,
    embeddings: Embeddings,
    model: ChatModel | None,
    summarizer: Summarizer | None,
    web: Web,
) -> AsyncIterator[str | Progress]:
    """Summarize a conversation, a file, a web page or a text.

    Without options it is the whole thread, or the channel's last day. Attach a file, give the address of a page, or
    reply to a message, to summarize that instead.

    Args:
        text: The text to summarize, instead of the conversation.
        file: A file to summarize: text, PDF, Word, PowerPoint, Excel, HTML or code.
        url: The address of a web page or a PDF to summarize.
        last: How many of the newest messages.
        since: From when on, such as "yesterday 9am".
        start: From when on; the same as since.
        end: Up to when.
        length: How long the summary becomes; your profile decides otherwise.
        zone: Time zone or city that times are told in; your profile decides otherwise.
    """
    file = file or next(iter(request.attachments), None)
    start = since or start
    reader = Reader.of(request, profile, length, find_zone(zone) if zone else None)
    if url is None and _ADDRESS.fullmatch(text.strip()):
        text, url = "", text.strip()
    if text.strip() and not (file or url or last or start or end):
        # The first thing typed is the text, also where `/summarize 20` or `/summarize yesterday` means something else.
        match await asyncio.to_thread(meant, text, reader.zone, request.received):
            case int() as last:
                text = ""
            case datetime() as start:
                text = ""
    ranged = last or start or end
    material: Conversation | Document
    if text.strip():
        material = document("the text", text)
    elif url:
        yield Progress(None, "reading the page")
        material = await read_page(web, url)
    elif file:
        material = await read_file(file)
    elif request.reply_to and not ranged:
        material = await message_or_on(history, request.reply_to)
    else:
        material = await conversation(history, request, last=last, start=start, end=end)
    async for piece in _answer(material, reader, embeddings, model, summarizer):
        yield piece


@plugin.menu("Summarize", repeatable=True)
async def summarize_message(
    *,
    message: Message,
    request: Request,
    profile: Profile,
    history: History,
    embeddings: Embeddings,
    model: ChatModel | None,
    summarizer: Summarizer | None,
) -> AsyncIterator[str | Progress]:
    """Summarize a long message, or the conversation from a short one on."""
    material = await message_or_on(history, message)
    async for piece in _answer(material, Reader.of(request, profile), embeddings, model, summarizer):
        yield piece


async def _answer(
    material: Conversation | Document,
    reader: Reader,
    embeddings: Embeddings,
    model: ChatModel | None,
    summarizer: Summarizer | None,
) -> AsyncIterator[str | Progress]:
    """The best summary that the installed models can make."""
    if isinstance(material, Conversation) and not material.messages:
        yield _quiet(material, reader)
    elif model is not None:
        async for piece in write(material, reader, model):
            yield piece
    elif summarizer is not None and await _reads(summarizer, plain := _plain(material, reader)):
        yield Progress(None, "summarizing")
        written = (await summarizer.summarize(plain, WORDS[reader.length])).strip()
        if not written:
            raise UserError("The summary model gave an empty answer; try another stretch of text.")
        yield written
    elif isinstance(material, Conversation):
        async for piece in conversation_points(material, reader, embeddings):
            yield piece
    else:
        async for piece in document_points(material, reader, embeddings):
            yield piece


def _plain(material: Conversation | Document, reader: Reader) -> str:
    return "\n".join(transcript(material, reader)) if isinstance(material, Conversation) else material.text


async def _reads(summarizer: Summarizer, text: str) -> bool:
    """Whether the model reads the language of a text; of what it does not read it would make nonsense."""
    if not summarizer.reads:
        return True
    found = await asyncio.to_thread(lambda: detect_language(prose(text[:SAMPLE])))
    return found.tag is None or not found.sure or found.tag.partition("-")[0] in summarizer.reads


def _quiet(nothing: Conversation, reader: Reader) -> str:
    """The honest line about a stretch of time in which nobody said anything."""
    if nothing.end and nothing.start:
        when = f" between {reader.time(nothing.start)} and {reader.time(nothing.end)} ({reader.zone_name})"
    elif nothing.start:
        when = f" since {reader.time(nothing.start)} ({reader.zone_name})"
    else:
        when = " that I can read"
    return f"Nobody said anything here{when}."
