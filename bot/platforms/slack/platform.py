"""Slack as a `Platform`: acknowledge first, work after."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

import structlog
from pydantic import SecretStr

from bot.errors import ConfigError, UserError
from bot.platform import Address, Body, Limits, MessageRef
from bot.platforms.slack.answer import Answer
from bot.platforms.slack.connection import Connection, HttpMode, SocketMode
from bot.platforms.slack.directory import PLATFORM, Directory
from bot.platforms.slack.history import read_history
from bot.platforms.slack.incoming import Incoming
from bot.platforms.slack.manifest import SCOPES
from bot.platforms.slack.pace import Pace
from bot.platforms.slack.pane import Pane
from bot.platforms.slack.payloads import SignedIn
from bot.platforms.slack.places import Asker, Place
from bot.platforms.slack.private import Once
from bot.platforms.slack.receiving import Parts, Receiving
from bot.platforms.slack.web import UNREACHABLE, SlackRefused, Web
from bot.request import Message, Receive
from bot.values import ChannelRef, User

if TYPE_CHECKING:
    from bot.commands import Command

log = structlog.get_logger(__name__)

REMEMBERED = 2_000
"""Answers that are being written, or recognised by their key."""


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
    ) -> None:
        needed = {"bot_token": bot_token}
        needed |= {"app_token": app_token} if mode == "socket" else {"signing_secret": signing_secret}
        for name, secret in needed.items():
            if secret is None or not secret.get_secret_value():
                raise ConfigError(f"platforms.slack.{name}: it is needed in {mode} mode")
        self.name = PLATFORM
        # A message may have 40,000 characters but an edit 4,000, and answers grow by edits.
        self.limits = Limits(message_chars=40_000, edit_chars=4_000, edits_per_second=1.0, file_bytes=1 << 28)
        self._bot_token = bot_token.get_secret_value() if bot_token else ""
        self._app_token = app_token.get_secret_value() if app_token else ""
        self._signing_secret = signing_secret.get_secret_value() if signing_secret else ""
        self._mode = mode
        self._api_url, self._host, self._port, self._ping_seconds = api_url, host, port, ping_seconds
        self._connections = connections
        self._pace = Pace()
        self._posting: OrderedDict[str, asyncio.Task[MessageRef]] = OrderedDict()
        self._answers: OrderedDict[str, Answer | Once] = OrderedDict()
        self._connection: Connection | None = None
        self._receiving: Receiving | None = None

    @property
    def url(self) -> str:
        """Where HTTP mode takes Slack's requests; empty in Socket Mode and before the start."""
        return self._connection.url if isinstance(self._connection, HttpMode) else ""

    async def start(self, receive: Receive) -> None:
        """Sign in and connect.

        Raises:
            ConfigError: Slack cannot be reached, or refuses a token.
        """
        web = Web(self._bot_token, self._api_url)
        try:
            me = await self._sign_in(web)
            directory = Directory(web, me.team_id)
            incoming = Incoming(web, directory, me, self.limits.file_bytes)
            self._receiving = Receiving(Parts(web, directory, incoming, Pane(web)), receive)
            app = self._receiving.app(self._signing_secret)
            if self._mode == "socket":
                self._connection = SocketMode(app, self._app_token, self._ping_seconds, self._connections)
            else:
                self._connection = HttpMode(app, self._host, self._port)
            await self._connection.open()
        except BaseException:
            await web.close()
            raise
        log.info("signed in to Slack", team=me.team_id, bot=me.user_id, mode=self._mode)

    async def stop(self) -> None:
        """Disconnect."""
        if self._connection is not None:
            await self._connection.close()
        if self._receiving is not None:
            await self._there.web.close()

    async def publish(self, commands: Sequence[Command]) -> None:
        """Note the commands' names; Slack itself learns them from the manifest, when the app is set up."""
        assert self._receiving is not None, "Slack was not started"
        self._receiving.commands = {command.name: command for command in commands if not command.menu}

    async def post(self, address: Address, body: Body, key: str) -> MessageRef:
        """Post an answer; the same `key` again gives back the first one."""
        posting = self._posting.get(key)
        if posting is None:
            posting = asyncio.get_running_loop().create_task(self._post(address, body, key))
            _remember(self._posting, key, posting)
        try:
            return await asyncio.shield(posting)
        except Exception:
            self._posting.pop(key, None)
            raise

    async def edit(self, ref: MessageRef, body: Body) -> MessageRef:
        """Bring an answer up to date; returns where it stands now.

        Raises:
            UserError: Somebody has removed it since it was complete.
        """
        answer = self._answer_of(ref)
        if answer is None:
            return ref
        try:
            await answer.show(body)
        except SlackRefused as error:
            if error.error != "message_not_found":
                raise
            if f"{ref.channel} {ref.id}" not in self._answers:
                raise UserError("That answer was removed: it cannot be changed any more.") from None
            # Removed while it is written: there is nothing left to change.
        return self._note(ref.channel, ref.id, answer)

    async def delete(self, ref: MessageRef) -> None:
        """Remove an answer with its files; one that is gone already is no error."""
        answer = self._answer_of(ref)
        if answer is not None:
            await answer.delete()
        self._answers.pop(f"{ref.channel} {ref.id}", None)

    async def forget(self, person: str) -> None:
        """Drop the person's name and what is left of answers to them; what was posted is Slack's."""
        user = person.removeprefix(f"{PLATFORM}:")
        self._there.directory.forget(user)
        for key, answer in list(self._answers.items()):
            # One that is being written is dropped when it is complete.
            if answer.ended and answer.asker is not None and answer.asker.user == user:
                del self._answers[key]

    async def history(self, channel: str, since: datetime | None, limit: int) -> list[Message]:
        """The last messages, oldest first."""
        return await read_history(self._there.web, self._there.incoming, Place.of(channel), since, limit)

    async def find_person(self, text: str, server: str | None) -> User | None:
        """Who is meant by `<@U…>` or a name."""
        return await self._there.directory.find_person(text)

    async def find_channel(self, text: str, server: str | None) -> ChannelRef | None:
        """Which channel is meant by `<#C…>` or a name."""
        return await self._there.directory.find_channel(text)

    @property
    def _there(self) -> Parts:
        assert self._receiving is not None, "Slack was not started"
        return self._receiving.parts

    async def _sign_in(self, web: Web) -> SignedIn:
        from aiohttp import ClientError

        try:
            answer, headers = await web.call_with_headers("auth.test")
        except SlackRefused as error:
            raise ConfigError(f"platforms.slack.bot_token: Slack refuses it ({error.error})") from None
        except (ClientError, TimeoutError, OSError) as error:
            raise ConfigError(f"platforms.slack.api_url: {self._api_url} cannot be reached: {error}") from None
        granted = {scope.strip() for scope in headers.get("x-oauth-scopes", "").split(",")}
        if missing := sorted(set(SCOPES) - granted - {"commands"}) if granted != {""} else []:
            log.warning("Slack scopes are missing; add them under OAuth & Permissions", scopes=missing)
        return SignedIn.model_validate(answer)

    async def _post(self, address: Address, body: Body, key: str) -> MessageRef:
        # What a failed try has posted is gone on with by the next one.
        answer = self._answers.get(key) or self._new_answer(address)
        _remember(self._answers, key, answer)
        try:
            await answer.show(body)
        except SlackRefused as error:
            blocked = error.error in UNREACHABLE or error.error == "missing_scope"
            if not isinstance(answer, Answer) or not blocked or answer.posted or answer.asker is None:
                raise
            answer = Once(self._there.web, answer.place, answer.asker.user, answer.asker, everyone=True)
            await answer.show(body)
        self._answers.pop(key, None)
        return self._note(address.channel, key, answer)

    def _new_answer(self, address: Address) -> Answer | Once:
        place, asker = Place.to_answer(address), Asker.of(address.token)
        private_to = (address.private_to or "").removeprefix(f"{PLATFORM}:")
        if private_to and not place.direct:
            return Once(self._there.web, place, private_to, asker)
        return Answer(self._there.web, self._pace, place, asker)

    def _answer_of(self, ref: MessageRef) -> Answer | Once | None:
        """The answer at `ref`; None when it is one that cannot be changed any more."""
        if known := self._answers.get(f"{ref.channel} {ref.id}"):
            return known
        if "." not in ref.id:
            log.debug("an answer for one person's eyes stays as it is", channel=ref.channel)
            return None
        return Answer.standing(self._there.web, self._pace, ref)

    def _note(self, channel: str, key: str, answer: Answer | Once) -> MessageRef:
        """Remember the answer until it is complete: its place then says all that is needed to change it."""
        ref = answer.ref(channel) if isinstance(answer, Answer) else MessageRef(channel, key)
        if answer.ended:
            self._answers.pop(f"{channel} {ref.id}", None)
        else:
            _remember(self._answers, f"{channel} {ref.id}", answer)
        return ref


def _remember(known: OrderedDict[str, Any], key: str, value: object) -> None:
    known[key] = value
    while len(known) > REMEMBERED:
        known.popitem(last=False)
