"""Who may read which channel: members, guests, and people of other organizations."""

from __future__ import annotations

import time
from collections.abc import Callable

import structlog

from bot.platform import Audience
from bot.platforms.slack.direct import open_direct
from bot.platforms.slack.directory import PLATFORM, Directory, Remembered
from bot.platforms.slack.lists import all_pages, joined
from bot.platforms.slack.payloads import Members, SlackChannel
from bot.platforms.slack.places import Place
from bot.platforms.slack.web import SlackFailed, SlackRefused, Web
from bot.request import Channel
from bot.values import ChannelRef

log = structlog.get_logger(__name__)

FRESH_SECONDS = 60.0
"""How long it is believed who is in a channel: who was removed must soon be told nothing more."""

JOINED_SECONDS = 10.0
"""How long it is believed which channels the bot is in: who has invited it asks at once."""


class Readers:
    """Knows who may read what.

    Every full member of the workspace may read its public channels; guests, and people who come by Slack Connect,
    only the channels that they are in. A private channel is read by its members. A public channel can be read by
    everyone later, so nothing private may be told in one.

    Args:
        web: Where it is asked for.
        directory: Knows people.
        clock: Tells the seconds.
    """

    def __init__(self, web: Web, directory: Directory, clock: Callable[[], float] = time.monotonic) -> None:
        self._web = web
        self._directory = directory
        self._joined = Remembered(self._ask_joined, clock, JOINED_SECONDS)
        self._channels = Remembered(self._ask_channel, clock, FRESH_SECONDS)
        self._members = Remembered(self._ask_members, clock, FRESH_SECONDS)
        self._direct = Remembered(self._ask_direct, clock)

    async def channels(self, server: str | None) -> list[ChannelRef]:
        """The channels that the bot is in, without archived ones; none of another server.

        Raises:
            SlackRefused: It may not list them.
            SlackFailed: Slack did not answer.
        """
        if server not in {None, self._directory.server}:
            return []
        return [ChannelRef(channel.id, channel.name) for channel in (await self._joined.get("")).values()]

    async def place(self, channel: str) -> Channel | None:
        """What a channel, a thread or a direct conversation is; None where the bot cannot see it."""
        place, name = Place.of(channel), ""
        if not place.direct:
            try:
                name = (await self._channel(place.channel)).name
            except (SlackRefused, SlackFailed):
                return None
        return await self._directory.channel(place.channel, place.thread, name=name)

    async def direct(self, user: str) -> Channel:
        """The direct conversation with a person (Slack's id), opened if need be.

        Raises:
            SlackRefused: There can be none; the text says why.
            SlackFailed: Slack did not answer.
        """
        return await self._directory.channel(await self._direct.get(user))

    async def readable(self, channel: str, audience: Audience) -> bool:
        """Whether all of the audience may read a channel or thread; not where that cannot be told."""
        source = Place.of(channel)
        try:
            if audience.person is not None:
                platform, _, user = audience.person.partition(":")
                return platform == PLATFORM and await self._by_person(source, user)
            return await self._by_channel(source, Place.of(audience.channel or ""))
        except (SlackRefused, SlackFailed) as error:
            log.info("unknown who reads a channel", channel=channel, method=error.method, error=error.error)
            return False

    async def _by_person(self, source: Place, user: str) -> bool:
        if source.direct:
            return await self._direct.get(user) == source.channel
        if not (await self._channel(source.channel)).is_private and await self._directory.is_full_member(user):
            return True
        return user in await self._members.get(source.channel)

    async def _by_channel(self, source: Place, target: Place) -> bool:
        if source.channel == target.channel:
            return True
        if source.direct or target.direct:
            return False
        here, there = await self._channel(source.channel), await self._channel(target.channel)
        if there.reaches_outside or (here.is_private and not there.is_private):
            return False
        readers = await self._members.get(target.channel)
        if not here.is_private:
            readers = await self._directory.outsiders(readers)
        return not readers or readers <= await self._members.get(source.channel)

    async def _channel(self, channel: str) -> SlackChannel:
        # A digest asks about all of the bot's channels, and Slack tells of those at once.
        return (await self._joined.get("")).get(channel) or await self._channels.get(channel)

    async def _ask_joined(self, _: str) -> dict[str, SlackChannel]:
        return {channel.id: channel for channel in await joined(self._web)}

    async def _ask_channel(self, channel: str) -> SlackChannel:
        answer = await self._web.call("conversations.info", channel=channel)
        return SlackChannel.model_validate(answer["channel"])

    async def _ask_members(self, channel: str) -> frozenset[str]:
        pages = await all_pages(self._web, "conversations.members", Members, channel=channel)
        return frozenset(user for page in pages for user in page.members)

    async def _ask_direct(self, user: str) -> str:
        return await open_direct(self._web, user)
