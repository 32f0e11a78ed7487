"""Remembers how the last prompts began: those of one place begin alike, and need not be read again."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

import torch

from bot.models.engines.batching_rows import Rows

MOST = 4
"""How many beginnings are remembered."""

LENGTH = 1024
"""How many tokens of each are, at most."""

WORTH = 16
"""Tokens that are not worth copying if they are fewer."""


class Beginnings:
    """The memory of the last prompts.

    Args:
        rows: Where sequences remember their tokens.
        budget: Bytes that all beginnings may take.
    """

    def __init__(self, rows: Rows, budget: int) -> None:
        self._rows = rows
        self._length = min(LENGTH, budget // MOST // rows.token_bytes)
        self._known: deque[tuple[list[int], torch.Tensor]] = deque(maxlen=MOST)

    def put(self, row: int, prompt: Sequence[int]) -> int:
        """Write what is known of a prompt into a row.

        Returns:
            How many of its tokens need not be read; the last one always is.
        """
        best, memory = 0, None
        for tokens, kept in self._known:
            shared = min(_shared(tokens, prompt), len(prompt) - 1)
            if shared > best:
                best, memory = shared, kept
        if memory is None or best < WORTH:
            return 0
        self._rows.put(row, memory, best)
        return best

    def keep(self, row: int, prompt: Sequence[int], read: int) -> None:
        """Remember a prompt.

        Args:
            row: Where it is.
            prompt: Its tokens.
            read: How many of them are in the row.
        """
        length = min(read, self._length)
        if length < WORTH:
            return
        begun = list(prompt[:length])
        for known in list(self._known):
            shared = _shared(known[0], begun)
            if shared == length:  # Known already, or longer.
                self._known.remove(known)
                self._known.append(known)
                return
            if shared == len(known[0]):
                self._known.remove(known)
        self._known.append((begun, self._rows.take(row, length)))


def _shared(one: Sequence[int], other: Sequence[int]) -> int:
    """How many tokens both begin with."""
    count = 0
    for first, second in zip(one, other, strict=False):
        if first != second:
            break
        count += 1
    return count
