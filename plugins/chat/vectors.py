"""Remembers what texts mean, so that the same channel is not read anew for each question."""

from __future__ import annotations

import asyncio
import hashlib
import weakref
from collections import OrderedDict
from collections.abc import AsyncIterator, Mapping, Sequence
from itertools import count
from typing import TYPE_CHECKING, TypeAlias, TypeVar

from bot import Embeddings, vectors_of

from . import routing_vectors

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Matrix: TypeAlias = NDArray[np.float32]

K = TypeVar("K")

BATCH = 128
"""Texts embedded between two reports of progress."""

MANY = 32
"""Texts from which it pays to look whether they were embedded ahead."""


class Vectors:
    """The embeddings of the texts asked for last; in memory only, and the texts themselves are not kept.

    Args:
        most: How many are remembered; 1.5 kB each with the starter model.
    """

    def __init__(self, most: int = 8192) -> None:
        self._most = most
        self._kept: OrderedDict[tuple[int, bytes], Matrix] = OrderedDict()
        self._models: dict[int, int] = {}
        self._numbers = count()

    def __len__(self) -> int:
        return len(self._kept)

    def forget(self) -> None:
        """Drop them all."""
        self._kept.clear()

    async def read(self, model: Embeddings, texts: Sequence[str]) -> AsyncIterator[float | Matrix]:
        """Embed texts; those known already cost nothing.

        Args:
            model: Whose vectors they shall be; those of another one are told apart.
            texts: In any number.

        Yields:
            How much is done, from 0 to 1, while there is much to do; at last one row for each text.
        """
        import numpy as np

        number = self._number(model)
        keys = [(number, _key(text)) for text in texts]
        known = {key: self._kept[key] for key in keys if key in self._kept}
        missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in known}
        if len(missing) >= MANY:
            known |= await _ahead(model, missing)
        todo = [(key, text) for key, text in missing.items() if key not in known]
        for start in range(0, len(todo), BATCH):
            if len(todo) > BATCH:
                yield start / len(todo)
            part = todo[start : start + BATCH]
            vectors = await vectors_of([text for _, text in part], model)
            known.update(zip((key for key, _ in part), vectors, strict=True))
        for key in keys:
            self._kept[key] = known[key]
            self._kept.move_to_end(key)
        while len(self._kept) > self._most:
            self._kept.popitem(last=False)
        rows: Matrix = np.stack([known[key] for key in keys])
        yield rows

    def _number(self, model: Embeddings) -> int:
        """A model's own number; not its `id`, which the next model may get once this one is gone."""
        if id(model) not in self._models:
            self._models[id(model)] = next(self._numbers)
            weakref.finalize(model, self._models.pop, id(model), None).atexit = False
        return self._models[id(model)]


async def _ahead(model: Embeddings, texts: Mapping[K, str]) -> dict[K, Matrix]:
    """The vectors of what comes with Atelier and was embedded ahead, if that was by the same model."""
    probe = (await vectors_of([routing_vectors.PROBE], model))[0]
    kept = await asyncio.to_thread(routing_vectors.known, probe)
    found = {key: kept.get(routing_vectors.key(text)) for key, text in texts.items()}
    return {key: vector for key, vector in found.items() if vector is not None}


def _key(text: str) -> bytes:
    # A hash, so that a message which is deleted or erased does not live on here.
    return hashlib.blake2b(text.encode(), digest_size=16).digest()
