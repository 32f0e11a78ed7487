"""What admins decide for a server or a channel, on top of the configuration."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TypeAlias

from pydantic import JsonValue, ValidationError
from sqlalchemy import and_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.errors import UserError
from bot.persona import Persona, by_key
from bot.personas import PersonaFile
from bot.request import Request
from bot.settings import ChannelSettings, Rule, Scope
from bot.store.database import Database, delete_where
from bot.store.places import Place, channel_key
from bot.store.tables import MessageRow, SettingRow
from bot.store.tables_conversations import RecapMessageRow, RecapRow

MOST_CHANNELS = 10_000
"""Channels whose settings stay in memory."""

FRESH = timedelta(seconds=5)
"""How long settings are taken to be what they were; another process may have changed them."""

MOST_DAYS = 36_500
"""A hundred years; many more would leave the calendar."""

PERSONA = "persona"
"""The setting that says which persona is chosen."""

WRITTEN = "persona "
"""What the names of settings begin with that hold a persona which was written here."""

Values: TypeAlias = Mapping[str, JsonValue]

_Where: TypeAlias = tuple[str, str | None, str]


class SettingsStore:
    """The settings of every channel, kept in memory once read.

    A thread has the settings of the channel that holds it. A channel's own setting wins over its server's.

    Args:
        db: Where they are kept.
        history_days: How long kept messages stay where no admin decided.
        models: Which model serves a task where no admin decided.
    """

    def __init__(self, db: Database, *, history_days: int = 90, models: Mapping[str, str] | None = None) -> None:
        self._db = db
        self._history_days = history_days
        self._models = dict(models or {})
        self._known: dict[_Where, tuple[ChannelSettings, datetime]] = {}
        self._loading: dict[tuple[_Where, int], asyncio.Task[ChannelSettings]] = {}
        self._writes = 0

    async def for_channel(
        self,
        platform: str,
        server: str | None,
        channel: str,
        parent: str | None = None,
    ) -> ChannelSettings:
        """What holds in a channel now.

        Args:
            platform: The platform's name.
            server: The channel's server, prefixed by its platform; None in a direct message.
            channel: The channel's id.
            parent: For a thread, the channel that holds it.
        """
        place = platform, server, parent or channel
        now = self._db.clock()
        known = self._known.get(place)
        if known is not None and now - known[1] < FRESH:
            return known[0]
        writes = self._writes
        loading = self._loading.get((place, writes))
        if loading is None:
            # Read once, however many ask at the same time; whoever stops waiting leaves it to the others.
            loading = self._loading[place, writes] = asyncio.get_running_loop().create_task(self._load(*place))
            loading.add_done_callback(lambda _: self._loading.pop((place, writes)))
        settings = await asyncio.shield(loading)
        if writes == self._writes:  # else somebody changed a setting meanwhile, and this may be what it was before
            if len(self._known) >= MOST_CHANNELS:
                self._known.clear()
            self._known[place] = settings, now
        return settings

    def for_request(self, request: Request) -> ScopedSettings:
        """The settings of the server and channel that a request came from, to read and change."""
        return ScopedSettings(self, request)

    async def change(self, place: Place, values: Values) -> None:
        """Write settings; None takes one back."""
        async with self._db.write() as session:
            for name, value in values.items():
                if value is None:
                    await delete_where(session, SettingRow, place.setting(name))
                else:
                    await self._put(session, place, name, value)
        self.forget()

    async def take_back(self, place: Place, name: str) -> bool:
        """Remove a setting; returns whether there was one."""
        async with self._db.write() as session:
            gone = await delete_where(session, SettingRow, place.setting(name))
        self.forget()
        return gone > 0

    async def stop_history(self, place: Place) -> int:
        """Switch history off and delete what is kept, at once; returns how many messages there were.

        When a server's is switched off, a channel that has it on by its own setting goes on keeping its messages.
        """
        async with self._db.write() as session:
            await self._put(session, place, "history", value=False)
            keeping: list[str] = []
            if place.channel is None:
                query = select(SettingRow.place, SettingRow.value).where(
                    SettingRow.server == place.server,
                    SettingRow.scope == Scope.CHANNEL.value,
                    SettingRow.name == "history",
                )
                prefix = channel_key(place.platform, "")
                keeping = [row.place.removeprefix(prefix) for row in await session.execute(query) if row.value]
            gone = place.messages(but=keeping)
            # What a summary tells of them goes, too.
            told = select(RecapMessageRow.recap).where(RecapMessageRow.message.in_(select(MessageRow.id).where(gone)))
            await delete_where(session, RecapRow, RecapRow.platform == place.platform, RecapRow.id.in_(told))
            deleted = await delete_where(session, MessageRow, gone)
        self.forget()
        return deleted

    def forget(self) -> None:
        """Read everything anew when it is next asked for."""
        self._writes += 1
        self._known.clear()

    async def _put(self, session: AsyncSession, place: Place, name: str, value: JsonValue) -> None:
        row = self._db.insert(SettingRow).values(**place.row(name), value=value)
        key = [*place.key, "name"]
        await session.execute(row.on_conflict_do_update(index_elements=key, set_={"value": row.excluded.value}))

    async def _load(self, platform: str, server: str | None, channel: str) -> ChannelSettings:
        own = and_(SettingRow.scope == Scope.CHANNEL.value, SettingRow.place == channel_key(platform, channel))
        shared = and_(SettingRow.scope == Scope.SERVER.value, SettingRow.place == server)
        query = select(SettingRow.scope, SettingRow.name, SettingRow.value).where(or_(own, shared))
        found: dict[str, dict[str, JsonValue]] = {Scope.SERVER.value: {}, Scope.CHANNEL.value: {}}
        async with self._db.read() as session:
            for row in await session.execute(query.order_by(SettingRow.name)):
                found[row.scope][row.name] = row.value
        return self._settings(found[Scope.SERVER.value], found[Scope.CHANNEL.value])

    def _settings(self, shared: Values, own: Values) -> ChannelSettings:
        holds = {**shared, **own}
        rules = tuple(
            _rule(name, value, scope)
            for values, scope in ((own, Scope.CHANNEL), (shared, Scope.SERVER))
            for name, value in values.items()
            if _is_rule(name)
        )
        chosen = {name.removeprefix("model "): str(value) for name, value in holds.items() if name.startswith("model ")}
        return ChannelSettings(
            off=frozenset(
                name.removeprefix("plugin ") for name, on in holds.items() if name.startswith("plugin ") and not on
            ),
            history=bool(holds.get("history", False)),
            history_days=_number(holds.get("history_days")) or self._history_days,
            models=self._models | chosen,
            per_minute=_number(holds.get("per_minute")),
            per_day=_number(holds.get("per_day")),
            rules=rules,
            persona=(_text(own.get(PERSONA)), _text(shared.get(PERSONA))),
            personas=by_key(
                found for name, value in holds.items() if name.startswith(WRITTEN) for found in _personas(value)
            ),
        )


class ScopedSettings:
    """The `Settings` of one request. In a direct message both scopes are that conversation."""

    def __init__(self, store: SettingsStore, request: Request) -> None:
        self._store = store
        self._request = request

    async def get(self) -> ChannelSettings:
        """What holds in this channel now."""
        channel = self._request.channel
        platform = self._request.origin.platform
        return await self._store.for_channel(platform, channel.server, channel.id, channel.parent)

    async def switch(self, plugin: str, on: bool, scope: Scope) -> None:
        """Switch a plugin on or off."""
        await self._change(scope, {f"plugin {plugin}": on})

    async def set_history(self, on: bool, days: int | None, scope: Scope) -> int:
        """Keep messages from now on, or stop and delete those kept; returns how many were deleted.

        Raises:
            UserError: No calendar has that many days.
        """
        if not on:
            return await self._store.stop_history(Place.of(self._request, scope))
        if days is not None and not 1 <= days <= MOST_DAYS:
            raise UserError(f"Messages can be kept from 1 to {MOST_DAYS:,} days.")
        await self._change(scope, {"history": True, "history_days": days})
        return 0

    async def set_model(self, task: str, model: str | None, scope: Scope) -> None:
        """Choose a model for a task; None goes back to the configuration's."""
        await self._change(scope, {f"model {task}": model})

    async def set_limit(self, per_minute: int | None, per_day: int | None, scope: Scope) -> None:
        """Limit each person's requests; None goes back to the configuration's.

        Raises:
            UserError: A limit is below zero.
        """
        if any(limit is not None and limit < 0 for limit in (per_minute, per_day)):
            raise UserError("A limit is a number of requests; 0 means no limit.")
        await self._change(scope, {"per_minute": per_minute, "per_day": per_day})

    async def add_rule(self, rule: Rule, scope: Scope) -> None:
        """Add a rule; it replaces one for the same command and role."""
        await self._change(scope, {_rule_name(rule.command, rule.role): rule.allow})

    async def remove_rule(self, command: str, role: str, scope: Scope) -> bool:
        """Remove a rule; returns whether there was one."""
        return await self._store.take_back(Place.of(self._request, scope), _rule_name(command, role))

    async def _change(self, scope: Scope, values: Values) -> None:
        await self._store.change(Place.of(self._request, scope), values)


def _rule_name(command: str, role: str) -> str:
    # A row for each rule, so that two admins at once lose none; JSON, because roles may be called anything.
    return "rule " + json.dumps([command, role])


def _is_rule(name: str) -> bool:
    return name.startswith("rule ")


def _rule(name: str, value: JsonValue, scope: Scope) -> Rule:
    command, role = json.loads(name.removeprefix("rule "))
    return Rule(command, role, bool(value), scope)


def _personas(value: JsonValue) -> list[Persona]:
    """The persona that is kept so; none where another version wrote it."""
    try:
        return [PersonaFile.model_validate(value).persona]
    except ValidationError:
        return []


def _text(value: JsonValue) -> str | None:
    return value if isinstance(value, str) else None


def _number(value: JsonValue) -> int | None:
    return value if isinstance(value, int) else None
