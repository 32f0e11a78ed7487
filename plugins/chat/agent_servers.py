"""Tools of other servers as functions that a language model calls.

Imported when the first question is asked, never at start: LangChain costs time.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Mapping
from typing import Any

import structlog
from langchain_core.messages import ToolMessage
from langchain_core.tools import BaseTool
from pydantic import PrivateAttr

from bot import Actions, ChatModel, Done, UserError

from .agent_tools import Offer, as_result, most_said
from .config import Source
from .servers import Servers

log = structlog.get_logger(__name__)

LONGEST_NAME = 64
"""Characters of a function's name that every server of models takes."""

VALUE_ASKED = 200
"""Characters of each value that are shown when the person is asked."""

DESCRIPTION = 600
"""Characters of what a tool says of itself."""

_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9_-]")
"""What a server of models takes in no function's name, and other programs have in those of their tools."""


class ServerTool(BaseTool):
    """A tool of a server; running it never raises, and asks the person first unless the server is trusted."""

    _tool: BaseTool = PrivateAttr()
    _server: str = PrivateAttr()
    _source: Source = PrivateAttr()
    _servers: Servers = PrivateAttr()
    _actions: Actions = PrivateAttr()
    _most: int = PrivateAttr()

    def __init__(
        self, tool: BaseTool, server: str, source: Source, servers: Servers, actions: Actions, most: int
    ) -> None:
        super().__init__(
            name=_NOT_IN_NAMES.sub("_", f"{server}_{tool.name}")[:LONGEST_NAME],
            description=tool.description[:DESCRIPTION],
            args_schema=tool.args_schema,
            response_format="content_and_artifact",
        )
        self._tool = tool
        self._server = server
        self._source = source
        self._servers = servers
        self._actions = actions
        self._most = most

    def _run(self, **options: Any) -> tuple[str, Done]:
        raise NotImplementedError("a tool of a server runs on the event loop")

    async def _arun(self, **options: Any) -> tuple[str, Done]:
        done = await self._call(options)
        return as_result(done, self._most), done

    async def _call(self, options: dict[str, Any]) -> Done:
        what = " ".join((f"{self._server}: {self._tool.name}", *(f"{key}:{_shown(options[key])}" for key in options)))
        try:
            if not self._source.trusted and not await self._actions.confirm(what):
                return Done(error="the person said no")
            # What the tool of another program does, nobody here can tell.
            await self._actions.begin()
        except UserError as error:
            return Done(error=str(error))
        try:
            async with asyncio.timeout(self._source.timeout_seconds):
                message = await self._tool.ainvoke(
                    {"type": "tool_call", "id": "1", "name": self._tool.name, "args": options}
                )
        except Exception as error:
            # Another program failed, in ways of its own; the next question finds it started anew.
            log.warning("tool of a server failed", server=self._server, tool=self._tool.name, error=repr(error))
            await self._servers.drop(self._server, self._tool)
            return Done(error=f"The server {self._server} does not answer.")
        assert isinstance(message, ToolMessage)
        failed = message.status == "error"
        return Done(message.text, f"The server {self._server} could not do it." if failed else "")


async def of_servers(
    servers: Servers, sources: Mapping[str, Source], actions: Actions, model: ChatModel
) -> list[Offer]:
    """The tools of servers as functions.

    Args:
        servers: Hold them open.
        sources: Which, by name.
        actions: Ask the person.
        model: Calls the functions.
    """
    return [
        Offer(
            ServerTool(tool, name, sources[name], servers, actions, most_said(model)),
            (f"{name} {tool.name.replace('_', ' ')}: {tool.description[:DESCRIPTION]}",),
        )
        for name, tools in (await servers.tools(sources)).items()
        for tool in tools
    ]


def _shown(value: object) -> str:
    """A value as the person sees it who is asked; no value hides behind a long one."""
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= VALUE_ASKED else f"{text[:VALUE_ASKED]}… ({len(text) - VALUE_ASKED:,} more characters)"
