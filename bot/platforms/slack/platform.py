"""Slack as a `Platform`: acknowledge first, work after."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Literal

import structlog
from pydantic import SecretStr

from bot.body import Body
from bot.errors import ConfigError, UserError
from bot.platform import Address, Audience, Gone, Limits, MessageRef, no_matter
from bot.platforms.slack.answers import Answers
from bot.platforms.slack.avatars import Avatars
from bot.platforms.slack.connection import Connection, HttpMode, SocketMode
from bot.platforms.slack.directory import PLATFORM, Directory
from bot.platforms.slack.history import find_threads, is_gone, read_history
from bot.platforms.slack.incoming import Incoming
from bot.platforms.slack.interactions import Interactions
from bot.platforms.slack.manifest import SCOPES
from bot.platforms.slack.missed import catch_up
from bot.platforms.slack.pane import Pane
from bot.platforms.slack.payloads import SignedIn
from bot.platforms.slack.places import Place
from bot.platforms.slack.readers import Readers
from bot.platforms.slack.receiving import Parts, Receiving
from bot.platforms.slack.web import SlackFailed, SlackRefused, Web
from bot.request import Channel, Message, Receive
from bot.values import ChannelRef, User

if TYPE_CHECKING:
    from bot.commands import Command

log = structlog.get_logger(__name__)

LOGIN_SECONDS = 10.0
"""How long a start waits for Slack; after that it goes on by itself."""

RETRY_SECONDS = 5.0
LONGEST_RETRY_SECONDS = 300.0

SILENT = "Slack does not answer me right now; please try again in a minute."


class Slack:
    """A workspace, by its bot.

    Args:
        bot_token: `xoxb-…`.
        app_token: `xapp-…`, for Socket Mode.
        signing_secret: For HTTP mode.
        mode: How events come in.
        api_url: Where Slack is.
        host: Where HTTP mode listens.
        port: Where HTTP mode listens.
        connections: How many Socket Mode holds open.
        ping_seconds: How often Socket Mode checks its connections.
        gone: Is told when Slack takes the tokens no more.

    Raises:
        ConfigError: A token that the mode needs is missing.
    """

    def __init__(
        self,
        *,
        bot_token: SecretStr | None,
        app_token: SecretStr | None = None,
        signing_secret: SecretStr | None = None,
        mode: Literal["socket", "http"] = "socket",
        api_url: str = "https://slack.com/api/",
        host: str = "127.0.0.1",
        port: int = 3000,
        connections: int = 2,
        ping_seconds: float = 10,
        gone: Gone = no_matter,
    ) -> None:
        needed = {"bot_token": bot_token}
        needed |= {"app_token": app_token} if mode == "socket" else {"signing_secret": signing_secret}
        for name, secret in needed.items():
            if secret is None or not secret.get_secret_value():
                raise ConfigError(f"platforms.slack.{name}: it is needed in {mode} mode")
        self.name = PLATFORM
        # A message may have 40,000 characters but an edit 4,000, and answers grow by edits.
        self.limits = Limits(
            message_chars=40_000,
            edit_chars=4_000,
            edits_per_second=1.0,
            file_bytes=1 << 28,
            private_once=True,
            sign_seconds=3.0,
        )
        self._bot_token = bot_token.get_secret_value() if bot_token else ""
        self._app_token = app_token.get_secret_value() if app_token else ""
        self._signing_secret = signing_secret.get_secret_value() if signing_secret else ""
        self._mode = mode
        self._api_url, self._host, self._port, self._ping_seconds = api_url, host, port, ping_seconds
        self._connections = connections
        self._gone = gone
        self._answers = Answers(lambda: self._there.web)
        self._web: Web | None = None
        self._trying: asyncio.Task[None] | None = None
        self._connection: Connection | None = None
        self._receiving: Receiving | None = None
        self._commands: dict[str, Command] = {}
        self._connected = asyncio.Event()
        self.pictures = Avatars(lambda: self._there)

    @property
    def url(self) -> str:
        """Where HTTP mode takes Slack's requests; empty in Socket Mode and before the start."""
        return self._connection.url if isinstance(self._connection, HttpMode) else ""

    async def start(self, receive: Receive) -> None:
        """Sign in and connect; where Slack cannot be reached, go on trying in the background.

        Raises:
            ConfigError: Slack refuses a token, or the port of HTTP mode cannot be had.
        """
        self._web = Web(self._bot_token, self._api_url, self._gone)
        try:
            async with asyncio.timeout(LOGIN_SECONDS):
                await self._connect(self._web, receive)
        except (SlackFailed, TimeoutError) as error:
            log.warning("Slack cannot be reached yet; I go on trying", url=self._api_url, error=str(error))
            self._trying = asyncio.get_running_loop().create_task(self._try_on(self._web, receive))
            self._trying.add_done_callback(self._say_why)
        except BaseException:
            await self._web.close()
            raise

    async def stop(self) -> None:
        """Disconnect."""
        if self._trying is not None:
            self._trying.cancel()
            await asyncio.gather(self._trying, return_exceptions=True)
        if self._connection is not None:
            await self._connection.close()
        if self._web is not None:
            await self._web.close()

    async def publish(self, commands: Sequence[Command]) -> None:
        """Note the commands' names; Slack itself learns them from the manifest, when the app is set up."""
        self._commands = {command.name: command for command in commands if not command.menu}
        if self._receiving is not None:
            self._receiving.commands = self._commands

    async def post(self, address: Address, body: Body, key: str) -> MessageRef:
        """Post an answer; the same `key` again gives back the first one."""
        return await self._answers.post(address, body, key)

    async def resume(self, address: Address, key: str, ref: MessageRef | None, asked: datetime) -> MessageRef | None:
        """Take up an answer that an earlier process may have posted; one for one person's eyes cannot be."""
        return await self._answers.resume(address, key, ref, asked)

    async def edit(self, ref: MessageRef, body: Body) -> MessageRef:
        """Bring an answer up to date; returns where it stands now.

        Raises:
            UserError: Somebody has removed it since it was complete.
        """
        return await self._answers.edit(ref, body)

    async def delete(self, ref: MessageRef) -> None:
        """Remove an answer with its files; one that is gone already is no error."""
        await self._answers.delete(ref)

    async def forget(self, person: str) -> None:
        """Drop the person's name and what is left of answers to them; what was posted is Slack's."""
        if self._receiving is not None:
            self._receiving.parts.directory.forget(person.removeprefix(f"{PLATFORM}:"))
        self._answers.forget(person)

    async def history(self, channel: str, since: datetime | None, limit: int) -> list[Message]:
        """The last messages, oldest first.

        Raises:
            UserError: They cannot be read; the text says why.
        """
        try:
            return await read_history(self._there.web, self._there.incoming, Place.of(channel), since, limit)
        except SlackFailed:
            raise UserError(SILENT) from None

    async def threads(self, channel: str, since: datetime) -> list[str]:
        """The channel's threads in which something was written since then.

        Raises:
            UserError: They cannot be read; the text says why.
        """
        try:
            return await find_threads(self._there.web, channel, since)
        except SlackFailed:
            raise UserError(SILENT) from None

    async def deleted(self, channel: str, message: str | None = None) -> bool:
        """Whether a message is known to be gone; of a channel that is not told by an event, nobody can tell.

        Slack finds no channel that was deleted, and neither one that became private or that the bot was removed from.
        """
        if message is None:
            return False
        return await is_gone(self._there.web, Place.of(channel).channel, message)

    async def listening(self) -> bool:
        """Whether there is a way in."""
        return self._connection is not None and await self._connection.is_open()

    async def catch_up(self, since: datetime) -> None:
        """Hand over what was asked since then in the channels that the bot is in."""
        await self._connected.wait()
        assert self._receiving is not None, "it is connected"
        await catch_up(self._there, self._receiving.receive, since)

    async def find_person(self, text: str, server: str | None) -> User | None:
        """Who is meant by `<@U…>` or a name."""
        return await self._there.directory.find_person(text)

    async def find_channel(self, text: str, server: str | None) -> ChannelRef | None:
        """Which channel is meant by `<#C…>` or a name."""
        return await self._there.directory.find_channel(text)

    async def channels(self, server: str | None) -> list[ChannelRef]:
        """The channels that the bot is in, without archived ones.

        Raises:
            UserError: They cannot be listed; the text says why.
        """
        try:
            return await self._there.readers.channels(server)
        except SlackFailed:
            raise UserError(SILENT) from None

    async def place(self, channel: str) -> Channel | None:
        """The channel or thread with this id, as a request would come from there."""
        return await self._there.readers.place(channel)

    async def readable(self, channel: str, audience: Audience) -> bool:
        """Whether a channel or thread may be read by all of the audience; not where Slack does not tell."""
        return await self._there.readers.readable(channel, audience)

    async def direct(self, person: str) -> Channel:
        """A person's direct conversation with the bot.

        Raises:
            UserError: There can be none; the text says why.
        """
        try:
            return await self._there.readers.direct(person.removeprefix(f"{PLATFORM}:"))
        except SlackFailed:
            raise UserError(SILENT) from None

    @property
    def _there(self) -> Parts:
        if self._receiving is None:
            raise SlackFailed("auth.test", "not signed in yet")
        return self._receiving.parts

    async def _connect(self, web: Web, receive: Receive) -> None:
        me = await self._sign_in(web)
        web.user = me.user_id
        directory = Directory(web, me.team_id)
        incoming = Incoming(web, directory, me, self.limits.file_bytes)
        readers = Readers(web, directory)
        parts = Parts(web, directory, incoming, Interactions(incoming), readers, Pane(web))
        self._receiving = Receiving(parts, receive, self._commands)
        app = self._receiving.app(self._signing_secret)
        if self._mode == "socket":
            self._connection = SocketMode(app, self._app_token, self._ping_seconds, self._connections)
        else:
            self._connection = HttpMode(app, self._host, self._port)
        await self._connection.open()
        self._connected.set()
        log.info("signed in to Slack", team=me.team_id, bot=me.user_id, mode=self._mode)

    async def _try_on(self, web: Web, receive: Receive) -> None:
        retry = RETRY_SECONDS
        while True:
            await asyncio.sleep(retry)
            try:
                await self._connect(web, receive)
            except SlackFailed as error:
                log.warning("Slack cannot be reached", error=str(error))
                retry = min(retry * 2, LONGEST_RETRY_SECONDS)
            else:
                return

    async def _sign_in(self, web: Web) -> SignedIn:
        try:
            answer, headers = await web.call_with_headers("auth.test")
        except SlackRefused as error:
            raise ConfigError(f"platforms.slack.bot_token: Slack refuses it ({error.error})") from None
        granted = {scope.strip() for scope in headers.get("x-oauth-scopes", "").split(",")}
        if missing := sorted(set(SCOPES) - granted - {"commands"}) if granted != {""} else []:
            log.warning("Slack scopes are missing; add them under OAuth & Permissions", scopes=missing)
        return SignedIn.model_validate(answer)

    def _say_why(self, trying: asyncio.Task[None]) -> None:
        """What ends the connection for good must not pass in silence."""
        if not trying.cancelled() and (error := trying.exception()) is not None:
            why = str(error) or type(error).__name__
            log.error("disconnected from Slack for good", error=why)
            self._gone(why)
