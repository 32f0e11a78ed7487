"""The connection to Discord: logs in, stays connected, and does without the message-content intent where it must."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import aiohttp
import discord
import structlog
import yarl

from bot.errors import ConfigError
from bot.platform import Gone, no_matter

log = structlog.get_logger(__name__)

LOGIN_SECONDS = 10.0
"""How long a start waits for Discord; after that it goes on by itself."""

RETRY_SECONDS = 5.0
LONGEST_RETRY_SECONDS = 300.0


class Connection:
    """Keeps a client connected for as long as it is open.

    Args:
        token: The bot's.
        api_url: Discord's REST interface.
        gateway_url: Discord's gateway.
        make_client: Makes a client with these intents; it handles the events.
        logged_in: Called each time a client has logged in.
        gone: Is told when Discord does not know the token any more.

    Attributes:
        client: The client of now.
        message_content: Whether messages that do not address the bot can be read.
    """

    def __init__(
        self,
        token: str,
        api_url: str,
        gateway_url: str,
        make_client: Callable[[discord.Intents], discord.Client],
        logged_in: Callable[[], None],
        gone: Gone = no_matter,
    ) -> None:
        self.message_content = True
        self._token = token
        self._make_client = make_client
        self._logged_in = logged_in
        self._gone = gone
        self._running: asyncio.Task[None] | None = None
        self._usable = asyncio.Event()
        # discord.py keeps both in its classes; there is one Discord for a process.
        discord.http.Route.BASE = api_url.rstrip("/")
        discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(gateway_url)
        # It would speak of voice, which is none of our business.
        discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False
        self.client = self._fresh_client()

    async def open(self) -> None:
        """Log in and connect; when Discord cannot be reached, go on trying in the background.

        Raises:
            ConfigError: Discord does not know the token.
        """
        self._running = asyncio.get_running_loop().create_task(self._run())
        self._running.add_done_callback(self._say_why)
        usable = asyncio.ensure_future(self._usable.wait())
        await asyncio.wait({self._running, usable}, timeout=LOGIN_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        usable.cancel()
        if self._running.done():
            await self._running
        elif not self._usable.is_set():
            log.warning("Discord cannot be reached yet; I go on trying")

    @property
    def usable(self) -> bool:
        """Whether requests can be made."""
        return self._usable.is_set() and not self.client.is_closed()

    async def close(self) -> None:
        """Disconnect."""
        if self._running is not None:
            self._running.cancel()
            await asyncio.gather(self._running, return_exceptions=True)
            self._running = None
        await self.client.close()
        self._usable.clear()
        # What it told of last has its turn still.
        await asyncio.sleep(0)

    async def _run(self) -> None:
        retry = RETRY_SECONDS
        while True:
            try:
                await self.client.login(self._token)
                self._check_intents()
                self._usable.set()
                self._logged_in()
                retry = RETRY_SECONDS
                await self.client.connect()
                break
            except discord.LoginFailure:
                await self.client.close()
                raise ConfigError(
                    "platforms.discord.token: Discord does not know it; copy it again from the developer portal"
                ) from None
            except discord.PrivilegedIntentsRequired:
                self.message_content = False
                log.warning(
                    "messages that do not address me cannot be read: the Message Content Intent is off; "
                    "it can be switched on in Discord's developer portal, Bot → Privileged Gateway Intents"
                )
            except discord.ConnectionClosed as error:
                log.warning("Discord closed the connection for good; trying anew", code=error.code)
                retry = await self._wait(retry)
            except (OSError, aiohttp.ClientError, discord.HTTPException, discord.GatewayNotFound) as error:
                log.warning("Discord cannot be reached", error=str(error) or type(error).__name__)
                retry = await self._wait(retry)
            self._usable.clear()
            await self.client.close()
            self.client = self._fresh_client()

    def _check_intents(self) -> None:
        """Refuse what the gateway would refuse a moment later, when answers were begun by a client that goes then."""
        flags = self.client.application_flags
        if self.message_content and not (flags.gateway_message_content or flags.gateway_message_content_limited):
            raise discord.PrivilegedIntentsRequired(None)

    async def _wait(self, seconds: float) -> float:
        await asyncio.sleep(seconds)
        return min(seconds * 2, LONGEST_RETRY_SECONDS)

    def _fresh_client(self) -> discord.Client:
        intents = discord.Intents.none()
        intents.guilds = intents.guild_messages = intents.dm_messages = True
        intents.guild_reactions = intents.dm_reactions = True
        intents.message_content = self.message_content
        return self._make_client(intents)

    def _say_why(self, running: asyncio.Task[None]) -> None:
        """What ends the connection for good must not pass in silence."""
        if not running.cancelled() and (error := running.exception()) is not None:
            why = str(error) or type(error).__name__
            log.error("disconnected from Discord for good", error=why)
            self._gone(why)
