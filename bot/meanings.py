"""What messages mean, in numbers that can be compared."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol, TypeAlias, runtime_checkable

from bot.models.tasks import Embeddings
from bot.request import Message

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vector: TypeAlias = NDArray[np.float32]
    Matrix: TypeAlias = NDArray[np.float32]

AT_ONCE = 64
"""Lists of numbers that become rows in one go: while that lasts, the event loop cannot run."""


class Meanings(Protocol):
    """The meanings of messages on the platform of the request, to the model for embeddings that is chosen there.

    Where a channel's history is kept, a message is read by the model once, and what it means goes when the message
    goes. Of other channels nothing is kept.
    """

    async def of(self, messages: Sequence[Message], pieces: Sequence[Sequence[str]]) -> list[Matrix]:
        """The vectors of the pieces of each message, of unit length: a row for each piece, in order.

        Give many messages at once: it is quicker, and the same words are read once. Of each message the pieces are
        kept that were asked for last.

        Args:
            messages: Whose.
            pieces: Of each message, what of it is to be compared, such as its sentences; there may be none.

        Raises:
            UserError: The model cannot be used.
        """


@runtime_checkable
class InRows(Protocol):
    """Embeddings that make arrays by themselves: of many vectors, lists of numbers cost more than the vectors do."""

    async def arows(self, texts: Sequence[str]) -> Matrix:
        """A vector of unit length for each text, at least one, in order, as the rows of an array."""


async def vectors_of(texts: Sequence[str], model: Embeddings) -> Matrix:
    """What texts mean, in numbers that can be compared; the event loop waits for none of it.

    Args:
        texts: In any number.
        model: Tells what they mean.

    Returns:
        A row for each text, in order.

    Raises:
        UserError: The model cannot be used.
    """
    import numpy as np

    if not texts:
        return np.zeros((0, 1), dtype=np.float32)
    if isinstance(model, InRows):
        return await model.arows(texts)
    return await asyncio.to_thread(_rows, await model.aembed_documents(list(texts)))


def _rows(vectors: Sequence[Sequence[float]]) -> Matrix:
    import numpy as np

    starts = range(0, len(vectors), AT_ONCE)
    return np.concatenate([np.asarray(vectors[start : start + AT_ONCE], dtype=np.float32) for start in starts])
