"""A translator to test the plugin with."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from bot import ModelMissing, Task, Translation
from bot.testing import Testbed


class Loud:
    """A `Translator` that says everything in capitals, and keeps what it was asked.

    Attributes:
        asked: The lines of each call, with their languages.
        answer: What it makes of a line, besides the capitals.
        missing: The pairs that it does not know.
    """

    def __init__(self) -> None:
        self.asked: list[tuple[list[str], str, str]] = []
        self.answer = Translation("", 0.9)
        self.missing: set[tuple[str, str]] = set()

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """The languages of each call."""
        return [(source, target) for _, source, target in self.asked]

    async def translate(self, texts: Sequence[str], source: str, target: str) -> list[Translation]:
        """Each line in capitals."""
        if (source, target) in self.missing:
            raise ModelMissing("No installed model translates that.")
        self.asked.append((list(texts), source, target))
        one = self.answer
        return [
            Translation(text.upper(), one.confidence, doubtful=one.doubtful, via=one.via, advice=one.advice)
            for text in texts
        ]


@pytest.fixture
def loud(atelier: Testbed) -> Loud:
    translator = Loud()
    atelier.use(Task.TRANSLATION, translator)
    return translator
