"""Who and what there is on the loopback Discord: people, servers, channels, messages, as Discord's own payloads."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from tests.servers.discord.ids import made, snowflake

Json: TypeAlias = dict[str, Any]
"""A JSON object."""

EPHEMERAL = 1 << 6
LOADING = 1 << 7

ADMINISTRATOR = 1 << 3
MANAGE_GUILD = 1 << 5
MANAGE_GUILD_EXPRESSIONS = 1 << 30
CREATE_GUILD_EXPRESSIONS = 1 << 43
EVERYDAY = 1 << 10 | 1 << 11 | 1 << 16 | 1 << 31
"""View channels, send messages, read history, use application commands."""


@dataclass
class User:
    """An account."""

    name: str
    bot: bool = False
    locale: str = "en-US"
    accepts_dms: bool = True
    id: str = field(default_factory=snowflake)

    def payload(self) -> Json:
        """The user object."""
        return {
            "id": self.id,
            "username": self.name.lower(),
            "global_name": self.name,
            "discriminator": "0",
            "avatar": None,
            "bot": self.bot,
        }


@dataclass
class Role:
    """A role of a server."""

    name: str
    permissions: int = EVERYDAY
    id: str = field(default_factory=snowflake)

    def payload(self) -> Json:
        """The role object."""
        return {
            "id": self.id,
            "name": self.name,
            "color": 0,
            "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None},
            "hoist": False,
            "position": 0 if self.name == "@everyone" else 1,
            "permissions": str(self.permissions),
            "managed": False,
            "mentionable": True,
            "flags": 0,
        }


@dataclass
class Guild:
    """A server.

    Attributes:
        joined: Whether the bot is in it.
    """

    name: str
    joined: bool = True
    id: str = field(default_factory=snowflake)
    roles: list[Role] = field(default_factory=list)
    channels: list[Channel] = field(default_factory=list)
    members: dict[str, tuple[User, list[Role]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        # The role that everybody has bears the server's id.
        self.roles.append(Role("@everyone", id=self.id))

    def permissions(self, user: User) -> int:
        """What a member may do."""
        total = self.roles[0].permissions
        for role in self.members[user.id][1]:
            total |= role.permissions
        return total

    def member(self, user: User) -> Json:
        """The member object, without the user."""
        return {
            "roles": [role.id for role in self.members[user.id][1]],
            "joined_at": made(self.id).isoformat(),
            "deaf": False,
            "mute": False,
            "flags": 0,
            "nick": None,
        }

    def payload(self, me: User) -> Json:
        """The guild object as GUILD_CREATE brings it."""
        return {
            "id": self.id,
            "name": self.name,
            "owner_id": "1",
            "unavailable": False,
            "member_count": len(self.members),
            "roles": [role.payload() for role in self.roles],
            "channels": [channel.payload() for channel in self.channels if channel.type == 0],
            "threads": [channel.payload() for channel in self.channels if channel.type == 11],
            "members": [{**self.member(me), "user": me.payload()}],
            "emojis": [],
            "stickers": [],
            "features": [],
            "voice_states": [],
            "presences": [],
            "stage_instances": [],
            "guild_scheduled_events": [],
            "preferred_locale": "en-US",
        }


@dataclass
class Channel:
    """A text channel (0), a direct conversation (1), one of several people (3) or a thread (11).

    Attributes:
        forbidden: What the bot may not do here, such as `SEND_MESSAGES`.
    """

    name: str
    type: int = 0
    guild: Guild | None = None
    parent: Channel | None = None
    recipient: User | None = None
    id: str = field(default_factory=snowflake)
    messages: dict[str, Message] = field(default_factory=dict)
    forbidden: set[str] = field(default_factory=set)

    def payload(self) -> Json:
        """The channel object."""
        payload: Json
        if self.type in (1, 3):
            recipients = [self.recipient.payload()] if self.recipient else []
            payload = {"id": self.id, "type": self.type, "last_message_id": None, "flags": 0, "recipients": recipients}
            return payload if self.type == 1 else {**payload, "name": self.name, "icon": None, "owner_id": "1"}
        payload = {
            "id": self.id,
            "type": self.type,
            "name": self.name,
            "last_message_id": next(reversed(self.messages), None),
            "guild_id": self.guild.id if self.guild else None,
            "position": 0,
            "permission_overwrites": [],
            "nsfw": False,
            "flags": 0,
            "parent_id": self.parent.id if self.parent else None,
        }
        if self.type == 11:
            payload |= {
                "owner_id": "1",
                "member_count": 1,
                "message_count": len(self.messages),
                "thread_metadata": {
                    "archived": False,
                    "auto_archive_duration": 1440,
                    "archive_timestamp": made(self.id).isoformat(),
                    "locked": False,
                },
            }
        return payload


@dataclass
class Message:
    """A message, and every text it ever showed.

    Attributes:
        texts: What it said, each edit added.
        only_to: The person who alone sees it, when it is ephemeral.
        mentioned: Who was pinged by it.
    """

    channel: Channel
    author: User
    texts: list[str]
    embeds: list[Json] = field(default_factory=list)
    components: list[Json] = field(default_factory=list)
    attachments: list[Json] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=dict)
    flags: int = 0
    type: int = 0
    nonce: str | None = None
    reply_to: Message | None = None
    only_to: User | None = None
    mentioned: list[User] = field(default_factory=list)
    edited: str | None = None
    deleted: bool = False
    id: str = field(default_factory=snowflake)

    @property
    def content(self) -> str:
        """What it says now."""
        return self.texts[-1]

    @property
    def thinking(self) -> bool:
        """Whether people see "thinking…" instead of an answer."""
        return bool(self.flags & LOADING)

    @property
    def buttons(self) -> list[Json]:
        """Its buttons, row by row."""
        return [button for row in self.components for button in row["components"]]

    def payload(self, *, readable: bool = True) -> Json:
        """The message object; without the message-content intent it comes without its content."""
        payload: Json = {
            "id": self.id,
            "channel_id": self.channel.id,
            "author": self.author.payload(),
            "content": self.content if readable else "",
            "timestamp": made(self.id).isoformat(),
            "edited_timestamp": self.edited,
            "tts": False,
            "mention_everyone": False,
            "mentions": [user.payload() for user in self.mentioned],
            "mention_roles": [],
            "attachments": self.attachments if readable else [],
            "embeds": self.embeds if readable else [],
            "components": self.components if readable else [],
            "pinned": False,
            "type": 19 if self.reply_to else self.type,
            "flags": self.flags,
        }
        if self.nonce is not None:
            payload["nonce"] = self.nonce
        if self.reply_to is not None:
            payload["message_reference"] = {"message_id": self.reply_to.id, "channel_id": self.channel.id}
            gone = self.reply_to.deleted
            payload["referenced_message"] = None if gone else _first_level(self.reply_to.payload(readable=readable))
        return payload


def _first_level(payload: Json) -> Json:
    """Discord shows what a message replies to, not what that replied to."""
    return {key: value for key, value in payload.items() if key != "referenced_message"}


@dataclass
class World:
    """Everything there is.

    Attributes:
        me: The bot's account; its id is the application's too.
        message_content: Whether the privileged intent is switched on in the developer portal.
    """

    me: User = field(default_factory=lambda: User("Atelier", bot=True))
    users: dict[str, User] = field(default_factory=dict)
    guilds: dict[str, Guild] = field(default_factory=dict)
    channels: dict[str, Channel] = field(default_factory=dict)
    message_content: bool = True

    def __post_init__(self) -> None:
        self.users[self.me.id] = self.me

    def guild(self, name: str, channels: Iterable[str] = ("general",), *, joined: bool = True) -> Guild:
        """A new server; the bot is in it unless `joined` says otherwise."""
        guild = Guild(name, joined)
        if joined:
            self.guilds[guild.id] = guild
            guild.members[self.me.id] = self.me, []
        for channel in channels:
            self.channel(guild, channel)
        return guild

    def leave(self, guild: Guild) -> None:
        """The bot is in this server no more."""
        guild.joined = False
        for channel in guild.channels:
            channel.forbidden.add("VIEW_CHANNEL")
        del self.guilds[guild.id], guild.members[self.me.id]

    def channel(self, guild: Guild, name: str, *, parent: Channel | None = None) -> Channel:
        """A new channel, or with a parent a thread in it."""
        channel = Channel(name, 11 if parent else 0, guild, parent)
        if not guild.joined:
            channel.forbidden.add("VIEW_CHANNEL")
        guild.channels.append(channel)
        self.channels[channel.id] = channel
        return channel

    def dm(self, user: User) -> Channel:
        """The direct conversation between a person and the bot."""
        for channel in self.channels.values():
            if channel.type == 1 and channel.recipient is user:
                return channel
        channel = Channel(user.name, 1, recipient=user)
        self.channels[channel.id] = channel
        return channel

    def group(self, *users: User) -> Channel:
        """A conversation that the bot is no part of."""
        channel = Channel(" and ".join(user.name for user in users), 3, recipient=users[0], forbidden={"VIEW_CHANNEL"})
        self.channels[channel.id] = channel
        return channel

    def mentions(self, text: str) -> list[User]:
        """Who is mentioned in a text."""
        return [user for user in self.users.values() if f"<@{user.id}>" in text or f"<@!{user.id}>" in text]
