"""A server that speaks Ollama's chat protocol: streams its answer a word at a time and keeps what it was asked."""

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
class OllamaServer:
    """What it answers, and what it was asked.

    Set `fault` to the status and the text of a failure, `stall` to let it never answer, `break_off` to end the
    connection in the middle of an answer, `fault_midway` to report an error in the stream, `call` to the name and the
    arguments of a function that it calls where functions are offered and none was called yet, `no_tools` to let it
    refuse functions. `came` counts who
    asked, `left` is set when someone gave up waiting.
    """

    url: str = ""
    model: str = "qwen3:1.7b"
    words: tuple[str, ...] = ("The", " fox", " sleeps.")
    fault: tuple[int, str] | None = None
    fault_midway: str | None = None
    stall: bool = False
    break_off: bool = False
    call: tuple[str, str] | None = None
    no_tools: bool = False
    requests: list[dict[str, JsonValue]] = field(default_factory=list)
    keys: list[str | None] = field(default_factory=list)
    came: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    left: threading.Event = field(default_factory=threading.Event)

    async def chat(self, request: Request) -> Response:
        body = await request.json()
        self.requests.append(body)
        self.came.release()
        self.keys.append(request.headers.get("authorization"))
        if self.stall:
            while (await request.receive())["type"] != "http.disconnect":
                pass
            self.left.set()
        if self.fault is not None:
            return JSONResponse({"error": self.fault[1]}, self.fault[0])
        if body["model"] != self.model:
            return JSONResponse({"error": f"model '{body['model']}' not found"}, 404)
        if self.no_tools and body.get("tools"):
            return JSONResponse({"error": f"registry.ollama.ai/library/{self.model} does not support tools"}, 400)
        calls = self.call is not None and body.get("tools") and body["messages"][-1]["role"] != "tool"
        return StreamingResponse(self._stream_call() if calls else self._stream(), media_type="application/x-ndjson")

    async def _stream_call(self) -> AsyncIterator[str]:
        assert self.call is not None
        made: JsonValue = {"function": {"name": self.call[0], "arguments": json.loads(self.call[1])}}
        yield self._line({"message": {"role": "assistant", "content": "", "tool_calls": [made]}, "done": False})
        yield self._line({"message": {"role": "assistant", "content": ""}, "done": True, "done_reason": "stop"})

    async def _stream(self) -> AsyncIterator[str]:
        for word in self.words:
            yield self._line({"message": {"role": "assistant", "content": word}, "done": False})
            if self.break_off:
                raise ConnectionAbortedError
            if self.fault_midway:
                yield json.dumps({"error": self.fault_midway}) + "\n"
                return
        yield self._line(
            {
                "message": {"role": "assistant", "content": ""},
                "done": True,
                "done_reason": "stop",
                "prompt_eval_count": 7,
                "eval_count": len(self.words),
            }
        )

    def _line(self, value: dict[str, JsonValue]) -> str:
        return json.dumps({"model": self.model, "created_at": "2025-01-01T00:00:00Z", **value}) + "\n"


@contextmanager
def ollama_server() -> Iterator[OllamaServer]:
    """Serve until the block ends; `url` is the base URL to configure."""
    server = OllamaServer()
    with serve(Starlette(routes=[Route("/api/chat", server.chat, methods=["POST"])])) as address:
        server.url = address
        yield server
