"""Tells plugins of messages that nobody addressed to Atelier."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import TypeAlias

import structlog

from bot.arguments import Arguments
from bot.commands import Listener
from bot.handlers import run_handler
from bot.middleware.call import Call
from bot.middleware.routing import SettingsFor
from bot.platform import Address, Platform
from bot.plugin import Plugin
from bot.reply import Reply
from bot.request import ChannelDeleted, MessageDeleted, MessageEdited, MessageSeen, Person, Request
from bot.signatures import where

log = structlog.get_logger(__name__)

Heard: TypeAlias = MessageSeen | MessageEdited | MessageDeleted | ChannelDeleted
"""What plugins can be told of."""


@dataclass
class Listening:
    """Runs the functions that listen, in the background.

    Attributes:
        arguments: Makes what they are called with.
        settings_for: Knows what holds in a channel.
        listeners: By the plugin that listens.
        tasks: Those that run now.
    """

    arguments: Arguments
    settings_for: SettingsFor
    listeners: dict[Plugin, list[Listener]] = field(default_factory=dict)
    tasks: set[asyncio.Task[None]] = field(default_factory=set)

    def tell(self, event: Heard, platform: Platform) -> None:
        """Tell every function that listens to such events; returns at once."""
        for plugin, listeners in self.listeners.items():
            for listener in listeners:
                if isinstance(event, listener.event):
                    self.run(self._listen(plugin, listener, event, platform))

    def run(self, work: Coroutine[None, None, None]) -> None:
        """Do something in the background; it ends when Atelier stops."""
        task = asyncio.get_running_loop().create_task(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def _listen(self, plugin: Plugin, listener: Listener, event: Heard, platform: Platform) -> None:
        if isinstance(event, MessageDeleted | ChannelDeleted):
            person, text = Person("", ""), ""
        else:
            person, text = Person(event.message.author, event.message.author_name), event.message.text
        request = Request(event.origin, person, event.channel, text=text)
        call = Call(request, Reply(platform, Address(event.channel.id), request.id))
        try:
            call.settings = await self.settings_for(request)
            if plugin.name in call.settings.off:
                return
            arguments = {
                need.name: event if need.type is listener.event else await self.arguments.injected(call, plugin, need)
                for need in listener.signature.needs
            }
            await run_handler(listener.handler, arguments)
        except Exception:
            log.exception("listener failed", plugin=plugin.name, listener=where(listener.handler))
