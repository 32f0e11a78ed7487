"""What happens around an answer so that none is lost and none is given twice: kept before, noted after."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Container, Sequence
from datetime import timedelta
from typing import TypeAlias

import structlog

from bot.errors import StoreError, UserError
from bot.inbox import PATIENCE, TRIES, Inbox, Pending, Stage
from bot.middleware.call import Call
from bot.platform import MessageRef
from bot.questions import Running
from bot.request import Request
from bot.wording import count

log = structlog.get_logger(__name__)

PAUSES = (5.0, 10.0, 20.0, 40.0, 80.0, 160.0, *(300.0 for _ in range(11)))
"""Seconds between the tries to show an answer that a platform did not take: an hour in all."""

UNFINISHED = {
    Stage.BEGUN: "I was restarted while I was at this, and do not know whether it is done. "
    "Please look before you ask again.",
    Stage.SENDING: "I was restarted while I was sending you an answer. If you did not get it, please ask again.",
}
"""What is said of requests that may not run again, by how far an earlier process came."""

ON_THE_WAY = 1.0
"""Seconds that are left for the sign itself, once a request is kept."""

LATE = timedelta(minutes=2)
"""An answer begun so long after its question says so."""

GIVEN_UP = "I was restarted several times while I was at this, so I gave it up. Please ask again."

KeepAnswer: TypeAlias = Callable[[Call], Awaitable[None]]
"""Keeps what has to stay of an answer."""


def apology_for(pending: Pending) -> str:
    """What is said instead of running a request once more; empty when it may run."""
    return UNFINISHED.get(pending.stage, GIVEN_UP if pending.tries >= TRIES else "")


def asked_ago(age: timedelta) -> str:
    """What stands above an answer that comes late; empty for others."""
    if age < LATE:
        return ""
    minutes = round(age / timedelta(minutes=1))
    ago = count(minutes, "minute") if minutes < 90 else count(round(minutes / 60), "hour")
    return f"*You asked this {ago} ago, while I was away.*\n\n"


class Accepting:
    """Keeps requests until their answers are shown.

    Args:
        inbox: Keeps them; None for a process that nobody will ask again.
        pauses: Seconds between the tries to show an answer that a platform did not take.
        keep_answer: Keeps what has to stay of an answer that was shown so late.
    """

    def __init__(
        self, inbox: Inbox | None = None, pauses: Sequence[float] = PAUSES, keep_answer: KeepAnswer | None = None
    ) -> None:
        self._inbox = inbox
        self._keep_answer = keep_answer
        self._pauses = pauses
        self._unkept: set[str] = set()
        self._delivering: set[asyncio.Task[None]] = set()

    async def take_in(self, call: Call, replaces: MessageRef | None, sign_seconds: float | None) -> bool:
        """Keep a request and acknowledge it; returns whether it is to be answered.

        Args:
            call: What is asked.
            replaces: An answer whose place this one takes.
            sign_seconds: How soon the platform wants a sign; None where it can wait.

        Raises:
            StoreError: It cannot be kept, and will be delivered again.
        """
        request, new = call.request, True
        if self._inbox is not None and not request.scheduled:
            try:
                wait = PATIENCE if sign_seconds is None else sign_seconds - ON_THE_WAY
                call.kept = new = await self._inbox.accept(request, replaces, wait)
            except StoreError as error:
                if request.missed:
                    raise
                call.apology = str(error)
                self._unkept.add(request.id)
        if request.acknowledge is not None:
            try:
                await request.acknowledge()
            except Exception as error:
                # It came too late, or was acknowledged before: the platform takes no answer to it.
                log.warning("not acknowledged", request=request.id, error=repr(error))
                if new:
                    await self._done(request)
                return False
        return new

    def notes(self, request: Request) -> Notes | None:
        """Where it is noted how far the answer to a request has come."""
        return None if self._inbox is None or request.scheduled else Notes(self._inbox, request.id, self._unkept)

    async def begin(self, call: Call, running: Running) -> None:
        """Note that a command runs that may not run twice.

        Raises:
            StoreError: That cannot be noted, so it must not run.
        """
        if self._inbox is not None and call.kept:
            await self._inbox.note(call.asked.id, Stage.BEGUN)
            running.can_resume = False

    async def settle(self, call: Call) -> None:
        """Note that a request is answered; an answer that the platform did not take is kept for later."""
        if not call.reply.closed or call.reply.delivered:
            await self._done(call.asked)
            return
        task = asyncio.get_running_loop().create_task(self._deliver(call))
        self._delivering.add(task)
        task.add_done_callback(self._delivering.discard)

    async def stop(self) -> None:
        """Try nothing more; the next start goes on with it."""
        for task in self._delivering:
            task.cancel()
        if self._delivering:
            await asyncio.wait(self._delivering)

    async def _deliver(self, call: Call) -> None:
        """Try again to show a complete answer, for as long as somebody may wait for it."""
        for pause in self._pauses:
            await asyncio.sleep(pause)
            try:
                await call.reply.close()
            except Exception as error:
                # A store in trouble, which notes nothing of what cannot be found again, is waited for as well.
                if isinstance(error, UserError) and not isinstance(error, StoreError):
                    log.warning("answer cannot be delivered", request=call.asked.id, reason=str(error))
                    break
                log.warning("answer not delivered yet", request=call.asked.id, error=repr(error))
            else:
                await self._kept(call)
                break
        else:
            log.error("answer given up", request=call.asked.id)
        await self._done(call.asked)

    async def _kept(self, call: Call) -> None:
        try:
            if self._keep_answer is not None:
                await self._keep_answer(call)
        except StoreError:
            log.warning("late answer not kept", request=call.asked.id)

    async def _done(self, request: Request) -> None:
        if self._inbox is None or request.scheduled:
            return
        self._unkept.discard(request.id)
        try:
            # Also of what was not kept in time: it may have been, after all.
            await self._inbox.note(request.id, Stage.DONE)
        except StoreError:
            # The next start answers it once more, in the same place.
            log.warning("not noted as answered", request=request.id)


class Notes:
    """Notes in the inbox how far an answer has come.

    Args:
        inbox: Keeps it.
        request_id: What is answered.
        unkept: What is not in the inbox, so that nothing can be noted of it.
    """

    def __init__(self, inbox: Inbox, request_id: str, unkept: Container[str]) -> None:
        self._inbox = inbox
        self._request_id = request_id
        self._unkept = unkept

    async def sending(self) -> None:
        """It goes to where it can be neither found nor changed.

        Raises:
            StoreError: That cannot be noted now.
        """
        if self._request_id in self._unkept:
            return
        await self._inbox.note(self._request_id, Stage.SENDING)

    async def shown(self, ref: MessageRef) -> None:
        """This is where it stands now."""
        try:
            await self._inbox.shown(self._request_id, ref)
        except StoreError:
            # A later process looks for it.
            log.warning("not noted where an answer stands", request=self._request_id)
