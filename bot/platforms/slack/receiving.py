"""What Slack delivers, taken by bolt: read and handed on, and acknowledged when the core has it."""

from __future__ import annotations

import logging
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import structlog

from bot.platforms.slack.directory import Directory
from bot.platforms.slack.form import CALLBACK, form, wants_form
from bot.platforms.slack.incoming import Incoming
from bot.platforms.slack.interactions import Interactions
from bot.platforms.slack.pane import Pane
from bot.platforms.slack.payloads import ChannelEvent, MessageEvent, PaneEvent, ReactionEvent
from bot.platforms.slack.payloads_interactions import Press, Shortcut, SlashCommand, Submission
from bot.platforms.slack.readers import Readers
from bot.platforms.slack.web import SlackRefused, Web
from bot.request import ChoiceMade, Event, MessageDeleted, Receive, Request

if TYPE_CHECKING:
    from slack_bolt.app.async_app import AsyncApp
    from slack_bolt.context.ack.async_ack import AsyncAck

    from bot.commands import Command

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Parts:
    """What there is once the bot is signed in."""

    web: Web
    directory: Directory
    incoming: Incoming
    interactions: Interactions
    readers: Readers
    pane: Pane


@dataclass
class Receiving:
    """Takes events, commands, shortcuts, buttons and forms.

    Attributes:
        parts: Read them.
        receive: Is handed what they mean.
        commands: Those that are known, by name.
    """

    parts: Parts
    receive: Receive
    commands: Mapping[str, Command] = field(default_factory=dict)

    def app(self, signing_secret: str) -> AsyncApp:
        """The bolt application that takes everything; HTTP mode checks signatures with the secret."""
        from slack_bolt.app.async_app import AsyncApp

        app = AsyncApp(
            client=self.parts.web.client,
            signing_secret=signing_secret,
            logger=logging.getLogger("slack_bolt"),
            # What Slack is told that we have is kept before.
            process_before_response=True,
            # Our own messages belong to the conversation that is kept; they are never taken for questions.
            ignoring_self_events_enabled=False,
        )
        everything = re.compile(".+")
        app.event(everything)(self._take_event)
        app.command(everything)(_acknowledged(self._take_slash))
        app.shortcut({"type": "message_action", "callback_id": everything})(_acknowledged(self._take_shortcut))
        app.action(everything)(_acknowledged(self._take_press))
        app.view(CALLBACK)(_acknowledged(self._take_form))
        return app

    async def _take_event(self, body: Mapping[str, Any]) -> None:
        event = body["event"]
        if event["type"] in {"message", "app_mention"}:
            message = MessageEvent.model_validate(event)
            async for found in self.parts.incoming.message(message, body.get("event_id")):
                await self._hand_on(found)
        elif event["type"] in {"reaction_added", "reaction_removed"}:
            reaction = await self.parts.incoming.reaction(ReactionEvent.model_validate(event), body.get("event_id"))
            if reaction is not None:
                await self.receive(reaction)
        elif event["type"] in {"channel_deleted", "group_deleted"}:
            deleted = await self.parts.incoming.deleted(ChannelEvent.model_validate(event), body.get("event_id"))
            if deleted is not None:
                await self.receive(deleted)
        elif event["type"] == "assistant_thread_started":
            await self.parts.pane.greet(PaneEvent.model_validate(event).assistant_thread)

    async def _take_slash(self, body: Mapping[str, Any]) -> None:
        typed = SlashCommand.model_validate(body)
        heads = frozenset(name.partition(" ")[0] for name in self.commands)
        request = await self.parts.interactions.slash(typed, heads)
        command = self.commands.get(request.text.removeprefix("/"))
        if command is not None and wants_form(command):
            view = form(command, channel=typed.channel_id, response_url=typed.response_url)
            try:
                await self.parts.web.call("views.open", trigger_id=typed.trigger_id, view=view)
            except SlackRefused as error:
                if error.error == "exchanged_trigger_id":
                    # Slack sent the command again; its form is open.
                    return
                # Slack gives three seconds to open it; after that the answer says what is missing.
                log.info("no form", command=command.name, error=error.error)
            else:
                return
        await self._hand_on(request)

    async def _take_form(self, body: Mapping[str, Any]) -> None:
        await self._hand_on(await self.parts.interactions.submission(Submission.model_validate(body)))

    async def _take_shortcut(self, body: Mapping[str, Any]) -> None:
        await self._hand_on(await self.parts.interactions.shortcut(Shortcut.model_validate(body)))

    async def _take_press(self, body: Mapping[str, Any]) -> None:
        press = Press.model_validate(body)
        event = await self.parts.interactions.press(press)
        if event is None:
            return
        # Nothing about it in the pane: what many buttons do is no new message there.
        await self.receive(event)
        if isinstance(event, ChoiceMade) and press.container.is_ephemeral:
            await self.parts.web.respond(press.response_url, {"delete_original": True})

    async def _hand_on(self, event: Event) -> None:
        if isinstance(event, Request) and event.first_asked is None:
            await self.parts.pane.working(event)
            await self.receive(event)
            await self.parts.pane.name(event)
            return
        await self.receive(event)
        if isinstance(event, MessageDeleted):
            await self.parts.pane.idle(event.channel)


def _acknowledged(
    take: Callable[[Mapping[str, Any]], Awaitable[None]],
) -> Callable[[AsyncAck, dict[str, Any]], Awaitable[None]]:
    """Acknowledge what the core has taken; it does so at once, for Slack waits three seconds and no longer."""

    async def acknowledge(ack: AsyncAck, body: dict[str, Any]) -> None:
        await take(body)
        await ack()

    return acknowledge
