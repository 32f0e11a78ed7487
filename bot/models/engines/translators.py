"""Several translation models as one: the first that knows both languages, or two by way of English."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from bot.errors import ModelMissing
from bot.models.catalog import Entry
from bot.models.engines.tongues import find
from bot.models.tasks import Translation
from bot.wording import language_name, size

if TYPE_CHECKING:
    from bot.models.engines.translation import LocalTranslator

ENGLISH = "en"
"""The language between two others: most models are from it or into it."""

_PAIR = re.compile(r"opus-mt-([a-z]+)-([a-z]+)$")


class Translators:
    """Translates with whichever installed models it takes."""

    def __init__(
        self,
        models: Sequence[LocalTranslator],
        others: Sequence[Entry] = (),
        small: Sequence[LocalTranslator] = (),
    ) -> None:
        """Take the models in the order they are to be asked in.

        Args:
            models: Those that are installed; none is loaded before it is needed.
            others: Those that could be installed, to be named where one is missed.
            small: Those that serve only where the installed ones do not, not even two of them.
        """
        self._models = models
        self._others = others
        self._small = small

    async def translate(self, texts: Sequence[str], source: str, target: str) -> list[Translation]:
        """Each text translated, in order; by way of English where no model goes straight.

        Args:
            texts: Plain text.
            source: The language they are in, as a BCP 47 tag.
            target: The language they are wanted in, likewise.

        Raises:
            ModelMissing: No installed model translates between these languages; the text names one that does.
            UserError: A model cannot be loaded.
        """
        first, second = await self._route(source, target)
        if second is None:
            return self._advised(await _said(first, texts, source, target), source, target)
        between = await _said(first, texts, source, ENGLISH)
        after = await _said(second, [one.text for one in between], ENGLISH, target)
        both = [
            Translation(
                text=two.text,
                confidence=one.confidence * two.confidence,
                doubtful=one.doubtful or two.doubtful,
                via=ENGLISH,
                models=one.models + two.models,
            )
            for one, two in zip(between, after, strict=True)
        ]
        return self._advised(both, source, target)

    async def _route(self, source: str, target: str) -> tuple[LocalTranslator, LocalTranslator | None]:
        """The model that goes straight, or the two that meet in English."""
        for models in (self._models, (*self._models, *self._small)):
            if (straight := await _find(models, source, target)) is not None:
                return straight, None
            first, second = await _find(models, source, ENGLISH), await _find(models, ENGLISH, target)
            if first is not None and second is not None:
                return first, second
        raise self._missing(source, target)

    def _advised(self, done: Sequence[Translation], source: str, target: str) -> list[Translation]:
        """Translations that are doubtful, or took a detour, with the model that may do better."""
        better = self._better(source, target)
        if better is None:
            return list(done)
        return [replace(one, advice=better.install) if one.doubtful or one.via else one for one in done]

    def _missing(self, source: str, target: str) -> ModelMissing:
        one, other = (language_name(tag) or tag for tag in (source, target))
        start = f"No installed model translates from {one} to {other}"
        better = self._better(source, target)
        if better is None:
            return ModelMissing(f"{start}; name other languages with `from:` and `to:`.")
        weight = f" ({size(better.disk)})" if better.disk else ""
        return ModelMissing(f"{start}; run `{better.install}`{weight}.")

    def _better(self, source: str, target: str) -> Entry | None:
        """The model to install that translates straight: the one of the pair, else one of many languages.

        Of these the first that has both, or else the first of which it is not known which it has.
        """
        wanted = source.partition("-")[0], target.partition("-")[0]
        sure: Entry | None = None
        unsure: Entry | None = None
        for entry in self._others:
            pair = _PAIR.search(entry.name)
            if pair is not None:
                if pair.groups() == wanted:
                    return entry
                continue
            tags = {tag: tag for tag in entry.tags()}
            if not tags:
                unsure = unsure or entry
            elif find(source, tags) and find(target, tags):
                sure = sure or entry
        return sure or unsure


async def _find(models: Sequence[LocalTranslator], source: str, target: str) -> LocalTranslator | None:
    for model in models:
        if await model.way(source, target) is not None:
            return model
    return None


async def _said(model: LocalTranslator, texts: Sequence[str], source: str, target: str) -> list[Translation]:
    return [replace(one, models=(model.name,)) for one in await model.translate(texts, source, target)]
