"""`/summarize`: the main points of a conversation, a file, a page of the web or a text."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Annotated

from bot import (
    Attachment,
    ChannelKind,
    Channels,
    ChatModel,
    Cited,
    Discretion,
    Embeddings,
    File,
    History,
    Language,
    Length,
    Meanings,
    Message,
    Plugin,
    Profile,
    Progress,
    Quiet,
    Range,
    Request,
    Silence,
    Summarizer,
    Translator,
    Web,
    find_zone,
)

from .activity import activity_picture
from .answer import Means, answer
from .digest import digest_of
from .material import Conversation, Document, conversation, document, message_or_on, read_file, read_page
from .meant import MOST, meant
from .styles import Style
from .telling import Digest, tell
from .window import read
from .wording import Reader

plugin = Plugin("summarize", "The main points of a conversation, a file, a page of the web or a text.")

_ADDRESS = re.compile(r"<?https?://\S+", re.IGNORECASE)


@plugin.command(
    examples=(
        "/summarize",
        "/summarize 20",
        "/summarize last:50 length:short",
        "/summarize https://example.org/news",
        "/summarize since:yesterday",
        "/summarize style:minutes",
        "summarize this channel",
        "what was said here since yesterday?",
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
    style: Style | None = None,
    language: Language | None = None,
    zone: str | None = None,
    request: Request,
    profile: Profile,
    history: History,
    discretion: Discretion,
    meanings: Meanings,
    embeddings: Embeddings,
    model: ChatModel | None,
    summarizer: Summarizer | None,
    translator: Translator | None,
    web: Web,
) -> AsyncIterator[str | Cited | Progress]:
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
        style: In which style: a list, minutes, only decisions and tasks, in the order of time, or for a newcomer.
        language: The language of the summary; your profile decides otherwise.
        zone: Time zone or city that times are told in; your profile decides otherwise.
    """
    file = file or next(iter(request.attachments), None)
    start = since or start
    reader = Reader.of(request, profile, length, find_zone(zone) if zone else None, language)
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
    means = Means(embeddings, meanings, model, summarizer, translator)
    async for piece in answer(material, reader, means, style=style, request=request, discretion=discretion):
        yield piece


@plugin.command(internal=True, repeatable=True)
async def topics(
    *,
    start: datetime,
    end: datetime,
    channels: str = "",
    title: str = "",
    zone: str | None = None,
    length: Length | None = None,
    quiet: Quiet = "say",
    personal: bool = False,
    picture: bool = True,
    request: Request,
    profile: Profile,
    history: History,
    others: Channels,
    discretion: Discretion,
    meanings: Meanings,
    embeddings: Embeddings,
    model: ChatModel | None,
    summarizer: Summarizer | None,
    translator: Translator | None,
) -> AsyncIterator[str | Cited | File | Progress | Silence]:
    """Tell what was talked about in a stretch of time, topic by topic.

    Args:
        start: Where it begins.
        end: Where it ends.
        channels: The ids of the channels that are read, with spaces between; empty for the one it is asked in.
        title: What stands above it, as Markdown; empty for nothing.
        zone: Time zone or city that times are told in; the profile decides otherwise.
        length: Short is a line for each topic, long is everything.
        quiet: Whether a stretch in which nothing was said is told of in one line, or not at all.
        personal: Whether it is for the person who asks alone, and what concerns them comes first.
        picture: Whether a picture shows when how much was said.
    """
    reader = Reader.of(request, profile, length, find_zone(zone) if zone else None)
    window = await read(
        channels.split(), start, end, request=request, history=history, channels=others, discretion=discretion
    )
    means = Means(embeddings, meanings, model, summarizer, translator)
    personal = personal or request.channel.kind is ChannelKind.DM
    digest = Digest(window)
    async for step in digest_of(window, reader, means, request.person if personal else None):
        if isinstance(step, Progress):
            yield step
        else:
            digest = step
    if quiet == "silent" and digest.empty:
        yield Silence()
        return
    for piece in tell(digest, reader, title):
        yield piece
    if picture and reader.length is not Length.SHORT:
        drawn = await asyncio.to_thread(activity_picture, window.all, window.start, window.end, reader)
        if drawn is not None:
            yield drawn


@plugin.menu("Summarize", repeatable=True)
async def summarize_message(
    *,
    message: Message,
    request: Request,
    profile: Profile,
    history: History,
    discretion: Discretion,
    meanings: Meanings,
    embeddings: Embeddings,
    model: ChatModel | None,
    summarizer: Summarizer | None,
    translator: Translator | None,
) -> AsyncIterator[str | Cited | Progress]:
    """Summarize a long message, or the conversation from a short one on."""
    material = await message_or_on(history, message)
    reader, means = Reader.of(request, profile), Means(embeddings, meanings, model, summarizer, translator)
    async for piece in answer(material, reader, means, style=None, request=request, discretion=discretion):
        yield piece
