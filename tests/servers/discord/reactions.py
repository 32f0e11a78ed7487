"""Reactions under the messages of the loopback Discord."""

from __future__ import annotations

from tests.servers.discord.gateway import DIRECT_REACTIONS, GUILD_REACTIONS, Gateway
from tests.servers.discord.message import Message
from tests.servers.discord.world import Json, User


async def tell(gateway: Gateway, what: str, message: Message, emoji: str | None, user: User | None = None) -> None:
    """Tell the gateway's clients of a reaction that was put under a message, or of those that were removed.

    Args:
        gateway: Whose clients.
        what: How the event's name ends, such as `ADD`.
        message: Under which message.
        emoji: Which; None where all were removed.
        user: Whose it is; None where they were everybody's.
    """
    guild = message.channel.guild
    payload: Json = {"channel_id": message.channel.id, "message_id": message.id}
    payload |= {"guild_id": guild.id} if guild else {}
    payload |= {"emoji": {"id": None, "name": emoji}} if emoji else {}
    payload |= {"user_id": user.id, "burst": False, "type": 0} if user else {}
    if user is not None and guild and what == "ADD":
        payload |= {"member": {**guild.member(user), "user": user.payload()}}
    needed = GUILD_REACTIONS if guild else DIRECT_REACTIONS
    await gateway.dispatch(f"MESSAGE_REACTION_{what}", lambda session: payload if session.intents & needed else None)
