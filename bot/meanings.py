"""What messages mean, in numbers that can be compared."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol, TypeAlias

from bot.request import Message

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Matrix: TypeAlias = NDArray[np.float32]


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
