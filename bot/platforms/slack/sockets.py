"""One WebSocket of Socket Mode. The library is imported at the top, so this module only when it is needed."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import structlog
from slack_bolt.adapter.socket_mode.async_internals import run_async_bolt_app, send_async_response
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest

from bot.platforms.slack.web import FAILURES

log = structlog.get_logger(__name__)

_UNWANTED = {
    "too_many_websockets": "an app may have 10; lower platforms.slack.connections, or stop another Atelier",
    "link_disabled": "switch Socket Mode on in the app's settings",
}


REFUSED = "Slack takes platforms.slack.app_token no more: make a new one, and start Atelier anew with it"

LONGEST_RETRY_SECONDS = 300.0


def why(error: Exception) -> str | None:
    """Slack's own word for why it refuses; None where it has failed, or could not be asked."""
    if not isinstance(error, SlackApiError):
        return None
    answer = getattr(error.response, "data", None)
    word = str(answer.get("error")) if isinstance(answer, Mapping) else None
    return None if word in FAILURES else word


def _complain(error: Exception) -> None:
    if (word := why(error)) is not None:
        log.error(REFUSED, error=word)
    else:
        log.warning("Slack cannot be reached; I go on trying", error=str(error) or type(error).__name__)


class Socket(SocketModeClient):
    """Renewed by the library whenever Slack asks for it or it breaks, and kept from trying too often.

    Args:
        app: Takes what comes.
        app_token: Opens connections.
        ping_seconds: How often it is checked whether it is alive; it is opened anew no more often either.

    Attributes:
        patient: Whether it goes on asking for an address, whatever Slack says, rather than raise an error.
    """

    def __init__(self, app: AsyncApp, app_token: str, ping_seconds: float) -> None:
        self.patient = False
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
        retry = self.ping_interval
        while True:
            await asyncio.sleep(max(0.0, self._issued + self.ping_interval - time.monotonic()))
            try:
                address = await super().issue_new_wss_url()
            except Exception as error:
                # Also what the library stumbles over when Slack answers with a page instead of JSON.
                if not self.patient:
                    raise
                _complain(error)
                await asyncio.sleep(retry)
                retry = min(retry * 2, LONGEST_RETRY_SECONDS)
            else:
                self._issued = time.monotonic()
                return address

    async def run_message_listeners(self, message: dict[str, Any], raw_message: str) -> None:
        """Take one message; a connection that Slack does not want is told to the admin."""
        advice = _UNWANTED.get(str(message.get("reason"))) if message.get("type") == "disconnect" else None
        if advice is not None:
            log.warning("Slack closes a connection", reason=message["reason"], advice=advice)
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
