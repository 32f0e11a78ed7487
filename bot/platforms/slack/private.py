"""Answers that cannot be changed once shown: those for one person's eyes, and those where the bot is no member."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace

import structlog

from bot.body import Body, Choice, State
from bot.platforms.slack.blocks import Content, arguments, content, extras, pages, question
from bot.platforms.slack.direct import open_direct
from bot.platforms.slack.places import Asker, Place
from bot.platforms.slack.uploads import share
from bot.platforms.slack.web import UNREACHABLE, Json, SlackRefused, Web

log = structlog.get_logger(__name__)


@dataclass
class Once:
    """Shows a body when it is complete, and a question when it is asked.

    Attributes:
        web: Where it is posted.
        place: Where the question was asked.
        user: Who asked (Slack's id).
        asker: How an interaction can be answered.
        everyone: Whether everybody there may see it.
        ended: Whether the complete answer was to be shown.
    """

    web: Web
    place: Place
    user: str
    asker: Asker | None = None
    everyone: bool = False
    ended: bool = False
    _asked: Choice | None = field(default=None, init=False)
    _sent: int = field(default=0, init=False)

    async def show(self, body: Body) -> None:
        """Show what is complete."""
        if body.question is not None and body.question != self._asked:
            blocks = question(body.question, body.request_id or "")
            await self._send(content("", blocks))
        self._asked = body.question
        if body.state is State.WORKING:
            return
        self.ended = True
        # Buttons would offer to change or remove what can be neither changed nor removed.
        body = replace(body, buttons=())
        texts = pages(body.text)
        # What was sent before an error is not sent again.
        for number, text in enumerate(texts[self._sent :], self._sent + 1):
            last = number == len(texts)
            shown = f"{text}\n\n{await self._send_files(body)}".strip() if last and body.files else text
            await self._send(content(shown, extras(body) if last else []))
            self._sent = number

    async def delete(self) -> None:
        """Nobody but the person can remove what only they see; it goes with their next reload."""

    async def _send_files(self, body: Body) -> str:
        """A file cannot be shown to one person in a channel: it goes to them directly."""
        names = ", ".join(file.name for file in body.files)
        try:
            direct = await self._direct()
            for file in body.files:
                await share(self.web, file, direct)
        except SlackRefused as error:
            return f"{names} could not be sent to you. {error}"
        return f"📎 {names}: sent to you as a direct message."

    async def _send(self, shown: Content) -> None:
        """By the first way that works; none of them makes a private answer public."""
        ways: list[Callable[[Content], Awaitable[bool]]] = [self._respond, self._directly]
        if not self.everyone:
            ways.insert(0, self._ephemeral)
        for way in ways:
            try:
                if await way(shown):
                    return
            except SlackRefused as error:
                if error.error not in UNREACHABLE and error.error != "missing_scope":
                    raise
                log.info("answer goes another way", error=error.error, scope=error.needed or None)
        log.error("answer not delivered", channel=self.place.channel, user=self.user)

    async def _ephemeral(self, shown: Content) -> bool:
        await self.web.call(
            "chat.postEphemeral",
            channel=self.place.channel,
            user=self.user,
            thread_ts=self.place.thread,
            **arguments(shown),
        )
        return True

    async def _respond(self, shown: Content) -> bool:
        if self.asker is None or not self.asker.response_url:
            return False
        kind = "in_channel" if self.everyone else "ephemeral"
        message: Json = {"response_type": kind, "replace_original": False, **arguments(shown)}
        return await self.web.respond(self.asker.response_url, message)

    async def _directly(self, shown: Content) -> bool:
        direct = await self._direct()
        await self.web.call("chat.postMessage", channel=direct.channel, unfurl_links=False, **arguments(shown))
        return True

    async def _direct(self) -> Place:
        return Place(await open_direct(self.web, self.user))
