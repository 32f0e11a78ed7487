"""What is asked on Discord and not answered yet, and the way of all events to the core."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TypeVar

from bot.body import State
from bot.platforms.discord.ways import ByToken
from bot.request import Event, MessageEdited, Receive, Request, new_id

K = TypeVar("K")
T = TypeVar("T")

CLOSE_SECONDS = 2.0
"""How long what is being told may take to be taken in when Atelier stops."""

REMEMBERED = 5_000
"""How many questions and interactions are remembered while they are answered."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is being answered.

    Attributes:
        asker: Who asked, `Person.id`; None where nobody knows.
        choices: Those of the question that its answer shows.
        request: What was asked; None where it did not come from Discord.
    """

    asker: str | None
    choices: tuple[str, ...] = ()
    request: Request | None = None


class Asking:
    """Between the events of Discord, the core and the answers.

    Attributes:
        receive: Takes the events; None while nothing is received.
    """

    def __init__(self) -> None:
        self.receive: Receive | None = None
        self._began = new_id()
        self._tokens: OrderedDict[str, ByToken] = OrderedDict()
        self._questions: OrderedDict[str, Question] = OrderedDict()
        self._writing: set[int] = set()
        self._held: OrderedDict[int, MessageEdited] = OrderedDict()
        self._telling: set[asyncio.Task[object]] = set()

    async def close(self) -> None:
        """Tell of nothing more, once what is being told was taken in."""
        self.receive = None
        if self._telling:
            await asyncio.wait(self._telling, timeout=CLOSE_SECONDS)

    async def tell(self, event: Event) -> None:
        """Hand an event to the core."""
        if self.receive is None:
            return
        task = asyncio.current_task()
        assert task is not None, "each event is handled in a task"
        self._telling.add(task)
        try:
            await self.receive(event)
        finally:
            self._telling.discard(task)

    async def ask(self, request: Request, way: ByToken | None = None) -> None:
        """Hand a request to the core; with the way in which it is answered, if that is an interaction's."""
        if way is not None:
            remember(self._tokens, request.origin.token or "", way)
        question = Question(request.person.id, request=request)
        if request.first_asked is None:
            remember(self._questions, request.id, question)
            await self.tell(request)
            return

        async def note() -> None:
            # Not before: many an edit asks nothing, and nobody would tell when it is answered.
            remember(self._questions, request.id, question)

        await self.tell(replace(request, acknowledge=note))

    def restore(self, request_id: str, token: str, way: ByToken, asker: str) -> None:
        """Note how an interaction of an earlier process is answered, and who used it."""
        remember(self._tokens, token, way)
        remember(self._questions, request_id, Question(asker))

    def way(self, token: str | None) -> ByToken | None:
        """How the interaction of this token is answered."""
        return self._tokens.get(token) if token else None

    def question(self, request_id: str | None) -> Question | None:
        """What is being answered under this id."""
        return self._questions.get(request_id) if request_id else None

    def is_from_before(self, request_id: str) -> bool:
        """Whether a request was made before this process began."""
        return request_id < self._began

    def shows(self, request_id: str, choices: tuple[str, ...], asker: str | None, state: State) -> None:
        """Note which choices are shown in answer to a request, or that it is answered."""
        if state is State.WORKING:
            found = self._questions.get(request_id, Question(asker))
            remember(self._questions, request_id, replace(found, choices=choices))
            return
        question = self._questions.pop(request_id, None)
        if question is not None and question.request is not None:
            self._tokens.pop(question.request.origin.token or "", None)

    def writes(self, message_id: int, *, done: bool) -> None:
        """Note which messages of ours are still being written: nobody need be told of each edit."""
        if done:
            self._writing.discard(message_id)
        else:
            self._writing.add(message_id)

    def hold(self, message_id: int, event: MessageEdited) -> bool:
        """Keep back an edit of a message of ours that is still being written; returns whether it is one."""
        written = message_id in self._writing
        if written:
            remember(self._held, message_id, event)
        else:
            self._held.pop(message_id, None)
        return written

    async def tell_held(self, message_ids: Iterable[int]) -> None:
        """Tell what messages of ours say that were not edited any more when they were complete."""
        for message_id in message_ids:
            if (event := self._held.pop(message_id, None)) is not None:
                await self.tell(event)


def remember(kept: OrderedDict[K, T], key: K, value: T, most: int = REMEMBERED) -> None:
    """Keep a value, and drop the oldest where there are too many."""
    kept[key] = value
    while len(kept) > most:
        kept.popitem(last=False)
