"""Discord as a `Platform`."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Sequence
from dataclasses import replace
from datetime import datetime

import discord
from pydantic import SecretStr

from bot.body import Body
from bot.commands import Command
from bot.errors import UserError
from bot.platform import Address, Audience, Gone, Limits, MessageRef, no_matter
from bot.platforms.discord.answers import Answers
from bot.platforms.discord.asking import Asking
from bot.platforms.discord.client import Client
from bot.platforms.discord.connection import Connection
from bot.platforms.discord.emojis import DiscordEmojis
from bot.platforms.discord.events import Events
from bot.platforms.discord.finding import find_channel, find_person, missing_names
from bot.platforms.discord.incoming import DISCORD, message_of, own_id
from bot.platforms.discord.interactions import Interactions
from bot.platforms.discord.missed import Missed
from bot.platforms.discord.posting import NOWHERE, TOKEN_LIFE
from bot.platforms.discord.publishing import Publishing
from bot.platforms.discord.readers import NO_ANSWER, Readers
from bot.request import Channel, Clock, Message, Receive, utc_now
from bot.values import ChannelRef, User

FILE_BYTES = 10 * 1024 * 1024
LIMITS = Limits(
    # 5 edits in 5 s to a channel; longer answers go on in further messages.
    edits_per_second=1.0,
    file_bytes=FILE_BYTES,
    token_seconds=TOKEN_LIFE.total_seconds(),
    sign_seconds=3.0,
)

NO_CONTENT = (
    "I cannot read what is written here: the Message Content Intent is off. An admin can switch it on in Discord's "
    "developer portal, under Bot → Privileged Gateway Intents."
)


NAMED = discord.abc.GuildChannel | discord.Thread

NOT_HERE = (
    "I cannot read what is written here, for I am no member of this conversation. Where you brought me along by "
    "installing me for yourself my commands work, but only an admin can let me into the server."
)


class Discord:
    """Atelier on Discord.

    Args:
        token: The bot's.
        api_url: Discord's REST interface.
        gateway_url: Discord's gateway.
        guilds: The servers that get the commands, at once; without any they are offered everywhere.
        clock: Tells the time.
        gone: Is told when Discord does not know the token any more.
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
        gone: Gone = no_matter,
    ) -> None:
        self._asking = Asking()
        self._interactions = Interactions(self._asking, clock)
        events = Events(self._asking, clock)
        self._missed = Missed(events, clock)

        def make_client(intents: discord.Intents) -> Client:
            return Client(intents, events, self._interactions, self._missed)

        secret = token.get_secret_value()
        self._connection = Connection(secret, api_url, gateway_url, make_client, self._logged_in, gone)
        self._answers = Answers(self._connection, self._asking, clock)
        self._publishing = Publishing(self._connection, guilds)
        self._readers = Readers(lambda: self._connection.client)
        self.pictures = DiscordEmojis(lambda: self._connection.client)
        self.limits = LIMITS
        self._background: set[asyncio.Task[None]] = set()

    async def start(self, receive: Receive) -> None:
        """Connect, and hand every event to `receive` from now on.

        Raises:
            ConfigError: Discord does not know the token.
        """
        self._asking.receive = receive
        await self._connection.open()

    async def stop(self) -> None:
        """Disconnect."""
        await self._asking.close()
        for task in list(self._background):
            task.cancel()
        await self._connection.close()

    async def publish(self, commands: Sequence[Command]) -> None:
        """Offer these commands; Discord is told only when something changed."""
        self._interactions.commands = {command.name: command for command in commands}
        await self._publishing.publish(commands)

    async def post(self, address: Address, body: Body, key: str) -> MessageRef:
        """Post a new answer; a second call with the same `key` goes on with the first."""
        return await self._answers.post(address, body, key)

    async def resume(self, address: Address, key: str, ref: MessageRef | None, asked: datetime) -> MessageRef | None:
        """Take up an answer that an earlier process, or a try that failed, may have posted."""
        return await self._answers.resume(address, key, ref, asked)

    async def edit(self, ref: MessageRef, body: Body) -> MessageRef:
        """Replace what an answer shows, also one from before a restart.

        Raises:
            UserError: It cannot be changed any more.
        """
        return await self._answers.edit(ref, body)

    async def delete(self, ref: MessageRef) -> None:
        """Remove all messages of an answer; one that is gone already is no error.

        Raises:
            UserError: It may not be removed.
        """
        await self._answers.delete(ref)

    async def history(self, channel: str, since: datetime | None, limit: int) -> list[Message]:
        """The channel's last messages, oldest first.

        Raises:
            UserError: They cannot be read; the text names what is missing.
        """
        client = self._connection.client
        place = client.get_channel(int(channel)) or client.get_partial_messageable(int(channel))
        if not (self.limits.message_content or isinstance(place, discord.DMChannel)):
            raise UserError(NO_CONTENT)
        if isinstance(place, discord.ForumChannel):
            # Everything there is written in threads.
            return []
        assert isinstance(place, discord.abc.Messageable)
        called = f"#{place.name}" if isinstance(place, NAMED) else "this conversation"
        found: list[Message] = []
        try:
            async for message in place.history(limit=limit, oldest_first=False):
                if since is not None and message.created_at < since:
                    break
                found.append(message_of(message, client.user))
        except (discord.Forbidden, discord.NotFound):
            if client.get_channel(int(channel)) is None:
                raise UserError(NOT_HERE) from None
            missing = missing_names(place, ["view_channel", "read_message_history"], "Read Message History")
            raise UserError(f"I may not read {called}; an admin can grant me {missing} there.") from None
        except NO_ANSWER:
            raise UserError(f"Discord does not let me read {called} just now; please ask again in a minute.") from None
        return found[::-1]

    async def channels(self, server: str | None) -> list[ChannelRef]:
        """The text channels that we may read, of one server or of all."""
        return self._readers.channels(server)

    async def threads(self, channel: str, since: datetime) -> list[str]:
        """The public threads of a channel in which something was written since then."""
        return await self._readers.threads(channel, since)

    async def place(self, channel: str) -> Channel | None:
        """What a channel, a thread or a direct conversation is."""
        return await self._readers.place(channel)

    async def readable(self, channel: str, audience: Audience) -> bool:
        """Whether all of the audience may read a channel; of a private thread nobody can tell."""
        return await self._readers.readable(channel, audience)

    async def direct(self, person: str) -> Channel:
        """A person's direct conversation with Atelier.

        Raises:
            UserError: Discord does not open it.
        """
        return await self._readers.direct(person)

    async def deleted(self, channel: str, message: str | None = None) -> bool:
        """Whether a message, or the whole channel or thread, is known to be gone; what we may not see is not."""
        client = self._connection.client
        try:
            if message is not None:
                await client.get_partial_messageable(int(channel)).fetch_message(int(message))
            elif client.get_channel(int(channel)) is None:
                await client.fetch_channel(int(channel))
        except discord.NotFound as error:
            return error.code in NOWHERE
        except discord.Forbidden:
            return False
        return False

    async def listening(self) -> bool:
        """Whether there is a connection."""
        return self._missed.connected

    async def catch_up(self, since: datetime) -> None:
        """Hand over what was asked in our servers since then."""
        await self._missed.catch_up(since)

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
        self._answers.forget(person)

    def _guild(self, server: str | None) -> discord.Guild | None:
        return None if server is None else self._connection.client.get_guild(own_id(server))

    def _logged_in(self) -> None:
        """Note what may be read, and publish what was published before."""
        self.limits = replace(LIMITS, message_content=self._connection.message_content)
        self._in_background(self._publishing.catch_up())
        self._in_background(self._publishing.clear())

    def _in_background(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._background.add(task)
        task.add_done_callback(self._background.discard)
