"""Has texts translated: by a translation model or, where none knows the languages or is sure, by a language model."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Iterator, Sequence
from typing import TypeAlias

from bot import (
    ChatModel,
    ModelMissing,
    Models,
    ModelStatus,
    Task,
    Translation,
    Translator,
    rewrite,
    same_language,
    size,
    translate_lines,
)

Tell: TypeAlias = Callable[[float, str], Awaitable[None]]
"""Told how much is done, from 0 to 1, and which part."""

LINES = 24
"""Lines that are translated at once."""

LETTERS = 1500
"""Characters that are."""


class Work:
    """Translates Markdown.

    Attributes:
        done: What the models said.
        written: Whether a language model wrote it.
    """

    def __init__(self, translator: Translator | None, model: ChatModel | None, models: Models, tell: Tell) -> None:
        self._translator = translator
        self._model = model
        self._models = models
        self._tell = tell
        self.done: list[Translation] = []
        self.written = False

    @property
    def needs_source(self) -> bool:
        """Whether it has to be known which language a text is in: a language model sees that itself."""
        return self._model is None

    async def translate(
        self, texts: Sequence[str], source: str | None, target: str, keep: Sequence[str] = ()
    ) -> list[str]:
        """Each text in the target language; code, links, mentions, emoji, names and the structure are as before.

        Args:
            texts: Markdown.
            source: The language they are in, as a BCP 47 tag; None where nobody knows.
            target: The language they are wanted in.
            keep: Names that must not change.

        Raises:
            ModelMissing: No model translates between these languages.
        """

        async def render(lines: Sequence[str]) -> list[str]:
            groups = list(grouped(lines))
            rendered: list[str] = []
            for number, group in enumerate(groups, 1):
                if len(groups) > 1:
                    await self._tell((number - 1) / len(groups), f"translating part {number} of {len(groups)}")
                rendered += await self._lines(group, source, target)
            return rendered

        return await rewrite(texts, render, keep)

    async def _lines(self, lines: Sequence[str], source: str | None, target: str) -> list[str]:
        if self._translator is None and self._model is None:
            raise await self._missing(source, target)
        # What the language model begins, it goes on with.
        translator = None if self.written else self._translator
        texts, done = await translate_lines(lines, source, target, translator, self._model)
        self.done += done
        self.written = not done
        return texts

    async def _missing(self, source: str | None, target: str) -> ModelMissing:
        """Names a model that would do: the one that was chosen, one of the pair, or one of many languages."""
        rows = [row for row in await self._models.all() if row.task is Task.TRANSLATION and not row.installed]
        ranked = [(rank, row) for row in rows if (rank := _rank(row, source, target)) is not None]
        if not ranked:
            return ModelMissing("There is no model for translation here; `/models` shows how to add one.")
        _, best = min(ranked, key=lambda one: (one[0], one[1].disk or 0))
        if "folder" in best.note and best.chosen:
            return ModelMissing(f"There is no model in the folder {best.name}, which translation is configured to use.")
        weight = f" ({size(best.disk)})" if best.disk else ""
        return ModelMissing(f"There is no model for translation here; run `atelier models pull {best.name}`{weight}.")


def _rank(row: ModelStatus, source: str | None, target: str) -> int | None:
    """How well a model would do, 0 best; None for one that does not know both languages."""
    if row.chosen:
        return 0
    if row.name.startswith("opus-mt-"):
        pair = f"opus-mt-{(source or '').partition('-')[0]}-{target.partition('-')[0]}"
        return 1 if row.name == pair else None
    if not row.tags:
        return 3
    return 2 if all(tag is None or _among(tag, row.tags) for tag in (source, target)) else None


def _among(tag: str, tags: Collection[str]) -> bool:
    bare = tag.partition("-")[0]
    return any(bare == one.partition("-")[0] or same_language(tag, one) for one in tags)


def grouped(lines: Sequence[str]) -> Iterator[list[str]]:
    """Lines in groups that are translated at once."""
    group: list[str] = []
    length = 0
    for line in lines:
        if group and (len(group) == LINES or length + len(line) > LETTERS):
            yield group
            group, length = [], 0
        group.append(line)
        length += len(line)
    if group:
        yield group
