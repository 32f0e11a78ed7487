"""Slack's Web API as this package asks it: typed, paced by Slack's own word, and with errors that people understand."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, TypeAlias, cast
from urllib.parse import urlsplit

import structlog
from pydantic import JsonValue

from bot.errors import UserError

if TYPE_CHECKING:
    from aiohttp import ClientSession
    from slack_sdk.web.async_client import AsyncWebClient

log = structlog.get_logger(__name__)

Json: TypeAlias = dict[str, JsonValue]

TRIES = 4
"""How often Slack's "wait so many seconds" is obeyed for one call."""

UNREACHABLE = frozenset(
    {"not_in_channel", "channel_not_found", "user_not_in_channel", "is_archived", "restricted_action"}
)
"""Errors that say the bot cannot write in a channel."""

_EXPLAINED = {
    "not_in_channel": "I am not in that channel; type `/invite @Atelier` there.",
    "channel_not_found": "I cannot see that channel; type `/invite @Atelier` there.",
    "is_archived": "That channel is archived.",
    "ratelimited": "Slack asks me to slow down; please try again in a minute.",
    "invalid_auth": "Slack refuses my token; an admin has to renew platforms.slack.bot_token.",
    "token_revoked": "Slack has withdrawn my token; an admin has to reinstall the app.",
    "edit_window_closed": "This workspace does not let me change messages that old; ask me again instead.",
    "account_inactive": "Slack has withdrawn my token; an admin has to reinstall the app.",
}


class SlackRefused(UserError):
    """Slack answered a call with an error.

    Attributes:
        method: What was called.
        error: Slack's own word for it.
        needed: The scope that is missing, for `missing_scope`.
    """

    def __init__(self, method: str, error: str, needed: str = "") -> None:
        if error == "missing_scope":
            text = (
                f"Slack does not let me do that: the app lacks the scope `{needed}`. "
                "An admin can add it under OAuth & Permissions and reinstall the app."
            )
        else:
            text = _EXPLAINED.get(error, f"Slack refused `{method}`: {error}.")
        super().__init__(text)
        self.method, self.error, self.needed = method, error, needed


class Web:
    """Calls methods.

    Args:
        token: The bot's.
        api_url: Where Slack is.

    Attributes:
        client: The SDK's client, with one session for all calls.
    """

    def __init__(self, token: str, api_url: str) -> None:
        from aiohttp import ClientSession, ClientTimeout
        from slack_sdk.http_retry.builtin_async_handlers import (
            AsyncConnectionErrorRetryHandler,
            AsyncRateLimitErrorRetryHandler,
            AsyncServerErrorRetryHandler,
        )
        from slack_sdk.web.async_client import AsyncWebClient

        self._session: ClientSession = ClientSession(timeout=ClientTimeout(total=60))
        self.client: AsyncWebClient = AsyncWebClient(
            token=token,
            base_url=api_url,
            session=self._session,
            logger=logging.getLogger("slack_sdk"),
            retry_handlers=[
                AsyncConnectionErrorRetryHandler(),
                AsyncRateLimitErrorRetryHandler(max_retry_count=TRIES),
                AsyncServerErrorRetryHandler(),
            ],
        )
        self._token = token
        self._host = urlsplit(api_url).netloc

    async def close(self) -> None:
        """Close the session."""
        await self._session.close()

    async def call(self, method: str, **arguments: JsonValue) -> Json:
        """Call a method by its name in Slack's reference.

        Raises:
            SlackRefused: Slack answered with an error.
        """
        return (await self.call_with_headers(method, **arguments))[0]

    async def call_with_headers(self, method: str, **arguments: JsonValue) -> tuple[Json, dict[str, str]]:
        """As `call`, and the headers of the answer in lower case."""
        from slack_sdk.errors import SlackApiError

        given = {name: value for name, value in arguments.items() if value is not None}
        try:
            # Only writing methods take JSON; forms are understood by all.
            if method.startswith(("chat.", "views.", "assistant.")):
                response = await self.client.api_call(method, json=given)
            else:
                response = await self.client.api_call(method, params=given)
        except SlackApiError as error:
            refused = SlackRefused(method, str(error.response.get("error")), str(error.response.get("needed") or ""))
            if refused.needed:
                log.warning("a Slack scope is missing", scope=refused.needed, method=method)
            raise refused from None
        headers = {name.lower(): value for name, value in response.headers.items()}
        return cast("Json", response.data), headers

    async def upload(self, url: str, data: bytes) -> None:
        """Send a file's bytes where Slack said.

        Raises:
            SlackRefused: They were not taken.
        """
        async with self._session.post(url, data=data) as response:
            if response.status != 200:
                raise SlackRefused("upload", f"HTTP {response.status}")

    async def download(self, url: str, limit: int) -> bytes:
        """A file that was shared with the bot.

        Raises:
            UserError: It is too large, or the bot may not read it.
        """
        host = urlsplit(url).netloc
        if host != self._host and not host.endswith(".slack.com"):
            raise UserError("This file lies outside Slack; I only read files that were uploaded here.")
        async with self._session.get(url, headers={"Authorization": f"Bearer {self._token}"}) as response:
            # Without the scope Slack answers with its sign-in page.
            if response.status != 200 or response.content_type == "text/html":
                raise SlackRefused("files", "missing_scope", "files:read")
            data = bytearray()
            async for chunk in response.content.iter_chunked(1 << 16):
                data += chunk
                if len(data) > limit:
                    raise UserError(f"The file is larger than {limit >> 20} MB.")
            return bytes(data)

    async def respond(self, url: str, message: Json) -> bool:
        """Answer an interaction by its `response_url`; it works five times within half an hour.

        Returns:
            Whether Slack took it.
        """
        async with self._session.post(url, json=message) as response:
            return response.status == 200
