"""Discord on the loopback interface, for tests of bots: REST v10, the gateway and interactions, with their limits.

    async with discord_server() as discord:
        guild = discord.guild("Fox Club")
        ana = discord.person("Ana", guild)
        ...  # start the bot with discord.token, discord.api_url and discord.gateway_url
        used = await ana.uses("summarize", guild.channels[0])
        await discord.until(lambda: used.original and not used.original.thinking)

A server that is made with `joined=False`, and a conversation made by `world.group`, the bot is no member of: people
bring it along there, as with a user install.

It speaks as the official documentation says, and enforces what that says: an interaction is acknowledged within 3 s
and answered for 15 minutes (`Interaction.expire` shortens that), a message has 2,000 characters, a channel takes 5
messages or edits in 5 s (`limits`), events are resumed and replayed (`gateway`), and what fails, fails on command
(`faults`).
"""

from __future__ import annotations

from tests.servers.discord.interactions import Interaction
from tests.servers.discord.limits import Fault
from tests.servers.discord.message import Message
from tests.servers.discord.people import DiscordPerson
from tests.servers.discord.server import DiscordServer, discord_server
from tests.servers.discord.world import (
    ADMINISTRATOR,
    CREATE_GUILD_EXPRESSIONS,
    MANAGE_GUILD,
    Channel,
    Guild,
    Role,
)

__all__ = [
    "ADMINISTRATOR",
    "CREATE_GUILD_EXPRESSIONS",
    "MANAGE_GUILD",
    "Channel",
    "DiscordPerson",
    "DiscordServer",
    "Fault",
    "Guild",
    "Interaction",
    "Message",
    "Role",
    "discord_server",
]
