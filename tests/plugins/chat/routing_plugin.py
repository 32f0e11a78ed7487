"""A plugin whose commands are asked for in plain words, and embeddings that need no model."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import UTC, date
from typing import Annotated, Literal

import numpy as np
from langchain_core.embeddings import Embeddings

from bot import Attachment, Command, Language, Plugin, Range
from bot.phrases import read_phrase
from plugins.chat.filling import Now
from tests.plugins.conversation import NOW

AT = Now(UTC, NOW)

PHRASES = {
    "bake": """
        bake {what:a cake}
        bake me {what:an apple pie}
        bake "{what:a cake that says hello}"
        bake us {what:some bread} please
        could you bake {what:a tart} for me
        please bake {what:cookies}
        make {count:3} {what:muffins}
        bake {count:12} {what:buns} {size:large}
        bake {what:a pizza}, {size:small}
        I would like to have {what:a cheesecake} baked {day:tomorrow}
        bake {what:rolls} on {day:friday}
        bake {what:two loaves} on {day:sunday}
        bake {what:buns} on {day:easter}
        bake {what:stollen} on {day:christmas}
        a freshly baked {what:pretzel} please
    """,
    "oven": """
        switch the oven on | on:yes
        turn on the oven | on:yes
        heat the oven | on:yes
        turn off the oven | on:no
        switch the oven off | on:no
        stop the oven | on:no
    """,
    "menu": """
        what is on the menu
        show the menu in {language:French}
        the menu in {language:German} please
        which cakes do you have
    """,
    "throw": """
        throw everything away
        throw away {what:the old bread}
        put {what:the burnt cake} into the bin
        get rid of {what:the stale rolls}
    """,
    "secret": """
        tell me the secret recipe
        what is the secret of your bread
    """,
    "none": """
        the weather is nice
        I like trains
        who won the game yesterday
        how old are you
        good morning
        my sister lives in Rome
        what time does the train leave
        we talked about football
        thanks a lot
        see you tomorrow
    """,
}

plugin = Plugin("bakery", "Cakes and bread.")
plugin.__dict__["phrases"] = {
    name: tuple(read_phrase(line) for line in lines.splitlines() if line.strip()) for name, lines in PHRASES.items()
}


@plugin.command(repeatable=True, asks=lambda options: options["count"] != 1, examples=["/bake a cake"])
async def bake(
    what: str,
    count: Annotated[int, Range(1, 20)] = 1,
    size: Literal["small", "extra-large", "large"] = "small",
    day: date | None = None,
) -> str:
    """Bake something.

    Args:
        what: What it is.
        count: How many.
        size: How large.
        day: When.
    """
    return what


@plugin.command(admin=True)
async def oven(on: bool) -> str:
    """Switch the oven."""
    return str(on)


@plugin.command(repeatable=True)
async def menu(language: Language | None = None) -> str:
    """Show what there is."""
    return str(language)


@plugin.command
async def throw(what: str | None = None) -> str:
    """Throw something away."""
    return str(what)


@plugin.command(private=True, repeatable=True)
async def secret(dish: Literal["bread", "cake"], card: Attachment) -> str:
    """Tell a secret recipe.

    Args:
        dish: Of what.
        card: Where it is written to.
    """
    return dish


@plugin.command(free_text=True)
async def talk(text: str) -> str:
    """Talk."""
    return text


class Usable:
    """The commands, but for some."""

    def __init__(self, *without: str) -> None:
        self.without = without

    def all(self) -> Sequence[Command]:
        """Those that may be used."""
        return [command for command in plugin.commands.values() if command.name not in self.without]

    def get(self, name: str) -> Command | None:
        """The one of that name."""
        return next((command for command in self.all() if command.name == name), None)


class Letters(Embeddings):
    """Embeds texts by the words that they have."""

    def __init__(self) -> None:
        self.read: list[str] = []

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """A vector for each text."""
        self.read += texts
        return [self._of(text) for text in texts]

    def embed_query(self, text: str) -> list[float]:
        """The vector of one."""
        return self._of(text)

    async def aembed_documents(self, texts: list[str]) -> list[list[float]]:
        """A vector for each text."""
        return self.embed_documents(texts)

    async def aembed_query(self, text: str) -> list[float]:
        """The vector of one."""
        return self._of(text)

    def _of(self, text: str) -> list[float]:
        found = np.full(64, 0.01)
        for word in text.lower().split():
            found[hashlib.blake2b(word.strip(".,?!").encode(), digest_size=1).digest()[0] % 64] += 1
        vector: list[float] = (found / np.linalg.norm(found)).tolist()
        return vector
