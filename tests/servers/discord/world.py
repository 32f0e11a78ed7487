"""Who and what there is on the loopback Discord: people, servers and channels, as Discord's own payloads."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeAlias

from tests.servers.discord.ids import made, snowflake

if TYPE_CHECKING:
    from tests.servers.discord.message import Message

Json: TypeAlias = dict[str, Any]
"""A JSON object."""

ADMINISTRATOR = 1 << 3
MANAGE_GUILD = 1 << 5
MANAGE_GUILD_EXPRESSIONS = 1 << 30
CREATE_GUILD_EXPRESSIONS = 1 << 43
VIEW, SEND, READ_HISTORY = 1 << 10, 1 << 11, 1 << 16
EVERYDAY = VIEW | SEND | READ_HISTORY | 1 << 31
"""View channels, send messages, read history, use application commands."""

EVERYTHING = (1 << 52) - 1
"""What administrators and owners may do."""


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
    """A role of a server.

    Attributes:
        bot: Whose alone it is, where a bot brought it along.
    """

    name: str
    permissions: int = EVERYDAY
    bot: User | None = None
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
            "managed": self.bot is not None,
            "mentionable": True,
            "flags": 0,
            **({"tags": {"bot_id": self.bot.id}} if self.bot else {}),
        }


@dataclass
class Guild:
    """A server.

    Attributes:
        joined: Whether the bot is in it.
        owner: Who may do everything.
    """

    name: str
    joined: bool = True
    id: str = field(default_factory=snowflake)
    roles: list[Role] = field(default_factory=list)
    channels: list[Channel] = field(default_factory=list)
    members: dict[str, tuple[User, list[Role]]] = field(default_factory=dict)
    owner: User | None = None

    def __post_init__(self) -> None:
        # The role that everybody has bears the server's id.
        self.roles.append(Role("@everyone", id=self.id))

    def permissions(self, user: User, channel: Channel | None = None) -> int:
        """What a member may do in the server, or in one of its channels; as Discord's documentation computes it."""
        held = self.members[user.id][1]
        total = self.roles[0].permissions
        for role in held:
            total |= role.permissions
        if user is self.owner or total & ADMINISTRATOR:
            return EVERYTHING
        if channel is None:
            return total
        overwrites = (channel.parent or channel).overwrites
        for group in ([self.id], [role.id for role in held], [user.id]):
            found = [overwrites[id_] for id_ in group if id_ in overwrites]
            for one in found:
                total &= ~int(one["deny"])
            for one in found:
                total |= int(one["allow"])
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
            "owner_id": self.owner.id if self.owner else "1",
            "unavailable": False,
            "member_count": len(self.members),
            "roles": [role.payload() for role in self.roles],
            "channels": [channel.payload() for channel in self.channels if channel.type in (0, 2)],
            "threads": [one.payload() for one in self.channels if one.type in (11, 12) and not one.archived],
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
    """A text channel (0), a direct conversation (1), a voice channel (2), or one of several people (3).

    Or a thread (11), or a private one (12).

    Attributes:
        forbidden: What the bot may not do here, such as `SEND_MESSAGES`.
        overwrites: What roles and members are allowed and denied here, by id.
        archived: Since when a thread is archived.
    """

    name: str
    type: int = 0
    guild: Guild | None = None
    parent: Channel | None = None
    recipient: User | None = None
    id: str = field(default_factory=snowflake)
    messages: dict[str, Message] = field(default_factory=dict)
    forbidden: set[str] = field(default_factory=set)
    overwrites: dict[str, Json] = field(default_factory=dict)
    archived: datetime | None = None

    def lacking(self, me: User) -> set[str]:
        """What the bot may not do here."""
        if self.guild is None or me.id not in self.guild.members:
            return self.forbidden
        allowed = self.guild.permissions(me, self)
        named = {"VIEW_CHANNEL": VIEW, "SEND_MESSAGES": SEND, "READ_MESSAGE_HISTORY": READ_HISTORY}
        return self.forbidden | {name for name, bit in named.items() if not allowed & bit}

    def overwrite(self, whose: Role | User, *, allow: int = 0, deny: int = 0) -> None:
        """Allow and deny a role or a member something here."""
        kind = 0 if isinstance(whose, Role) else 1
        self.overwrites[whose.id] = {"id": whose.id, "type": kind, "allow": str(allow), "deny": str(deny)}

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
            "permission_overwrites": list(self.overwrites.values()),
            "nsfw": False,
            "flags": 0,
            "parent_id": self.parent.id if self.parent else None,
        }
        if self.type == 2:
            payload |= {"bitrate": 64_000, "user_limit": 0}
        if self.type in (11, 12):
            payload |= {
                "owner_id": "1",
                "member_count": 1,
                "message_count": len(self.messages),
                "thread_metadata": {
                    "archived": self.archived is not None,
                    "auto_archive_duration": 1440,
                    "archive_timestamp": (self.archived or made(self.id)).isoformat(),
                    "locked": False,
                },
            }
        return payload


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

    def channel(self, guild: Guild, name: str, *, parent: Channel | None = None, private: bool = False) -> Channel:
        """A new channel, or with a parent a thread in it, which may be private."""
        channel = Channel(name, (12 if private else 11) if parent else 0, guild, parent)
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
