"""Socket Mode: envelopes over WebSockets, each to be acknowledged within three seconds."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from itertools import count

from aiohttp import WSCloseCode, WSMsgType, web

from tests.servers.slack.workspace import Json

ACK_SECONDS = 3.0
MOST_CONNECTIONS = 10


@dataclass(frozen=True)
class Delivery:
    """How a payload arrived.

    Attributes:
        attempts: How often it was sent.
        seconds: How long its acknowledgement took.
        answer: What came with the acknowledgement.
        status: The HTTP status; 200 for an envelope that was acknowledged.
    """

    attempts: int
    seconds: float
    answer: Json = field(default_factory=dict)
    status: int = 200


class Sockets:
    """Hands out addresses for WebSockets, and sends envelopes over whichever is open.

    Attributes:
        app_token: Which token opens connections.
        ack_seconds: How long an acknowledgement may take.
        opened: How many connections there have been.
        asked: How many addresses were asked for.
        most: How many connections may be open.
        refusals: How many of the next connections fail, each with its address spent.
        failing: How many of the next addresses are answered by an error of Slack's own, after those that are `spared`.
        spared: How many addresses are handed out before.
        refused: How often an address was asked for with a token that is not good.
    """

    def __init__(self, app_token: str, ack_seconds: float = ACK_SECONDS) -> None:
        self.app_token = app_token
        self.ack_seconds = ack_seconds
        self.opened = 0
        self.asked = 0
        self.most = MOST_CONNECTIONS
        self.refusals = 0
        self.failing = self.spared = self.refused = 0
        self._tickets: set[str] = set()
        self._open: list[web.WebSocketResponse] = []
        self._silent: set[web.WebSocketResponse] = set()
        self._change = asyncio.Event()
        self._waiting: dict[str, asyncio.Future[Json]] = {}
        self._numbers = count(1)
        self._turn = count()

    @property
    def connections(self) -> int:
        """How many are open now."""
        return len(self._open)

    async def open(self, request: web.Request) -> web.Response:
        """`apps.connections.open`."""
        if request.headers.get("Authorization", "").removeprefix("Bearer ") != self.app_token:
            self.refused += 1
            self._changed()
            return web.json_response({"ok": False, "error": "invalid_auth"})
        if self.spared:
            self.spared -= 1
        elif self.failing:
            self.failing -= 1
            return web.Response(status=503, text="A fault on command")
        self.asked += 1
        self._changed()
        ticket = f"ticket-{next(self._numbers)}"
        self._tickets.add(ticket)
        return web.json_response({"ok": True, "url": f"ws://{request.host}/link/?ticket={ticket}"})

    async def link(self, request: web.Request) -> web.StreamResponse:
        """One connection, from hello to the end; an address works once."""
        ticket = request.query.get("ticket", "")
        if ticket not in self._tickets:
            return web.Response(status=401)
        self._tickets.discard(ticket)
        if self.refusals:
            self.refusals -= 1
            return web.Response(status=503)
        socket = web.WebSocketResponse(autoping=False)
        await socket.prepare(request)
        if len(self._open) >= self.most:
            await socket.send_json({"type": "disconnect", "reason": "too_many_websockets"})
            await socket.close()
            return socket
        self._open.append(socket)
        self.opened += 1
        await socket.send_json(
            {
                "type": "hello",
                "num_connections": len(self._open),
                "connection_info": {"app_id": "A_ATELIER"},
                "debug_info": {"host": "applink-1", "approximate_connection_time": 18060},
            }
        )
        self._changed()
        try:
            async for message in socket:
                if socket in self._silent:
                    continue
                if message.type is WSMsgType.PING:
                    await socket.pong(message.data)
                elif message.type is WSMsgType.TEXT:
                    self._take(message.json())
        finally:
            self._forget(socket)
        return socket

    async def connected(self, times: int = 1, seconds: float = 10) -> None:
        """Wait until there is a connection, and there have been this many."""
        async with asyncio.timeout(seconds):
            while not self._open or self.opened < times:
                await self._change.wait()

    async def asked_for(self, times: int, seconds: float = 10) -> None:
        """Wait until this many addresses were asked for."""
        async with asyncio.timeout(seconds):
            while self.asked < times:
                await self._change.wait()

    async def refused_by(self, times: int, seconds: float = 10) -> None:
        """Wait until a token that is not good was used this many times."""
        async with asyncio.timeout(seconds):
            while self.refused < times:
                await self._change.wait()

    async def none_open(self, seconds: float = 10) -> None:
        """Wait until there is no connection any more."""
        async with asyncio.timeout(seconds):
            while self._open:
                await self._change.wait()

    async def deliver(self, kind: str, payload: Json, *, lose_acks: int = 0) -> Delivery:
        """Send a payload, again if it is not acknowledged in time.

        Args:
            kind: `events_api`, `slash_commands` or `interactive`.
            payload: What is sent.
            lose_acks: How many acknowledgements get lost on their way, so that it is sent again.

        Raises:
            TimeoutError: It was not acknowledged three times.
        """
        for attempt in range(3):
            await self.connected()
            envelope = f"envelope-{next(self._numbers)}"
            acknowledged = self._waiting[envelope] = asyncio.get_running_loop().create_future()
            socket = self._open[next(self._turn) % len(self._open)]
            sent = time.monotonic()
            retry = {"retry_attempt": attempt, "retry_reason": "timeout"} if attempt else {}
            message = {"type": kind, "envelope_id": envelope, "payload": payload, "accepts_response_payload": True}
            try:
                await socket.send_json(message | retry)
                answer = await asyncio.wait_for(acknowledged, self.ack_seconds)
            except (TimeoutError, ConnectionError):
                continue
            if attempt >= lose_acks:
                return Delivery(attempt + 1, time.monotonic() - sent, answer)
        raise TimeoutError(f"{kind} was not acknowledged within {self.ack_seconds} s, three times")

    async def disconnect(self, reason: str = "refresh_requested") -> None:
        """Ask the oldest connection to go, as Slack does every few hours."""
        await self._open[0].send_json({"type": "disconnect", "reason": reason, "debug_info": {"host": "applink-1"}})

    def fall_silent(self) -> None:
        """Let the oldest connection stand without a word, not even an answer to a ping, as after a cut cable."""
        self._silent.add(self._open[0])

    async def drop(self) -> None:
        """Cut every connection off."""
        for socket in list(self._open):
            self._forget(socket)
            await socket.close(code=WSCloseCode.GOING_AWAY)

    def _changed(self) -> None:
        self._change.set()
        self._change.clear()

    def _forget(self, socket: web.WebSocketResponse) -> None:
        if socket in self._open:
            self._open.remove(socket)
            self._changed()

    def _take(self, message: Json) -> None:
        waiting = self._waiting.pop(message.get("envelope_id", ""), None)
        if waiting is not None and not waiting.done():
            waiting.set_result(message.get("payload") or {})
