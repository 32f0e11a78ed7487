"""Who may read what on Discord."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime
from typing import TypeAlias

import aiohttp
import discord
import structlog

from bot.errors import UserError
from bot.platform import Audience
from bot.platforms.discord.asking import remember
from bot.platforms.discord.audience import READ, VIEW, Overwrite, Rules, everyone_may_read
from bot.platforms.discord.incoming import channel_of, own_id
from bot.request import Channel
from bot.values import ChannelRef

FRESH_SECONDS = 10.0
"""How long a member's roles are believed; who asks for all channels asks for them many times at once."""

NO_DIRECT = (
    "Discord does not let me write to you directly; allow direct messages from members of a server that we share, in "
    "its privacy settings."
)

NO_ANSWER = (OSError, aiohttp.ClientError, discord.DiscordException)
"""What is raised where Discord refuses, fails or cannot be reached."""

log = structlog.get_logger(__name__)

Found: TypeAlias = discord.abc.GuildChannel | discord.abc.PrivateChannel | discord.Thread


class Readers:
    """Tells who may read what, from roles and overwrites: nobody tells a bot who the members are.

    Args:
        client: Fetches the client of now.
    """

    def __init__(self, client: Callable[[], discord.Client]) -> None:
        self._client = client
        self._members: OrderedDict[str, tuple[float, asyncio.Task[discord.Member | None]]] = OrderedDict()

    def channels(self, server: str | None) -> list[ChannelRef]:
        """The text channels that we may read, of one server or of all."""
        return [
            ChannelRef(str(channel.id), channel.name)
            for guild in self._client().guilds
            if server is None or guild.id == own_id(server)
            for channel in guild.text_channels
            if _may_read(channel.permissions_for(guild.me))
        ]

    async def threads(self, channel: str, since: datetime) -> list[str]:
        """The public threads of a channel in which something was written since then."""
        found = await self._find(channel)
        if not isinstance(found, discord.TextChannel | discord.ForumChannel):
            return []
        threads = [thread for thread in found.threads if not thread.is_private()]
        try:
            # A thread is archived once nobody has written there for a while; the last ones come first.
            async for thread in found.archived_threads():
                if thread.archive_timestamp < since:
                    break
                threads.append(thread)
        except NO_ANSWER as error:
            log.info("archived threads are not read", channel=channel, error=str(error))
        after = discord.utils.time_snowflake(since)
        return [str(thread.id) for thread in threads if thread.last_message_id and thread.last_message_id > after]

    async def place(self, channel: str) -> Channel | None:
        """What a channel is."""
        found = await self._find(channel)
        if found is None or isinstance(found, discord.CategoryChannel | discord.GroupChannel):
            return None
        guild = None if isinstance(found, discord.abc.PrivateChannel) else found.guild.id
        return channel_of(found, guild, getattr(found, "recipient", None))

    async def readable(self, channel: str, audience: Audience) -> bool:
        """Whether all of the audience may read a channel."""
        if channel == audience.channel:
            return True
        source = await self._find(channel)
        if isinstance(source, discord.Thread):
            # Those of a private thread are not told; those of another are those of its channel.
            source = None if source.is_private() else source.parent
        if source is None:
            return False
        if audience.person is not None:
            return await self._reads(own_id(audience.person), source)
        target = await self._find(audience.channel or "")
        if isinstance(target, discord.DMChannel):
            return target.recipient is not None and await self._reads(target.recipient.id, source)
        if isinstance(target, discord.Thread):
            # Who sees a thread, a private one too, sees the channel that holds it.
            target = target.parent
        if not isinstance(source, discord.TextChannel | discord.ForumChannel):
            return False
        return (
            isinstance(target, discord.abc.GuildChannel) and source.guild == target.guild and _all_read(source, target)
        )

    async def direct(self, person: str) -> Channel:
        """A person's direct conversation with us.

        Raises:
            UserError: Discord does not open it.
        """
        try:
            channel = await self._client().create_dm(discord.Object(own_id(person)))
        except NO_ANSWER:
            raise UserError(NO_DIRECT) from None
        return channel_of(channel, None, channel.recipient)

    async def _find(self, channel: str) -> Found | None:
        if not channel.isdecimal():
            return None
        client = self._client()
        try:
            # Threads that were archived are not among those that are known.
            return client.get_channel(int(channel)) or await client.fetch_channel(int(channel))
        except NO_ANSWER:
            return None

    async def _reads(self, person: int, source: Found) -> bool:
        if isinstance(source, discord.DMChannel):
            return source.recipient is not None and source.recipient.id == person
        if not isinstance(source, discord.abc.GuildChannel):
            return False
        member = await self._member(source.guild, person)
        if member is None:
            return False
        permissions = source.permissions_for(member)
        # What is written in a voice channel is shown to who may connect.
        hidden = isinstance(source, discord.VoiceChannel | discord.StageChannel) and not permissions.connect
        return _may_read(permissions) and not hidden

    async def _member(self, guild: discord.Guild, person: int) -> discord.Member | None:
        loop = asyncio.get_running_loop()
        key = f"{guild.id} {person}"
        known = self._members.get(key)
        if known is None or loop.time() - known[0] > FRESH_SECONDS:
            known = loop.time(), loop.create_task(_ask(guild, person))
            remember(self._members, key, known)
        # Who stops waiting does not take the answer away from the others.
        return await asyncio.shield(known[1])


async def _ask(guild: discord.Guild, person: int) -> discord.Member | None:
    # Asked for, for what is known of members is as old as what they wrote last.
    try:
        return await guild.fetch_member(person)
    except NO_ANSWER:
        return None


def _may_read(permissions: discord.Permissions) -> bool:
    return permissions.view_channel and permissions.read_message_history


def _all_read(source: discord.abc.GuildChannel, target: discord.abc.GuildChannel) -> bool:
    guild = source.guild
    # Our own role and overwrites say nothing about people.
    roles = {
        role.id: role.permissions.value for role in guild.roles if role not in (guild.default_role, guild.self_role)
    }
    return everyone_may_read(guild.default_role.permissions.value, roles, _rules(source, READ), _rules(target, VIEW))


def _rules(channel: discord.abc.GuildChannel, of: int) -> Rules:
    guild = channel.guild
    everyone, roles, members = Overwrite(), dict[int, Overwrite](), dict[int, Overwrite]()
    for whose, overwrite in channel.overwrites.items():
        allow, deny = overwrite.pair()
        one = Overwrite(allow.value & of, deny.value & of)
        if whose.id == guild.id:
            everyone = one
        elif isinstance(whose, discord.Role):
            roles[whose.id] = one
        elif whose.id not in (guild.owner_id, guild.me.id):
            members[whose.id] = one
    return Rules(everyone, roles, members)
