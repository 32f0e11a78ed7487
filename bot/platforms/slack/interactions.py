"""From what people do with commands, shortcuts, buttons and forms to the core's events."""

from __future__ import annotations

from dataclasses import dataclass

from bot.platforms.slack import mrkdwn
from bot.platforms.slack.directory import PLATFORM
from bot.platforms.slack.form import kept_in, options_in
from bot.platforms.slack.incoming import Incoming
from bot.platforms.slack.manifest import ROOT
from bot.platforms.slack.payloads_interactions import Press, Shortcut, SlashCommand, Submission
from bot.platforms.slack.places import Asker
from bot.request import CancelAsked, ChoiceMade, Event, Origin, Request


@dataclass(frozen=True, slots=True)
class Interactions:
    """Reads payloads.

    Attributes:
        incoming: Reads the messages in them.
    """

    incoming: Incoming

    async def slash(self, command: SlashCommand, known: frozenset[str]) -> Request:
        """A slash command.

        Args:
            command: As it came.
            known: The first words of all commands.
        """
        name, text = command.command.removeprefix("/"), mrkdwn.typed(command.text.strip())
        if name != ROOT:
            line = f"/{name} {text}".strip()
        elif not text:
            line = "/help"
        else:
            head = text.removeprefix("/").split(None, 1)[0].lower()
            line = f"/{text.removeprefix('/')}" if head in known else text
        asker = Asker(command.user_id, command.team_id, command.response_url)
        # In a direct conversation Slack calls the channel so; elsewhere it tells the name.
        name = "" if command.channel_name in {"directmessage", "privategroup"} else command.channel_name
        return Request(
            Origin(PLATFORM, event=command.trigger_id, token=str(asker)),
            await self.incoming.directory.person(command.user_id, command.user_name),
            await self.incoming.directory.channel(command.channel_id, name=name),
            text=line,
        )

    async def submission(self, sent: Submission) -> Request:
        """A form that was filled in."""
        kept = kept_in(sent)
        asker = Asker(sent.user.id, sent.team.id, kept["response_url"])
        return Request(
            Origin(PLATFORM, event=sent.trigger_id, token=str(asker)),
            await self.incoming.directory.person(sent.user.id, sent.user.name),
            await self.incoming.directory.channel(kept["channel"]),
            command=kept["command"],
            options=options_in(sent),
        )

    async def shortcut(self, shortcut: Shortcut) -> Request:
        """A choice from a message's menu; it is answered below that message."""
        target = shortcut.message
        channel = await self.incoming.directory.channel(shortcut.channel.id, target.thread_ts or target.ts)
        asker = Asker(shortcut.user.id, shortcut.team.id, shortcut.response_url)
        return Request(
            Origin(PLATFORM, event=shortcut.trigger_id, token=str(asker)),
            await self.incoming.directory.person(shortcut.user.id, shortcut.user.name),
            channel,
            command=shortcut.callback_id,
            reply_to=await self.incoming.read(target, shortcut.channel.id),
            attachments=tuple(self.incoming.attachments(target.files)),
        )

    async def press(self, press: Press) -> Event | None:
        """A pressed button; None for one that is not ours."""
        action = press.actions[0]
        kind, _, _ = action.action_id.partition(":")
        person = await self.incoming.directory.person(press.user.id, press.user.name)
        match kind:
            case "cancel":
                server = None if press.channel.id.startswith("D") else f"{PLATFORM}:{self.incoming.me.team_id}"
                return CancelAsked(action.value, person, server)
            case "choice":
                request_id, _, choice = action.value.partition(" ")
                return ChoiceMade(request_id, person, choice)
            case "line":
                thread = press.container.thread_ts or (press.message.thread_ts if press.message else None)
                asker = Asker(press.user.id, press.team.id, press.response_url)
                return Request(
                    Origin(PLATFORM, event=press.trigger_id, token=str(asker)),
                    person,
                    await self.incoming.directory.channel(press.channel.id, thread),
                    text=action.value,
                    # Slack does not send along what only one person sees.
                    reply_to=await self.incoming.read(press.message, press.channel.id) if press.message else None,
                )
        return None
