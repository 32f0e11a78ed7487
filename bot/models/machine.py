"""What the models of one machine share: its cores, its memory, and someone who looks whether one hangs."""

from __future__ import annotations

import threading
from time import monotonic
from typing import Protocol

from bot.models.room import Room
from bot.models.turns import Turns

LOOK_EVERY = 1.0
"""Seconds between two looks at what waits and works."""

HANGS_AFTER = 600.0
"""Seconds without a sign of life after which work is given up: longer than any load or step should take."""


class Watched(Protocol):
    """Something that may wait too long, or hang."""

    def look(self, now: float, hangs_after: float) -> bool:
        """Give up what waited or was silent for too long; returns whether there is anything left to look at."""
        ...


class Machine:
    """Cores and memory that models take turns with.

    Args:
        room: Who is in memory.
        hangs_after: Seconds without a sign of life after which work is given up.
        look_every: Seconds between two looks for it.
    """

    def __init__(
        self, room: Room | None = None, hangs_after: float = HANGS_AFTER, look_every: float = LOOK_EVERY
    ) -> None:
        self.room = room or Room()
        self.turns = Turns()
        self._hangs_after = hangs_after
        self._look_every = look_every
        self._watched: set[Watched] = set()
        self._lock = threading.Lock()
        self._watching = False
        self._closing = threading.Event()

    def nudge(self) -> None:
        """Have all work that waits look whether it has ended."""
        self.turns.nudge()
        self.room.nudge()

    def watch(self, what: Watched) -> None:
        """Look at something from time to time, until there is nothing left in it to look at."""
        with self._lock:
            self._watched.add(what)
            if not self._watching:
                self._watching = True
                # A daemon: it must not keep the process from ending.
                threading.Thread(target=self._look_on, name="models-watch", daemon=True).start()

    def look(self, now: float) -> None:
        """Look once at all that is watched.

        Args:
            now: By the clock that does not jump.
        """
        for one in list(self._watched):
            # In this order: whoever wants to be watched meanwhile must not be forgotten.
            with self._lock:
                self._watched.discard(one)
            if one.look(now, self._hangs_after):
                with self._lock:
                    self._watched.add(one)

    def close(self) -> None:
        """Look no more."""
        self._closing.set()

    def _look_on(self) -> None:
        while not self._closing.wait(self._look_every):
            self.look(monotonic())
            with self._lock:
                if not self._watched:
                    self._watching = False
                    return
