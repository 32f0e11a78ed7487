"""Discord as a `Platform`."""

from __future__ import annotations

import asyncio
import hashlib
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, cast

import aiohttp
import discord
import structlog
from pydantic import SecretStr

from bot.commands import Command
from bot.errors import UserError
from bot.platform import Address, Body, Button, Limits, MessageRef, State
from bot.platforms.discord.client import Client
from bot.platforms.discord.commands import application_commands, unchanged
from bot.platforms.discord.connection import Connection
from bot.platforms.discord.events import Events
from bot.platforms.discord.finding import find_channel, find_person, missing_names
from bot.platforms.discord.incoming import DISCORD, message_of, own_id
from bot.platforms.discord.layout import ID_CHARS, Page, pages
from bot.platforms.discord.posting import PRIVATE_ELSEWHERE, TOKEN_LIFE, Answer, ByMessage, Way
from bot.request import Clock, Message, Receive, utc_now
from bot.text.discord import to_discord
from bot.text.split import split
from bot.values import ChannelRef, User

if TYPE_CHECKING:
    from typing import Any

log = structlog.get_logger(__name__)

FILE_BYTES = 10 * 1024 * 1024
REMEMBERED = 2_000
"""How many answers can still be edited."""

LIMITS = Limits(
    # 5 edits in 5 s to a channel; longer answers go on in further messages.
    edits_per_second=1.0,
    file_bytes=FILE_BYTES,
    token_seconds=TOKEN_LIFE.total_seconds(),
)

NO_CONTENT = (
    "I cannot read what is written here: the Message Content Intent is off. An admin can switch it on in Discord's "
    "developer portal, under Bot → Privileged Gateway Intents."
)


class Discord:
    """Atelier on Discord.

    Args:
        token: The bot's.
        api_url: Discord's REST interface.
        gateway_url: Discord's gateway.
        guilds: The servers that get the commands, at once; without any they are offered everywhere.
        clock: Tells the time.
    """

    name = DISCORD

    def __init__(
        self,
        *,
        token: SecretStr,
        api_url: str = "https://discord.com/api/v10",
        gateway_url: str = "wss://gateway.discord.gg",
        guilds: Sequence[int] = (),
        clock: Clock = utc_now,
    ) -> None:
        self._clock = clock
        self._guilds = tuple(guilds)
        self._events = Events(clock)
        self._connection = Connection(
            token.get_secret_value(), api_url, gateway_url, lambda intents: Client(intents, self._events), self._offer
        )
        self.limits = LIMITS
        self._published: tuple[Command, ...] | None = None
        self._publishing = asyncio.Lock()
        self._answers: OrderedDict[str, Answer] = OrderedDict()
        self._by_ref: OrderedDict[str, Answer] = OrderedDict()
        self._background: set[asyncio.Task[None]] = set()

    async def start(self, receive: Receive) -> None:
        """Connect, and hand every event to `receive` from now on.

        Raises:
            ConfigError: Discord does not know the token.
        """
        self._events.receive = receive
        await self._connection.open()

    async def stop(self) -> None:
        """Disconnect."""
        await self._events.close()
        for task in list(self._background):
            task.cancel()
        await self._connection.close()

    async def publish(self, commands: Sequence[Command]) -> None:
        """Offer these commands; Discord is told only when something changed."""
        self._published = tuple(commands)
        self._events.commands = {command.name: command for command in commands}
        if self._connection.usable:
            await self._sync()

    async def post(self, address: Address, body: Body, key: str) -> MessageRef:
        """Post a new answer; a second call with the same `key` goes on with the first."""
        answer = self._answers.get(key)
        if answer is None:
            answer = self._answers[key] = await self._new_answer(address, body, key)
            _forget_oldest(self._answers)
        elif answer.id:
            return MessageRef(address.channel, answer.id)
        await self._show(answer, body)
        self._by_ref[answer.id] = answer
        _forget_oldest(self._by_ref)
        return MessageRef(address.channel, answer.id)

    async def edit(self, ref: MessageRef, body: Body) -> None:
        """Replace what an answer shows."""
        answer = self._by_ref.get(ref.id)
        if answer is None:
            raise UserError("This answer is too old to be changed.")
        await self._show(answer, body)

    async def delete(self, ref: MessageRef) -> None:
        """Remove an answer."""
        answer = self._by_ref.pop(ref.id, None)
        if answer is not None:
            await answer.delete()
            return
        channel = self._connection.client.get_partial_messageable(int(ref.channel))
        await channel.get_partial_message(int(ref.id)).delete()

    async def history(self, channel: str, since: datetime | None, limit: int) -> list[Message]:
        """The channel's last messages, oldest first.

        Raises:
            UserError: They cannot be read; the text names what is missing.
        """
        client = self._connection.client
        place = client.get_channel(int(channel)) or client.get_partial_messageable(int(channel))
        if not (self.limits.message_content or isinstance(place, discord.DMChannel)):
            raise UserError(NO_CONTENT)
        assert isinstance(place, discord.abc.Messageable)
        found: list[Message] = []
        try:
            async for message in place.history(limit=limit, oldest_first=False):
                if since is not None and message.created_at < since:
                    break
                found.append(message_of(message))
        except discord.Forbidden:
            missing = missing_names(place, ["view_channel", "read_message_history"], "Read Message History")
            raise UserError(f"I may not read this channel; an admin can grant me {missing}.") from None
        return found[::-1]

    async def find_person(self, text: str, server: str | None) -> User | None:
        """Who is meant by a mention or a name in that server."""
        guild = self._guild(server)
        return None if guild is None else await find_person(guild, text)

    async def find_channel(self, text: str, server: str | None) -> ChannelRef | None:
        """Which channel is meant by a mention or a name in that server."""
        guild = self._guild(server)
        return None if guild is None else find_channel(guild, text)

    async def forget(self, person: str) -> None:
        """Drop what this process remembers of a person's messages."""
        self._events.forget(person)

    async def _new_answer(self, address: Address, body: Body, key: str) -> Answer:
        by_token = self._events.way(address.token)
        request = self._events.request(body.request_id)
        asker = address.private_to or (request.person.id if request else None)

        async def elsewhere() -> Way:
            return await self._by_message(address, key, asker, moved=True)

        if by_token is not None and (by_token.private or address.private_to is None):
            return Answer(by_token, elsewhere, self._clock)
        if by_token is not None:
            # What was acknowledged for all to see must not turn out private there.
            await by_token.interaction.edit_original_response(content=PRIVATE_ELSEWHERE)
        way = await self._by_message(address, key, asker, moved=by_token is not None)
        return Answer(way, elsewhere, self._clock)

    async def _by_message(self, address: Address, key: str, asker: str | None, *, moved: bool) -> Way:
        client = self._connection.client
        if address.private_to is not None:
            return ByMessage(await client.create_dm(discord.Object(own_id(address.private_to))), key)
        channel = client.get_partial_messageable(int(address.channel))
        if moved:
            return ByMessage(channel, f"{key}:moved", mention=discord.Object(own_id(asker)) if asker else None)
        reply_to = None
        if address.reply_to is not None:
            reply_to = discord.MessageReference(
                message_id=int(address.reply_to), channel_id=int(address.channel), fail_if_not_exists=False
            )
        return ByMessage(channel, key, reply_to)

    async def _show(self, answer: Answer, body: Body) -> None:
        done = body.state is not State.WORKING
        choices = body.question.choices if body.question else ()
        if body.request_id is not None and not done:
            # Before it can be pressed.
            self._events.showing(body.request_id, choices, body.state)
        for sent in answer.sent:
            self._events.writes(sent.id, done=done)

        def lay_out(margin: int) -> list[Page]:
            return pages(body, _split, self._press_for, margin)

        try:
            await answer.show(lay_out)
        except discord.Forbidden as error:
            if not await self._tell_privately(answer, body, error):
                raise
            await answer.show(lay_out)
        for sent in answer.sent:
            self._events.writes(sent.id, done=done)
        if body.request_id is not None and done:
            self._events.showing(body.request_id, (), body.state)

    async def _tell_privately(self, answer: Answer, body: Body, error: discord.Forbidden) -> bool:
        """Where we may not write, the person gets the answer, and what is missing, by direct message."""
        request = self._events.request(body.request_id)
        way = answer.way
        if request is None or not isinstance(way, ByMessage) or way.notice or request.channel.server is None:
            return False
        place = self._connection.client.get_channel(int(request.channel.id))
        needed = ["view_channel", "send_messages_in_threads" if request.channel.parent else "send_messages"]
        needed += (["embed_links"] if body.cards else []) + (["attach_files"] if body.files else [])
        missing = missing_names(place, needed, "Send Messages")
        log.warning("a permission is missing", channel=request.channel.id, missing=missing, error=error.text)
        notice = f"-# I may not write in #{request.channel.name}; an admin can grant me {missing} there."
        user = discord.Object(own_id(request.person.id))
        answer.way = ByMessage(await self._connection.client.create_dm(user), f"{way.key}:dm", notice=notice)
        answer.sent = []
        return True

    def _press_for(self, number: int, button: Button) -> str:
        """A button's id: the line itself where it fits, so that it outlives a restart."""
        id_ = f"line:{number}:{button.line}"
        if len(id_) <= ID_CHARS:
            return id_
        id_ = f"long:{number}:{hashlib.blake2s(button.line.encode()).hexdigest()}"
        self._events.buttons[id_] = button.line
        _forget_oldest(self._events.buttons)
        return id_

    def _guild(self, server: str | None) -> discord.Guild | None:
        return None if server is None else self._connection.client.get_guild(own_id(server))

    def _offer(self) -> None:
        """Note what may be read, and publish after a login what was published before it."""
        self.limits = replace(LIMITS, message_content=self._connection.message_content)
        if self._published is not None:
            task = asyncio.get_running_loop().create_task(self._sync())
            self._background.add(task)
            task.add_done_callback(self._background.discard)

    async def _sync(self) -> None:
        async with self._publishing:
            client = self._connection.client
            application = client.application_id
            assert application is not None, "logged in, so it is known"
            wanted = cast("list[dict[str, Any]]", application_commands(self._published or ()))
            try:
                for guild in self._guilds:
                    there = await client.http.get_guild_commands(application, guild)
                    if not unchanged(wanted, there):
                        await client.http.bulk_upsert_guild_commands(application, guild, wanted)
                # Offered everywhere as well, each would be listed twice.
                everywhere = [] if self._guilds else wanted
                if not unchanged(everywhere, await client.http.get_global_commands(application)):
                    await client.http.bulk_upsert_global_commands(application, everywhere)
            except discord.Forbidden as error:
                log.warning("commands not published: invite me again, with applications.commands", error=error.text)
            except (OSError, aiohttp.ClientError, discord.HTTPException) as error:
                log.warning("commands not published", error=str(error))


@lru_cache(maxsize=1024)
def _rendered(page: str) -> str:
    # A stream is split at every edit, and all but its last page are as before.
    return to_discord(page)


def _split(text: str, limit: int) -> list[str]:
    """Markdown as pages of Discord's own, measured as they are sent."""
    return [_rendered(page) for page in split(text, limit, lambda page: len(_rendered(page)))]


def _forget_oldest(kept: OrderedDict[str, Answer] | OrderedDict[str, str]) -> None:
    while len(kept) > REMEMBERED:
        kept.popitem(last=False)
