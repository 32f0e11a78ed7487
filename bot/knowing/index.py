"""Finds passages by what they mean: the vectors of each server in a file of its own, derived from the store.

A file is mapped into memory, so that the system keeps what is in use and lets go of the rest. What is newer than the
file is read from the store and kept beside it. Files that are missing, out of date or broken cost time, nothing else.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from time import time
from typing import TYPE_CHECKING

import structlog

from bot.knowing.blocks import BYTES, OTHERS, UNFINISHED, Block, highest, join, map_block, read_rows, unit, write_block
from bot.store.knowledge_vectors import VectorStore

if TYPE_CHECKING:
    from bot.knowing.blocks import Matrix

log = structlog.get_logger(__name__)

OPEN = 64
"""Shelves that stay open."""

AT_ONCE = 10_000
"""Vectors that are read from the store in one go."""

ENDING = ".vectors"

LEFT = 3600.0
"""Seconds after which a file that nobody finished was left by a process that died."""

LOOSE = 2048
"""Vectors beside the file; from so many on it is written anew."""


@dataclass(frozen=True, slots=True)
class _Shelf:
    """What is known of a shelf.

    Attributes:
        blocks: The first one as in the file, if there is one; then what is newer.
        last: The highest id that was read.
        filed: How many vectors the file holds.
    """

    blocks: tuple[Block, ...] = ()
    last: int = 0
    filed: int = 0

    def __len__(self) -> int:
        return sum(map(len, self.blocks))


@dataclass(frozen=True, slots=True)
class Nearness:
    """How near passages are to a question.

    Attributes:
        order: The ids of the nearest, nearest first.
        found: All vectors and their cosines.
    """

    order: Sequence[int]
    found: Sequence[tuple[Block, Matrix]]

    def of(self, passages: Collection[int]) -> dict[int, float]:
        """The cosine of each of these passages, as far as it is known."""
        return {
            int(block.passages[place]): float(scores[place])
            for block, scores in self.found
            for place in block.places(passages)
        }


class Index:
    """The vectors of all shelves.

    Args:
        store: Where they are kept.
        folder: Where their files go.
    """

    def __init__(self, store: VectorStore, folder: Path) -> None:
        self._store = store
        self._folder = folder
        self._open: OrderedDict[tuple[str, str, int], _Shelf] = OrderedDict()
        self._turn = asyncio.Lock()

    async def last(self, shelf: str, model: str) -> int:
        """Which vector under a shelf is the latest; 0 where there is none."""
        return await self._store.last(shelf, model)

    async def nearest(
        self,
        shelf: str,
        model: str,
        question: Sequence[float],
        sources: Collection[int],
        most: int,
        last: int | None = None,
    ) -> Nearness:
        """The passages that mean most nearly the same.

        Args:
            shelf: What they are kept under.
            model: Whose vectors.
            question: Its vector.
            sources: Whose passages count.
            most: How many at most.
            last: The latest vector, if that is known.

        Returns:
            Their ids, nearest first, some of which may be gone; and how near every passage is.
        """
        here = await self._current(shelf, model, len(question), last)
        return await asyncio.to_thread(_nearest, here.blocks, question, sources, most)

    async def tidy(self, model: str) -> None:
        """Write every file anew that holds what is gone, and remove those that nothing belongs to.

        Args:
            model: Whose vectors are in use.
        """
        shelves = [shelf for shelf, used in await self._store.shelves() if used == model]
        names = {self._file(shelf, model).name for shelf in shelves}
        await asyncio.to_thread(_remove_others, self._folder, names)
        for key in [key for key in self._open if key[0] not in shelves or key[1] != model]:
            del self._open[key]
        for shelf in shelves:
            await self.write(shelf, model)

    async def clear(self) -> None:
        """Remove every file."""
        self._open.clear()
        await asyncio.to_thread(_remove_others, self._folder, frozenset())

    async def write(self, shelf: str, model: str) -> None:
        """Write the file of a shelf, if there is none, it lacks much, or it holds what is gone."""
        first = await self._store.after(shelf, model, 0, 1)
        if not first:
            return
        key = shelf, model, len(first[0].vector) // BYTES
        here = await self._current(*key)
        async with self._turn:
            here = self._open.get(key, here)
            # Now, and not before: what somebody else has read meanwhile is not gone.
            known = [each for each in await self._store.ids(shelf, model) if each <= here.last]
            loose = len(here) - here.filed
            if len(known) == len(here) and (loose < LOOSE if here.filed else not loose):
                return
            kept = await asyncio.to_thread(lambda: join([block.only(known) for block in here.blocks]))
            file, mapped = self._file(shelf, model), None
            try:
                await asyncio.to_thread(write_block, kept, file)
                mapped = await asyncio.to_thread(map_block, file, key[2])
            except OSError as error:
                # It is as good in memory, only larger.
                log.warning("knowledge index not written", file=str(file), error=str(error))
            self._keep(key, _Shelf((mapped or kept,), here.last, len(kept)))

    async def _current(self, shelf: str, model: str, width: int, last: int | None = None) -> _Shelf:
        """All vectors of a shelf as they are now."""
        key = shelf, model, width
        last = await self._store.last(shelf, model) if last is None else last
        if (known := self._open.get(key)) is not None and known.last >= last:
            self._open.move_to_end(key)
            return known
        async with self._turn:
            here = self._open.get(key)
            if here is None:
                here = await self._filed(shelf, model, width)
            while here.last < last:
                rows = await self._store.after(shelf, model, here.last, AT_ONCE)
                if not rows:
                    break
                block = await asyncio.to_thread(read_rows, rows, width)
                here = _Shelf(await asyncio.to_thread(_with, here, block), rows[-1].id, here.filed)
            self._keep(key, here)
            return here

    async def _filed(self, shelf: str, model: str, width: int) -> _Shelf:
        """What the file of a shelf holds; nothing where it is of another store, or that cannot be told."""
        block = await asyncio.to_thread(map_block, self._file(shelf, model), width)
        if block is None or not len(block):
            return _Shelf()
        last = int(block.ids[-1])
        found = await self._store.after(shelf, model, last - 1, 1)
        if not found or found[0][:3] != (last, block.passages[-1], block.sources[-1]):
            return _Shelf()
        same = await asyncio.to_thread(read_rows, found, width)
        if not len(same) or abs(same.vectors[0] - block.vectors[-1]).max() > 1e-3:
            return _Shelf()
        return _Shelf((block,), last, len(block))

    def _keep(self, key: tuple[str, str, int], shelf: _Shelf) -> None:
        self._open[key] = shelf
        self._open.move_to_end(key)
        while len(self._open) > OPEN:
            self._open.popitem(last=False)

    def _file(self, shelf: str, model: str) -> Path:
        # Not by their names: who sees the folder need not know who is here.
        name = blake2b(f"{model}\n{shelf}".encode(), digest_size=16).hexdigest()
        return self._folder / f"{name}{ENDING}"


def _with(here: _Shelf, new: Block) -> tuple[Block, ...]:
    """The blocks with a new one; what is not in the file is one block, for each costs a little."""
    filed, loose = (here.blocks[:1], here.blocks[1:]) if here.filed else ((), here.blocks)
    return (*filed, join([*loose, new]))


def _remove_others(folder: Path, names: Collection[str]) -> None:
    with suppress(OSError):
        for file in folder.glob(f"*{ENDING}"):
            if file.name not in names:
                file.unlink(missing_ok=True)
        for file in folder.glob(f"*{UNFINISHED}"):
            # A younger one may be being written.
            if file.stat().st_mtime < time() - LEFT:
                file.unlink(missing_ok=True)


def _nearest(blocks: Sequence[Block], question: Sequence[float], sources: Collection[int], most: int) -> Nearness:
    import numpy as np

    asked: Matrix = unit(np.asarray([question], dtype=np.float32))[0]
    best: list[tuple[float, int]] = []
    found: list[tuple[Block, Matrix]] = []
    for block in blocks:
        scores = block.scores(asked, sources)
        found.append((block, scores))
        places = highest(scores, most)
        best += [(float(scores[place]), int(block.passages[place])) for place in places if scores[place] > OTHERS]
    return Nearness([passage for _, passage in sorted(best, reverse=True)[:most]], tuple(found))
