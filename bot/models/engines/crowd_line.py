"""What several people asked of one model: whose turn it is, how long the others wait, and what becomes of each."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, InvalidStateError
from contextlib import suppress
from dataclasses import dataclass, field, replace
from math import inf
from time import monotonic
from typing import Generic, TypeVar

from bot.asking import ASKING, ITSELF, Asking, Owner, Priority, Waiting
from bot.models.fairness import FairQueue
from bot.models.waiting import STAYS, refuse_too_much, waited_too_long


@dataclass(eq=False, kw_only=True)
class Job:
    """What one person asked for at once.

    Attributes:
        cost: Tokens that its first turn is expected to take.
        cancelled: Set when nobody waits for it any more.
        asking: For whom it is.
        future: Is done when the answer is.
        tried: Whether the model hung over it before, or failed.
        deadline: Until when it may wait for its next turn, by the clock that does not jump.
        begun: Whether it had one.
        shown: Whether anybody has seen anything of it.
    """

    cost: float
    cancelled: threading.Event = field(default_factory=threading.Event)
    asking: Asking = field(default_factory=ASKING.get)
    future: Future[object] = field(default_factory=Future)
    tried: bool = False
    deadline: float = field(init=False, default=inf)
    begun: bool = field(init=False, default=False)
    shown: bool = field(init=False, default=False)

    @property
    def over(self) -> bool:
        """Whether nothing is left to do for it."""
        return self.cancelled.is_set() or self.future.done()


J = TypeVar("J", bound=Job)

IN_VAIN = 3
"""How often a model is loaded anew for those who wait, though it does nothing between."""


class Line(Generic[J]):
    """What was asked of a model and is not at its end; turns go round fairly, counted in tokens.

    Args:
        name: What people call the model.
        turn: Tokens of a turn.
        speed: Tokens a second that are expected before any were measured.

    Attributes:
        turn: Tokens of a turn.
    """

    def __init__(self, name: str, turn: int, speed: float) -> None:
        self.turn = turn
        self._name = name
        self._speed = speed
        self._usual = float(turn)
        self._fair: FairQueue[J] = FairQueue(turn)
        self._jobs: dict[Future[object], J] = {}
        # How often in a row the model hung or failed before it did anything.
        self._in_vain = 0
        self._change = threading.Condition(threading.RLock())

    def __len__(self) -> int:
        """How much is not at its end."""
        return len(self._jobs)

    @property
    def waits(self) -> bool:
        """Whether anything waits for its turn."""
        return len(self._fair) > 0

    @property
    def deserted(self) -> bool:
        """Whether nobody waits for anything any more."""
        with self._change:
            return all(job.over for job in self._jobs.values())

    def push(self, job: J) -> None:
        """Let something wait for its turn; cancelling its future takes it out.

        Raises:
            UserError: Too much waits already.
        """
        with self._change:
            refuse_too_much(self._fair, job.asking.owner, self._name)
            self._enter(job, monotonic() + job.asking.patience)
            self._change.notify_all()
        job.future.add_done_callback(self._take_out)

    def wait_for(self, enough: Callable[[], bool], seconds: float) -> None:
        """Wait until there is enough, but not longer than some seconds."""
        with self._change:
            self._change.wait_for(enough, seconds)

    def crowd(self) -> tuple[tuple[Owner, ...], Priority]:
        """Whom the model works for, and what goes first; not for digests that are written beside what people ask."""
        with self._change:
            asking = [job.asking for job in self._jobs.values() if not job.cancelled.is_set()]
        priority = min((one.priority for one in asking), default=Priority.INTERACTIVE)
        owners = dict.fromkeys(one.owner for one in asking if one.priority == priority)
        return tuple(owners) or (ITSELF.owner,), priority

    def waiting(self, future: Future[object]) -> Waiting | None:
        """How long something has to wait; None once its turn has come."""
        with self._change:
            job = self._jobs.get(future)
            if job is None or job.begun or job not in self._fair:
                return None
            position = self._fair.position(job)
            return Waiting(position, position * self._usual / self._speed)

    def others_wait(self, job: J) -> bool:
        """Whether anyone waits for whom something would have to give way: not who asked for it, for the same thing."""
        asking = job.asking
        with self._change:
            waiting = [other.asking for other in self._jobs.values() if other in self._fair]
        return any(one.owner != asking.owner or one.priority < asking.priority for one in waiting)

    def take(self) -> J | None:
        """Give the next turn; None when nothing waits."""
        while True:
            with self._change:
                if not self._fair:
                    return None
                job = self._fair.take()
                # What is tried a second time runs already.
                if job.begun or job.future.running() or job.future.set_running_or_notify_cancel():
                    job.begun, job.deadline = True, monotonic() + job.asking.patience
                    return job
            self.settle(job)

    def give_back(self, job: J, cost: float, *, more: bool = True) -> None:
        """End a turn.

        Args:
            job: What had it.
            cost: Tokens that it took.
            more: Whether it needs another.
        """
        with self._change:
            if self._has(job):
                self._fair.give_back(job, cost, self.turn if more else None)
                job.deadline = monotonic() + job.asking.patience
                self._note(cost)

    def show(self, job: J) -> bool:
        """Note that somebody sees something of it; returns whether that may be, for it may have been given up."""
        with self._change:
            job.shown = True
            return self._has(job)

    def settle(self, job: J, error: BaseException | None = None, answer: object = None, cost: float = 0) -> None:
        """Let something be done, or have failed.

        Args:
            job: What was asked for.
            error: Why it failed.
            answer: What became of it otherwise.
            cost: Tokens that its present turn took.
        """
        with self._change:
            if not self._has(job):
                return
            del self._jobs[job.future]
            if not self._fair.remove(job):
                # Its last turn may be over.
                with suppress(KeyError):
                    self._fair.give_back(job, cost)
            self._note(cost)
        _tell(job, error, answer)

    def drop(self, error: BaseException, cost: Callable[[J], float] = lambda job: 0.0) -> list[J]:
        """Let everything fail that nobody waits for any more.

        Args:
            error: What it is told.
            cost: Says how many tokens a present turn took.

        Returns:
            It.
        """
        with self._change:
            gone = [job for job in self._jobs.values() if job.cancelled.is_set()]
        for job in gone:
            self.settle(job, error, cost=cost(job))
        return gone

    def expire(self, now: float, *, lacks_room: bool = False) -> bool:
        """Give up what waited too long for its first turn.

        Args:
            now: By the clock that does not jump.
            lacks_room: Whether the model waits for memory that another one uses; what has begun waits with it then.

        Returns:
            Whether anything is left.
        """
        with self._change:
            late = [job for job in self._jobs.values() if job.deadline <= now and (lacks_room or not job.begun)]
            for job in late:
                self._remove(job)
            left = bool(self._jobs)
        for job in late:
            _tell(job, waited_too_long(self._name, lacks_room=lacks_room))
        return left

    def anew(self, error: BaseException, *, again: bool) -> tuple[Line[J], Callable[[], None]]:
        """Go on in another line; what still works on this one reaches nobody any more.

        Args:
            error: What is told to those who do not go on.
            again: Whether the others go on: who had not begun as they were, and who had begun if nobody has seen
                anything of it, and for the first time. Nobody does where it came to this `IN_VAIN` times in a row
                without anything done between.

        Returns:
            Where these wait, and what tells the others.
        """
        line: Line[J] = Line(self._name, self.turn, self._speed)
        line._in_vain = self._in_vain + 1
        again = again and line._in_vain <= IN_VAIN
        with self._change:
            jobs = list(self._jobs.values())
            for job in jobs:
                self._remove(job)
        # Where nobody had begun, it may be the fault of each.
        begun = [job for job in jobs if job.begun] or jobs
        failed = [job for job in begun if job.shown or job.tried] if again else jobs
        going_on: list[J] = []
        for job in jobs:
            if job not in failed:
                tried, deadline = job in begun, job.deadline
                # Progress is not copied.
                going_on.append(replace(job, tried=tried or job.tried))
                line._enter(going_on[-1], monotonic() + job.asking.patience if tried else deadline)

        def tell() -> None:
            for job in going_on:
                job.future.add_done_callback(line._take_out)
            for job in failed:
                _tell(job, error)

        return line, tell

    def measured(self, speed: float) -> None:
        """Learn how fast the model is.

        Args:
            speed: Tokens a second.
        """
        self._speed = STAYS * self._speed + (1 - STAYS) * speed
        self._in_vain = 0

    def _enter(self, job: J, deadline: float) -> None:
        job.deadline = deadline
        self._fair.push(job, job.asking.owner, job.cost, job.asking.priority)
        self._jobs[job.future] = job

    def _has(self, job: J) -> bool:
        return self._jobs.get(job.future) is job

    def _remove(self, job: J) -> None:
        del self._jobs[job.future]
        self._fair.remove(job)

    def _note(self, cost: float) -> None:
        if cost:
            self._usual = STAYS * self._usual + (1 - STAYS) * cost

    def _take_out(self, future: Future[object]) -> None:
        if future.cancelled() and (job := self._jobs.get(future)) is not None:
            self.settle(job)


def _tell(job: Job, error: BaseException | None, answer: object = None) -> None:
    # Whoever waits may cancel it at any time.
    with suppress(InvalidStateError):
        if error is None:
            job.future.set_result(answer)
        else:
            job.future.set_exception(error)
