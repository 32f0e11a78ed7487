"""Messages that mean much the same as some words."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import TYPE_CHECKING, TypeAlias

from bot import Embeddings, Message, Progress, count, is_command, vectors_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Matrix: TypeAlias = NDArray[np.float32]

NEAR = 0.36
"""The cosine from which a message is shown."""

BATCH = 64
"""Messages read between two reports of progress."""

READ = 1_000
"""Characters of a message that are read."""


async def near(
    words: str, messages: Sequence[Message], embeddings: Embeddings, most: int
) -> AsyncIterator[Progress | list[Message]]:
    """The messages nearest in meaning, nearest first.

    Args:
        words: What they are compared with.
        messages: Those that are compared.
        embeddings: Tells what texts mean.
        most: How many.

    Yields:
        Progress, then the messages.
    """
    said = [message for message in messages if message.text.strip() and not is_command(message.text)]
    texts = [message.text[:READ] for message in said]
    rows: list[Matrix] = []
    for start in range(0, len(texts), BATCH):
        if len(texts) > BATCH:
            yield Progress(start / len(texts), f"reading {count(len(texts), 'message')}")
        rows.append(await vectors_of(texts[start : start + BATCH], embeddings))
    if not rows:
        yield []
        return
    places = await asyncio.to_thread(_nearest, rows, await embeddings.aembed_query(words), most)
    yield [said[place] for place in places]


def _nearest(rows: Sequence[Matrix], asked: Sequence[float], most: int) -> list[int]:
    import numpy as np

    matrix, question = np.concatenate(rows), np.asarray(asked, dtype=np.float32)
    lengths = np.linalg.norm(matrix, axis=1) * np.linalg.norm(question)
    scores = matrix @ question / np.maximum(lengths, 1e-9)
    return [int(place) for place in np.argsort(-scores)[:most] if scores[place] >= NEAR]
