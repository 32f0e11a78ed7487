"""Tells a summary in the reader's language, by a model for translation or by a language model."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import structlog

from bot import (
    ChatModel,
    ModelMissing,
    Translation,
    Translator,
    detect_language,
    language_name,
    prose,
    rewrite,
    same_language,
    translate_lines,
)

from .topics import Topic

log = structlog.get_logger(__name__)

SAMPLE = 4000
"""Characters by which the language of a text is told."""


async def language_of(texts: Sequence[str]) -> str | None:
    """The language that texts are written in, as a BCP 47 tag; None where that is not sure."""
    sample = "\n".join(texts)[:SAMPLE]
    found = await asyncio.to_thread(lambda: detect_language(prose(sample)))
    return found.tag if found.sure else None


class Interpreter:
    """Translates what a summary tells; what a translation model is not sure of stays as it was said.

    Args:
        target: The reader's language, as a BCP 47 tag; None leaves everything as it is.
        translator: Translates.
        model: Does it where the translator does not know the languages, or is not sure.
    """

    def __init__(self, target: str | None, translator: Translator | None, model: ChatModel | None) -> None:
        self._target = target
        self._translator = translator
        self._model = model
        self._done: list[Translation] = []
        self._from: dict[str, None] = {}
        self._left: dict[str, None] = {}
        self._unsure: dict[str, None] = {}
        self._failed: dict[str, None] = {}
        self._written = False

    async def texts(self, texts: Sequence[str], source: str | None, keep: Sequence[str] = ()) -> list[str]:
        """Texts in the reader's language; names, links, numbers and code are as they were.

        Args:
            texts: Markdown.
            source: The language they are in, as a BCP 47 tag; what is None stays as it is.
            keep: Names that must not change.
        """
        if self._target is None or source is None or not texts or source in self._failed:
            return list(texts)
        if same_language(source, self._target):
            return list(texts)
        target = self._target

        async def render(lines: Sequence[str]) -> list[str]:
            return await self._lines(lines, source, target)

        try:
            told = await rewrite(texts, render, keep)
        except ModelMissing:
            self._left[source] = None
            return list(texts)
        except Exception:
            # A model that fails must not cost the summary: it is told as it was said.
            log.exception("summary_untranslated")
            self._failed[source] = None
            return list(texts)
        if told == list(texts):
            self._unsure[source] = None
        else:
            self._from[source] = None
        return told

    async def topic(self, topic: Topic) -> Topic:
        """A topic in the reader's language; its statements quote nobody any more."""
        if self._target is None:
            return topic
        source = await language_of([message.text for message in topic.messages])
        words = [topic.headline, *(statement.text for statement in topic.statements)]
        names = sorted({" ".join(message.author_name.split()) for message in topic.messages})
        told = await self.texts(words, source, names)
        if told == words:
            return topic
        statements = zip(topic.statements, told[1:], strict=True)
        return replace(
            topic,
            headline=told[0],
            statements=tuple(replace(statement, text=text) for statement, text in statements),
        )

    @property
    def remarks(self) -> str:
        """What the reader has to know of it, in one line; empty where nothing was translated."""
        said: list[str] = []
        if self._from:
            by = "the language model" if self._written else "a model"
            said.append(f"Translated from {_named(self._from)} by {by}.")
            if via := next((one.via for one in self._done if one.via), None):
                said.append(f"By way of {_named([via])}.")
            if any(one.doubtful for one in self._done):
                said.append("What it was not sure of is left as it was.")
        if self._unsure and not self._from:
            said.append(f"Left in {_named(self._unsure)}: the model for translation is not sure of it.")
        if self._failed:
            said.append(f"Left in {_named(self._failed)}: the model that translates it failed; try again later.")
        if self._left and self._target:
            said.append(
                f"Left in {_named(self._left)}: no installed model translates that into {_named([self._target])}; "
                "`/models` shows how to add one."
            )
        return f"_{' '.join(said)}_" if said else ""

    async def _lines(self, lines: Sequence[str], source: str, target: str) -> list[str]:
        texts, done = await translate_lines(lines, source, target, self._translator, self._model)
        if not done:
            self._written = True
            return texts
        self._done += done
        # A wrong sentence under somebody's name is worse than one in another language.
        return [line if one.doubtful else one.text for line, one in zip(lines, done, strict=True)]


def _named(tags: Sequence[str] | dict[str, None]) -> str:
    return " and ".join(language_name(tag) or tag for tag in tags)
