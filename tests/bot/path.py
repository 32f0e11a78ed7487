"""The path of a request without a store or models: for tests of the core, and for measuring it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.actions import Actions
from bot.body import Body
from bot.commands import Command
from bot.config import Limits as LimitsConfig
from bot.dispatch import Dispatcher
from bot.doing import CallersActions
from bot.errors import UserError
from bot.middleware.call import Call
from bot.options import Converter
from bot.path import build_dispatcher
from bot.platform import Limits
from bot.platforms.memory import MemoryPlatform
from bot.plugin import Plugin
from bot.request import Attachment, Channel, ChannelKind, Message, Origin, Person, Request
from bot.settings import ChannelSettings
from bot.testing import FakeClock
from bot.values import ChannelRef, User

ANA = Person("test:ana", "Ana", roles=frozenset({"writer"}))
ADMIN = Person("test:adam", "Adam", roles=frozenset({"admin"}))
GENERAL = Channel("general", "test:server", ChannelKind.CHANNEL, "general")
DM = Channel("dm", None, ChannelKind.DM, "Ana")


class Nobody:
    async def find_person(self, text: str) -> User | None:
        return None

    async def find_channel(self, text: str) -> ChannelRef | None:
        return None


async def utc() -> ZoneInfo:
    return ZoneInfo("UTC")


def explain_value_errors(error: Exception) -> UserError | None:
    return UserError(f"explained: {error}") if isinstance(error, ValueError) else None


class Path:
    """A dispatcher with a platform in memory.

    Attributes:
        settings: What holds everywhere.
        used: What the store would say was used today.
        recorded: The outcome of each call.
    """

    def __init__(
        self,
        *plugins: Plugin,
        limits: LimitsConfig | None = None,
        owners: Sequence[str] = (),
        platform_limits: Limits | None = None,
        explain: Callable[[Exception], UserError | None] = explain_value_errors,
    ) -> None:
        self.clock = FakeClock()
        self.platform = MemoryPlatform(platform_limits)
        self.settings = ChannelSettings()
        self.used = 0
        self._owners, self._explain = owners, explain
        self.recorded: list[tuple[str | None, str]] = []
        self.dispatcher: Dispatcher = build_dispatcher(
            limits=limits or LimitsConfig(),
            owners=owners,
            clock=self.clock,
            settings_for=self._settings_for,
            used_since=self._used_since,
            record=self._record,
            explain=explain,
            providers={Actions: self._actions},
            converter_for=lambda request: Converter(Nobody(), utc, self.clock),
        )
        self.dispatcher.platforms[self.platform.name] = self.platform
        for plugin in plugins:
            self.dispatcher.router.add(plugin.commands.values())
            self.dispatcher.listening.listeners[plugin] = plugin.listeners

    async def _actions(self, call: Call, plugin: Plugin) -> Actions:
        return CallersActions(call, self.dispatcher, self._owners, self._explain, self._record_use)

    async def _record_use(self, request: Request, command: Command, seconds: float, outcome: str) -> None:
        self.recorded.append((command.name, outcome))

    async def _settings_for(self, request: Request) -> ChannelSettings:
        return self.settings

    async def _used_since(self, request: Request, since: datetime) -> int:
        return self.used

    async def _record(self, call: Call, seconds: float) -> None:
        self.recorded.append((call.command.name if call.command else None, call.outcome))

    def request(
        self,
        text: str = "",
        *,
        person: Person = ANA,
        channel: Channel = GENERAL,
        command: str | None = None,
        options: dict[str, object] | None = None,
        event: str | None = None,
        message: str | None = None,
        attachments: tuple[Attachment, ...] = (),
        reply_to: Message | None = None,
    ) -> Request:
        return Request(
            Origin("test", event=event, message=message),
            person,
            channel,
            command=command,
            options=options or {},
            text=text,
            attachments=attachments,
            reply_to=reply_to,
            received=self.clock(),
        )

    async def say(self, text: str = "", **details: object) -> Body:
        running = self.dispatcher.submit(self.request(text, **details))  # type: ignore[arg-type]
        await running.task
        return running.reply.body
