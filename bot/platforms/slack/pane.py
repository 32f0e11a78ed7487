"""The assistant pane: what it proposes, and that an answer is on its way."""

from __future__ import annotations

import structlog
from pydantic import JsonValue

from bot.platforms.slack.payloads import AssistantThread
from bot.platforms.slack.places import Place
from bot.platforms.slack.web import SlackFailed, SlackRefused, Web
from bot.request import Channel, Request

log = structlog.get_logger(__name__)

PROMPTS = (
    ("What can you do?", "/help"),
    ("What do you know about me?", "/profile show"),
)
TITLE_CHARS = 60
REMEMBERED = 1_000


class Pane:
    """Speaks to Slack's assistant pane; a workspace without one misses nothing.

    Args:
        web: Where it is.
    """

    def __init__(self, web: Web) -> None:
        self._web = web
        self._titled: set[str] = set()
        self._announced: set[tuple[str, str]] = set()

    async def greet(self, thread: AssistantThread) -> None:
        """Propose what can be asked."""
        prompts: list[JsonValue] = [{"title": title, "message": message} for title, message in PROMPTS]
        await self._try(
            "setSuggestedPrompts", Place(thread.channel_id, thread.thread_ts), prompts=prompts, title="Ask me, or try:"
        )

    async def working(self, request: Request) -> None:
        """Say that an answer is on its way; Slack takes it back when the answer comes, so this must come first."""
        key = request.channel.id, request.origin.message or request.id
        if key in self._announced:
            # Slack sent the message again, and its answer may have come already.
            return
        if len(self._announced) > REMEMBERED:
            self._announced.clear()
        self._announced.add(key)
        await self._status(request.channel, "is working on it … type “stop” to end it")

    async def idle(self, channel: Channel) -> None:
        """Take that back, for no answer will come."""
        await self._status(channel, "")

    async def name(self, request: Request) -> None:
        """Call the conversation by its first question."""
        place = Place.of(request.channel.id)
        if not place.direct or place.thread is None:
            return
        if request.channel.id not in self._titled and request.text:
            if len(self._titled) > REMEMBERED:
                self._titled.clear()
            self._titled.add(request.channel.id)
            await self._try("setTitle", place, title=request.text.splitlines()[0][:TITLE_CHARS])

    async def _status(self, channel: Channel, status: str) -> None:
        place = Place.of(channel.id)
        if place.direct and place.thread is not None:
            await self._try("setStatus", place, status=status)

    async def _try(self, what: str, place: Place, **arguments: JsonValue) -> None:
        try:
            await self._web.call(
                f"assistant.threads.{what}", channel_id=place.channel, thread_ts=place.thread, **arguments
            )
        except (SlackRefused, SlackFailed) as error:
            log.debug("no assistant pane here", error=error.error)
