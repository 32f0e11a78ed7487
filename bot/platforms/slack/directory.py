"""Who and what is in the workspace: people and channels, asked once and remembered for a while."""

from __future__ import annotations

import asyncio
import re
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable
from typing import Generic, TypeVar

import structlog

from bot.platforms.slack.lists import all_pages
from bot.platforms.slack.payloads import Page, SlackChannel, SlackUser
from bot.platforms.slack.web import SlackFailed, SlackRefused, Web
from bot.request import ADMIN, Channel, ChannelKind, Person
from bot.values import ChannelRef, User

log = structlog.get_logger(__name__)

PLATFORM = "slack"

FRESH_SECONDS = 600.0
"""How long an answer of Slack's is believed."""

REMEMBERED = 5_000

_USER = re.compile(r"<@([UW][A-Z0-9]+)(?:\|[^>]*)?>")
_CHANNEL = re.compile(r"<#([CG][A-Z0-9]+)(?:\|[^>]*)?>")

T = TypeVar("T")


class Remembered(Generic[T]):
    """Asks once for each key, also when many ask at the same time.

    Args:
        ask: Finds the value.
        clock: Tells the seconds.
        fresh: For how many seconds an answer is believed.
    """

    def __init__(
        self,
        ask: Callable[[str], Awaitable[T]],
        clock: Callable[[], float] = time.monotonic,
        fresh: float = FRESH_SECONDS,
    ) -> None:
        self._ask = ask
        self._clock = clock
        self._fresh = fresh
        self._known: OrderedDict[str, tuple[float, asyncio.Task[T]]] = OrderedDict()

    async def get(self, key: str) -> T:
        """The value of `key`."""
        known = self._known.get(key)
        if known is None or self._clock() - known[0] > self._fresh:
            task = asyncio.get_running_loop().create_task(self._find(key))
            known = self._known[key] = (self._clock(), task)
            if len(self._known) > REMEMBERED:
                self._known.popitem(last=False)
        # Who stops waiting does not take the answer away from the others.
        return await asyncio.shield(known[1])

    def forget(self, key: str) -> None:
        """Ask again next time."""
        self._known.pop(key, None)

    async def _find(self, key: str) -> T:
        try:
            return await self._ask(key)
        except BaseException:
            self._known.pop(key, None)
            raise


class Directory:
    """Looks people and channels up.

    Args:
        web: Where they are asked for.
        team: The workspace's id.
    """

    def __init__(self, web: Web, team: str) -> None:
        self._web = web
        self._team = team
        self._users = Remembered(self._ask_user)
        self._channels = Remembered(self._ask_channel)
        self._all_users = Remembered(self._ask_users)
        self._all_channels = Remembered(self._ask_channels)

    @property
    def server(self) -> str:
        """The workspace, as requests name it."""
        return f"{PLATFORM}:{self._team}"

    async def person(self, user: str, name: str = "") -> Person:
        """A person by id; where the bot cannot look, by the name Slack sent along."""
        try:
            found = await self._users.get(user)
        except (SlackRefused, SlackFailed):
            return Person(f"{PLATFORM}:{user}", name or user)
        roles = frozenset({ADMIN}) if found.is_admin or found.is_owner else frozenset[str]()
        shown = found.shown or name or user
        return Person(f"{PLATFORM}:{user}", shown, locale=found.locale, roles=roles, zone=found.tz)

    async def is_full_member(self, user: str) -> bool:
        """Whether a person belongs to the workspace and is no guest.

        Raises:
            SlackRefused: The bot may not look, or nobody has that id.
            SlackFailed: Slack did not answer.
        """
        return (await self._users.get(user)).belongs_to(self._team)

    async def outsiders(self, users: Iterable[str]) -> frozenset[str]:
        """Those of them who are no full members; everyone is asked for at once.

        Raises:
            SlackRefused: The bot may not look, or nobody has that id.
            SlackFailed: Slack did not answer.
        """
        everyone = await self._all_users.get("")
        # Who has come since everyone was asked for is asked for alone.
        found = [everyone.get(user) or await self._users.get(user) for user in users]
        return frozenset(user.id for user in found if not user.belongs_to(self._team))

    async def picture(self, user: str) -> str:
        """Where a person's picture is; empty when there is none.

        Raises:
            SlackRefused: The bot may not look.
        """
        return (await self._users.get(user)).profile.image_192

    def forget(self, user: str) -> None:
        """Remember no longer who this is."""
        self._users.forget(user)
        self._all_users.forget("")

    async def channel(self, channel: str, thread: str | None = None, *, name: str = "") -> Channel:
        """A channel, or a thread in one."""
        server: str | None = self.server
        if channel.startswith("D"):
            server, kind, name = None, ChannelKind.DM, name or "direct message"
        else:
            kind, name = ChannelKind.CHANNEL, name or await self.channel_name(channel)
        if thread is None:
            return Channel(channel, server, kind, name)
        kind = ChannelKind.DM if server is None else ChannelKind.THREAD
        return Channel(f"{channel}:{thread}", server, kind, name, parent=channel)

    async def channel_name(self, channel: str) -> str:
        """What people call a channel; its id where the bot cannot look."""
        try:
            return (await self._channels.get(channel)).name or channel
        except (SlackRefused, SlackFailed):
            return channel

    async def find_person(self, text: str) -> User | None:
        """Who is meant by `<@U…>`, `@name` or a name."""
        text = text.strip()
        if mentioned := _USER.fullmatch(text):
            try:
                found = await self._users.get(mentioned[1])
            except SlackRefused as error:
                if error.error != "user_not_found":
                    raise
                return None
            return User(f"{PLATFORM}:{found.id}", found.shown)
        name = text.removeprefix("@").casefold()
        for user in (await self._all_users.get("")).values():
            if name in user.names and not user.deleted:
                return User(f"{PLATFORM}:{user.id}", user.shown)
        return None

    async def find_channel(self, text: str) -> ChannelRef | None:
        """Which channel is meant by `<#C…>`, `#name` or a name."""
        text = text.strip()
        if mentioned := _CHANNEL.fullmatch(text):
            try:
                found = await self._channels.get(mentioned[1])
            except SlackRefused as error:
                if error.error != "channel_not_found":
                    raise
                return None
            return ChannelRef(found.id, found.name)
        name = text.removeprefix("#").casefold()
        for channel in await self._all_channels.get(""):
            if channel.name.casefold() == name:
                return ChannelRef(channel.id, channel.name)
        return None

    async def _ask_user(self, user: str) -> SlackUser:
        answer = await self._web.call("users.info", user=user, include_locale=True)
        return SlackUser.model_validate(answer["user"])

    async def _ask_channel(self, channel: str) -> SlackChannel:
        answer = await self._web.call("conversations.info", channel=channel)
        return SlackChannel.model_validate(answer["channel"])

    async def _ask_users(self, _: str) -> dict[str, SlackUser]:
        return {user.id: user for page in await all_pages(self._web, "users.list", Page) for user in page.members}

    async def _ask_channels(self, _: str) -> list[SlackChannel]:
        pages = await all_pages(self._web, "conversations.list", Page, types="public_channel,private_channel")
        return [channel for page in pages for channel in page.channels]
