"""Servers of the Model Context Protocol: started when their tools are first needed, and held until the plugin stops."""

from __future__ import annotations

import asyncio
import importlib
import os
from collections.abc import Mapping
from contextvars import Context
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

import structlog

from .config import Source

if TYPE_CHECKING:
    from langchain_core.tools import BaseTool
    from langchain_mcp_adapters.sessions import Connection

log = structlog.get_logger(__name__)

START_SECONDS = 30.0
"""How long a server may take to start and to tell what it offers."""

PAUSE_SECONDS = 60.0
"""How long a server that did not start is left alone."""


@dataclass(slots=True)
class _Held:
    """A server that runs, or is being started."""

    task: asyncio.Task[None]
    tools: asyncio.Future[list[BaseTool]]
    enough: asyncio.Event = field(default_factory=asyncio.Event)

    def offers(self, tool: BaseTool) -> bool:
        """Whether this tool is one of its own, and not of one that ran before."""
        known = self.tools.done() and self.tools.exception() is None
        return known and any(each is tool for each in self.tools.result())


class Servers:
    """The servers that are held open."""

    def __init__(self) -> None:
        self._held: dict[str, _Held] = {}
        self._failed: dict[str, float] = {}

    async def tools(self, sources: Mapping[str, Source]) -> dict[str, list[BaseTool]]:
        """What the servers offer, by name of the server; those that do not answer are left out.

        Args:
            sources: The servers, by name.
        """
        # A second to import, and the loop has others to serve.
        await asyncio.to_thread(importlib.import_module, "langchain_mcp_adapters.tools")
        found = await asyncio.gather(*(self._tools(name, source) for name, source in sources.items()))
        return {name: tools for name, tools in zip(sources, found, strict=True) if tools is not None}

    async def drop(self, name: str, failed: BaseTool | None = None) -> None:
        """Let go of a server; it is started anew when it is next needed.

        Args:
            name: Of the server.
            failed: Which of its tools made that necessary; a server that was started since is held on to.
        """
        held = self._held.get(name)
        if held is None or (failed is not None and not held.offers(failed)):
            return
        del self._held[name]
        held.enough.set()
        if not held.tools.done():
            held.task.cancel()
        await asyncio.wait([held.task])

    async def close(self) -> None:
        """Let go of all."""
        await asyncio.gather(*map(self.drop, list(self._held)))
        self._failed.clear()

    async def _tools(self, name: str, source: Source) -> list[BaseTool] | None:
        loop = asyncio.get_running_loop()
        if loop.time() < self._failed.get(name, 0.0):
            return None
        if (held := self._held.get(name)) is not None and held.task.done():
            await self.drop(name)
            held = None
        if held is None:
            ready: asyncio.Future[list[BaseTool]] = loop.create_future()
            enough = asyncio.Event()
            # It outlives the request that needs it first, and is none of it.
            task = loop.create_task(_hold(name, source, ready, enough), context=Context())
            held = self._held[name] = _Held(task, ready, enough)
        try:
            async with asyncio.timeout(START_SECONDS):
                return await asyncio.shield(held.tools)
        except Exception as error:
            if self._held.get(name) is held:
                self._failed[name] = loop.time() + PAUSE_SECONDS
                log.warning("tools of a server are left out", server=name, error=_line(error))
                await self.drop(name)
            return None


async def _hold(name: str, source: Source, ready: asyncio.Future[list[BaseTool]], enough: asyncio.Event) -> None:
    """Run a session from its beginning to its end: both have to be in one task."""
    from langchain_mcp_adapters.sessions import create_session
    from langchain_mcp_adapters.tools import load_mcp_tools

    try:
        async with create_session(_connection(source)) as session:
            await session.initialize()
            ready.set_result(await load_mcp_tools(session, server_name=name))
            await enough.wait()
    except Exception as error:
        if ready.done():
            log.warning("server ended badly", server=name, error=_line(error))
        else:
            ready.set_exception(error)


def _connection(source: Source) -> Connection:
    from langchain_mcp_adapters.sessions import StdioConnection, StreamableHttpConnection

    limits = {"read_timeout_seconds": timedelta(seconds=source.timeout_seconds)}
    if source.command:
        return StdioConnection(
            transport="stdio",
            command=source.command,
            args=list(source.args),
            env={name: _secret(name) for name in source.env},
            session_kwargs=limits,
        )
    headers = {"Authorization": f"Bearer {_secret(source.token)}"} if source.token else {}
    return StreamableHttpConnection(transport="streamable_http", url=source.url, headers=headers, session_kwargs=limits)


def _secret(name: str) -> str:
    value = os.environ.get(name)
    if not value:
        raise ValueError(f"the environment variable {name} is not set")
    return value


def _line(error: BaseException) -> str:
    """The first of the errors that happened together, on one line."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return f"{type(error).__name__}: {' '.join(str(error).split())}"[:300]
