"""Finds the command a request means and the settings of its channel."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeAlias

from bot.middleware.call import Call, Proceed
from bot.request import Request
from bot.router import Router
from bot.settings import ChannelSettings

SettingsFor: TypeAlias = Callable[[Request], Awaitable[ChannelSettings]]
"""Fetches what holds in the channel of a request."""


class Routing:
    """Fills in `command`, `options` and `settings`, and makes private answers private before anything is shown.

    Args:
        router: Knows the commands.
        settings_for: Knows the settings.
    """

    def __init__(self, router: Router, settings_for: SettingsFor) -> None:
        self._router = router
        self._settings_for = settings_for

    async def __call__(self, call: Call, proceed: Proceed) -> None:
        """Look the command up and go on."""
        match = self._router.resolve(call.request)
        call.command = match.command
        if match.command.private:
            # Before the options are read: what is wrong with them is private too.
            call.reply.make_private(call.request.person.id)
        call.options = match.options(call.request)
        call.settings = await self._settings_for(call.request)
        await proceed(call)
