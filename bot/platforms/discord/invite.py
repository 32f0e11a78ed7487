"""The links by which an admin lets the bot into a server, and a person takes it along."""

from __future__ import annotations

import base64
import binascii

from bot.errors import ConfigError

PERMISSIONS = {
    "View Channels": 1 << 10,
    "Send Messages": 1 << 11,
    "Embed Links": 1 << 14,
    "Attach Files": 1 << 15,
    "Read Message History": 1 << 16,
    "Send Messages in Threads": 1 << 38,
}
"""The least that answering takes."""


def invite_urls(token: str) -> tuple[str, str]:
    """The link for servers, with the least permissions, and the one for people.

    Args:
        token: The bot's; its first part is the application's id.

    Raises:
        ConfigError: It is no bot's token.
    """
    first = token.strip().partition(".")[0]
    try:
        application = int(base64.urlsafe_b64decode(first + "=" * (-len(first) % 4)).decode("ascii"))
    except (binascii.Error, ValueError):
        raise ConfigError(
            "platforms.discord.token: this is no bot's token; copy it from the developer portal"
        ) from None
    link = f"https://discord.com/oauth2/authorize?client_id={application}"
    least = sum(PERMISSIONS.values())
    return (
        f"{link}&integration_type=0&scope=bot%20applications.commands&permissions={least}",
        f"{link}&integration_type=1&scope=applications.commands",
    )
