"""People, places and messages of Discord as the core knows them."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import TypeAlias

import discord

from bot.platforms.files import media_type
from bot.request import ADMIN, Attachment, Channel, ChannelKind, Message, Person
from bot.values import ChannelRef, User

DISCORD = "discord"
"""The platform's name, and what stands before its ids."""

Fetch: TypeAlias = Callable[[str], Awaitable[bytes]]
"""Reads a file that was uploaded."""

_CHANNEL_MENTION = re.compile(r"<#(\d+)>")

# What people and bots write; the rest tells of joins, pins and the like.
SPOKEN = frozenset(
    {
        discord.MessageType.default,
        discord.MessageType.reply,
        discord.MessageType.chat_input_command,
        discord.MessageType.context_menu_command,
    }
)


def person_id(user_id: object) -> str:
    """A person's id, of Discord's."""
    return f"{DISCORD}:{user_id}"


def own_id(id_: str) -> int:
    """Discord's id, of ours."""
    return int(id_.removeprefix(f"{DISCORD}:"))


def person_of(
    user: discord.abc.User, permissions: discord.Permissions | None = None, locale: str | None = None
) -> Person:
    """Who speaks.

    Args:
        user: The account, with its roles if it is a server's member.
        permissions: What the person may do there, where Discord tells it.
        locale: The language of the person's client.
    """
    roles: set[str] = set()
    if isinstance(user, discord.Member):
        # A role that is merely called so gives nobody our admin's rights.
        roles = {role.name for role in user.roles if not role.is_default() and role.name.casefold() != ADMIN}
        allowed = permissions or user.guild_permissions
        if allowed.administrator or allowed.manage_guild:
            roles.add(ADMIN)
    return Person(person_id(user.id), user.display_name, locale, frozenset(roles))


def channel_of(channel: object, guild_id: int | None, user: discord.abc.User | None = None) -> Channel:
    """Where something happens.

    Args:
        channel: Discord's channel.
        guild_id: Its server.
        user: The other one in a direct conversation.
    """
    id_ = str(getattr(channel, "id", channel))
    server = None if guild_id is None else person_id(guild_id)
    name = str(getattr(channel, "name", None) or id_)
    if isinstance(channel, discord.Thread):
        return Channel(id_, server, ChannelKind.THREAD, name, parent=str(channel.parent_id))
    if server is None:
        return Channel(id_, None, ChannelKind.DM, user.display_name if user else name)
    return Channel(id_, server, ChannelKind.CHANNEL, name)


def user_of(interaction: discord.Interaction) -> Person:
    """Who uses a command or a button; in a server that has not installed us nobody has a role."""
    locale = str(interaction.locale)
    if interaction.guild_id is not None and not interaction.is_guild_integration():
        return Person(person_id(interaction.user.id), interaction.user.display_name, locale)
    return person_of(interaction.user, interaction.permissions, locale)


def place_of(interaction: discord.Interaction) -> Channel:
    """Where a command or a button is used.

    What a person brings along into a server, or into a conversation with somebody else, belongs to no server of ours,
    and is no conversation of the two of us either.
    """
    channel, server = interaction.channel, interaction.guild_id
    if (server is not None and interaction.is_guild_integration()) or (server is None and is_within_reach(interaction)):
        return channel_of(channel, server, interaction.user)
    id_ = str(interaction.channel_id)
    return Channel(id_, None, ChannelKind.CHANNEL, str(getattr(channel, "name", None) or id_))


def is_within_reach(interaction: discord.Interaction) -> bool:
    """Whether we are where it is used, rather than brought along by a person who installed us for themselves."""
    if interaction.guild_id is not None:
        return interaction.client.get_guild(interaction.guild_id) is not None
    return not interaction.context.private_channel


def message_of(message: discord.Message, me: discord.ClientUser | None) -> Message:
    """A message, with names instead of numbers where it mentions somebody.

    Args:
        message: Which.
        me: Atelier's own account.
    """
    reference = message.reference
    return Message(
        id=str(message.id),
        channel=str(message.channel.id),
        author=person_id("atelier" if me is not None and message.author.id == me.id else message.author.id),
        author_name=message.author.display_name,
        text=readable(message, message.content),
        sent=message.created_at,
        thread=str(message.channel.id) if isinstance(message.channel, discord.Thread) else None,
        reply_to=str(reference.message_id) if reference and reference.message_id else None,
        edited=message.edited_at,
        from_bot=message.author.bot,
        link=message.jump_url,
        reactions=reactions_of(message),
    )


def reactions_of(message: discord.Message) -> int:
    """How many reactions others than us put under a message."""
    return sum(reaction.count - reaction.me for reaction in message.reactions)


def readable(message: discord.Message, text: str) -> str:
    """`text`, which is of `message`, with names for numbers."""
    for user in message.mentions:
        for mention in (f"<@{user.id}>", f"<@!{user.id}>"):
            text = text.replace(mention, f"@{user.display_name}")
    for role in message.role_mentions:
        text = text.replace(role.mention, f"@{role.name}")
    guild = message.guild

    def name_of(match: re.Match[str]) -> str:
        channel = guild.get_channel_or_thread(int(match[1])) if guild else None
        return f"#{channel.name}" if channel else match[0]

    return _CHANNEL_MENTION.sub(name_of, text)


def addressed(message: discord.Message, me: discord.ClientUser) -> bool:
    """Whether a message is meant for the bot: a direct one, a mention of it or of its role, or a reply to it."""
    if message.guild is None or any(user.id == me.id for user in message.mentions):
        return True
    own_role = message.guild.self_role
    if own_role is not None and own_role in message.role_mentions:
        return True
    replied = message.reference.resolved if message.reference else None
    return isinstance(replied, discord.Message) and replied.author.id == me.id


def asked_text(message: discord.Message, me: discord.ClientUser) -> str:
    """What was asked, without the mention of the bot; a command line keeps the ids of those it mentions."""
    text = re.sub(rf"<@!?{me.id}>[,:]?\s*", "", message.content)
    if message.guild is not None and message.guild.self_role is not None:
        text = text.replace(message.guild.self_role.mention, "")
    text = text.strip()
    return text if text.startswith("/") else readable(message, text)


def attachment_of(file: discord.Attachment) -> Attachment:
    """A file that came with a message."""
    return Attachment(file.filename, media_type(file.filename, file.content_type), file.size, file.read)


def resolve(value: object, resolved: Mapping[str, Mapping[str, Mapping[str, object]]], fetch: Fetch) -> object:
    """An option's value: a person, channel or file where Discord describes the id that was given.

    Args:
        value: As given.
        resolved: What Discord describes, by kind and id.
        fetch: Reads a file.
    """
    key = str(value)
    if (user := resolved.get("users", {}).get(key)) is not None:
        return User(person_id(key), str(user.get("global_name") or user["username"]))
    if (channel := resolved.get("channels", {}).get(key)) is not None:
        return ChannelRef(key, str(channel.get("name") or key))
    if (file := resolved.get("attachments", {}).get(key)) is not None:
        name, url = str(file["filename"]), str(file["url"])
        size = file["size"]
        assert isinstance(size, int)
        kind = file.get("content_type")

        async def read() -> bytes:
            return await fetch(url)

        return Attachment(name, media_type(name, str(kind) if kind else None), size, read)
    return value


def chosen_message(data: Mapping[str, object], channel: Channel) -> Message:
    """A message that was chosen from its context menu; its text comes with it whatever the intents."""
    author = data["author"]
    assert isinstance(author, Mapping)
    edited = data.get("edited_timestamp")
    text = str(data["content"])
    mentions = data.get("mentions")
    for user in mentions if isinstance(mentions, list) else ():
        text = text.replace(f"<@{user['id']}>", f"@{user.get('global_name') or user['username']}")
    reactions = data.get("reactions")
    server = channel.server.removeprefix(f"{DISCORD}:") if channel.server else "@me"
    return Message(
        id=str(data["id"]),
        channel=str(data.get("channel_id") or channel.id),
        author=person_id(author["id"]),
        author_name=str(author.get("global_name") or author["username"]),
        text=text,
        sent=datetime.fromisoformat(str(data["timestamp"])),
        edited=datetime.fromisoformat(str(edited)) if edited else None,
        thread=channel.id if channel.kind is ChannelKind.THREAD else None,
        from_bot=bool(author.get("bot")),
        link=f"https://discord.com/channels/{server}/{channel.id}/{data['id']}",
        reactions=sum(each["count"] - each["me"] for each in reactions) if isinstance(reactions, list) else 0,
    )
