"""One request on its way through the middleware to a command."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from bot.asking import PATIENCE, Asking, Owner, Priority
from bot.commands import Command
from bot.questions import Running
from bot.reply import Reply
from bot.request import ChannelKind, Request
from bot.settings import ChannelSettings

Consent: TypeAlias = Callable[[Command, Mapping[str, object], Mapping[str, object]], Awaitable[None]]
"""Takes a command with its options as they were given, and their values."""


@dataclass(slots=True)
class Call:
    """What is known about a request so far.

    Attributes:
        request: As it came in; where a command answered by another one, the one for that.
        reply: The answer.
        command: What it means, once routed.
        options: Raw option values, once routed.
        settings: What holds in its channel, once routed.
        counted: Whether the press of a button that asked for it was counted.
        late: Whether it came when Atelier was stopping already.
        forwards: How many commands have answered by another one.
        unrecorded: Whether nothing may be kept of it, because the person had everything erased.
        outcome: How it ended: `done`, `refused`, `failed` or `cancelled`.
        after: What has to end first, for this answer takes the place of that one.
        kept: Whether it is in the inbox.
        apology: What is said instead of running it.
        handed_over: Whether a later process goes on with it.
        asked: The request as it came in.
        depth: For how many commands that run others it is run.
        consent: Is told what is about to run, and raises `UserError` where the person does not want it.
    """

    request: Request
    reply: Reply
    command: Command | None = None
    options: Mapping[str, object] = field(default_factory=dict)
    settings: ChannelSettings = field(default_factory=ChannelSettings)
    counted: bool = False
    late: bool = False
    forwards: int = 0
    unrecorded: bool = False
    outcome: str = "done"
    after: Running | None = None
    kept: bool = False
    apology: str = ""
    handed_over: bool = False
    depth: int = 0
    consent: Consent | None = None
    asked: Request = field(init=False)

    def __post_init__(self) -> None:
        """Keep what was asked."""
        self.asked = self.request

    @property
    def asking(self) -> Asking:
        """Whose turn it is when a model works for it."""
        request = self.request
        owner = Owner(request.channel.server or request.person.id, request.person.id)
        priority = Priority.BACKGROUND if request.scheduled else Priority.INTERACTIVE
        return Asking(owner, priority, self.reply.wait, PATIENCE[priority])

    @property
    def reader(self) -> str | None:
        """Who alone reads the answer (`Person.id`); None where others do."""
        alone = self.reply.private or self.request.channel.kind is ChannelKind.DM
        return self.request.person.id if alone else None


Proceed: TypeAlias = Callable[[Call], Awaitable[None]]
"""Goes on to the next step."""

Middleware: TypeAlias = Callable[[Call, Proceed], Awaitable[None]]
"""Looks at a call, and goes on or ends it."""


def chain(steps: Sequence[Middleware], last: Proceed) -> Proceed:
    """What passes every step, outermost first, and then goes on to the last one."""
    for step in reversed(steps):
        last = _bind(step, last)
    return last


def _bind(step: Middleware, following: Proceed) -> Proceed:
    async def bound(call: Call) -> None:
        await step(call, following)

    return bound
