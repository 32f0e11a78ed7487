"""Writes that come together share one transaction: what a commit costs is paid once for all of them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import structlog
from sqlalchemy import Executable

from bot.errors import StoreError
from bot.inbox import PATIENCE

MOST = 200
"""Writes that share a transaction."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, eq=False)
class Write:
    """A statement and its values.

    Attributes:
        statement: The same object for all writes of one kind; one that returns ids says which rows are new.
        values: By column, or by the name of a bound parameter.
    """

    statement: Executable
    values: Mapping[str, object]


WriteAll: TypeAlias = Callable[[Sequence[Write]], Awaitable[Sequence[bool]]]
"""Writes all of them in one transaction; returns for each whether it wrote something new."""


class Grouping:
    """Gathers writes while earlier ones are on their way.

    Args:
        write_all: Writes them.
    """

    def __init__(self, write_all: WriteAll) -> None:
        self._write_all = write_all
        self._waiting: dict[Write, asyncio.Future[bool]] = {}
        self._writer: asyncio.Task[None] | None = None

    async def put(self, write: Write, wait: float = PATIENCE) -> bool:
        """Write this; returns, once it is kept, whether it is new.

        Args:
            write: What to write.
            wait: How many seconds it may take.

        Raises:
            StoreError: It could not be written in time. One that was under way may have been.
        """
        written: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._waiting[write] = written
        if self._writer is None:
            self._writer = asyncio.get_running_loop().create_task(self._write_on())
        try:
            async with asyncio.timeout(wait):
                return await written
        except TimeoutError:
            self._waiting.pop(write, None)
            raise StoreError from None

    async def close(self) -> None:
        """Wait until what is under way is written."""
        if self._writer is not None:
            await asyncio.wait([self._writer])

    async def _write_on(self) -> None:
        try:
            while self._waiting:
                # Not while others wait for the same turn: what comes in this moment goes along.
                await asyncio.sleep(0)
                group = list(self._waiting)[:MOST]
                await self._try({write: self._waiting.pop(write) for write in group if write in self._waiting})
        finally:
            self._writer = None

    async def _try(self, group: Mapping[Write, asyncio.Future[bool]]) -> None:
        try:
            results = await self._write_all(list(group))
        except Exception as error:
            if not isinstance(error, StoreError) and len(group) > 1:
                # One of them cannot be written; the others can.
                for write, written in group.items():
                    await self._try({write: written})
                return
            # The first line tells of the trouble; further ones would quote the statement.
            log.warning("not written", writes=len(group), error=str(error).partition("\n")[0])
            for written in group.values():
                if not written.done():
                    written.set_exception(StoreError())
        else:
            for written, result in zip(group.values(), results, strict=True):
                if not written.done():
                    written.set_result(result)
