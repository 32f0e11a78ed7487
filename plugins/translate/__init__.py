"""`/translate`: a text, a message or a whole thread in another language."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from typing import Annotated

from bot import (
    Attachment,
    ChannelKind,
    ChatModel,
    Cited,
    Detected,
    Discretion,
    File,
    History,
    Language,
    Message,
    Models,
    Multiline,
    Plugin,
    Profile,
    Progress,
    Range,
    Reply,
    Request,
    Translator,
    UserError,
    count,
    detect_language,
    locale_of,
    moment,
    prose,
    same_language,
    unmarked,
    zone_of,
)

from .documents import Document, read_file
from .wording import already, called, closing, origin, remarks
from .work import Work

plugin = Plugin("translate", "A text, a message or a whole thread in another language.")

MOST = 200
"""Messages that are translated at most."""

READ = 1000
"""Messages among which they are looked for; the others are those of bots, and commands."""


@plugin.command(
    examples=(
        "/translate Guten Morgen, wie geht es dir?",
        "/translate to:French See you at the station",
        "/translate last:10 to:Spanish",
        "translate this message",
        "translate this thread into German",
        "what does that mean in English?",
    ),
    repeatable=True,
)
async def translate(
    *,
    text: Annotated[str, Multiline()] = "",
    file: Attachment | None = None,
    to: Language | None = None,
    from_: Language | None = None,
    keep: str = "",
    last: Annotated[int, Range(1, MOST)] | None = None,
    request: Request,
    profile: Profile,
    history: History,
    discretion: Discretion,
    reply: Reply,
    models: Models,
    translator: Translator | None,
    model: ChatModel | None,
) -> AsyncIterator[str | Cited | File | Progress]:
    """Translate a text, a file, a message or a thread.

    Give a text, attach a file or reply to a message; in a thread it is the whole thread. Code, links, mentions and
    emoji stay as they are.

    Args:
        text: The text to translate, instead of a message or the thread.
        file: A file to translate: text, PDF, Word, PowerPoint, Excel or HTML; the answer is a file too.
        to: The language you want; your profile's otherwise.
        from_: The language it is in; recognised otherwise.
        keep: Names that must stay as they are, with commas between them.
        last: How many of the newest messages here to translate, instead of a text.
    """
    work = Work(translator, model, models, reply.progress)
    target = to.tag if to else locale_of(request, profile)
    source = from_.tag if from_ else None
    names = [name for part in keep.split(",") if (name := part.strip())]
    thread = request.channel.kind is ChannelKind.THREAD
    file = file or next(iter(request.attachments), None)
    if not text.strip() and file is None and not last and request.reply_to is not None:
        if not request.reply_to.text.strip():
            raise UserError("That message has no text to translate.")
        yield Cited(await _text(request.reply_to.text, source, target, names, work), (request.reply_to,))
    elif text.strip():
        yield await _text(text, source, target, names, work)
    elif file is not None:
        yield await _file(await read_file(file), source, target, names, work)
    elif last or thread:
        found = (await discretion.open(await history.recent(READ)))[-(last or MOST) :]
        async for piece in _messages(found, source, target, names, work, request, profile):
            yield piece
    else:
        raise UserError(
            "Give me a text: `/translate Guten Morgen`, attach a file, reply to a message, or say `last:20`."
        )


@plugin.menu("Translate", private=True, repeatable=True)
async def translate_message(
    *,
    message: Message,
    request: Request,
    profile: Profile,
    reply: Reply,
    models: Models,
    translator: Translator | None,
    model: ChatModel | None,
) -> str:
    """Translate a message into your language, for you alone."""
    if not message.text.strip():
        raise UserError("That message has no text to translate.")
    work = Work(translator, model, models, reply.progress)
    return await _text(message.text, None, locale_of(request, profile), [], work)


async def _text(text: str, source: str | None, target: str, keep: Sequence[str], work: Work) -> str:
    """A text in the target language, and what is to be said about it."""
    found = await _language(text, source, target)
    guess = _from(found, target, work)
    if guess is not None and same_language(guess, target):
        return already(target, found)
    [translated] = await work.translate([text], guess, target, keep)
    return translated + closing([origin(found), *remarks(work.done, written=work.written)])


async def _file(document: Document, source: str | None, target: str, keep: list[str], work: Work) -> str | File:
    """A file in the target language, and what is to be said about it."""
    found = await _language(document.text, source, target)
    guess = _from(found, target, work)
    if guess is not None and same_language(guess, target):
        return already(target, found)
    file = await document.translated(work, guess, target, keep)
    said = " ".join([origin(found), *remarks(work.done, written=work.written)])
    return replace(file, alt=f"{document.name} in {called(target)}", caption=said)


async def _language(text: str, source: str | None, target: str) -> Detected | str:
    """The language that a text is in: as it was named, or as it is recognised."""
    words = await asyncio.to_thread(prose, text)
    if not words:
        raise UserError("There are no words in that to translate.")
    if source is not None:
        return source
    return await asyncio.to_thread(detect_language, words, (target,))


def _from(found: Detected | str, target: str, work: Work) -> str | None:
    """The language to translate from; None where the model sees it itself."""
    guess = _source(found, target)
    if guess is None and work.needs_source:
        raise UserError("I cannot tell which language that is; name it, such as `from:German`.")
    return guess


async def _messages(
    messages: Sequence[Message],
    source: str | None,
    target: str,
    keep: Sequence[str],
    work: Work,
    request: Request,
    profile: Profile,
) -> AsyncIterator[str | Cited]:
    """Messages in the target language, each with who said it when; those that are in it stay as they are."""
    if not messages:
        raise UserError("Nobody said anything here that I can read.")
    languages = await asyncio.to_thread(_languages, messages, source, target)
    texts = [one.text for one in messages]
    names = [*keep, *{one.author_name for one in messages}]
    sources = sorted({tag for tag in languages if tag is not None})
    for tag in sources:
        places = [place for place, language in enumerate(languages) if language == tag]
        for place, text in zip(
            places, await work.translate([texts[place] for place in places], tag, target, names), strict=True
        ):
            texts[place] = text
    if not sources:
        yield already(target, Detected(target, sure=True))
        return
    yield f"{count(len(messages), 'message')}, from {' and '.join(map(called, sources))} to {called(target)}:"
    for one, text in zip(messages, texts, strict=True):
        yield Cited(f"\n\n{_line(one, text, request, profile)}", (one,))
    yield closing(remarks(work.done, written=work.written))


def _languages(messages: Sequence[Message], source: str | None, target: str) -> list[str | None]:
    """The language of each message to translate; None for those that stay as they are.

    What is too short to tell is taken for the language of what is not.
    """
    found = [detect_language(prose(one.text), (target,)) for one in messages]
    sure = [one.tag for one in found if one.sure and one.tag and not same_language(one.tag, target)]
    usual = max(sure, key=sure.count, default=None)
    languages: list[str | None] = []
    for one in found:
        tag = one.tag if one.sure else usual or one.tag
        if source and not (one.sure and one.tag and same_language(one.tag, target)):
            tag = source
        languages.append(None if tag is None or one.tag is None or same_language(tag, target) else tag)
    return languages


def _line(message: Message, text: str, request: Request, profile: Profile) -> str:
    when = moment(message.sent, request.received, zone_of(profile))
    head = f"**{unmarked(message.author_name)}** ({when}):"
    return f"{head}\n{text}" if "\n" in text else f"{head} {text}"


def _source(found: Detected | str, target: str) -> str | None:
    """The language to translate from; in a text of several, one that is not the target."""
    if isinstance(found, str):
        return found
    tags = [tag for tag in (found.tag, *found.others) if tag is not None]
    return next((tag for tag in tags if not same_language(tag, target)), tags[0] if tags else None)
