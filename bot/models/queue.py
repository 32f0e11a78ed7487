"""What waits for a model: one piece of work at a time, in fair turns, and never without a bound."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import AbstractContextManager
from time import monotonic, perf_counter
from typing import TypeVar, cast

from bot.asking import ASKING, Owner, Waiting
from bot.errors import UserError
from bot.models.fairness import FairQueue
from bot.models.job import Job, settle
from bot.models.pulse import Pulse
from bot.models.waiting import FOR_ROOM, STAYS, Failed, NoSign, refuse_too_much, telling, waited_too_long

T = TypeVar("T")

ROUND = 0.1
"""Seconds of the model's time that a round of turns gives to each person."""

MOST_BEGUN = 4
"""Pieces of work in the midst of which there may be room for others: each keeps memory of its own while it waits."""

LAST_STEP = 30.0
"""Seconds that the present step of work may take when Atelier stops."""

FIRST_GUESS = 1.0
"""Seconds that a piece of work is expected to take before any was measured."""


class Queue:
    """Works off what is asked of one model.

    Turns go round between servers and, inside one, between people; they are counted in the seconds that the model was
    busy for each, so that neither many small wishes nor a few large ones get more than their share. What people ask now
    goes before digests. Long work can make room for others between its steps.

    Args:
        name: What people call the model.
        lost: Told of work that gave no sign of life and was given up; its thread may never end.
    """

    def __init__(self, name: str, lost: Callable[[Pulse], object] = lambda pulse: None) -> None:
        self._name = name
        self._lost = lost
        self._fair: FairQueue[Future[object]] = FairQueue(ROUND)
        self._jobs: dict[Future[object], Job] = {}
        self._present: Job | None = None
        self._change = threading.Condition()
        self._closed = False
        self._threads: set[threading.Thread] = set()
        # Of these, those that are in the midst of nothing; there is one at most.
        self._free = 0
        self._expected = FIRST_GUESS

    def __len__(self) -> int:
        """How much waits."""
        return len(self._fair)

    def submit(self, work: Callable[[Pulse], T], *, again: Callable[[], bool] = lambda: False) -> Future[T]:
        """Let `work` wait for its turn, for whom `ASKING` says.

        Args:
            work: Does it; is handed its pulse, which has to beat from time to time.
            again: Asked when it hangs, or the model fails: whether it may be done a second time, because nobody has
                seen anything of it yet.

        Returns:
            Its result; cancelling it while it waits takes it out of the queue.

        Raises:
            UserError: Too much waits already, or Atelier is stopping.
        """
        asking = ASKING.get()
        future: Future[object] = Future()
        with self._change:
            self._refuse_too_much(asking.owner)
            self._fair.push(future, asking.owner, self._expected, asking.priority)
            self._jobs[future] = Job(future, work, asking.patience, again)
            if not self._threads:
                self._start()
            self._change.notify_all()
        future.add_done_callback(self._take_out)
        return cast("Future[T]", future)

    def pause(self, pulse: Pulse) -> None:
        """Make room for whoever comes next, and wait until it is the turn of this work again.

        Called between two steps, by the thread that does the work.

        Args:
            pulse: Of the work.

        Raises:
            Failed: The model failed meanwhile, or hung, and what the work is in the midst of is good for nothing.
        """
        with self._change:
            job = self._present
            if job is None or job.pulse is not pulse or not self._fair or self._closed:
                return
            job.held += perf_counter() - job.began
            cost = job.cost(job.held)
            self._fair.give_back(job.future, cost, cost)
            self._present = None
            pulse.rest()
            if not self._free:
                self._start()
            self._change.notify_all()
            while self._present is not job and not job.bereft:
                self._change.wait()
            if job.bereft:
                raise Failed(self._name)
            pulse.beat()

    def forsake(self) -> None:
        """End the work that made room and was in the midst of a model that failed: it would keep that in memory."""
        with self._change:
            for job in self._jobs.values():
                job.bereft = job.begun and job is not self._present
            self._change.notify_all()

    @property
    def lacks_room(self) -> bool:
        """Whether what is next waits for memory that another model uses."""
        with self._change:
            return self._lacks_room()

    async def wait(self, future: Future[T]) -> T:
        """The result of what was submitted; who asked is told how long it has to wait.

        Raises:
            UserError: The work raised it, waited for too long or gave no sign of life; so with every other error.
        """
        with self.telling(future):
            return await asyncio.wrap_future(future)

    def telling(self, future: Future[T]) -> AbstractContextManager[None]:
        """Tell who asked how long something has to wait, from now on and until its turn has come."""
        return telling(lambda: self.waiting(future))

    def waiting(self, future: Future[T]) -> Waiting | None:
        """How long something has to wait; None while it does not."""
        item = cast("Future[object]", future)
        with self._change:
            if item in self._jobs and self._lacks_room():
                return FOR_ROOM
            if item not in self._fair or self._jobs[item].begun:
                return None
            position = self._fair.position(item)
            present = self._present
            had = 0.0 if present is None else present.held + perf_counter() - present.began
            running = 0.0 if present is None else max(self._expected - had, 0.0)
            return Waiting(position, running + (position - 1) * self._expected)

    def look(self, now: float, hangs_after: float) -> bool:
        """Give up what waited for too long, and what gave no sign of life.

        Args:
            now: By the clock that does not jump.
            hangs_after: Seconds without a sign.

        Returns:
            Whether anything waits or is under way.
        """
        with self._change:
            late = [
                job
                for future, job in self._jobs.items()
                if future in self._fair and not job.begun and job.deadline <= now
            ]
            for job in late:
                self._fair.remove(job.future)
                del self._jobs[job.future]
                self._change.notify_all()
            lacks_room = self._lacks_room()
            failed = self._give_up_silent(now - hangs_after)
            busy = bool(self._jobs)
        for job in late:
            settle(job.future, waited_too_long(self._name, lacks_room=lacks_room))
        if failed is not None:
            settle(failed.future, NoSign(self._name, hangs_after))
        return busy

    def close(self, patience: float = LAST_STEP) -> None:
        """Take nothing more, cancel what waits and wait for the present work to end.

        Args:
            patience: Seconds to wait for it; what hangs ends with the process.
        """
        with self._change:
            self._closed = True
            waiting = list(self._jobs)
            self._change.notify_all()
        for future in waiting:
            future.cancel()
        until = monotonic() + patience
        for thread in list(self._threads):
            thread.join(max(0.0, until - monotonic()))

    def _refuse_too_much(self, owner: Owner) -> None:
        if self._closed:
            raise UserError("Atelier is stopping; ask again in a minute.")
        refuse_too_much(self._fair, owner, self._name)

    def _start(self) -> None:
        # A daemon: work that hangs must not keep the process from ending.
        thread = threading.Thread(target=self._work_off, name=f"model-{self._name}", daemon=True)
        self._threads.add(thread)
        thread.start()

    def _work_off(self) -> None:
        while (job := self._next()) is not None:
            if not self._run(job):
                break

    def _next(self) -> Job | None:
        """What is to be begun; None when this thread is not needed any more."""
        with self._change:
            if self._free:
                self._leave()
                return None
            self._free += 1
            try:
                while (job := self._let()) is None or job.begun:
                    if all(job.begun for job in self._jobs.values()):
                        self._leave()
                        return None
                    self._change.wait()
            finally:
                self._free -= 1
            job.begun, job.thread, job.pulse = True, threading.current_thread(), Pulse(job.deadline)
            return job

    def _leave(self) -> None:
        """End the present thread: one that computed before slows others down as long as it is there.

        The team that a thread computes with stays until it ends. With more of them than processors, OpenMP lets all
        sleep wherever they wait for each other, which is some hundred times in a step.
        """
        self._threads.discard(threading.current_thread())

    def _let(self) -> Job | None:
        """Give the next turn, if nobody has it; what was begun goes on in its own thread."""
        if self._present is not None or not self._fair:
            return None
        # Whatever is in the midst of a model that failed has to let go of it before that is loaded anew.
        if any(job.bereft for job in self._jobs.values()):
            return None
        job = self._present = self._take()
        job.began = perf_counter()
        self._change.notify_all()
        return job

    def _take(self) -> Job:
        """What has the next turn: of what has begun, once that is as much as may."""
        full = sum(job.begun for job in self._jobs.values()) >= MOST_BEGUN
        job, passed = self._jobs[self._fair.take()], list[Job]()
        while full and not job.begun and self._fair:
            passed.append(job)
            job = self._jobs[self._fair.take()]
        for each in passed:
            self._fair.give_back(each.future, 0.0, self._expected)
        return job

    def _run(self, job: Job) -> bool:
        """Do a piece of work; returns whether this thread is still the queue's."""
        pulse = job.pulse
        if self._closed:
            job.future.cancel()
        # What is done a second time runs already.
        if not job.future.running() and not job.future.set_running_or_notify_cancel():
            self._finish(job, 0.0)
            return True
        result: object = None
        failure: BaseException | None = None
        try:
            result = job.work(pulse)
        except BaseException as error:
            failure = error
        if isinstance(failure, Failed):
            # Its frames would keep the model in memory that is to be loaded anew.
            failure.__traceback__ = None
        with self._change:
            if pulse.lost:
                return False
            took = job.held
            if job is self._present:
                took += perf_counter() - job.began
                self._expected = STAYS * self._expected + (1 - STAYS) * took
            again = isinstance(failure, Failed) and self._may_again(job)
            self._finish(job, job.cost(took), again=again)
        if not again:
            settle(job.future, failure, result)
        return True

    def _lacks_room(self) -> bool:
        return self._present is not None and self._present.pulse.lacks_room

    def _may_again(self, job: Job) -> bool:
        return not (job.tried or self._closed) and job.again()

    def _finish(self, job: Job, cost: float, *, again: bool = False) -> None:
        """End the turn of work that is at its end, or begins again."""
        with self._change:
            if job is self._present:
                self._fair.give_back(job.future, cost, self._expected if again else None)
                self._present = None
            elif not again:
                self._fair.remove(job.future)
            if again:
                job.tried = True
                job.wait_anew()
            else:
                self._jobs.pop(job.future, None)
            self._change.notify_all()

    def _give_up_silent(self, since: float) -> Job | None:
        """Take work that gave no sign since then from its thread, which may never end.

        Returns:
            The work, if it is not done once more.
        """
        job = self._present
        if job is None or job.pulse.since is None or job.pulse.since >= since:
            return None
        job.pulse.lost = True
        self._lost(job.pulse)
        self._threads.discard(cast("threading.Thread", job.thread))
        again = self._may_again(job)
        # Nobody can help it.
        self._finish(job, self._expected, again=again)
        if not self._free:
            self._start()
        return None if again else job

    def _take_out(self, future: Future[object]) -> None:
        if not future.cancelled():
            return
        with self._change:
            if self._fair.remove(future):
                self._jobs.pop(future, None)
                self._change.notify_all()
