"""Avatars, and the emoji of a server."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

import aiohttp
import discord

from bot.errors import UserError
from bot.platforms.discord.incoming import own_id

ADD_SECONDS = 30.0
"""How long adding may take: Discord can make one who adds many wait for an hour."""

SIDE = 256
"""Pixels of an avatar."""

_EMOJI = re.compile(r"<a?:\w{2,32}:(\d+)>")

NO_SERVER = "Emoji belong to a server; ask me in one that I am a member of."
NOT_YOU = "Emoji may be added and removed here by those who have the permission Create Expressions; you do not have it."
NOT_I = "I may not add emoji here; an admin can grant me Create Expressions in the server's settings."
TOO_MANY = "This server has no room for another emoji; an admin can remove one first."
TOO_FAST = "Discord takes no more emoji here for now; please try again in an hour."
NOT_NOW = "Discord does not answer now; try again in a minute."
NOT_TAKEN = "Discord did not take the emoji: {}."

NO_ANSWER = (OSError, aiohttp.ClientError, discord.HTTPException)
"""What is raised where Discord refuses, fails or cannot be reached."""

NO_ROOM = 30008
"""Maximum number of emojis reached."""


class DiscordEmojis:
    """Finds pictures, and adds emoji for those who may.

    Args:
        client: Fetches the client of now.

    Attributes:
        by_hand: Empty: nobody needs to.
    """

    by_hand = ""

    def __init__(self, client: Callable[[], discord.Client]) -> None:
        self._client = client

    async def picture(self, emoji: str) -> bytes | None:
        """The picture of a custom emoji, of any server; of one that moves the first."""
        found = _EMOJI.fullmatch(emoji.strip())
        if found is None:
            return None
        return await self._read(f"{discord.Asset.BASE}/emojis/{found[1]}.png")

    async def avatar(self, person: str) -> bytes | None:
        """A person's picture."""
        try:
            user = await self._client().fetch_user(own_id(person))
        except NO_ANSWER:
            return None
        return await self._read(user.display_avatar.with_size(SIDE).with_format("png").url)

    async def allow(self, server: str | None, person: str) -> None:
        """See whether the person, and we, may add an emoji.

        Raises:
            UserError: One of us may not.
        """
        await self._allowed(server, person)

    async def add(self, server: str | None, person: str, name: str, picture: bytes) -> str:
        """Add an emoji; returns Discord's id of it.

        Raises:
            UserError: It may not be added, or Discord does not take it.
        """
        guild = await self._allowed(server, person)
        async with _explained():
            made = await guild.create_custom_emoji(name=name, image=picture, reason=f"Asked for by {own_id(person)}")
        return str(made.id)

    async def remove(self, server: str | None, person: str, emoji: str) -> None:
        """Take an emoji away.

        Raises:
            UserError: It may not be removed.
        """
        guild = await self._allowed(server, person)
        async with _explained():
            with suppress(discord.NotFound):
                await guild.delete_emoji(discord.Object(int(emoji)), reason=f"Asked for by {own_id(person)}")

    async def _allowed(self, server: str | None, person: str) -> discord.Guild:
        guild = None if server is None else self._client().get_guild(own_id(server))
        if guild is None:
            raise UserError(NO_SERVER)
        # Asked for each time: who may do what changes, and members are not kept.
        try:
            members = await guild.query_members(user_ids=[own_id(person)])
        except (*NO_ANSWER, RuntimeError, discord.ClientException):
            raise UserError(NOT_NOW) from None
        if not members or not _may(members[0]):
            raise UserError(NOT_YOU)
        if not _may(guild.me):
            raise UserError(NOT_I)
        return guild

    async def _read(self, url: str) -> bytes | None:
        try:
            return await self._client().http.get_from_cdn(url)
        except NO_ANSWER:
            return None


def _may(member: discord.Member) -> bool:
    allowed = member.guild_permissions
    return allowed.create_expressions or allowed.manage_expressions or allowed.administrator


@asynccontextmanager
async def _explained() -> AsyncIterator[None]:
    """Say in words what Discord refuses."""
    try:
        async with asyncio.timeout(ADD_SECONDS):
            yield
    except TimeoutError:
        raise UserError(TOO_FAST) from None
    except discord.Forbidden:
        raise UserError(NOT_I) from None
    except discord.HTTPException as error:
        if error.code == NO_ROOM:
            raise UserError(TOO_MANY) from None
        raise UserError(NOT_TAKEN.format(error.text or error.status)) from None
    except (OSError, aiohttp.ClientError):
        raise UserError(NOT_NOW) from None
