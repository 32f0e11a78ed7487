"""What tells meanings apart in these tests."""

from __future__ import annotations

from bot.memories import Meaning
from tests.bot.words import WordEmbeddings


class Means:
    """What tells meanings apart, and can be another from now on."""

    def __init__(self) -> None:
        self.model = WordEmbeddings()
        self.now: Meaning | None = Meaning("words", self.model)

    async def __call__(self) -> Meaning | None:
        return self.now

    def change(self, name: str, model: WordEmbeddings | None = None) -> WordEmbeddings:
        """Have another model from now on."""
        self.model = model or WordEmbeddings()
        self.now = Meaning(name, self.model)
        return self.model
