"""Who and what is meant in a server, and what we may not do there."""

from __future__ import annotations

import re
from collections.abc import Sequence

import discord

from bot.platforms.discord.incoming import person_id
from bot.values import ChannelRef, User

_PERSON = re.compile(r"<@!?(\d+)>|discord:(\d+)")
_CHANNEL = re.compile(r"<#(\d+)>")


async def find_person(guild: discord.Guild, text: str) -> User | None:
    """The member that is meant by a mention or a name; a beginning of a name will do if it is nobody else's."""
    mention = _PERSON.fullmatch(text.strip())
    if mention is not None:
        members = await guild.query_members(user_ids=[int(mention[1] or mention[2])])
        return User(person_id(members[0].id), members[0].display_name) if members else None
    name = text.strip().removeprefix("@")
    if not name:
        return None
    members = await guild.query_members(name, limit=20)
    same = [member for member in members if name.casefold() in {member.name.casefold(), member.display_name.casefold()}]
    found = same or members
    return User(person_id(found[0].id), found[0].display_name) if len(found) == 1 else None


def find_channel(guild: discord.Guild, text: str) -> ChannelRef | None:
    """The channel or thread that is meant by a mention or a name."""
    mention = _CHANNEL.fullmatch(text.strip())
    name = text.strip().removeprefix("#").casefold()
    # A new server has a voice channel of the same name as its text channel.
    for channel in [*guild.text_channels, *guild.channels, *guild.threads]:
        if channel.id == int(mention[1]) if mention else channel.name.casefold() == name:
            return ChannelRef(str(channel.id), channel.name)
    return None


def missing_names(place: object, needed: Sequence[str], otherwise: str) -> str:
    """The names of the permissions we lack, as Discord's settings show them."""
    if isinstance(place, discord.abc.GuildChannel | discord.Thread) and place.guild.me is not None:
        have = place.permissions_for(place.guild.me)
        lacking = [name.replace("_", " ").title() for name in needed if not getattr(have, name)]
        if lacking:
            return " and ".join(lacking)
    return otherwise
