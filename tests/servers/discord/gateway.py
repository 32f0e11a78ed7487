"""The gateway: hello, identify, heartbeat, resume, reconnect, invalid sessions and close codes."""

from __future__ import annotations

import json
import secrets
import zlib
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

from aiohttp import WSCloseCode, WSMsgType, web

from tests.servers.discord.world import Json, World

DISPATCH, HEARTBEAT, IDENTIFY, PRESENCE, RESUME = 0, 1, 2, 3, 6
RECONNECT, MEMBERS, INVALID, HELLO, ACK = 7, 8, 9, 10, 11

UNKNOWN_OPCODE, DECODE_ERROR, NOT_AUTHENTICATED, AUTHENTICATION_FAILED = 4001, 4002, 4003, 4004
ALREADY_AUTHENTICATED, INVALID_SEQ, DISALLOWED_INTENTS = 4005, 4007, 4014

GUILD_MEMBERS, GUILD_MESSAGES, DIRECT_MESSAGES, MESSAGE_CONTENT = 1 << 1, 1 << 9, 1 << 12, 1 << 15
GUILD_REACTIONS, DIRECT_REACTIONS = 1 << 10, 1 << 13


@dataclass
class Session:
    """What a client has identified as; it outlives its connection."""

    intents: int
    id: str = field(default_factory=lambda: secrets.token_hex(16))
    events: list[Json] = field(default_factory=list)
    connection: Connection | None = None


class Connection:
    """One web socket, compressed as the client asked."""

    def __init__(self, socket: web.WebSocketResponse, compress: str | None) -> None:
        self.socket = socket
        self._deflate = zlib.compressobj() if compress == "zlib-stream" else None

    async def send(self, op: int, data: object = None, event: str | None = None, seq: int | None = None) -> None:
        text = json.dumps({"op": op, "d": data, "s": seq, "t": event})
        if self.socket.closed:
            return
        # A client that has just gone hears nothing; its session goes on with what it missed.
        with suppress(ConnectionError):
            if self._deflate is None:
                await self.socket.send_str(text)
            else:
                packed = self._deflate.compress(text.encode()) + self._deflate.flush(zlib.Z_SYNC_FLUSH)
                await self.socket.send_bytes(packed)


class Gateway:
    """Every session, and the events they get.

    Attributes:
        url: Where clients connect.
        sessions: By id.
        identified: How many times a client identified anew.
        resumed: How many times one resumed.
        heartbeats: How many were received.
        replay: How many events are sent once more, though the client has them, when it resumes.
        refusing: How many of the next connections are refused, as in an outage.
    """

    def __init__(self, world: World, token: str, changed: Callable[[], None]) -> None:
        self.url = ""
        self.sessions: dict[str, Session] = {}
        self.identified = self.resumed = self.heartbeats = 0
        self.replay = self.refusing = 0
        self._world = world
        self._token = token
        self._changed = changed

    async def accept(self, request: web.Request) -> web.StreamResponse:
        """Serve one connection until it closes."""
        if self.refusing:
            self.refusing -= 1
            self._changed()
            return web.Response(status=503)
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        connection = Connection(socket, request.query.get("compress"))
        await connection.send(HELLO, {"heartbeat_interval": 41_250})
        session: Session | None = None
        async for message in socket:
            if message.type is not WSMsgType.TEXT:
                continue
            try:
                payload = json.loads(message.data)
                op, data = payload["op"], payload.get("d")
            except (ValueError, KeyError, TypeError):
                await socket.close(code=DECODE_ERROR)
                break
            if op == HEARTBEAT:
                self.heartbeats += 1
                await connection.send(ACK)
            elif op in (IDENTIFY, RESUME):
                if session is not None:
                    await socket.close(code=ALREADY_AUTHENTICATED)
                    break
                session = await (self._identify if op == IDENTIFY else self._resume)(connection, data)
            elif session is None:
                await socket.close(code=NOT_AUTHENTICATED)
            elif op == MEMBERS:
                await self._members(data)
            elif op != PRESENCE:
                await socket.close(code=UNKNOWN_OPCODE)
            self._changed()
        if session is not None and session.connection is connection:
            session.connection = None
        self._changed()
        return socket

    async def _identify(self, connection: Connection, data: Json) -> Session | None:
        if data["token"] != self._token:
            await connection.socket.close(code=AUTHENTICATION_FAILED)
            return None
        content = data["intents"] & MESSAGE_CONTENT and not self._world.message_content
        if content or data["intents"] & GUILD_MEMBERS:
            await connection.socket.close(code=DISALLOWED_INTENTS)
            return None
        session = Session(data["intents"])
        self.sessions = {session.id: session}
        session.connection = connection
        self.identified += 1
        me = self._world.me
        await self._dispatch(
            session,
            "READY",
            {
                "v": 10,
                "user": me.payload(),
                "guilds": [{"id": guild.id, "unavailable": True} for guild in self._world.guilds.values()],
                "session_id": session.id,
                "resume_gateway_url": self.url,
                "application": {"id": me.id, "flags": 0},
            },
        )
        for guild in self._world.guilds.values():
            await self._dispatch(session, "GUILD_CREATE", guild.payload(me))
        return session

    async def _resume(self, connection: Connection, data: Json) -> Session | None:
        session = self.sessions.get(data["session_id"])
        if data["token"] != self._token:
            await connection.socket.close(code=AUTHENTICATION_FAILED)
            return None
        if session is None:
            await connection.send(INVALID, data=False)
            return None
        if data["seq"] > len(session.events):
            await connection.socket.close(code=INVALID_SEQ)
            return None
        session.connection = connection
        self.resumed += 1
        missed = session.events[max(data["seq"] - self.replay, 0) :]
        for event in missed:
            await connection.send(DISPATCH, event["d"], event["t"], event["s"])
        await self._dispatch(session, "RESUMED", {})
        return session

    async def _members(self, data: Json) -> None:
        guild = self._world.guilds[data["guild_id"] if isinstance(data["guild_id"], str) else str(data["guild_id"])]
        wanted, ids = (data.get("query") or "").lower(), [str(id_) for id_ in data.get("user_ids") or []]
        found = [
            {**guild.member(user), "user": user.payload()}
            for user, _ in guild.members.values()
            if (user.id in ids if ids else user.name.lower().startswith(wanted))
        ]
        await self.dispatch(
            "GUILD_MEMBERS_CHUNK",
            lambda session: {
                "guild_id": guild.id,
                "members": found,
                "chunk_index": 0,
                "chunk_count": 1,
                "nonce": data.get("nonce"),
            },
        )

    async def dispatch(self, event: str, data: Callable[[Session], Json | None]) -> None:
        """Tell every session of an event; what each is told depends on its intents."""
        for session in list(self.sessions.values()):
            told = data(session)
            if told is not None:
                await self._dispatch(session, event, told)

    async def _dispatch(self, session: Session, event: str, data: Json) -> None:
        session.events.append({"t": event, "d": data, "s": len(session.events) + 1})
        if session.connection is not None:
            await session.connection.send(DISPATCH, data, event, len(session.events))

    async def drop(self, code: int = WSCloseCode.GOING_AWAY) -> None:
        """Close every connection; the sessions can be resumed."""
        for session in list(self.sessions.values()):
            if session.connection is not None:
                connection, session.connection = session.connection, None
                await connection.socket.close(code=code)

    async def ask_to_reconnect(self) -> None:
        """Send `reconnect` to every connection."""
        await self._tell(RECONNECT, None)

    async def invalidate(self, *, resumable: bool) -> None:
        """Send `invalid session` to every connection; one that is not resumable is forgotten."""
        await self._tell(INVALID, resumable)
        if not resumable:
            self.sessions.clear()

    async def _tell(self, op: int, data: object) -> None:
        for session in list(self.sessions.values()):
            connection, session.connection = session.connection, None
            if connection is not None:
                await connection.send(op, data)
