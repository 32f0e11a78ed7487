"""Messages on the loopback Discord, as Discord's own payloads."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.servers.discord.ids import made, snowflake

if TYPE_CHECKING:
    from tests.servers.discord.world import Channel, Json, User

EPHEMERAL = 1 << 6
LOADING = 1 << 7


@dataclass
class Message:
    """A message, and every text it ever showed.

    Attributes:
        texts: What it said, each edit added.
        only_to: The person who alone sees it, when it is ephemeral.
        mentioned: Who was pinged by it.
        reactions: Who put which emoji under it.
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
    reactions: dict[str, list[User]] = field(default_factory=dict)
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
        if self.reactions:
            payload["reactions"] = [reaction(emoji, users) for emoji, users in self.reactions.items()]
        if self.nonce is not None:
            payload["nonce"] = self.nonce
        if self.reply_to is not None:
            payload["message_reference"] = {"message_id": self.reply_to.id, "channel_id": self.channel.id}
            gone = self.reply_to.deleted
            payload["referenced_message"] = None if gone else _first_level(self.reply_to.payload(readable=readable))
        return payload


def reaction(emoji: str, users: list[User]) -> Json:
    """The reaction object; `me` is the bot, the only one who asks."""
    return {
        "emoji": {"id": None, "name": emoji},
        "count": len(users),
        "count_details": {"burst": 0, "normal": len(users)},
        "me": any(user.bot for user in users),
        "me_burst": False,
        "burst_colors": [],
    }


def _first_level(payload: Json) -> Json:
    """Discord shows what a message replies to, not what that replied to."""
    return {key: value for key, value in payload.items() if key != "referenced_message"}
