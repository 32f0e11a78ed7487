"""What admins decide for a server or a channel."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from bot.persona import Persona


class Scope(StrEnum):
    """How far a setting reaches."""

    SERVER = "server"
    CHANNEL = "channel"


@dataclass(frozen=True, slots=True)
class Rule:
    """Who may use what: a channel's rules before its server's, then the most specific, deny before allow.

    Attributes:
        command: A plugin's name, a full command name, or `*`.
        role: A role's name, or `*` for everyone.
        allow: Whether it permits or forbids.
        scope: How far it reaches.
    """

    command: str
    role: str
    allow: bool
    scope: Scope = Scope.CHANNEL


@dataclass(frozen=True, slots=True)
class ChannelSettings:
    """What holds in one channel: its own settings, then the server's, then the configuration.

    Attributes:
        off: Names of plugins that are switched off here.
        history: Whether messages are kept here.
        history_days: How long kept messages stay.
        models: Chosen model by task.
        per_minute: Requests a person may make in a minute; None for the configuration's.
        per_day: Requests a person may make in a day; None for the configuration's.
        rules: The channel's rules first, then the server's.
        persona: What persona is chosen for the channel, and for the server: keys, None where none is.
        personas: The personas that admins wrote here, by key.
    """

    off: frozenset[str] = frozenset()
    history: bool = False
    history_days: int = 90
    models: Mapping[str, str] = field(default_factory=dict)
    per_minute: int | None = None
    per_day: int | None = None
    rules: tuple[Rule, ...] = ()
    persona: tuple[str | None, str | None] = (None, None)
    personas: Mapping[str, Persona] = field(default_factory=dict)


class Settings(Protocol):
    """Reads and changes the settings of the server and channel that the request came from."""

    async def get(self) -> ChannelSettings:
        """What holds in this channel now."""

    async def switch(self, plugin: str, on: bool, scope: Scope) -> None:
        """Switch a plugin on or off."""

    async def set_history(self, on: bool, days: int | None, scope: Scope) -> int:
        """Keep messages from now on, or stop and delete those kept; returns how many were deleted."""

    async def set_model(self, task: str, model: str | None, scope: Scope) -> None:
        """Choose a model for a task; None goes back to the configuration's."""

    async def set_limit(self, per_minute: int | None, per_day: int | None, scope: Scope) -> None:
        """Limit each person's requests; None goes back to the configuration's."""

    async def add_rule(self, rule: Rule, scope: Scope) -> None:
        """Add a rule; it replaces one for the same command and role."""

    async def remove_rule(self, command: str, role: str, scope: Scope) -> bool:
        """Remove a rule; returns whether there was one."""
