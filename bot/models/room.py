"""Which models are in memory: one that needs room gets that of those which have not been used for longest."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic
from typing import Protocol

from bot.errors import UserError
from bot.models.engines.hardware import room as free_room
from bot.models.pulse import Pulse
from bot.models.waiting import Stopped, waited_too_long
from bot.wording import size

LOOK_EVERY = 1.0
"""Seconds between two looks at whether what waits has waited for too long, or for nobody."""


class Lodger(Protocol):
    """A model that takes memory."""

    @property
    def name(self) -> str:
        """What people call it."""
        ...

    def let_go(self) -> bool:
        """Free its memory; returns whether it did, for it may be in the middle of something."""
        ...


def _tidy() -> None:
    from bot.models.engines.memory import tidy

    tidy()


class Room:
    """What of the memory is taken by which model.

    A model at work keeps its place. One that does not fit waits until others are idle, if that can help.

    Args:
        budget: Bytes that all models together may take; None for what is free when one is loaded.
        free: Bytes that are free now.
        tidy: Gives back to the system what was let go.
    """

    def __init__(
        self,
        budget: int | None = None,
        free: Callable[[], int] = free_room,
        tidy: Callable[[], object] = _tidy,
    ) -> None:
        self._budget = budget
        self._free = free
        self._tidy = tidy
        # The one that was not used for longest comes first.
        self._inside: OrderedDict[Lodger, int] = OrderedDict()
        # By the work, for a model that hung while it was loaded may be loaded anew before the first load ends.
        self._loading: dict[Pulse, tuple[Lodger, int]] = {}
        self._at_work: dict[Lodger, set[Pulse]] = {}
        # By the work too: who waits once more waits anew.
        self._waiting: dict[Pulse, Lodger] = {}
        # As long again as its load took, work in common needs not end for others: else two such would only load.
        self._keeps_until: dict[Lodger, float] = {}
        self._untidy = False
        self._change = threading.Condition()

    @contextmanager
    def working(self, model: Lodger, pulse: Pulse, ended: Callable[[], bool]) -> Iterator[None]:
        """Keep the place of a model while it works.

        Args:
            model: The model.
            pulse: Of the work; rests while another has the right to the place first.
            ended: Whether nobody waits for it any more.
        """
        with self._change:
            # Whoever waits for room comes first, or one that is asked often would keep its place for ever.
            if self._waiting and model not in self._at_work and self._free_place(model):
                self._stand_back(pulse, ended)
            self._at_work.setdefault(model, set()).add(pulse)
            self._use(model)
        try:
            yield
        finally:
            with self._change:
                working = self._at_work.get(model, set())
                working.discard(pulse)
                if not working:
                    self._at_work.pop(model, None)
                self._use(model)
                self._change.notify_all()

    @contextmanager
    def loading(self, model: Lodger, needs: int, pulse: Pulse, ended: Callable[[], bool]) -> Iterator[None]:
        """Make room for a model and keep it, unless loading it fails.

        Args:
            model: What is loaded; at work.
            needs: Bytes that it takes.
            pulse: Of the work; rests while it waits for others to be idle.
            ended: Whether nobody waits for it any more.

        Raises:
            UserError: It cannot fit, others did not become idle in time, or nobody waits for it any more.
        """
        if self._budget is not None and needs > self._budget:
            raise UserError(
                f"The model {model.name} needs about {size(needs)} of memory and models may take "
                f"{size(self._budget)} here; choose a smaller one, or raise models.memory_gib."
            )
        with self._change:
            self._enter(model, needs, pulse, ended)
        began = monotonic()
        try:
            yield
            with self._change:
                if pulse in self._loading:
                    self._keeps_until[model] = 2 * monotonic() - began
        except BaseException:
            with self._change:
                # One that was given up has no place any more; the model may have another.
                if pulse in self._loading:
                    self.leave(model)
            raise
        finally:
            with self._change:
                self._loading.pop(pulse, None)

    def leave(self, model: Lodger) -> None:
        """Free the place of a model that was closed or given up."""
        with self._change:
            self._inside.pop(model, None)
            self._keeps_until.pop(model, None)
            # What it was may be in memory until it is swept up.
            self._untidy = True
            self._loading = {pulse: load for pulse, load in self._loading.items() if load[0] is not model}
            self._at_work.pop(model, None)
            self._change.notify_all()

    def nudge(self) -> None:
        """Have all who wait look whether their work has ended.

        It does not wait itself, for the event loop asks it: while memory is given back they look a moment later.
        """
        if self._change.acquire(blocking=False):
            self._change.notify_all()
            self._change.release()

    def crowded(self, model: Lodger) -> bool:
        """Whether others wait for room that a model takes and had for a while.

        Asked between steps, so it waits for nothing.
        """
        return bool(self._waiting) and model in self._inside and monotonic() >= self._keeps_until.get(model, 0.0)

    def clear(self, model: Lodger) -> bool:
        """Let all other models go that are idle; returns whether there were any."""
        with self._change:
            found = False
            while self._evict(model):
                found = True
            return found

    def _enter(self, model: Lodger, needs: int, pulse: Pulse, ended: Callable[[], bool]) -> None:
        self._waiting[pulse] = model
        try:
            # What failed may be kept by what told of it, until it is looked for.
            self._sweep()
            while not self._fits(needs):
                if ended():
                    raise Stopped
                if self._sweep() or self._evict(model):
                    continue
                if not self._could_fit(needs, model):
                    # Whoever loads it looks closely, and says what it lacks.
                    break
                if monotonic() > pulse.deadline:
                    raise waited_too_long(model.name, lacks_room=True)
                pulse.rest(room=True)
                self._change.wait(LOOK_EVERY)
        finally:
            del self._waiting[pulse]
            self._change.notify_all()
        self._inside[model] = needs
        self._loading[pulse] = model, needs
        pulse.beat()

    def _fits(self, needs: int) -> bool:
        if self._budget is not None:
            return sum(self._inside.values()) + needs <= self._budget
        return sum(taken for _, taken in self._loading.values()) + needs <= self._free()

    def _could_fit(self, needs: int, model: Lodger) -> bool:
        """Whether it would fit if all the others were idle."""
        others = sum(taken for other, taken in self._inside.items() if other is not model)
        if self._budget is not None:
            return others > 0
        return others > 0 and needs <= self._free() + others

    def _evict(self, model: Lodger) -> bool:
        """Let the idle model go that was not used for longest; returns whether there was one."""
        others = [other for other in self._inside if other is not model and other not in self._at_work]
        return any(self._free_place(other) for other in others)

    def _free_place(self, model: Lodger) -> bool:
        """Let a model go that is not at work; returns whether it was there and could go."""
        if model not in self._inside or not model.let_go():
            return False
        del self._inside[model]
        self._keeps_until.pop(model, None)
        self._tidy()
        self._change.notify_all()
        return True

    def _sweep(self) -> bool:
        """Give back what models took that were closed or given up; returns whether there were any."""
        untidy, self._untidy = self._untidy, False
        if untidy:
            self._tidy()
        return untidy

    def _stand_back(self, pulse: Pulse, ended: Callable[[], bool]) -> None:
        """Wait until those who wait for room have it, or have given up.

        Raises:
            Stopped: Nobody waits for it any more.
        """
        before = list(self._waiting)
        pulse.rest(room=True)
        while any(one in self._waiting for one in before):
            if ended():
                raise Stopped
            self._change.wait(LOOK_EVERY)

    def _use(self, model: Lodger) -> None:
        if model in self._inside:
            self._inside.move_to_end(model)
