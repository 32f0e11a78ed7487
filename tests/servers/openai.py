"""A server that speaks OpenAI's chat completions: streams its answer a word at a time and keeps what it was asked."""

from __future__ import annotations

import json
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from pydantic import JsonValue
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from tests.servers.loopback import serve


@dataclass
class OpenAIServer:
    """What it answers, and what it was asked.

    Set `fault` to the status and the error object of a failure, `stall` to let it never answer, `pause` to let it
    say one word only, `break_off` to end the connection in the middle of an answer, `fault_midway` to report an error
    in the stream, `call` to the name and the arguments of a function that it calls where functions are offered and none
    was called yet, `no_tools` to let it refuse functions. `came` counts who asked, `left` is set when someone gave up
    waiting.
    """

    url: str = ""
    model: str = "small"
    key: str | None = None
    words: tuple[str, ...] = ("The", " fox", " sleeps.")
    fault: tuple[int, dict[str, JsonValue]] | None = None
    fault_midway: dict[str, JsonValue] | None = None
    stall: bool = False
    pause: bool = False
    break_off: bool = False
    call: tuple[str, str] | None = None
    no_tools: bool = False
    requests: list[dict[str, JsonValue]] = field(default_factory=list)
    keys: list[str | None] = field(default_factory=list)
    came: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    left: threading.Event = field(default_factory=threading.Event)

    async def complete(self, request: Request) -> Response:
        body = await request.json()
        self.requests.append(body)
        self.came.release()
        self.keys.append(request.headers.get("authorization"))
        if self.stall:
            await self._gone(request)
        if self.fault is not None:
            return JSONResponse({"error": self.fault[1]}, self.fault[0], {"x-should-retry": "false"})
        if self.key is not None and request.headers.get("authorization") != f"Bearer {self.key}":
            return JSONResponse(
                {"error": {"message": "Incorrect API key provided: sk-…", "code": "invalid_api_key"}}, 401
            )
        if body["model"] != self.model:
            message = f"The model `{body['model']}` does not exist"
            return JSONResponse({"error": {"message": message, "code": "model_not_found"}}, 404)
        if self.no_tools and "tools" in body:
            return JSONResponse({"error": {"message": '"auto" tool choice requires --enable-auto-tool-choice'}}, 400)
        if self.call and "tools" in body and body["messages"][-1]["role"] != "tool":
            return StreamingResponse(self._stream_call(*self.call), media_type="text/event-stream")
        if body.get("stream"):
            return StreamingResponse(self._stream(request), media_type="text/event-stream")
        said: JsonValue = {"role": "assistant", "content": "".join(self.words)}
        choice: JsonValue = {"index": 0, "message": said, "finish_reason": "stop"}
        return JSONResponse(self._object("chat.completion", [choice], self._usage()))

    async def _stream(self, request: Request) -> AsyncIterator[str]:
        for word in self.words:
            delta: dict[str, JsonValue] = {"index": 0, "delta": {"content": word}, "finish_reason": None}
            yield self._event(self._object("chat.completion.chunk", [delta]))
            if self.pause:
                await self._gone(request)
            if self.break_off:
                raise ConnectionAbortedError
            if self.fault_midway:
                yield self._event({"error": self.fault_midway})
                return
        yield self._event(self._object("chat.completion.chunk", [{"index": 0, "delta": {}, "finish_reason": "stop"}]))
        yield self._event(self._object("chat.completion.chunk", [], self._usage()))
        yield "data: [DONE]\n\n"

    async def _stream_call(self, name: str, arguments: str) -> AsyncIterator[str]:
        half = len(arguments) // 2
        pieces: tuple[dict[str, JsonValue], ...] = (
            {"index": 0, "id": "call_1", "type": "function", "function": {"name": name, "arguments": ""}},
            {"index": 0, "function": {"arguments": arguments[:half]}},
            {"index": 0, "function": {"arguments": arguments[half:]}},
        )
        for piece in pieces:
            delta: dict[str, JsonValue] = {"index": 0, "delta": {"tool_calls": [piece]}, "finish_reason": None}
            yield self._event(self._object("chat.completion.chunk", [delta]))
        end: dict[str, JsonValue] = {"index": 0, "delta": {}, "finish_reason": "tool_calls"}
        yield self._event(self._object("chat.completion.chunk", [end]))
        yield "data: [DONE]\n\n"

    async def _gone(self, request: Request) -> None:
        """Returns when the client has given up."""
        while (await request.receive())["type"] != "http.disconnect":
            pass
        self.left.set()

    def _event(self, value: dict[str, JsonValue]) -> str:
        return f"data: {json.dumps(value)}\n\n"

    def _usage(self) -> dict[str, JsonValue]:
        return {"prompt_tokens": 7, "completion_tokens": len(self.words), "total_tokens": 7 + len(self.words)}

    def _object(self, kind: str, choices: list[JsonValue], usage: JsonValue = None) -> dict[str, JsonValue]:
        return {"id": "1", "object": kind, "created": 0, "model": self.model, "choices": choices, "usage": usage}


@contextmanager
def openai_server() -> Iterator[OpenAIServer]:
    """Serve until the block ends; `url` is the base URL to configure."""
    server = OpenAIServer()
    routes = [Route("/v1/chat/completions", server.complete, methods=["POST"])]
    with serve(Starlette(routes=routes)) as address:
        server.url = f"{address}/v1"
        yield server
