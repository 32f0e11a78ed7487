"""The HTTP server: uvicorn on our own event loop, and who may reach it."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import re
import socket
from collections.abc import Generator, Sequence
from urllib.parse import urlsplit

import uvicorn
from fastapi import FastAPI
from starlette.datastructures import Headers
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.config import Web
from bot.errors import ConfigError

GRACE = 1
"""Seconds that open connections get to finish when the server stops."""

_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; media-src 'self' blob:; font-src 'self' data:; connect-src 'self'; object-src 'none'; "
    "base-uri 'self'; form-action 'self'; frame-ancestors 'none'"
)

_HOST = re.compile(r"[\w.:\[\]-]{1,253}", re.ASCII)
_PATTERN = re.compile(r"\*|(\*\.)?[\w.-]+|\[?[\da-f:.]+\]?", re.ASCII | re.IGNORECASE)


def is_loopback(host: str) -> bool:
    """Whether a host name or address is this machine itself."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def check_host(config: Web) -> None:
    """Refuse to be reachable by others without a password, or by names that are none.

    Raises:
        ConfigError: The host is not this machine and there is no password; or a further name cannot be one.
    """
    for name in config.allowed_hosts:
        if not _PATTERN.fullmatch(name):
            raise ConfigError(
                f"platforms.web.allowed_hosts: “{name}” is no host name; write it without http:// and port"
            )
    password = config.password.get_secret_value() if config.password else ""
    if not is_loopback(config.host) and not password:
        raise ConfigError(
            f"platforms.web.host: {config.host} lets others in; set ATELIER__PLATFORMS__WEB__PASSWORD, "
            "or use 127.0.0.1 for this machine only"
        )


def listen(config: Web) -> socket.socket:
    """Take the port, before anything else is started.

    Raises:
        ConfigError: The port is taken, or the host is no address of this machine.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            config.host, config.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except OSError as error:
        raise ConfigError(f"platforms.web.host: {config.host} is no address ({error.strerror})") from None
    listener = socket.socket(family, kind, protocol)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(128)
        listener.setblocking(False)
    except OSError as error:
        listener.close()
        reason = (error.strerror or str(error)).lower()
        raise ConfigError(
            f"platforms.web.port: cannot listen on {config.host}:{config.port} ({reason}); choose another port"
        ) from None
    return listener


class SameOrigin:
    """Refuses what another site's page sends, a WebSocket above all: browsers let those cross origins.

    Args:
        app: What is guarded.
        trusted: Host names that may differ from the Host header, as behind a proxy.
    """

    def __init__(self, app: ASGIApp, trusted: frozenset[str] = frozenset()) -> None:
        self.app = app
        self.trusted = trusted

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer 403."""
        if scope["type"] in ("http", "websocket") and not self._is_ours(Headers(scope=scope)):
            await PlainTextResponse("Requests from other sites are refused", 403)(scope, receive, send)
            return
        await self.app(scope, receive, send)

    def _is_ours(self, headers: Headers) -> bool:
        origin = headers.get("origin")
        if origin is None:  # no browser, or a plain navigation
            return True
        place = urlsplit(origin)
        return place.netloc == headers.get("host") or (place.hostname or "") in self.trusted


class Headed:
    """Adds the headers that keep pages from loading anything from elsewhere, or being framed."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and add to the answer."""

        async def add(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = {
                    b"content-security-policy": _POLICY.encode(),
                    b"x-content-type-options": b"nosniff",
                    b"referrer-policy": b"same-origin",
                }
                present = {name.lower() for name, _ in message["headers"]}
                added = [(name, value) for name, value in headers.items() if name not in present]
                message = {**message, "headers": [*message["headers"], *added]}
            await send(message)

        await self.app(scope, receive, add)


class KnownHost:
    """Starlette's check of the Host header, whose refusal says what to do about it.

    Args:
        app: What is guarded.
        names: The names and addresses under which it may be asked for.
    """

    def __init__(self, app: ASGIApp, names: Sequence[str]) -> None:
        self.app = app
        self._names = names

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer 400."""

        async def serve(scope: Scope, receive: Receive, _send: Send) -> None:
            await self.app(scope, receive, send)

        async def refuse(message: Message) -> None:
            if message["type"].endswith(".start"):
                await PlainTextResponse(_unknown(Headers(scope=scope).get("host", "")), 400)(scope, receive, send)

        await TrustedHostMiddleware(serve, self._names, www_redirect=False)(scope, receive, refuse)


def _unknown(host: str) -> str:
    name = re.sub(r":\d+$", "", host)
    named = f"“{name}”" if _HOST.fullmatch(name) else "that name"
    return f"Atelier is not known as {named}. If this is its address, add it to platforms.web.allowed_hosts."


def guard(app: FastAPI, config: Web) -> None:
    """Put the checks of Host and Origin before everything else of `app`."""
    trusted = frozenset(host.lower() for host in config.allowed_hosts)
    app.add_middleware(SameOrigin, trusted=trusted)
    app.add_middleware(
        KnownHost,
        names=["localhost", "127.0.0.1", "[::1]", "::1", config.host, f"[{config.host}]", *trusted],
    )
    app.add_middleware(Headed)


class Server(uvicorn.Server):
    """uvicorn without its hands on the process: signals are not its own, and it says when it listens."""

    def __init__(self, app: FastAPI) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                log_config=None,
                access_log=False,
                lifespan="on",
                timeout_graceful_shutdown=GRACE,
                server_header=False,
                ws="websockets-sansio",
            )
        )
        self.listening = asyncio.Event()

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """Leave the signals to the application; uvicorn would end the process with them."""
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start listening and say so."""
        await super().startup(sockets)
        self.listening.set()


class Running:
    """A server that serves `app` until it is stopped.

    Args:
        app: What is served.
        listener: From `listen`.
    """

    def __init__(self, app: FastAPI, listener: socket.socket) -> None:
        self._server = Server(app)
        self._listener = listener
        self._task: asyncio.Task[None] | None = None

    @property
    def port(self) -> int:
        """The port that was taken."""
        return int(self._listener.getsockname()[1])

    async def start(self) -> None:
        """Return once requests are answered.

        Raises:
            ConfigError: The application behind it did not start; the log has why.
        """
        self._task = asyncio.create_task(self._serve(), name="playground server")
        ready = asyncio.create_task(self._server.listening.wait())
        await asyncio.wait({self._task, ready}, return_when=asyncio.FIRST_COMPLETED)
        ready.cancel()
        if self._task.done():
            self._listener.close()
            await self._task

    async def _serve(self) -> None:
        try:
            await self._server.serve(sockets=[self._listener])
        except SystemExit:
            # uvicorn ends the process here; that is the application's to decide, after stopping what else runs.
            raise ConfigError("platforms.web: the playground did not start; the log has why") from None

    async def stop(self) -> None:
        """Close every connection and end; takes little more than `GRACE` seconds."""
        task, self._task = self._task, None
        if task is not None and not task.done():
            self._server.should_exit = True
            await task
