"""A summary without a language model: the sentences that matter most, quoted."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import TYPE_CHECKING

from bot import Cited, Embeddings, Progress, UserError, attributed, count

from . import ranking
from .interpreting import Interpreter, language_of
from .material import Conversation, Document
from .sentences import Sentence, blocks, paragraphs, sentences_of, unwrapped
from .wording import POINTS, Reader, heads, span

if TYPE_CHECKING:
    from .ranking import Vector

BATCH = 128
"""Sentences embedded between two reports of progress."""

BLOCK = 1000
"""Sentences ranked together; a longer text is ranked in blocks, and then the best of each."""


async def conversation_points(
    conversation: Conversation,
    reader: Reader,
    embeddings: Embeddings,
    interpreter: Interpreter,
    *,
    listed: bool = True,
) -> AsyncIterator[str | Cited | Progress]:
    """The main points of a conversation, each with who said it and when.

    Args:
        conversation: What was said.
        reader: Who reads it.
        embeddings: Tells meanings apart.
        interpreter: Tells it in the reader's language.
        listed: Whether they make a list.

    Yields:
        Progress, then the summary.
    """
    messages = conversation.messages
    what = f"{heads(messages)}, {span(conversation, reader)}"
    texts = [message.text for message in messages]
    found = await asyncio.to_thread(sentences_of, texts, reader.locale)
    if not found:
        yield f"{what}: only greetings and short remarks, nothing to summarize."
        return
    best: list[Sentence] = []
    async for step in _best(found, reader, embeddings):
        if isinstance(step, Progress):
            yield step
        else:
            best = step
    days = {messages[sentence.source].sent.astimezone(reader.zone).date() for sentence in best}
    yield f"{reader.opening(what, timed=True)}\n\n"
    quotes = _quotes(best)
    language = await language_of(texts)
    names = sorted({message.author_name for message in messages})
    told = await interpreter.texts([quote for _, quote in quotes], language, names)
    for (source, _), words in zip(quotes, told, strict=True):
        message = messages[source]
        line = f"{attributed(message, reader.time(message.sent, day=len(days) > 1))} — {words}"
        yield Cited(f"- {line}\n" if listed else f"{line}\n\n", (message,))
    yield f"\n{reader.closing}" if listed else reader.closing
    if interpreter.remarks:
        yield f"\n{interpreter.remarks}"


async def document_points(
    document: Document, reader: Reader, embeddings: Embeddings, interpreter: Interpreter, *, listed: bool = False
) -> AsyncIterator[str | Progress]:
    """The main points of a text, paragraph by paragraph.

    Args:
        document: The text.
        reader: Who reads it.
        embeddings: Tells meanings apart.
        interpreter: Tells it in the reader's language.
        listed: Whether they make a list.

    Yields:
        Progress, then the summary.

    Raises:
        UserError: There is too little to leave anything out.
    """
    found = await asyncio.to_thread(_sentences, document.prose, reader.locale)
    if len(found) < 3:
        if document.prose != document.text:
            raise UserError(
                f"There is hardly any prose in {document.name}; data and code need a language model "
                "(`/models` shows how to add one)."
            )
        raise UserError("That is short already: there is nothing to leave out.")
    best: list[Sentence] = []
    async for step in _best(found, reader, embeddings):
        if isinstance(step, Progress):
            yield step
        else:
            best = step
    what = f"{document.name} ({count(len(found), 'sentence')})"
    told = await interpreter.texts([quote for _, quote in _quotes(best)], await language_of([document.prose]))
    text = "\n".join(f"- {quote}" for quote in told) if listed else "\n\n".join(told)
    closing = "\n".join(line for line in (reader.closing, interpreter.remarks) if line)
    yield f"{reader.opening(what, timed=False)}\n\n{text}\n\n{closing}"


def _sentences(prose: str, language: str) -> list[Sentence]:
    return sentences_of(map(unwrapped, paragraphs(prose)), language)


async def _best(
    sentences: Sequence[Sentence], reader: Reader, embeddings: Embeddings
) -> AsyncIterator[Progress | list[Sentence]]:
    """Progress, then the sentences to quote, in order."""
    import numpy as np

    wanted = max(1, min(POINTS[reader.length], len(sentences) // 3))
    anchors = await ranking.embedded([*ranking.MATTERS, *ranking.SMALL_TALK], embeddings)
    parts = blocks(sentences, BLOCK)
    finalists: list[tuple[Sentence, Vector]] = []
    done = 0
    for part in parts:
        vectors: list[Vector] = []
        for batch in blocks(part, BATCH):
            if len(sentences) > BATCH:
                yield Progress(done / len(sentences), f"reading {count(len(sentences), 'sentence')}")
            vectors += list(await ranking.embedded([sentence.text for sentence in batch], embeddings))
            done += len(batch)
        if len(parts) == 1:
            finalists = list(zip(part, vectors, strict=True))
        else:
            share = max(4 * wanted, BLOCK // len(parts))
            kept = await asyncio.to_thread(ranking.choose, part, np.stack(vectors), anchors, share)
            finalists += [(part[index], vectors[index]) for index in kept]
    matrix = np.stack([vector for _, vector in finalists])
    chosen = await asyncio.to_thread(ranking.choose, [one for one, _ in finalists], matrix, anchors, wanted)
    yield [finalists[index][0] for index in chosen]


def _quotes(best: Sequence[Sentence]) -> list[tuple[int, str]]:
    """Chosen sentences of one message or paragraph go on one line, with a mark where something was left out."""
    lines: list[tuple[int, str]] = []
    for before, sentence in zip((None, *best), best, strict=False):
        if before is None or before.source != sentence.source:
            lines.append((sentence.source, sentence.text))
        else:
            gap = " " if sentence.place == before.place + 1 else " … "
            lines[-1] = (sentence.source, f"{lines[-1][1]}{gap}{sentence.text}")
    return lines
