"""How Slack's events come in: over WebSockets (Socket Mode), or by signed HTTP requests."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Protocol

import structlog

from bot.errors import ConfigError
from bot.platforms.slack.web import SlackFailed

if TYPE_CHECKING:
    from aiohttp import web
    from slack_bolt.app.async_app import AsyncApp

    from bot.platforms.slack.sockets import Socket

log = structlog.get_logger(__name__)

PATH = "/slack/events"
"""Where HTTP mode takes events, commands and interactions."""


class Connection(Protocol):
    """A way in."""

    async def open(self) -> None:
        """Let events in from now on."""

    async def is_open(self) -> bool:
        """Whether they come in at this moment."""

    async def close(self) -> None:
        """Let none in any more."""


class SocketMode:
    """WebSockets; Slack spreads the events over them, so that while one is renewed nothing is lost.

    Args:
        app: Takes the events.
        app_token: Opens connections.
        ping_seconds: How often it is checked whether a connection is alive.
        connections: How many there are.
    """

    def __init__(self, app: AsyncApp, app_token: str, ping_seconds: float, connections: int) -> None:
        self._app = app
        self._app_token = app_token
        self._ping_seconds = ping_seconds
        self._connections = connections
        self._sockets: list[Socket] = []

    async def open(self) -> None:
        """Connect.

        Raises:
            ConfigError: Slack refuses the app-level token.
            SlackFailed: It cannot be reached.
        """
        try:
            for _ in range(self._connections):
                await self._connect()
        except BaseException:
            await self.close()
            raise

    async def is_open(self) -> bool:
        """Whether there is a connection."""
        return any([await socket.is_connected() for socket in self._sockets])

    async def close(self) -> None:
        """Disconnect."""
        await asyncio.gather(*(socket.leave() for socket in self._sockets))
        self._sockets.clear()

    async def _connect(self) -> None:
        from bot.platforms.slack.sockets import Socket, why

        socket = Socket(self._app, self._app_token, self._ping_seconds)
        self._sockets.append(socket)
        try:
            # The library would try a refused token again and again; asked beforehand it is a mistake that is told.
            socket.wss_uri = await socket.issue_new_wss_url()
        except Exception as error:
            # Whatever the library raises where Slack cannot be asked.
            if (word := why(error)) is None:
                raise SlackFailed("apps.connections.open", str(error) or type(error).__name__) from error
            raise ConfigError(
                f"platforms.slack.app_token: Slack refuses it ({word}); "
                "it begins with xapp- and needs the scope connections:write"
            ) from None
        socket.patient = True
        # The library leaves these without types.
        connect: Callable[[], Awaitable[None]] = socket.connect
        await connect()


class HttpMode:
    """A web server for Slack's requests; bolt checks their signature and that they are at most five minutes old.

    Args:
        app: Takes the events.
        host: Where to listen.
        port: 0 for any.
    """

    def __init__(self, app: AsyncApp, host: str, port: int) -> None:
        self._app = app
        self._host = host
        self._port = port
        self._runner: web.AppRunner | None = None
        self.url = ""

    async def open(self) -> None:
        """Listen.

        Raises:
            ConfigError: The port cannot be had.
        """
        from aiohttp import web

        self._runner = web.AppRunner(self._app.web_app(path=PATH), handle_signals=False, access_log=None)
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, self._host, self._port).start()
        except OSError as error:
            await self.close()
            reason = error.strerror or str(error)
            raise ConfigError(f"platforms.slack.port: {self._host}:{self._port} cannot be used: {reason}") from None
        host, port = self._runner.addresses[0][:2]
        self.url = f"http://{host}:{port}{PATH}"
        log.info("Slack's events are expected", url=self.url)

    async def is_open(self) -> bool:
        """Whether it listens; nobody knows whether Slack reaches it."""
        return self._runner is not None

    async def close(self) -> None:
        """Listen no more."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None
