"""Lets the models of this machine compute in fair turns: between two steps of one, another may come."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import perf_counter
from typing import TypeAlias

from bot.asking import Asking, Owner, Priority
from bot.models.fairness import FairQueue
from bot.models.pulse import Pulse

ROUND = 0.1
"""Seconds that a round of turns gives to each person."""

SLICE = 0.02
"""Seconds that a turn has at least: to hand it on after each of many short steps would cost more than they do."""


AT_ONCE = 2
"""Models that compute at the same time: two fill each other's gaps, more would only slow each other down."""

ForWhom: TypeAlias = Callable[[], tuple[tuple[Owner, ...], Priority]]
"""Tells for whom something is done now that is done for several people at once, at least one, and what goes first."""


class Turn:
    """A place among those who compute.

    Attributes:
        seconds: How long it has computed so far.
        has: Whether it is its turn; not when the work ended while it waited.
    """

    def __init__(self, turns: Turns, pulse: Pulse, ended: Callable[[], bool], crowd: ForWhom) -> None:
        self.seconds = 0.0
        self.has = False
        self.pulse = pulse
        self.ended = ended
        self.crowd = crowd
        self.began = 0.0
        self._turns = turns

    def step(self) -> bool:
        """Make room if others wait, and wait until it is its turn again.

        Returns:
            Whether it is; not when the work ended meanwhile.
        """
        if not self.has:
            return False
        self.pulse.beat()
        now = perf_counter()
        if not self._turns.wanted:
            # What was computed while nobody waited is held against nobody.
            self.seconds += now - self.began
            self.began = now
        elif now - self.began >= SLICE:
            self._turns.hand_on(self)
        return self.has


class Turns:
    """Who computes, and who waits for it.

    Turns go round between servers and, inside one, between people, whichever models they use, counted in seconds. Work
    for ten people at once has the turns of ten, and is a digest's only while it is for nobody else.

    Args:
        at_once: How many compute at the same time.
    """

    def __init__(self, at_once: int = AT_ONCE) -> None:
        self._at_once = at_once
        self._fair: FairQueue[Turn] = FairQueue(ROUND)
        self._change = threading.Condition()
        self._present: set[Turn] = set()

    @property
    def wanted(self) -> bool:
        """Whether anyone waits."""
        return len(self._fair) > 0

    @contextmanager
    def taking(
        self, asking: Asking, pulse: Pulse, ended: Callable[[], bool], crowd: ForWhom | None = None
    ) -> Iterator[Turn]:
        """Wait for a turn and have it until the block ends.

        Args:
            asking: For whom.
            pulse: Rests while it waits.
            ended: Whether the work has come to an end while it waited; asked when `nudge` is called.
            crowd: For whom instead; asked whenever it waits, and when `nudge` is called.

        Yields:
            The turn; see whether it has come.
        """
        turn = Turn(self, pulse, ended, crowd or (lambda: ((asking.owner,), asking.priority)))
        with self._change:
            owners, priority = turn.crowd()
            self._fair.push(turn, owners, ROUND, priority)
            self._wait(turn)
        try:
            yield turn
        finally:
            with self._change:
                self._end(turn)

    @contextmanager
    def leaving(self, turn: Turn) -> Iterator[None]:
        """Let others compute until the block ends, and wait for the next turn of this work then."""
        with self._change:
            self._end(turn)
        # What raises comes to its end, and needs no other turn for it.
        yield
        with self._change:
            owners, priority = turn.crowd()
            self._fair.push(turn, owners, ROUND, priority)
            self._wait(turn)

    def hand_on(self, turn: Turn) -> None:
        """Let whoever comes next compute, and wait for the next turn of this work."""
        with self._change:
            if not turn.has:
                return
            took = self._stop(turn)
            # Behind: what one person asks of two models goes on in turns too.
            self._fair.give_back(turn, took, took, behind=True)
            self._wait(turn)

    def revoke(self, pulse: Pulse) -> None:
        """Take the turn from work that was given up."""
        with self._change:
            for turn in [turn for turn in self._present if turn.pulse is pulse]:
                self._end(turn)

    def nudge(self) -> None:
        """Have all who wait look whether their work has ended, and for whom it is."""
        with self._change:
            self._change.notify_all()

    def _wait(self, turn: Turn) -> None:
        turn.pulse.rest()
        while not turn.has:
            if over := turn.ended():
                self._fair.remove(turn)
            else:
                self._fair.pass_to(turn, *turn.crowd())
            self._next()
            if over:
                return
            if not turn.has:
                self._change.wait()
        turn.pulse.beat()

    def _next(self) -> None:
        while self._fair and len(self._present) < self._at_once:
            turn = self._fair.take()
            turn.has, turn.began = True, perf_counter()
            self._present.add(turn)
            self._change.notify_all()

    def _stop(self, turn: Turn) -> float:
        """Take a turn away; returns what it cost."""
        took = perf_counter() - turn.began
        turn.seconds += took
        turn.has = False
        self._present.remove(turn)
        return took

    def _end(self, turn: Turn) -> None:
        if turn.has:
            self._fair.give_back(turn, self._stop(turn))
            self._next()
        turn.pulse.spent = turn.seconds
