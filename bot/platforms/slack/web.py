"""Slack's Web API as this package asks it: typed, paced by Slack's own word, and with errors that people understand."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING, TypeAlias, cast
from urllib.parse import urlsplit

import structlog
from pydantic import JsonValue

from bot.errors import UserError
from bot.platform import Gone, no_matter

if TYPE_CHECKING:
    from aiohttp import ClientResponse, ClientSession
    from slack_sdk.web.async_client import AsyncWebClient

log = structlog.get_logger(__name__)

Json: TypeAlias = dict[str, JsonValue]

UNREACHABLE = frozenset(
    {"not_in_channel", "channel_not_found", "user_not_in_channel", "is_archived", "restricted_action"}
)
"""Errors that say the bot cannot write in a channel."""

REVOKED = frozenset({"invalid_auth", "token_revoked", "token_expired", "account_inactive"})
"""Errors that say the token is good for nothing any more."""

WITHDRAWN = (
    "platforms.slack.bot_token: Slack takes it no more; reinstall the app, and start Atelier anew with its new token"
)

FAILURES = frozenset({"internal_error", "fatal_error", "service_unavailable", "request_timeout"})
"""Errors that say Slack itself has failed; it may have done a part of it."""

_EXPLAINED = {
    "not_in_channel": "I am not in that channel; type `/invite @Atelier` there.",
    "channel_not_found": "I cannot see that channel; type `/invite @Atelier` there.",
    "is_archived": "That channel is archived.",
    "ratelimited": "Slack asks me to slow down; please try again in a minute.",
    "invalid_auth": "Slack refuses my token; an admin has to renew platforms.slack.bot_token.",
    "token_revoked": "Slack has withdrawn my token; an admin has to reinstall the app.",
    "edit_window_closed": "This workspace does not let me change messages that old; ask me again instead.",
    "account_inactive": "Slack has withdrawn my token; an admin has to reinstall the app.",
    "user_not_found": "Slack knows nobody of that name or id in this workspace.",
    "user_not_visible": "Slack does not let me see that person, so I cannot write to them.",
    "user_disabled": "That account is deactivated, so nobody can write to it.",
    "cannot_dm_bot": "Slack lets no bot write to another one.",
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


class SlackFailed(ConnectionError):
    """Slack did not answer, or failed: nobody knows whether it did what it was asked.

    Attributes:
        method: What was called.
        error: What is known of it.
    """

    def __init__(self, method: str, error: str) -> None:
        super().__init__(f"{method}: {error}")
        self.method, self.error = method, error


class Web:
    """Calls methods.

    Args:
        token: The bot's.
        api_url: Where Slack is.
        gone: Is told when Slack takes the token no more.

    Attributes:
        client: The SDK's client, with one session for all calls.
        user: The bot's own id, once it has signed in.
    """

    def __init__(self, token: str, api_url: str, gone: Gone = no_matter) -> None:
        from aiohttp import ClientSession, ClientTimeout
        from slack_sdk.web.async_client import AsyncWebClient

        from bot.platforms.slack.retrying import handlers

        self._session: ClientSession = ClientSession(timeout=ClientTimeout(total=60))
        self.client: AsyncWebClient = AsyncWebClient(
            token=token,
            base_url=api_url,
            session=self._session,
            logger=logging.getLogger("slack_sdk"),
            retry_handlers=handlers(),
        )
        self.user = ""
        self._token = token
        self._revoked = False
        self._gone = gone
        self._host = urlsplit(api_url).netloc

    async def close(self) -> None:
        """Close the session."""
        await self._session.close()

    async def call(self, method: str, **arguments: JsonValue) -> Json:
        """Call a method by its name in Slack's reference.

        Raises:
            SlackRefused: Slack answered with an error.
            SlackFailed: It did not answer, or failed.
        """
        return (await self.call_with_headers(method, **arguments))[0]

    async def call_with_headers(self, method: str, **arguments: JsonValue) -> tuple[Json, dict[str, str]]:
        """As `call`, and the headers of the answer in lower case."""
        from aiohttp import ClientError
        from slack_sdk.errors import SlackApiError

        given = {name: value for name, value in arguments.items() if value is not None}
        try:
            # Only writing methods take JSON; forms are understood by all.
            if method.startswith(("chat.", "views.", "assistant.")):
                response = await self.client.api_call(method, json=given)
            else:
                response = await self.client.api_call(method, params=given)
        except SlackApiError as error:
            raise self._refused(method, error.response) from None
        except (ClientError, TimeoutError, OSError) as error:
            raise SlackFailed(method, str(error) or type(error).__name__) from error
        headers = {name.lower(): value for name, value in response.headers.items()}
        return cast("Json", response.data), headers

    def _refused(self, method: str, response: object) -> SlackRefused | SlackFailed:
        """What Slack's answer means."""
        answer = getattr(response, "data", None)
        if not isinstance(answer, Mapping) or answer.get("error") in {None, *FAILURES}:
            status = getattr(response, "status_code", None) or getattr(response, "status", None)
            return SlackFailed(method, str(answer.get("error") if isinstance(answer, Mapping) else f"HTTP {status}"))
        refused = SlackRefused(method, str(answer["error"]), str(answer.get("needed") or ""))
        if refused.needed:
            log.warning("a Slack scope is missing", scope=refused.needed, method=method)
        if refused.error in REVOKED and self.user and not self._revoked:
            self._revoked = True
            log.error(WITHDRAWN, error=refused.error)
            self._gone(WITHDRAWN)
        return refused

    async def upload(self, url: str, data: bytes) -> None:
        """Send a file's bytes where Slack said.

        Raises:
            SlackRefused: They were not taken.
            SlackFailed: Nobody answered.
        """
        from aiohttp import ClientError

        try:
            async with self._session.post(url, data=data) as response:
                if response.status != 200:
                    raise SlackRefused("upload", f"HTTP {response.status}")
        except (ClientError, TimeoutError, OSError) as error:
            raise SlackFailed("upload", str(error) or type(error).__name__) from error

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
            return await _read(response, limit)

    async def fetch(self, url: str, limit: int) -> bytes:
        """What everybody can read, such as a person's picture; the token stays here.

        Raises:
            SlackRefused: It cannot be read.
            SlackFailed: Nobody answered.
            UserError: It is too large.
        """
        from aiohttp import ClientError

        try:
            async with self._session.get(url) as response:
                if response.status != 200:
                    raise SlackRefused("picture", f"HTTP {response.status}")
                return await _read(response, limit)
        except (ClientError, TimeoutError, OSError) as error:
            raise SlackFailed("picture", str(error) or type(error).__name__) from error

    async def respond(self, url: str, message: Json) -> bool:
        """Answer an interaction by its `response_url`; it works five times within half an hour.

        Returns:
            Whether Slack took it.

        Raises:
            SlackFailed: Slack did not answer.
        """
        from aiohttp import ClientError

        try:
            async with self._session.post(url, json=message) as response:
                return response.status == 200
        except (ClientError, TimeoutError, OSError) as error:
            raise SlackFailed("response_url", str(error) or type(error).__name__) from error


async def _read(response: ClientResponse, limit: int) -> bytes:
    data = bytearray()
    async for chunk in response.content.iter_chunked(1 << 16):
        data += chunk
        if len(data) > limit:
            raise UserError(f"The file is larger than {limit >> 20} MB.")
    return bytes(data)
