"""One request on its way through the middleware to a command."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from bot.commands import Command
from bot.reply import Reply
from bot.request import Request
from bot.settings import ChannelSettings


@dataclass(slots=True)
class Call:
    """What is known about a request so far.

    Attributes:
        request: As it came in.
        reply: The answer.
        command: What it means, once routed.
        options: Raw option values, once routed.
        settings: What holds in its channel, once routed.
        forwards: How many commands have answered by another one.
        unrecorded: Whether nothing may be kept of it, because the person had everything erased.
        outcome: How it ended: `done`, `refused`, `failed` or `cancelled`.
    """

    request: Request
    reply: Reply
    command: Command | None = None
    options: Mapping[str, object] = field(default_factory=dict)
    settings: ChannelSettings = field(default_factory=ChannelSettings)
    forwards: int = 0
    unrecorded: bool = False
    outcome: str = "done"


Proceed: TypeAlias = Callable[[Call], Awaitable[None]]
"""Goes on to the next step."""

Middleware: TypeAlias = Callable[[Call, Proceed], Awaitable[None]]
"""Looks at a call, and goes on or ends it."""
