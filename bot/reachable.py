"""Other channels as one request may tell of them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeAlias

from bot.errors import UserError
from bot.history import History
from bot.middleware.call import Call
from bot.platform import Audience, Platform
from bot.request import Channel, ChannelKind
from bot.settings import ChannelSettings
from bot.values import ChannelRef

SettingsOf: TypeAlias = Callable[[Channel], Awaitable[ChannelSettings]]
"""Fetches what holds in a channel."""

HistoryOf: TypeAlias = Callable[[Channel, ChannelSettings], History]
"""The messages of a channel in which that holds."""

UNKNOWN = "I know no such channel that you may read."


class ReachableChannels:
    """The `Channels` of one request.

    Args:
        call: The request, its answer, and what holds where it was made.
        plugin: What would read: where an admin switched this plugin off it does not.
        platform: Knows who may read what.
        settings_of: Knows what holds elsewhere.
        history_of: Reads what was written there.
    """

    def __init__(
        self, call: Call, plugin: str, platform: Platform, settings_of: SettingsOf, history_of: HistoryOf
    ) -> None:
        self._call = call
        self._plugin = plugin
        self._platform = platform
        self._settings_of = settings_of
        self._history_of = history_of

    async def all(self) -> Sequence[ChannelRef]:
        """The channels that Atelier can read and may tell of here."""
        here = self._call.request.channel
        if here.server is None and here.kind is not ChannelKind.DM:
            # A server that Atelier is no member of: nobody knows who reads the answer.
            return ()
        found = await self._platform.channels(here.server)
        may = await asyncio.gather(*(self._may_list(channel) for channel in found))
        return [channel for channel, allowed in zip(found, may, strict=True) if allowed]

    async def history(self, channel: str) -> History:
        """The messages of a channel or thread.

        Raises:
            UserError: It may not be told of here, or nobody knows it.
        """
        here = self._call.request.channel
        if channel == here.id:
            return self._history_of(here, self._call.settings)
        place = await self._platform.place(channel)
        if place is None:
            raise UserError(UNKNOWN)
        if not await self._may_tell(channel):
            reader = Audience(person=self._call.request.person.id)
            if self._for_one() or not await self._platform.readable(channel, reader):
                # As if there were none: who may not read it need not know of it.
                raise UserError(UNKNOWN)
            raise UserError(
                f"Not everyone who reads this may read {_called(place)}, so I do not tell of it here; ask me "
                "in a direct message."
            )
        settings = await self._settings_of(place)
        if self._plugin in settings.off:
            raise UserError(f"An admin switched {self._plugin} off in {_called(place)}, so I do not read it for that.")
        return self._history_of(place, settings)

    async def _may_list(self, channel: ChannelRef) -> bool:
        if not await self._may_tell(channel.id):
            return False
        place = await self._platform.place(channel.id)
        return place is not None and self._plugin not in (await self._settings_of(place)).off

    async def _may_tell(self, channel: str) -> bool:
        request = self._call.request
        own = channel == request.channel.id
        audience = Audience(person=request.person.id) if self._for_one() else Audience(channel=request.channel.id)
        return own or await self._platform.readable(channel, audience)

    def _for_one(self) -> bool:
        """Whether only one person sees the answer."""
        return self._call.reply.private or self._call.request.channel.kind is ChannelKind.DM


def _called(place: Channel) -> str:
    return "our direct conversation" if place.kind is ChannelKind.DM else f"#{place.name}"
