"""What happens on Discord, as the events that the core receives."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Mapping
from typing import TYPE_CHECKING, TypeVar, cast

import discord
import structlog

from bot.commands import Command
from bot.platform import State
from bot.platforms.discord.commands import chosen, suggestions
from bot.platforms.discord.incoming import (
    DISCORD,
    SPOKEN,
    addressed,
    asked_text,
    attachment_of,
    channel_of,
    chosen_message,
    message_of,
    person_of,
    resolve,
)
from bot.platforms.discord.posting import ByToken
from bot.request import (
    CancelAsked,
    Channel,
    ChoiceMade,
    Clock,
    Event,
    Message,
    MessageDeleted,
    MessageEdited,
    MessageSeen,
    Origin,
    Person,
    Receive,
    Request,
)

if TYPE_CHECKING:
    from bot.platforms.discord.incoming import Fetch

T = TypeVar("T")

log = structlog.get_logger(__name__)

SUGGEST_SECONDS = 2.5
"""Suggestions that take longer come too late: Discord waits 3 s."""

CLOSE_SECONDS = 2.0
"""How long what is being told may take to be taken in when Atelier stops."""

REMEMBERED = 5_000
"""How many questions and interactions are remembered while they are answered."""

LATE = frozenset({10062, 40060})
"""Unknown interaction: 3 s are over. Already acknowledged: it was delivered twice."""


class Events:
    """Between discord.py and the core.

    Args:
        clock: Tells the time.

    Attributes:
        commands: What was published, by name.
        receive: Takes the events; None while nothing is received.
        buttons: The command lines of buttons too long for Discord to keep, by id.
    """

    def __init__(self, clock: Clock) -> None:
        self.commands: dict[str, Command] = {}
        self.receive: Receive | None = None
        self.buttons: OrderedDict[str, str] = OrderedDict()
        self._clock = clock
        self._tokens: OrderedDict[str, ByToken] = OrderedDict()
        self._asked: OrderedDict[str, Request] = OrderedDict()
        self._running: OrderedDict[str, tuple[Request, tuple[str, ...]]] = OrderedDict()
        self._own: set[int] = set()
        self._telling: set[asyncio.Task[object]] = set()

    async def close(self) -> None:
        """Tell of nothing more, once what is being told was taken in."""
        self.receive = None
        if self._telling:
            await asyncio.wait(self._telling, timeout=CLOSE_SECONDS)

    def way(self, token: str | None) -> ByToken | None:
        """How the interaction of this token is answered."""
        return self._tokens.get(token) if token else None

    def request(self, request_id: str | None) -> Request | None:
        """The request that is being answered under this id."""
        found = self._running.get(request_id) if request_id else None
        return found[0] if found else None

    def showing(self, request_id: str, choices: tuple[str, ...], state: State) -> None:
        """Note which question is shown in answer to a request, or that it is answered."""
        running = self._running.get(request_id)
        if running is None:
            return
        if state is State.WORKING:
            self._running[request_id] = running[0], choices
            return
        del self._running[request_id]
        request = running[0]
        self._tokens.pop(request.origin.token or "", None)
        self._asked.pop(request.origin.message or "", None)

    def writes(self, message_id: int, *, done: bool) -> None:
        """Note which messages of ours are still being written: nobody need be told of each edit."""
        if done:
            self._own.discard(message_id)
        else:
            self._own.add(message_id)

    def forget(self, person: str) -> None:
        """Drop what is remembered of a person, apart from what is being answered."""
        for key in [key for key, request in self._asked.items() if request.person.id == person]:
            del self._asked[key]

    async def message(self, message: discord.Message, me: discord.ClientUser | None) -> None:
        """Tell of a message, and ask what it asks."""
        if me is None or message.type not in SPOKEN or message.flags.ephemeral:
            return
        channel = channel_of(message.channel, message.guild.id if message.guild else None, message.author)
        origin = Origin(DISCORD, message=str(message.id))
        if message.content:
            await self._tell(MessageSeen(origin, channel, message_of(message)))
        if message.author.bot or not addressed(message, me):
            return
        replied = message.reference.resolved if message.reference else None
        request = Request(
            origin,
            person_of(message.author),
            channel,
            text=asked_text(message, me),
            attachments=tuple(attachment_of(file) for file in message.attachments),
            reply_to=message_of(replied) if isinstance(replied, discord.Message) else None,
            received=self._clock(),
        )
        _remember(self._asked, str(message.id), request)
        await self._ask(request)

    async def edited(self, message: discord.Message) -> None:
        """Tell that a message says something else now."""
        # Discord edits a message too when it has looked a link up.
        if message.edited_at is None or message.flags.ephemeral or message.id in self._own or not message.content:
            return
        channel = channel_of(message.channel, message.guild.id if message.guild else None, message.author)
        await self._tell(MessageEdited(Origin(DISCORD, message=str(message.id)), channel, message_of(message)))

    async def deleted(self, client: discord.Client, message_id: int, channel_id: int, guild_id: int | None) -> None:
        """Tell that a message is gone; what it asked need not be answered any more."""
        key = str(message_id)
        channel = channel_of(client.get_channel(channel_id) or channel_id, guild_id)
        await self._tell(MessageDeleted(Origin(DISCORD, message=key), channel, key))
        request = self._asked.pop(key, None)
        if request is not None:
            await self._tell(CancelAsked(request.id, request.person, request.channel.server))

    async def interaction(self, interaction: discord.Interaction) -> None:
        """Acknowledge, and hand on what was used; one that was delivered twice, or too late, is passed over."""
        try:
            match interaction.type:
                case discord.InteractionType.application_command:
                    await self._command(interaction)
                case discord.InteractionType.autocomplete:
                    await self._autocomplete(interaction)
                case discord.InteractionType.component:
                    await self._press(interaction)
        except discord.HTTPException as error:
            if error.code not in LATE:
                raise
            log.warning("an interaction came twice or was acknowledged too late", code=error.code)

    async def _command(self, interaction: discord.Interaction) -> None:
        data = cast("Mapping[str, object]", interaction.data)
        name, options, _ = chosen(data)
        command = self.commands.get(name)
        person, channel = _who(interaction), _where(interaction)
        resolved = cast("Mapping[str, Mapping[str, Mapping[str, object]]]", data.get("resolved") or {})
        message: Message | None = None
        if "target_id" in data:
            message = chosen_message(resolved["messages"][str(data["target_id"])], channel)
        fetch: Fetch = interaction.client.http.get_from_cdn
        names = {option.name.lower(): option.name for option in command.options} if command else {}
        given = {names.get(key, key): resolve(value, resolved, fetch) for key, value in options.items()}
        request = Request(
            Origin(DISCORD, event=str(interaction.id), token=interaction.token),
            person,
            channel,
            command=name,
            options=given,
            reply_to=message,
            received=self._clock(),
        )
        await self._answer(interaction, request, private=command is not None and command.private)

    async def _autocomplete(self, interaction: discord.Interaction) -> None:
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
        line = rest.partition(":")[2] if kind == "line" else self.buttons.get(interaction.custom_id or "")
        if not line:
            await interaction.response.send_message("This button is too old; please ask again.", ephemeral=True)
            return
        origin = Origin(DISCORD, event=str(interaction.id), token=interaction.token)
        request = Request(origin, _who(interaction), _where(interaction), text=line, received=self._clock())
        await self._answer(interaction, request, private=self._is_private(line))

    async def _steer(self, interaction: discord.Interaction, kind: str, rest: str) -> None:
        """Answer or stop what is running; only the person who asked can, and an admin can stop it."""
        request_id, _, position = rest.partition(":")
        running = self._running.get(request_id)
        if running is None:
            # It ran before a restart, or has just ended: there is nothing left to press.
            await interaction.response.edit_message(view=None)
            return
        request, choices = running
        person, server = _who(interaction), _where(interaction).server
        if person.id != request.person.id and not (kind == "stop" and person.is_admin):
            await interaction.response.send_message("Only the person who asked can do that.", ephemeral=True)
            return
        await interaction.response.defer()
        if kind == "stop":
            await self._tell(CancelAsked(request_id, person, server))
        elif int(position) < len(choices):
            await self._tell(ChoiceMade(request_id, person, choices[int(position)]))

    async def _answer(self, interaction: discord.Interaction, request: Request, *, private: bool) -> None:
        """Acknowledge first, work after."""
        way = ByToken(interaction, private, request.received)
        response = await interaction.response.defer(thinking=True, ephemeral=private)
        if response is not None:
            interaction.extras["response"] = response.message_id
            if response.message_id is not None and not private:
                self.writes(response.message_id, done=False)
        _remember(self._tokens, interaction.token, way)
        await self._ask(request)

    async def _ask(self, request: Request) -> None:
        _remember(self._running, request.id, (request, ()))
        await self._tell(request)

    async def _tell(self, event: Event) -> None:
        if self.receive is None:
            return
        task = asyncio.current_task()
        assert task is not None, "discord.py handles each event in a task"
        self._telling.add(task)
        try:
            await self.receive(event)
        finally:
            self._telling.discard(task)

    def _is_private(self, line: str) -> bool:
        words = line.strip().removeprefix("/").lower().split()
        for count in range(len(words), 0, -1):
            command = self.commands.get(" ".join(words[:count]))
            if command is not None:
                return command.private
        return False


def _who(interaction: discord.Interaction) -> Person:
    return person_of(interaction.user, interaction.permissions, str(interaction.locale))


def _where(interaction: discord.Interaction) -> Channel:
    return channel_of(interaction.channel, interaction.guild_id, interaction.user)


def _remember(kept: OrderedDict[str, T], key: str, value: T) -> None:
    kept[key] = value
    while len(kept) > REMEMBERED:
        kept.popitem(last=False)
