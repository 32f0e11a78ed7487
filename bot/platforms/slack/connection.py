"""How Slack's events come in: over a WebSocket (Socket Mode), or by signed HTTP requests."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Protocol

import structlog

from bot.errors import ConfigError

if TYPE_CHECKING:
    from aiohttp import web
    from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
    from slack_bolt.app.async_app import AsyncApp

log = structlog.get_logger(__name__)

PATH = "/slack/events"
"""Where HTTP mode takes events, commands and interactions."""


class Connection(Protocol):
    """A way in."""

    async def open(self) -> None:
        """Let events in from now on."""

    async def close(self) -> None:
        """Let none in any more."""


class SocketMode:
    """A WebSocket that is renewed whenever Slack asks for it or it breaks.

    Args:
        app: Takes the events.
        app_token: Opens connections.
        ping_seconds: How often it is checked whether the connection is alive.
    """

    def __init__(self, app: AsyncApp, app_token: str, ping_seconds: float) -> None:
        self._app = app
        self._app_token = app_token
        self._ping_seconds = ping_seconds
        self._handler: AsyncSocketModeHandler | None = None

    async def open(self) -> None:
        """Connect.

        Raises:
            ConfigError: Slack refuses the app-level token.
        """
        from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
        from slack_sdk.errors import SlackApiError

        handler = AsyncSocketModeHandler(
            self._app, self._app_token, logging.getLogger("slack_sdk"), ping_interval=self._ping_seconds
        )
        handler.client.proxy = self._app.client.proxy
        self._handler = handler
        try:
            # The library would try a refused token again and again; asked beforehand it is a mistake that is told.
            handler.client.wss_uri = await handler.client.issue_new_wss_url()
        except SlackApiError as error:
            await self.close()
            raise ConfigError(
                f"platforms.slack.app_token: Slack refuses it ({error.response.get('error')}); "
                "it begins with xapp- and needs the scope connections:write"
            ) from None
        # The library leaves these without types.
        connect: Callable[[], Awaitable[None]] = handler.client.connect
        await connect()

    async def close(self) -> None:
        """Disconnect, and wait for what listened."""
        if self._handler is None:
            return
        client = self._handler.client
        close: Callable[[], Awaitable[None]] = client.close
        await close()
        tasks = [client.message_processor, client.current_session_monitor, client.message_receiver]
        await asyncio.gather(*(task for task in tasks if task is not None), return_exceptions=True)
        self._handler = None


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

    async def close(self) -> None:
        """Listen no more."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None
