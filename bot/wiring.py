"""Hands each command what it asks for by type: the store, the models and the platform, as one request may see them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import cast
from zoneinfo import ZoneInfo

from bot.accounts import Accounts
from bot.actions import Actions
from bot.answering import ChannelAnswers
from bot.answers import Answers
from bot.arguments import Provide
from bot.callers import CallersProfiles, UsableCommands
from bot.channels import Channels
from bot.commands import Command, Commands
from bot.config import Config
from bot.conversation import ChannelHistory
from bot.discretion import Discretion, PeoplesDiscretion
from bot.dispatch import Dispatcher
from bot.doing import CallersActions
from bot.emoji import Emojis, ServerEmojis
from bot.errors import UserError
from bot.histories import history_of
from bot.history import History
from bot.knowing.places import Known, PlaceKnowledge
from bot.knowledge import Knowledge, Library
from bot.meanings import Meanings
from bot.memories import Meaning, Memories
from bot.middleware.call import Call
from bot.models.registry import ChannelModels, ModelRegistry
from bot.models.tasks import TASKS, Embeddings, Models, Task
from bot.options import Converter
from bot.persona import Personas
from bot.personas import read_presets
from bot.platform import Audience, Platform
from bot.plugin import Plugin
from bot.profile import Profile, Profiles
from bot.reachable import ReachableChannels
from bot.recapping import ChannelRecaps
from bot.recaps import Recaps
from bot.reminders import Reminders
from bot.reminding import ScopedReminders
from bot.request import Channel, Clock, Request
from bot.schedule import Schedule
from bot.settings import ChannelSettings, Settings
from bot.storage import Storage
from bot.store.facts import Place
from bot.store.linking import PersonAccounts
from bot.store.meanings import KeptMeanings
from bot.store.memories import PersonMemories
from bot.store.people import PersonProfiles
from bot.store.personas import ScopedPersonas
from bot.store.preferences import load_zone
from bot.store.quoting import find_unquoted
from bot.store.shelves import PluginStorage
from bot.stored import Store
from bot.subscribing import ScopedSchedule
from bot.values import ChannelRef, User
from bot.web import Web, WebPages


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
            Meanings: self._meanings,
            Memories: self._memories,
            Accounts: self._accounts,
            Personas: self._personas,
            Knowledge: self._knowledge,
            Library: self._knowledge,
            History: self._history,
            Channels: self._channels,
            Discretion: self._discretion,
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

        finder = _Finder(self._platform(request), request)
        return Converter(finder, zone, self._clock)

    async def model_for(self, task: Task) -> object:
        """The model that serves a task where nobody chose another."""
        return await self._models.provide(task, ChannelSettings())

    def _admin(self, request: Request) -> bool:
        """Whether the person may do here what is for admins."""
        return request.person.is_admin or request.person.id in self._owners

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
            admin=self._admin(request),
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

    async def _meanings(self, call: Call, plugin: Plugin) -> KeptMeanings:
        # The channel's model, as for `Embeddings`: what a command reads itself can be compared with what is kept.
        model = cast("Embeddings", await self._models.provide(Task.EMBEDDINGS, call.settings))
        meaning = Meaning(self._models.name(Task.EMBEDDINGS, call.settings), model)
        return KeptMeanings(self._store.database, call.request.origin.platform, meaning)

    async def _accounts(self, call: Call, plugin: Plugin) -> PersonAccounts:
        return PersonAccounts(self._store.database, call.request.person)

    async def _knowledge(self, call: Call, plugin: Plugin) -> PlaceKnowledge:
        request = call.request

        async def history(channel: str) -> bool:
            here = request.origin.platform, request.channel.server, channel
            return (await self._store.settings.for_channel(*here)).history

        return PlaceKnowledge(self.known, request, admin=self._admin(request), history=history)

    async def _history(self, call: Call, plugin: Plugin) -> ChannelHistory:
        return self._history_of(call, call.request.channel, call.settings)

    async def _channels(self, call: Call, plugin: Plugin) -> ReachableChannels:
        platform = self._platform(call.request)

        async def settings(place: Channel) -> ChannelSettings:
            return await self._store.settings.for_channel(platform.name, place.server, place.id, place.parent)

        def history(place: Channel, settings: ChannelSettings) -> ChannelHistory:
            return self._history_of(call, place, settings)

        return ReachableChannels(call, plugin.name, platform, settings, history)

    def _history_of(self, call: Call, here: Channel, settings: ChannelSettings) -> ChannelHistory:
        return history_of(self._store.messages, self._platform(call.request), call, here, settings)

    async def _discretion(self, call: Call, plugin: Plugin) -> PeoplesDiscretion:
        return PeoplesDiscretion(lambda: find_unquoted(self._store.database, call.reader))

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
        request = call.request
        return ScopedSchedule(
            self._store.digests, request, self._platform(request), admin=self._admin(request), clock=self._clock
        )

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
    request: Request

    async def find_person(self, text: str) -> User | None:
        return await self.platform.find_person(text, self.request.channel.server)

    async def find_channel(self, text: str) -> ChannelRef | None:
        found = await self.platform.find_channel(text, self.request.channel.server)
        here = self.request.channel
        if found is None or found.id in (here.id, here.parent):
            return found
        # As if there were none: who may not read it need not know of it.
        return found if await self.platform.readable(found.id, Audience(person=self.request.person.id)) else None
