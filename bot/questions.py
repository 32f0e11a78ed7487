"""Questions that were just asked, so that one that is edited or deleted takes its answer along."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TypeAlias

from bot.errors import StoreError
from bot.platform import MessageRef
from bot.reply import Reply
from bot.request import Channel, MessageDeleted, Request

JUST_SENT = timedelta(minutes=5)
"""How long after its first sending an edited question is answered once more."""

REMEMBERED = 1_000
"""How many answered questions are remembered."""

Key: TypeAlias = tuple[str, str, str]


@dataclass(slots=True)
class Running:
    """A request that is being answered.

    Attributes:
        task: Answers it.
        request: What is asked.
        reply: The answer.
        begun: Whether it is kept, and its answer begun.
        stopped: Why it is to stop, where it was told so before that: then it could not have said so itself.
        accepted: Set when it is kept and acknowledged, or will not be.
        trouble: Why it could not be kept, where it will be delivered again.
        can_resume: Whether a later process can go on with it.
    """

    task: asyncio.Task[None]
    request: Request
    reply: Reply
    begun: bool = False
    stopped: str | None = None
    accepted: asyncio.Event = field(default_factory=asyncio.Event)
    trouble: StoreError | None = None
    can_resume: bool = False

    def stop(self, why: str = "") -> bool:
        """Stop it, unless its answer is complete and only has to be shown; returns whether it will."""
        if self.reply.closed or self.task.done():
            return False
        if not self.begun:
            self.stopped = why
            return True
        return self.task.cancel(why)

    async def leave_place_to(self, reply: Reply) -> None:
        """Wait until it has ended, also when stopped meanwhile: where the answer stands is known only then."""
        stopped: asyncio.CancelledError | None = None
        while not self.task.done():
            try:
                await asyncio.wait([self.task])
            except asyncio.CancelledError as error:
                stopped = error
        reply.take_place_of(self.reply)
        if stopped is not None:
            raise stopped


@dataclass(frozen=True, slots=True)
class Answered:
    """A question and where its answer stands; None where nobody else sees it."""

    request: Request
    ref: MessageRef | None


class Questions:
    """What was asked by messages, and is answered or being answered."""

    def __init__(self) -> None:
        self._running: dict[Key, Running] = {}
        self._answered: OrderedDict[Key, Answered] = OrderedDict()

    def began(self, running: Running) -> None:
        """Note that a question is being answered; what is delivered again is answered already."""
        key = _key_of(running.request)
        if key is not None and (running.request.first_asked is not None or key not in self._running):
            self._running[key] = running

    def ended(self, running: Running) -> None:
        """Note that it was answered."""
        key = _key_of(running.request)
        if key is None or self._running.get(key) is not running:
            return
        del self._running[key]
        reply = running.reply
        if not reply.closed:
            # Delivered again, it was dropped; the first one's answer stands.
            return
        self._answered.pop(key, None)
        self._answered[key] = Answered(running.request, None if reply.private else reply.ref)
        while len(self._answered) > REMEMBERED:
            self._answered.popitem(last=False)

    def running(self, question: Request | MessageDeleted) -> Running | None:
        """The request that answers the question now."""
        key = _key_of(question) if isinstance(question, Request) else _key_of_deleted(question)
        return self._running.get(key) if key is not None else None

    def answered(self, question: Request) -> Answered | None:
        """The answer that the question had, if it was just sent."""
        key = _key_of(question)
        found = self._answered.get(key) if key is not None else None
        if found is None:
            return None
        sent = found.request.first_asked or found.request.received
        return found if question.received - sent <= JUST_SENT else None

    def forget(self, person: str) -> None:
        """Drop what is remembered of a person's questions."""
        for key in [key for key, answered in self._answered.items() if answered.request.person.id == person]:
            del self._answered[key]


def _key_of(request: Request) -> Key | None:
    message = request.origin.message
    return None if message is None else _key(request.origin.platform, request.channel, message)


def _key_of_deleted(event: MessageDeleted) -> Key:
    return _key(event.origin.platform, event.channel, event.message_id)


def _key(platform: str, channel: Channel, message: str) -> Key:
    # A message that a thread has begun under since belongs to the channel and to the thread.
    return platform, channel.parent or channel.id, message
