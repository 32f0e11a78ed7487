"""Topics to tell of, with meanings that are no more than the words: quick, and the same everywhere."""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from bot import Message
from plugins.summarize import ranking
from plugins.summarize.extracting import AGAINST, Anchors, called, statements
from plugins.summarize.group import Group
from plugins.summarize.sentences import says_something, split
from plugins.summarize.topics import Kind, Statement

WIDTH = 256


class Words:
    """`Embeddings` and `Meanings` by words alone."""

    async def aembed_documents(self, texts: Sequence[str]) -> list[list[float]]:
        """A row for each text."""
        return [[float(number) for number in row] for row in meant(texts)]

    async def of(self, messages: Sequence[Message], pieces: Sequence[Sequence[str]]) -> list[NDArray[np.float32]]:
        """The rows of each message's pieces."""
        return [meant(each) for each in pieces]


def meant(texts: Sequence[str]) -> NDArray[np.float32]:
    """A row of unit length for each text."""
    rows = np.zeros((len(texts), WIDTH), dtype=np.float32)
    for row, text in zip(rows, texts, strict=True):
        row[0] = 0.1
        for word in re.findall(r"\w{3,}", text.casefold()):
            row[zlib.crc32(word[:5].encode()) % WIDTH] += 1
    unit: NDArray[np.float32] = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)
    return unit


def grouped(messages: Sequence[Message]) -> Group:
    """These messages as one topic."""
    pieces = [tuple(one for one in split(message.text, "en") if says_something(one)) for message in messages]
    return Group(tuple(messages), tuple(pieces), tuple(map(meant, pieces)))


def anchors() -> Anchors:
    """What certain sentences mean."""
    return Anchors(meant([*ranking.MATTERS, *ranking.SMALL_TALK]), meant(AGAINST))


def told(messages: Sequence[Message], *kinds: Kind) -> list[Statement]:
    """What is told of these messages as one topic; of these kinds, or all."""
    window = {(message.channel, message.id): message for message in messages}
    found = statements(grouped(messages), window, called(messages), anchors())
    return [statement for statement in found if not kinds or statement.kind in kinds]
