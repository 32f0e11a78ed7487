"""Hands each command what it asks for by type: the store, the models and the platform, as one request may see them."""

from __future__ import annotations

from collections.abc import Callable, Container
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from bot.answering import ChannelAnswers
from bot.answers import Answers
from bot.arguments import Provide
from bot.commands import Command, Commands
from bot.config import Config
from bot.conversation import ChannelHistory, Kept
from bot.dispatch import Dispatcher
from bot.emoji import Emojis, ServerEmojis
from bot.history import History
from bot.jobs import ScopedSchedule
from bot.middleware.call import Call
from bot.middleware.permissions import refusal
from bot.models.registry import ChannelModels, ModelRegistry
from bot.models.tasks import TASKS, Models, Task
from bot.options import Converter
from bot.platform import Platform
from bot.plugin import Plugin
from bot.profile import Profile, Profiles
from bot.request import ChannelKind, Clock, Message, Request
from bot.router import Router
from bot.schedule import Schedule
from bot.settings import ChannelSettings, Settings
from bot.storage import Storage
from bot.store.database import Database
from bot.store.inbox import Inbox
from bot.store.people import PersonProfiles
from bot.store.preferences import load_zone
from bot.store.shelves import PluginStorage
from bot.stored import Store
from bot.values import ChannelRef, User

EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)


class Wiring:
    """Makes injected values.

    Args:
        store: The open store.
        models: The models of this installation.
        config: Whose accounts may use everything.
        clock: Tells the time.
        dispatcher: Fetches the path that these are made for.
    """

    def __init__(
        self,
        store: Store,
        models: ModelRegistry,
        config: Config,
        clock: Clock,
        dispatcher: Callable[[], Dispatcher],
    ) -> None:
        self._store = store
        self._models = models
        self._owners = frozenset(config.owners)
        self._clock = clock
        self._dispatcher = dispatcher

    def providers(self) -> dict[type, Provide]:
        """What can be asked for, by type."""

        def serve(task: Task) -> Provide:
            async def provide(call: Call, plugin: Plugin) -> object:
                return await self._models.provide(task, call.settings)

            return provide

        return {
            Profile: self._profile,
            Profiles: self._profiles,
            History: self._history,
            Storage: self._storage,
            Settings: self._settings,
            Schedule: self._schedule,
            Models: self._channel_models,
            Commands: self._commands,
            Answers: self._answers,
            Emojis: self._emojis,
            **{kind: serve(task) for kind, task in TASKS.items()},
        }

    async def settings_for(self, request: Request) -> ChannelSettings:
        """What holds in the channel of a request."""
        channel = request.channel
        return await self._store.settings.for_channel(
            request.origin.platform, channel.server, channel.id, channel.parent
        )

    async def used_since(self, request: Request, since: datetime) -> int:
        """How many requests the person made in this server."""
        return await self._store.usage.count_since(request.person.id, request.channel.server, since)

    def converter_for(self, request: Request) -> Converter:
        """Converts a request's options, in the person's time zone."""

        async def zone() -> ZoneInfo:
            profile = await PersonProfiles(self._store.database, request.person, request.channel.server).get()
            return profile.zone or load_zone(request.person.zone) or ZoneInfo("UTC")

        finder = _Finder(self._platform(request), request.channel.server)
        return Converter(finder, zone, self._clock)

    async def model_for(self, task: Task) -> object:
        """The model that serves a task where nobody chose another."""
        return await self._models.provide(task, ChannelSettings())

    def _platform(self, request: Request) -> Platform:
        return self._dispatcher().platforms[request.origin.platform]

    async def _profiles(self, call: Call, plugin: Plugin) -> PersonProfiles:
        return _CallersProfiles(self._store.database, call, self._dispatcher())

    async def _profile(self, call: Call, plugin: Plugin) -> Profile:
        return await (await self._profiles(call, plugin)).get()

    async def _history(self, call: Call, plugin: Plugin) -> ChannelHistory:
        request = call.request
        kept: Kept | None = None
        if call.settings.history:
            platform, here = request.origin.platform, request.channel
            thread = here.id if here.kind is ChannelKind.THREAD else None
            channel = here.parent or here.id

            async def read(since: datetime | None, until: datetime | None, limit: int) -> list[Message]:
                messages = self._store.messages
                if until is not None:
                    return await messages.between(platform, channel, since or EARLIEST, until, limit, thread=thread)
                if since is not None:
                    return await messages.since(platform, channel, since, limit, thread=thread)
                return await messages.recent(platform, channel, limit, thread=thread)

            kept = read
        return ChannelHistory(request, self._platform(request), kept, call.reply.ref)

    async def _storage(self, call: Call, plugin: Plugin) -> PluginStorage:
        request = call.request
        return PluginStorage(
            self._store.database, plugin.name, request.origin.platform, request.person, request.channel
        )

    async def _settings(self, call: Call, plugin: Plugin) -> Settings:
        return self._store.settings.for_request(call.request)

    async def _schedule(self, call: Call, plugin: Plugin) -> ScopedSchedule:
        return ScopedSchedule(self._store.digests, call.request, self._clock)

    async def _channel_models(self, call: Call, plugin: Plugin) -> ChannelModels:
        return ChannelModels(self._models, call.settings)

    async def _answers(self, call: Call, plugin: Plugin) -> ChannelAnswers:
        return ChannelAnswers(self._store.answers, call, self._dispatcher(), self._owners, self._clock)

    async def _emojis(self, call: Call, plugin: Plugin) -> ServerEmojis:
        request = call.request
        return ServerEmojis(self._platform(request), request.channel.server, request.person.id)

    async def _commands(self, call: Call, plugin: Plugin) -> UsableCommands:
        return UsableCommands(self._dispatcher().router, call, self._owners)


@dataclass(frozen=True, slots=True)
class _Finder:
    platform: Platform
    server: str | None

    async def find_person(self, text: str) -> User | None:
        return await self.platform.find_person(text, self.server)

    async def find_channel(self, text: str) -> ChannelRef | None:
        return await self.platform.find_channel(text, self.server)


class _CallersProfiles(PersonProfiles):
    """The profile of the person who asks; when they erase everything, this very request goes too."""

    def __init__(self, database: Database, call: Call, dispatcher: Dispatcher) -> None:
        super().__init__(database, call.request.person, call.request.channel.server)
        self._inbox = Inbox(database)
        self._call = call
        self._dispatcher = dispatcher

    async def get(self) -> Profile:
        """The profile as it is now; times follow the client where the person chose no zone."""
        profile = await super().get()
        if profile.zone is None and self._call.request.person.zone is not None:
            return replace(profile, zone=load_zone(self._call.request.person.zone))
        return profile

    async def erase(self) -> int:
        """Delete everything kept about the person, here and in what platforms remember."""
        self._call.unrecorded = True
        await self._inbox.forget(self._call.asked.id)
        erased = await super().erase()
        self._dispatcher.questions.forget(self._call.request.person.id)
        for platform in self._dispatcher.platforms.values():
            await platform.forget(self._call.request.person.id)
        return erased


class UsableCommands:
    """The commands that the person who asks may use here."""

    def __init__(self, router: Router, call: Call, owners: Container[str]) -> None:
        self._router = router
        self._call = call
        self._owners = owners

    def all(self) -> list[Command]:
        """Every one that is listed, by name."""
        return [command for command in self._router.all() if command.listed and self._usable(command)]

    def get(self, name: str) -> Command | None:
        """The one of that name, with or without the slash."""
        command = self._router.get(name)
        return command if command is not None and self._usable(command) else None

    def _usable(self, command: Command) -> bool:
        return refusal(command, self._call.request, self._call.settings, self._owners) is None
