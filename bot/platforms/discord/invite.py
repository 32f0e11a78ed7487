"""The link by which an admin lets the bot into a server."""

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


def invite_url(token: str) -> str:
    """The link, with the least permissions.

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
    permissions = sum(PERMISSIONS.values())
    scopes = "bot%20applications.commands"
    return f"https://discord.com/oauth2/authorize?client_id={application}&scope={scopes}&permissions={permissions}"
