"""What `/summarize` answers: the best summary that the installed models can make, in the style asked for."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace

from bot import (
    ChatModel,
    Cited,
    Discretion,
    Embeddings,
    Format,
    Meanings,
    Progress,
    Request,
    Summarizer,
    Translator,
    UserError,
)

from .digesting import extracted
from .group import Group
from .interpreting import Interpreter, language_of
from .material import Conversation, Document
from .points import conversation_points, document_points
from .sentences import split
from .styles import FORMS, Account, Style, in_own_words_only, tell
from .topics import Topic
from .window import Window, groups
from .wording import WORDS, Reader, heads, span
from .written import write
from .written_topics import summarized_topics, written_topics

UNWRITTEN = "_These are quotes: the language model gave nothing that the messages bear out._"

NOT_TOLD = (
    "I tell nothing of that message: it is a command, who wrote it does not want to be quoted, or it seems to have a "
    "password or a key in it."
)


@dataclass(frozen=True, slots=True)
class Means:
    """What there is to summarize with.

    Attributes:
        embeddings: Tell meanings apart.
        meanings: What messages mean.
        model: A language model, where there is one.
        summarizer: A model for summaries, likewise.
        translator: A model for translation, likewise.
    """

    embeddings: Embeddings
    meanings: Meanings
    model: ChatModel | None = None
    summarizer: Summarizer | None = None
    translator: Translator | None = None


@dataclass(frozen=True, slots=True)
class Worded:
    """Topics as they are told.

    Attributes:
        topics: Those that matter most first.
        closing: A line about how they came about; empty where there is nothing to say.
    """

    topics: Sequence[Topic]
    closing: str


async def answer(
    material: Conversation | Document,
    reader: Reader,
    means: Means,
    *,
    style: Style | None,
    request: Request,
    discretion: Discretion,
) -> AsyncIterator[str | Cited | Progress]:
    """Summarize.

    Args:
        material: What.
        reader: For whom.
        means: With what.
        style: In which style; None leaves it to the reader's preferences.
        request: Says where it was asked.
        discretion: Leaves out what may not be told of.

    Yields:
        Progress, then the summary, piece by piece.

    Raises:
        UserError: It cannot be summarized, or may not be told of.
    """
    if isinstance(material, Document):
        message = material.message
        if message is not None and not message.from_bot and not await discretion.open([message]):
            raise UserError(NOT_TOLD)
        async for part in _of_document(material, reader, means, style):
            # What is told of a message goes with it.
            yield Cited(part, (message,)) if message is not None and isinstance(part, str) else part
        return
    said = replace(material, messages=tuple(await discretion.open(material.messages)))
    async for piece in _of_conversation(said, reader, means, style, request):
        yield piece


async def worded(topics: Sequence[Topic], reader: Reader, means: Means) -> AsyncIterator[Progress | Worded]:
    """Topics in a model's words where there is one, and in the reader's language.

    Args:
        topics: As they are quoted; those that are told.
        reader: Whom they are for.
        means: What there is to write them with.

    Yields:
        Progress, then the topics.
    """
    told = list(topics)
    closing: list[str] = []
    steps: AsyncIterator[Progress | Topic] | None = None
    if means.model is not None:
        steps = written_topics(topics, reader, means.model, means.embeddings)
    elif means.summarizer is not None:
        steps = summarized_topics(topics, reader, means.summarizer, means.embeddings)
    if steps is not None:
        told = []
        async for step in steps:
            if isinstance(step, Progress):
                yield step
            else:
                told.append(step)
        if told == list(topics):
            closing.append(UNWRITTEN)
    interpreter = Interpreter(reader.spoken if means.model else reader.target, means.translator, means.model)
    for number, topic in enumerate(told):
        told[number] = await interpreter.topic(topic)
    yield Worded(told, "\n".join(line for line in (*closing, interpreter.remarks) if line))


def quiet(nothing: Conversation, reader: Reader) -> str:
    """The honest line about a stretch of time in which nobody said anything."""
    if nothing.end and nothing.start:
        when = f" between {reader.time(nothing.start)} and {reader.time(nothing.end)} ({reader.zone_name})"
    elif nothing.start:
        when = f" since {reader.time(nothing.start)} ({reader.zone_name})"
    else:
        when = " that I can read"
    return f"Nobody said anything here{when}."


async def _of_conversation(
    material: Conversation, reader: Reader, means: Means, style: Style | None, request: Request
) -> AsyncIterator[str | Cited | Progress]:
    if not material.messages:
        yield quiet(material, reader)
        return
    plain = style is None and reader.profile.format is Format.PLAIN
    if means.model is None and means.summarizer is None and style in {None, Style.BULLETS}:
        interpreter = Interpreter(reader.target, means.translator, None)
        async for piece in conversation_points(material, reader, means.embeddings, interpreter, listed=not plain):
            yield piece
        return
    what = f"{heads(material.messages)}, {span(material, reader)}"
    found: Sequence[Topic] = ()
    async for step in _topics(material, reader, means, request):
        if isinstance(step, Progress):
            yield step
        else:
            found = step
    if not found:
        yield f"{what}: only greetings and short remarks, nothing to summarize."
        return
    async for told in worded(found, reader, means):
        if isinstance(told, Progress):
            yield told
            continue
        quotes = "" if means.model or means.summarizer else reader.closing
        closing = "\n".join(line for line in (quotes, told.closing) if line)
        account = Account(what, material.messages, told.topics, closing)
        for part in tell(account, style or Style.BULLETS, reader, plain=plain):
            yield part


async def _topics(
    material: Conversation, reader: Reader, means: Means, request: Request
) -> AsyncIterator[Progress | Sequence[Topic]]:
    """Progress, then what was talked about, in quotations."""
    messages = material.messages
    channel = messages[0].channel
    window = Window(
        material.start or messages[0].sent,
        material.end or request.received,
        {channel: request.channel.name},
        {channel: messages},
    )
    parted: list[Group] = []
    async for step in groups(window, means.meanings):
        if isinstance(step, Progress):
            yield step
        else:
            parted = step
    yield await extracted(parted, window, means.embeddings, reader.length, None)


async def _of_document(
    material: Document, reader: Reader, means: Means, style: Style | None
) -> AsyncIterator[str | Progress]:
    if means.model is not None:
        async for piece in write(material, reader, means.model, style):
            yield piece
        return
    if style is not None and style in FORMS:
        raise in_own_words_only(style)
    listed = style is Style.BULLETS or (style is None and reader.profile.format is Format.BULLETS)
    interpreter = Interpreter(reader.target, means.translator, None)
    if means.summarizer is None or not await reads(means.summarizer, material.text):
        async for piece in document_points(material, reader, means.embeddings, interpreter, listed=listed):
            yield piece
        return
    yield Progress(None, "summarizing")
    written = (await means.summarizer.summarize(material.text, WORDS[reader.length])).strip()
    if not written:
        raise UserError("The summary model gave an empty answer; try another stretch of text.")
    source = await language_of([written])
    parts = split(written, source or "en") if listed else [written]
    told = await interpreter.texts(parts, source)
    yield "\n".join(f"- {part}" for part in told) if listed else told[0]
    if interpreter.remarks:
        yield f"\n\n{interpreter.remarks}"


async def reads(summarizer: Summarizer, text: str) -> bool:
    """Whether a model reads the language of a text; of what it does not read it would make nonsense."""
    if not summarizer.reads:
        return True
    found = await language_of([text])
    return found is None or found.partition("-")[0] in summarizer.reads
