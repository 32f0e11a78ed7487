"""What is asked of Slack once more by itself. The library is imported at the top, so this only when it is needed."""

from __future__ import annotations

from slack_sdk.http_retry.async_handler import AsyncRetryHandler
from slack_sdk.http_retry.builtin_async_handlers import (
    AsyncConnectionErrorRetryHandler,
    AsyncRateLimitErrorRetryHandler,
    AsyncServerErrorRetryHandler,
)
from slack_sdk.http_retry.request import HttpRequest
from slack_sdk.http_retry.response import HttpResponse
from slack_sdk.http_retry.state import RetryState

TRIES = 4
"""How often Slack's "wait so many seconds" is obeyed for one call."""

ADDING = frozenset(
    {
        "chat.postMessage",
        "chat.postEphemeral",
        "chat.startStream",
        "chat.appendStream",
        "chat.stopStream",
        "files.completeUploadExternal",
    }
)
"""Methods that add something each time: where nobody knows whether Slack did it, it must not be asked blindly again."""


class _UnlessItAdds(AsyncRetryHandler):
    """Asks once more as the class beside it does, unless that would add something twice."""

    async def _can_retry_async(
        self,
        *,
        state: RetryState,
        request: HttpRequest,
        response: HttpResponse | None = None,
        error: Exception | None = None,
    ) -> bool:
        if (request.url or "").rstrip("/").rpartition("/")[2] in ADDING:
            return False
        return await super()._can_retry_async(state=state, request=request, response=response, error=error)


class AfterLostConnection(_UnlessItAdds, AsyncConnectionErrorRetryHandler):
    """Once more when the connection broke."""


class AfterServerError(_UnlessItAdds, AsyncServerErrorRetryHandler):
    """Once more when Slack has failed."""


def handlers() -> list[AsyncRetryHandler]:
    """Those of a client, made anew for each."""
    return [AfterLostConnection(), AsyncRateLimitErrorRetryHandler(max_retry_count=TRIES), AfterServerError()]
