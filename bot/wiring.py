"""Hands each command what it asks for by type: the store, the models and the platform, as one request may see them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import cast
from zoneinfo import ZoneInfo

from bot.accounts import Accounts
from bot.actions import Actions
from bot.answering import ChannelAnswers
from bot.answers import Answers
from bot.arguments import Provide
from bot.callers import CallersProfiles, UsableCommands
from bot.commands import Command, Commands
from bot.config import Config
from bot.conversation import ChannelHistory, Kept, Search
from bot.dispatch import Dispatcher
from bot.doing import CallersActions
from bot.emoji import Emojis, ServerEmojis
from bot.errors import UserError
from bot.history import History, Wanted
from bot.jobs import ScopedSchedule
from bot.knowing.places import Known, PlaceKnowledge
from bot.knowledge import Knowledge, Library
from bot.memories import Meaning, Memories
from bot.middleware.call import Call
from bot.models.registry import ChannelModels, ModelRegistry
from bot.models.tasks import TASKS, Embeddings, Models, Task
from bot.options import Converter
from bot.persona import Personas
from bot.personas import read_presets
from bot.platform import Platform
from bot.plugin import Plugin
from bot.profile import Profile, Profiles
from bot.recapping import ChannelRecaps
from bot.recaps import Recaps
from bot.reminders import Reminders
from bot.reminding import ScopedReminders
from bot.request import ChannelKind, Clock, Message, Request
from bot.schedule import Schedule
from bot.settings import ChannelSettings, Settings
from bot.storage import Storage
from bot.store.facts import Place
from bot.store.linking import PersonAccounts
from bot.store.memories import PersonMemories
from bot.store.people import PersonProfiles
from bot.store.personas import ScopedPersonas
from bot.store.preferences import load_zone
from bot.store.shelves import PluginStorage
from bot.stored import Store
from bot.values import ChannelRef, User
from bot.web import Web, WebPages

EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)


class Wiring:
    """Makes injected values.

    Args:
        store: The open store.
        models: The models of this installation.
        config: Whose accounts may use everything.
        clock: Tells the time.
        dispatcher: Fetches the path that these are made for.

    Attributes:
        known: What is searched for answers, everywhere.
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
        self._pages = WebPages(enabled=config.web.enabled, allow=config.web.allow)
        self._presets = read_presets(config.personas.paths)
        self._clock = clock
        self._dispatcher = dispatcher
        self.known = Known(store.database, config, self._meaning)

    def providers(self) -> dict[type, Provide]:
        """What can be asked for, by type."""

        def serve(task: Task) -> Provide:
            async def provide(call: Call, plugin: Plugin) -> object:
                return await self._models.provide(task, call.settings)

            return provide

        return {
            Profile: self._profile,
            Profiles: self._profiles,
            Memories: self._memories,
            Accounts: self._accounts,
            Personas: self._personas,
            Knowledge: self._knowledge,
            Library: self._knowledge,
            History: self._history,
            Recaps: self._recaps,
            Storage: self._storage,
            Settings: self._settings,
            Schedule: self._schedule,
            Reminders: self._reminders,
            Models: self._channel_models,
            Commands: self._commands,
            Actions: self._actions,
            Answers: self._answers,
            Emojis: self._emojis,
            Web: self._web,
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
        personas = await self._personas(call, plugin)
        return CallersProfiles(self._store, call, self._dispatcher(), personas)

    async def _personas(self, call: Call, plugin: Plugin) -> ScopedPersonas:
        return ScopedPersonas(self._store.database, self._store.settings, self._presets, call.request)

    async def _profile(self, call: Call, plugin: Plugin) -> Profile:
        return await (await self._profiles(call, plugin)).get()

    async def _memories(self, call: Call, plugin: Plugin) -> PersonMemories:
        request = call.request
        return PersonMemories(
            self._store.database,
            request.person,
            Place.of(request),
            admin=request.person.is_admin or request.person.id in self._owners,
            meaning=await self._meaning(),
        )

    async def _meaning(self) -> Meaning | None:
        """What tells what facts mean: the configuration's model, for a person's facts are known in many channels."""
        everywhere = ChannelSettings()
        try:
            model = cast("Embeddings", await self._models.provide(Task.EMBEDDINGS, everywhere))
            return Meaning(self._models.name(Task.EMBEDDINGS, everywhere), model)
        except UserError:
            return None

    async def _accounts(self, call: Call, plugin: Plugin) -> PersonAccounts:
        return PersonAccounts(self._store.database, call.request.person)

    async def _knowledge(self, call: Call, plugin: Plugin) -> PlaceKnowledge:
        request = call.request

        async def history(channel: str) -> bool:
            here = request.origin.platform, request.channel.server, channel
            return (await self._store.settings.for_channel(*here)).history

        admin = request.person.is_admin or request.person.id in self._owners
        return PlaceKnowledge(self.known, request, admin=admin, history=history)

    async def _history(self, call: Call, plugin: Plugin) -> ChannelHistory:
        request = call.request
        kept: Kept | None = None
        search: Search | None = None
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

            async def find(wanted: Wanted, limit: int) -> list[Message]:
                return await self._store.messages.search(platform, channel, wanted, limit, thread=thread)

            kept, search = read, find
        return ChannelHistory(request, self._platform(request), kept, call.reply.ref, search)

    async def _recaps(self, call: Call, plugin: Plugin) -> ChannelRecaps:
        run = self._dispatcher().listening.run
        return ChannelRecaps(self._store.recaps, call.request, history=call.settings.history, run=run)

    async def _storage(self, call: Call, plugin: Plugin) -> PluginStorage:
        request = call.request
        return PluginStorage(
            self._store.database, plugin.name, request.origin.platform, request.person, request.channel
        )

    async def _settings(self, call: Call, plugin: Plugin) -> Settings:
        return self._store.settings.for_request(call.request)

    async def _schedule(self, call: Call, plugin: Plugin) -> ScopedSchedule:
        return ScopedSchedule(self._store.digests, call.request, self._clock)

    async def _reminders(self, call: Call, plugin: Plugin) -> ScopedReminders:
        return ScopedReminders(self._store.reminders, call.request, self._clock)

    async def _channel_models(self, call: Call, plugin: Plugin) -> ChannelModels:
        return ChannelModels(self._models, call.settings)

    async def _answers(self, call: Call, plugin: Plugin) -> ChannelAnswers:
        return ChannelAnswers(self._store.answers, call, self._dispatcher(), self._owners, self._clock)

    async def _emojis(self, call: Call, plugin: Plugin) -> ServerEmojis:
        request = call.request
        return ServerEmojis(self._platform(request), request.channel.server, request.person.id)

    async def _web(self, call: Call, plugin: Plugin) -> WebPages:
        return self._pages

    async def _commands(self, call: Call, plugin: Plugin) -> UsableCommands:
        return UsableCommands(self._dispatcher().router, call, self._owners)

    async def _actions(self, call: Call, plugin: Plugin) -> CallersActions:
        return CallersActions(call, self._dispatcher(), self._owners, self._models.explain, self._record)

    async def _record(self, request: Request, command: Command, seconds: float, outcome: str) -> None:
        await self._store.usage.record(
            request, seconds=seconds, outcome=outcome, command=command.name, plugin=command.plugin.name
        )


@dataclass(frozen=True, slots=True)
class _Finder:
    platform: Platform
    server: str | None

    async def find_person(self, text: str) -> User | None:
        return await self.platform.find_person(text, self.server)

    async def find_channel(self, text: str) -> ChannelRef | None:
        return await self.platform.find_channel(text, self.server)
