"""Messages that mean much the same as some words."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

from bot import Embeddings, Message, Progress, count, is_command

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
    import numpy as np

    said = [message for message in messages if message.text.strip() and not is_command(message.text)]
    texts = [message.text[:READ] for message in said]
    rows: list[list[float]] = []
    for start in range(0, len(texts), BATCH):
        if len(texts) > BATCH:
            yield Progress(start / len(texts), f"reading {count(len(texts), 'message')}")
        rows += await embeddings.aembed_documents(texts[start : start + BATCH])
    if not rows:
        yield []
        return
    matrix = np.asarray(rows, dtype=np.float32)
    question = np.asarray(await embeddings.aembed_query(words), dtype=np.float32)
    lengths = np.linalg.norm(matrix, axis=1) * np.linalg.norm(question)
    scores = matrix @ question / np.maximum(lengths, 1e-9)
    order = np.argsort(-scores)[:most]
    yield [said[int(place)] for place in order if scores[place] >= NEAR]
