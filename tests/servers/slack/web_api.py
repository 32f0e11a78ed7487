"""The Web API: every method answers `{"ok": true, …}` or `{"ok": false, "error": …}`."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeAlias

from aiohttp import web

from tests.servers.slack.workspace import Json, Posted, Workspace

Method: TypeAlias = Callable[[Workspace, Json], Json]

METHODS: dict[str, tuple[Method, str | None]] = {}
"""Every method by name, with the scope it asks for."""

POST_CHARS, UPDATE_CHARS, MARKDOWN_CHARS, BLOCKS = 40_000, 4_000, 12_000, 50

FURTHER = (
    "app_mentions:read",
    "files:read",
    "groups:history",
    "groups:read",
    "im:history",
    "mpim:history",
    "mpim:read",
    "reactions:read",
)
"""Scopes that the app is given besides those the methods ask for."""

WRITES = ("chat.postMessage", "chat.update", "chat.postEphemeral", "chat.startStream", "chat.delete")
"""What counts for the pace of about one message a second in a channel; a short burst is let through."""


class Refused(Exception):
    """The method answers with this error."""


def method(name: str, scope: str | None = None) -> Callable[[Method], Method]:
    """Make a function a method of the API."""

    def register(function: Method) -> Method:
        METHODS[name] = (function, scope)
        return function

    return register


@dataclass
class WebApi:
    """Answers `POST /api/<method>`.

    Attributes:
        workspace: What the methods work on.
        bot_token: Which token it takes.
        scopes: What the token may do.
        burst: How many writes a channel takes at once; one more is free each second.
        calls: Every call that was accepted: method and arguments.
        limited: How often the answer was 429.
        watch: Told of each call, before it is carried out and after.
    """

    workspace: Workspace
    bot_token: str
    scopes: set[str] = field(default_factory=lambda: {*(scope for _, scope in METHODS.values() if scope), *FURTHER})
    burst: float = 10
    calls: list[tuple[str, Json]] = field(default_factory=list)
    limited: int = 0
    watch: Callable[[str], None] | None = None
    _break_next: dict[str, list[int | None]] = field(default_factory=dict)
    _refuse_next: dict[str, list[int]] = field(default_factory=dict)
    _fail: dict[str, str] = field(default_factory=dict)
    _fail_at: dict[str, tuple[int, str]] = field(default_factory=dict)
    _spent: dict[str, tuple[float, float]] = field(default_factory=dict)

    def limit_next(self, name: str, retry_after: int = 0, times: int = 1) -> None:
        """Answer the next calls of a method with 429."""
        self._refuse_next.setdefault(name, []).extend([retry_after] * times)

    def break_next(self, name: str, status: int | None, times: int = 1) -> None:
        """Break the next calls of a method.

        Args:
            name: Which.
            status: The answer's HTTP status; None carries the call out, and breaks off before the answer.
            times: How many.
        """
        self._break_next.setdefault(name, []).extend([status] * times)

    def fail(self, name: str, error: str | None) -> None:
        """Answer a method with this error from now on; None ends that."""
        if error is None:
            self._fail.pop(name, None)
            self._fail_at.pop(name, None)
        else:
            self._fail[name] = error

    def called(self, name: str) -> list[Json]:
        """The arguments of every call of a method."""
        return [arguments for called, arguments in self.calls if called == name]

    def fail_after(self, name: str, times: int, error: str) -> None:
        """Answer a method with this error once it has worked so many times more."""
        self._fail_at[name] = (len(self.called(name)) + times, error)

    async def handle(self, request: web.Request) -> web.Response:
        """One call."""
        name = request.match_info["method"]
        if self.watch is not None:
            self.watch(name)
        answer = await self._answer(request, name)
        if self.watch is not None:
            self.watch(name)
        return answer

    async def _answer(self, request: web.Request, name: str) -> web.Response:
        arguments = await _arguments(request)
        token = request.headers.get("Authorization", "").removeprefix("Bearer ") or str(arguments.pop("token", ""))
        headers = {"X-OAuth-Scopes": ",".join(sorted(self.scopes))}
        if token != self.bot_token:
            return web.json_response({"ok": False, "error": "invalid_auth" if token else "not_authed"})
        if name not in METHODS:
            return web.json_response({"ok": False, "error": "unknown_method"}, headers=headers)
        wait = self._wait(name, arguments)
        if wait is not None:
            self.limited += 1
            return web.json_response(
                {"ok": False, "error": "ratelimited"}, status=429, headers={"Retry-After": f"{wait}"}
            )
        broken = self._break_next.get(name) or [0]
        status = broken.pop(0)
        if status:
            return web.Response(status=status, text="A fault on command")
        answer, scope = METHODS[name]
        if scope is not None and scope not in self.scopes:
            refusal = {
                "ok": False,
                "error": "missing_scope",
                "needed": scope,
                "provided": ",".join(sorted(self.scopes)),
            }
            return web.json_response(refusal, headers=headers)
        at, error = self._fail_at.get(name, (0, ""))
        if error and len(self.called(name)) >= at:
            self._fail[name] = error
        if name in self._fail:
            return web.json_response({"ok": False, "error": self._fail[name]}, headers=headers)
        try:
            found = answer(self.workspace, arguments)
        except Refused as refusal_of_it:
            return web.json_response({"ok": False, "error": str(refusal_of_it)}, headers=headers)
        if name == "files.getUploadURLExternal":
            found["upload_url"] = f"{request.scheme}://{request.host}/upload/{found['file_id']}"
        self.calls.append((name, arguments))
        self.workspace.note()
        if status is None and request.transport is not None:
            request.transport.abort()
        return web.json_response({"ok": True, **found}, headers=headers)

    def _wait(self, name: str, arguments: Json) -> int | None:
        if waiting := self._refuse_next.get(name):
            return waiting.pop(0)
        if name not in WRITES:
            return None
        channel = str(arguments.get("channel"))
        now = time.monotonic()
        spent, since = self._spent.get(channel, (0.0, now))
        spent = max(0.0, spent - (now - since))
        if spent + 1 > self.burst:
            return 1
        self._spent[channel] = (spent + 1, now)
        return None


async def _arguments(request: web.Request) -> Json:
    if request.content_type == "application/json":
        body: Json = await request.json()
        return body
    form = {**request.query, **{key: value for key, value in (await request.post()).items() if isinstance(value, str)}}
    return {key: json.loads(value) if value[:1] in {"[", "{"} else value for key, value in form.items()}


def writable(workspace: Workspace, arguments: Json) -> str:
    """The channel that is written to.

    Raises:
        Refused: There is none, or the bot is not in it.
    """
    channel = str(arguments.get("channel", ""))
    if channel in workspace.users:  # a person stands for the direct conversation with them
        channel = f"D{channel.removeprefix('U')}"
    if channel not in workspace.channels:
        raise Refused("channel_not_found")
    if channel not in workspace.members:
        raise Refused("not_in_channel")
    return channel


def check(arguments: Json, limit: int) -> None:
    """Refuse what is empty or too long."""
    text, blocks = str(arguments.get("text") or ""), arguments.get("blocks") or []
    if not (text or blocks or arguments.get("markdown_text")):
        raise Refused("no_text")
    if len(text) > limit:
        raise Refused("msg_too_long")
    if len(str(arguments.get("markdown_text") or "")) > MARKDOWN_CHARS:
        raise Refused("msg_too_long")
    if len(blocks) > BLOCKS or any(_bad(block) for block in blocks):
        raise Refused("invalid_blocks")


def _bad(block: Json) -> bool:
    if block["type"] == "section":
        fields = block.get("fields", [])
        long = len(block.get("text", {}).get("text", "")) > 3000 or any(len(field["text"]) > 2000 for field in fields)
        return long or len(fields) > 10 or not (block.get("text") or fields)
    if block["type"] == "header":
        return not 0 < len(block["text"]["text"]) <= 150
    if block["type"] == "actions":
        ids = [element["action_id"] for element in block["elements"]]
        labels = [element["text"]["text"] for element in block["elements"]]
        values = [element.get("value", "") for element in block["elements"]]
        good = all(0 < len(label) <= 75 for label in labels) and all(len(value) <= 2000 for value in values)
        return not (good and 0 < len(ids) <= 25 and len(set(ids)) == len(ids))
    return bool(block["type"] not in {"context", "divider", "markdown", "rich_text", "table"})


def the_bots(workspace: Workspace, arguments: Json) -> Posted:
    """The bot's own message that a call is about.

    Raises:
        Refused: There is none.
    """
    found = workspace.find(str(arguments["channel"]), str(arguments["ts"]))
    if found is None:
        raise Refused("message_not_found")
    if found.user != workspace.bot:
        raise Refused("cant_update_message")
    return found
