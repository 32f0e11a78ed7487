"""One WebSocket of Socket Mode. The library is imported at the top, so this module only when it is needed."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from typing import Any

import structlog
from slack_bolt.adapter.socket_mode.async_internals import run_async_bolt_app, send_async_response
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest

log = structlog.get_logger(__name__)

_UNWANTED = {
    "too_many_websockets": "an app may have 10; lower platforms.slack.connections, or stop another Atelier",
    "link_disabled": "switch Socket Mode on in the app's settings",
}


class Socket(SocketModeClient):
    """Renewed by the library whenever Slack asks for it or it breaks, and kept from trying too often.

    Args:
        app: Takes what comes.
        app_token: Opens connections.
        ping_seconds: How often it is checked whether it is alive; it is opened anew no more often either.
    """

    def __init__(self, app: AsyncApp, app_token: str, ping_seconds: float) -> None:
        self._app = app
        self._address: str | None = None
        self._issued = float("-inf")
        super().__init__(app_token, logging.getLogger("slack_sdk"), app.client, ping_interval=ping_seconds)
        self.proxy = app.client.proxy
        self.socket_mode_request_listeners.append(self._take)

    @property  # type: ignore[override]
    def wss_uri(self) -> str | None:
        """Where to connect next. An address works once, but the library would try the same one for ever."""
        fresh = time.monotonic() - self._issued < self.ping_interval / 2
        return self._address if fresh else None

    @wss_uri.setter
    def wss_uri(self, address: str | None) -> None:
        self._address = address

    async def issue_new_wss_url(self) -> str:
        """Ask for an address; not at once again where Slack closes what was just opened."""
        await asyncio.sleep(max(0.0, self._issued + self.ping_interval - time.monotonic()))
        address = await super().issue_new_wss_url()
        self._issued = time.monotonic()
        return address

    async def run_message_listeners(self, message: dict[str, Any], raw_message: str) -> None:
        """Take one message; a connection that Slack does not want is told to the admin."""
        why = _UNWANTED.get(str(message.get("reason"))) if message.get("type") == "disconnect" else None
        if why is not None:
            log.warning("Slack closes a connection", reason=message["reason"], advice=why)
        await super().run_message_listeners(message, raw_message)

    async def leave(self) -> None:
        """Disconnect, and wait for what listened."""
        # The library leaves it without types.
        close: Callable[[], Awaitable[None]] = self.close
        await close()
        tasks = [self.message_processor, self.current_session_monitor, self.message_receiver]
        await asyncio.gather(*(task for task in tasks if task is not None), return_exceptions=True)

    async def _take(self, client: AsyncBaseSocketModeClient, request: SocketModeRequest) -> None:
        began = time.time()
        await send_async_response(client, request, await run_async_bolt_app(self._app, request), began)
