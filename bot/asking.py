"""For whom the present work is done: noted when a request begins, read by the queues in front of the models."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from enum import IntEnum
from math import inf


class Priority(IntEnum):
    """What goes first."""

    INTERACTIVE = 0
    BACKGROUND = 1


PATIENCE = {Priority.INTERACTIVE: 600.0, Priority.BACKGROUND: 3600.0}
"""Seconds that each piece of work waits for its turn before it is given up."""


@dataclass(frozen=True, slots=True)
class Owner:
    """For whom something is done.

    Attributes:
        server: Where it was asked; a direct message is a server of its own.
        person: Who asked.
    """

    server: str
    person: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """How long the work has to wait.

    Attributes:
        position: 1 for what comes next.
        seconds: Until it begins, as far as can be told from what the others took.
        room: Whether it waits for memory that another model uses instead, and nobody can tell how long.
    """

    position: int
    seconds: float
    room: bool = False


@dataclass(frozen=True, slots=True)
class Asking:
    """Who waits for the work.

    Attributes:
        owner: Whose turn is taken.
        priority: What goes first.
        tell: Is told how long it has to wait, and None when its turn has come.
        patience: Seconds that each piece of the work may wait for its turn.
    """

    owner: Owner
    priority: Priority
    tell: Callable[[Waiting | None], None]
    patience: float = PATIENCE[Priority.INTERACTIVE]


ITSELF = Asking(Owner("atelier", "atelier"), Priority.BACKGROUND, lambda waiting: None, inf)
"""Work that nobody asked for: what is loaded at the start, what runs at set times."""

ASKING: ContextVar[Asking] = ContextVar("asking", default=ITSELF)
"""Who waits for what is done now."""
