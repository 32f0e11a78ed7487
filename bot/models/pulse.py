"""The signs of life of a piece of work: by them one that hangs is told from one that takes long."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import inf
from time import monotonic


@dataclass(eq=False, slots=True)
class Pulse:
    """What is known of a piece of work that has begun.

    Attributes:
        deadline: When it may wait no longer, by the clock that does not jump.
        since: When it gave its last sign; None while it waits for others and none is expected.
        lacks_room: Whether it waits for memory that another model uses.
        lost: Whether it was given up: nobody wants its result any more.
        spent: Seconds that it computed, where they are not all that passed.
    """

    deadline: float = inf
    since: float | None = field(default_factory=monotonic)
    lacks_room: bool = False
    lost: bool = False
    spent: float | None = None

    def beat(self, ahead: float = 0.0) -> None:
        """Give a sign.

        Args:
            ahead: Seconds that the next one may take longer than others.
        """
        self.since = monotonic() + ahead
        self.lacks_room = False

    def rest(self, *, room: bool = False) -> None:
        """Give none until the next: it waits for others.

        Args:
            room: Whether for their memory.
        """
        self.since = None
        self.lacks_room = room
