"""Commands, buttons and forms that people use on Discord: handed to the core, and acknowledged when it has them."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, cast

import aiohttp
import discord
import structlog

from bot.commands import Command
from bot.platforms.discord.asking import Asking
from bot.platforms.discord.commands import chosen, suggestions
from bot.platforms.discord.forms import Asked, Forms, filled_in, form, missing
from bot.platforms.discord.incoming import (
    DISCORD,
    chosen_message,
    is_within_reach,
    message_of,
    place_of,
    resolve,
    user_of,
)
from bot.platforms.discord.ways import ByToken
from bot.request import CancelAsked, ChoiceMade, Clock, Message, Origin, Request

if TYPE_CHECKING:
    from bot.platforms.discord.incoming import Fetch

log = structlog.get_logger(__name__)

SUGGEST_SECONDS = 2.5
"""Suggestions that take longer come too late: Discord waits 3 s."""

ACKNOWLEDGED = 40060
LATE = frozenset({10062, ACKNOWLEDGED})
"""Unknown interaction: 3 s are over. Already acknowledged: it was delivered twice."""

TOO_OLD = "This is too old; please ask again."
RESTARTING = "I am being restarted. Please ask again in a moment."
NOT_YOURS = "Only the person who asked can do that."


class Interactions:
    """Between discord.py's interactions and the core.

    Args:
        asking: Where requests go.
        clock: Tells the time.

    Attributes:
        commands: What was published, by name.
    """

    def __init__(self, asking: Asking, clock: Clock) -> None:
        self.commands: dict[str, Command] = {}
        self._asking = asking
        self._clock = clock
        self._forms = Forms()

    async def receive(self, interaction: discord.Interaction) -> None:
        """Acknowledge, and hand on what was used; one that was delivered twice, or too late, is passed over."""
        try:
            if interaction.type is discord.InteractionType.autocomplete:
                await self._suggest(interaction)
            elif self._asking.receive is None:
                # Nobody would answer it, and "thinking…" would stay.
                await interaction.response.send_message(RESTARTING, ephemeral=True)
            elif interaction.type is discord.InteractionType.application_command:
                await self._command(interaction)
            elif interaction.type is discord.InteractionType.component:
                await self._press(interaction)
            elif interaction.type is discord.InteractionType.modal_submit:
                await self._form(interaction)
        except discord.HTTPException as error:
            if error.code not in LATE:
                raise
            log.warning("an interaction came twice or was acknowledged too late", code=error.code)

    async def _command(self, interaction: discord.Interaction) -> None:
        data = cast("Mapping[str, object]", interaction.data)
        name, options, _ = chosen(data)
        command = self.commands.get(name)
        resolved = cast("Mapping[str, Mapping[str, Mapping[str, object]]]", data.get("resolved") or {})
        message: Message | None = None
        if "target_id" in data:
            message = chosen_message(resolved["messages"][str(data["target_id"])], place_of(interaction))
        fetch: Fetch = interaction.client.http.get_from_cdn
        names = {option.name.lower(): option.name for option in command.options} if command else {}
        given = {names.get(key, key): resolve(value, resolved, fetch) for key, value in options.items()}
        if command is not None and (fields := missing(command, given)):
            id_ = self._forms.keep(Asked(name, given), str(interaction.id))
            await interaction.response.send_modal(form(command, fields, id_))
            return
        await self._run(interaction, name, given, message)

    async def _form(self, interaction: discord.Interaction) -> None:
        asked = self._forms.find(interaction.custom_id or "")
        if asked is None:
            await interaction.response.send_message(TOO_OLD, ephemeral=True)
            return
        filled = filled_in(cast("Mapping[str, object]", interaction.data))
        await self._run(interaction, asked.command, {**asked.given, **filled})

    async def _run(
        self, interaction: discord.Interaction, name: str, given: Mapping[str, object], message: Message | None = None
    ) -> None:
        command = self.commands.get(name)
        request = Request(
            _origin(interaction),
            user_of(interaction),
            place_of(interaction),
            command=name,
            options=given,
            reply_to=message,
            received=self._clock(),
        )
        await self._answer(interaction, request, private=command is not None and command.private)

    async def _suggest(self, interaction: discord.Interaction) -> None:
        name, options, focused = chosen(cast("Mapping[str, object]", interaction.data))
        command = self.commands.get(name)
        known = {option.name.lower(): option for option in command.options} if command else {}
        found: list[str | int | float] = []
        if focused in known:
            try:
                async with asyncio.timeout(SUGGEST_SECONDS):
                    found = list(await suggestions(known[focused], str(options[focused])))
            except Exception:
                # No suggestion is better than an error while somebody types.
                log.exception("no suggestions", command=name, option=focused)
        choices = [discord.app_commands.Choice(name=str(value)[:100], value=value) for value in found]
        await interaction.response.autocomplete(choices)

    async def _press(self, interaction: discord.Interaction) -> None:
        kind, _, rest = (interaction.custom_id or "").partition(":")
        if kind in ("pick", "stop"):
            await self._steer(interaction, kind, rest)
            return
        line = rest.partition(":")[2]
        if kind != "line" or not line:
            await interaction.response.send_message(TOO_OLD, ephemeral=True)
            return
        command = self._named_in(line)
        request = Request(
            _origin(interaction),
            user_of(interaction),
            place_of(interaction),
            text=line,
            reply_to=message_of(interaction.message, interaction.client.user) if interaction.message else None,
            received=self._clock(),
        )
        private, silent = (command.private, command.quiet) if command else (False, False)
        await self._answer(interaction, request, private=private, silent=silent)

    async def _steer(self, interaction: discord.Interaction, kind: str, rest: str) -> None:
        """Answer or stop what is running; only the person who asked can, and an admin can stop it."""
        request_id, _, position = rest.partition(":")
        question = self._asking.question(request_id)
        if question is None:
            if self._asking.is_from_before(request_id):
                # Nothing runs any more.
                await interaction.response.edit_message(view=None)
            else:
                # It has just ended, and shows what can be pressed now.
                await interaction.response.defer()
            return
        person = user_of(interaction)
        # Where nobody knows who asked, the core does.
        if question.asker not in (None, person.id) and not (kind == "stop" and person.is_admin):
            await interaction.response.send_message(NOT_YOURS, ephemeral=True)
            return
        await interaction.response.defer()
        if kind == "stop":
            await self._asking.tell(CancelAsked(request_id, person, place_of(interaction).server))
        elif int(position) < len(question.choices):
            await self._asking.tell(ChoiceMade(request_id, person, question.choices[int(position)]))

    async def _answer(
        self, interaction: discord.Interaction, request: Request, *, private: bool, silent: bool = False
    ) -> None:
        """Hand a request on; it is acknowledged as soon as it is kept.

        Args:
            interaction: What was used.
            request: What it asks.
            private: Whether only the person sees the answer.
            silent: Whether nothing is to be seen until there is an answer.
        """
        reach = is_within_reach(interaction)
        way = ByToken(interaction, private, request.received, reach=reach, silent=silent)

        async def acknowledge() -> None:
            try:
                response = await interaction.response.defer(thinking=not silent, ephemeral=private and not silent)
            except (OSError, aiohttp.ClientError, discord.HTTPException) as error:
                if isinstance(error, discord.HTTPException) and error.code != ACKNOWLEDGED:
                    raise
                # Discord's answer was lost, to this or to the try before; what was delivered twice the core knows.
                log.info("an interaction may be acknowledged already", error=repr(error))
                return
            if silent:
                return
            if response is not None and response.message_id is not None:
                way.response = response.message_id
                # Where others may not see what we say, Discord makes it private by itself.
                way.private = private or response.is_ephemeral()
                if not way.private:
                    self._asking.writes(response.message_id, done=False)

        origin = replace(request.origin, token=way.token(interaction.user.id))
        await self._asking.ask(replace(request, origin=origin, acknowledge=acknowledge), way)

    def _named_in(self, line: str) -> Command | None:
        words = line.strip().removeprefix("/").lower().split()
        names = (" ".join(words[:count]) for count in range(len(words), 0, -1))
        return next((self.commands[name] for name in names if name in self.commands), None)


def _origin(interaction: discord.Interaction) -> Origin:
    return Origin(DISCORD, event=str(interaction.id))
