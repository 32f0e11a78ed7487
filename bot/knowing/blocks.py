"""Vectors beside each other in memory, or in a file that is mapped into it: compared with a question in one go."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from tokenize import TokenError
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Numbers: TypeAlias = NDArray[np.int64]
    Matrix: TypeAlias = NDArray[np.float32]

BYTES = 2
"""Of a number as the store keeps it."""

UNFINISHED = ".part"
"""Ends the name of a file that is being written."""

RUN = 64
"""Scores of which only the highest is compared at first."""

OTHERS = -2.0
"""Instead of a cosine, for passages that do not count."""


@dataclass(frozen=True)
class Block:
    """Vectors of unit length, and what they are of, in the order of their ids.

    Attributes:
        ids: Of each vector, rising.
        passages: The passage that it is of.
        sources: The passage's source.
        vectors: A row for each.
    """

    ids: Numbers
    passages: Numbers
    sources: Numbers
    vectors: Matrix

    def __len__(self) -> int:
        return len(self.ids)

    def scores(self, question: Matrix, sources: Collection[int]) -> Matrix:
        """The cosine of each vector and the question; below all others for those of other sources.

        Args:
            question: A vector of unit length.
            sources: Which count.
        """
        import numpy as np

        # One product after the other, which needs no more than one core: together they take several, and three times
        # as long.
        found: Matrix = np.vecdot(self.vectors, question)
        # Most often none is to be left out.
        if not self._all_sources.issubset(sources):
            found[~np.isin(self.sources, np.fromiter(sources, np.int64))] = OTHERS
        return found

    def places(self, passages: Collection[int]) -> Numbers:
        """Where the vectors of passages are, as far as the block has them."""
        import numpy as np

        order, rising = self._by_passage
        wanted = np.fromiter(passages, np.int64)
        # The last of several, for the others were read by another model.
        found = np.searchsorted(rising, wanted, side="right") - 1
        there = found >= 0
        there[there] = rising[found[there]] == wanted[there]
        places: Numbers = order[found[there]]
        return places

    @cached_property
    def _all_sources(self) -> frozenset[int]:
        import numpy as np

        return frozenset(np.unique(self.sources).tolist())

    @cached_property
    def _by_passage(self) -> tuple[Numbers, Numbers]:
        """The places of the vectors, and their passages, both in the order of the passages."""
        import numpy as np

        order: Numbers = np.argsort(self.passages, kind="stable")
        return order, self.passages[order]

    def only(self, ids: Sequence[int]) -> Block:
        """The block without all that has other ids."""
        import numpy as np

        kept = np.isin(self.ids, np.asarray(ids, dtype=np.int64))
        return Block(self.ids[kept], self.passages[kept], self.sources[kept], self.vectors[kept])


def highest(scores: Matrix, most: int) -> Numbers:
    """The places of the highest scores, in no order.

    Args:
        scores: Any number of them.
        most: How many at most, above 0.
    """
    import numpy as np

    runs = len(scores) // RUN
    if runs > most:
        # There are at least so many that are no lower than this, and to look for those is quicker than to order all.
        least = np.partition(scores[: runs * RUN].reshape(runs, RUN).max(axis=1), -most)[-most]
        places = np.flatnonzero(scores >= least)
    else:
        places = np.arange(len(scores))
    return places[np.argpartition(-scores[places], most)[:most]] if len(places) > most else places


def read_rows(rows: Sequence[tuple[int, int, int, bytes]], width: int) -> Block:
    """A block of what the store keeps: id, passage, source and numbers of 16 bits; of another length they are left out.

    Args:
        rows: In the order of their ids.
        width: How many numbers a vector has.
    """
    import numpy as np

    fitting = [row for row in rows if len(row[3]) == width * BYTES]
    numbers = np.asarray([row[:3] for row in fitting], dtype=np.int64).reshape(-1, 3)
    packed = np.frombuffer(b"".join(row[3] for row in fitting), dtype="<f2")
    vectors: Matrix = packed.astype(np.float32).reshape(-1, width)
    return Block(numbers[:, 0].copy(), numbers[:, 1].copy(), numbers[:, 2].copy(), unit(vectors))


def pack(vector: Sequence[float]) -> bytes:
    """A vector as the store keeps it: half as long as in memory, which changes no order of passages that matters."""
    import numpy as np

    return unit(np.asarray([vector], dtype=np.float32)).astype("<f2").tobytes()


def unit(vectors: Matrix) -> Matrix:
    """The vectors at a length of 1; one of zeros stays."""
    import numpy as np

    lengths: Matrix = np.linalg.norm(vectors, axis=1, keepdims=True).astype(np.float32)
    return (vectors / np.where(lengths > 0, lengths, 1)).astype(np.float32, copy=False)


def join(blocks: Sequence[Block]) -> Block:
    """One block of several."""
    import numpy as np

    return Block(
        np.concatenate([block.ids for block in blocks]),
        np.concatenate([block.passages for block in blocks]),
        np.concatenate([block.sources for block in blocks]),
        np.concatenate([block.vectors for block in blocks]),
    )


def write_block(block: Block, file: Path) -> None:
    """Write a block to a file; whoever has the one of before mapped keeps it.

    Raises:
        OSError: It cannot be written.
    """
    import numpy as np

    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle, name = tempfile.mkstemp(dir=file.parent, suffix=UNFINISHED)
    try:
        with os.fdopen(handle, "wb") as opened:
            for part in (block.ids, block.passages, block.sources, block.vectors):
                np.save(opened, np.ascontiguousarray(part), allow_pickle=False)
        Path(name).replace(file)
    except BaseException:
        with suppress(OSError):
            Path(name).unlink()
        raise


def map_block(file: Path, width: int) -> Block | None:
    """The block in a file, its vectors mapped; None where there is none, or one that cannot be used.

    Args:
        file: As it was written.
        width: How many numbers a vector has.
    """
    import numpy as np

    try:
        with file.open("rb") as opened:
            # Not `load`, which reads other kinds of files as well.
            ids, passages, sources = (np.lib.format.read_array(opened, allow_pickle=False) for _ in range(3))
            version = np.lib.format.read_magic(opened)
            if version != (1, 0):
                return None
            shape, columns_first, kind = np.lib.format.read_array_header_1_0(opened)
            if shape != (len(ids), width) or columns_first or kind != np.float32:
                return None
            if any(part.dtype != np.int64 or part.shape != shape[:1] for part in (ids, passages, sources)):
                return None
            # None can be mapped of an empty file.
            vectors = (
                np.memmap(opened, np.float32, "r", opened.tell(), shape) if len(ids) else np.zeros(shape, np.float32)
            )
    except (OSError, ValueError, EOFError, TokenError):
        return None
    return Block(ids, passages, sources, vectors)
