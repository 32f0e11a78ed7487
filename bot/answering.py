"""The answers of a channel as one person may handle them."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import replace

from bot.dispatch import Dispatcher
from bot.errors import UserError
from bot.middleware.call import Call
from bot.request import Clock
from bot.router import Router
from bot.store.answers import Answers as AnswerStore
from bot.store.answers import Kept

GONE = "This answer is too old for that, or was erased."


class ChannelAnswers:
    """What a command is handed for `Answers`.

    Args:
        store: What is kept of answers.
        call: The request that wants something of one.
        dispatcher: Asks once more, and stops.
        owners: Accounts that may remove every answer.
        clock: Tells the time.
    """

    def __init__(
        self, store: AnswerStore, call: Call, dispatcher: Dispatcher, owners: Container[str], clock: Clock
    ) -> None:
        self._store = store
        self._request = call.request
        self._dispatcher = dispatcher
        self._owners = owners
        self._clock = clock

    async def again(self, request_id: str) -> None:
        """Make the answer anew, in its place; only who asked may."""
        kept = await self._find(request_id)
        if kept.asked.person.id != self._request.person.id:
            raise UserError(f"Only {kept.asked.person.name}, who asked, can have this answered anew.")
        if self._dispatcher.writing(kept.ref) is not None:
            raise UserError("This answer is being written already.")
        # As the person is now: roles may have changed since.
        request = replace(kept.asked.again(self._clock()), person=self._request.person)
        self._dispatcher.submit(request, kept.ref, counted=True)

    async def command(self, request_id: str) -> str:
        """The name of the command that a continuation is asked of."""
        request = (await self._find(request_id)).asked.again(self._clock())
        match = self._router.resolve(request)
        if match.command.hidden:
            # A continuation, which goes on in turn as what it continues.
            return await self.command(str(match.options(request)["request_id"]))
        return match.command.name

    async def delete(self, request_id: str) -> None:
        """Remove the answer; who asked may, and admins."""
        kept = await self._find(request_id)
        person = self._request.person
        if person.id != kept.asked.person.id and not person.is_admin and person.id not in self._owners:
            raise UserError(f"Only {kept.asked.person.name}, who asked, or an admin can remove this answer.")
        await self._dispatcher.platforms[self._request.origin.platform].delete(kept.ref)
        await self._store.remove(request_id)

    async def rate(self, request_id: str, *, good: bool) -> None:
        """Note whether the person found the answer good; their last word holds."""
        await self._find(request_id)
        await self._store.rate(request_id, self._request.person.id, good=good)

    async def poor(self) -> int:
        """How many answers, of those whose buttons work still, the person found poor."""
        return await self._store.poor(self._request.person.id)

    async def stop(self) -> int:
        """Stop what is being answered to the person here; returns how many answers that were."""
        running = self._dispatcher.running_in(self._request.channel, self._request.person.id)
        return sum(one.stop() for one in running if one.request.id != self._request.id)

    @property
    def _router(self) -> Router:
        return self._dispatcher.router

    async def _find(self, request_id: str) -> Kept:
        channel = self._request.channel
        # The buttons are there a moment before what they need is kept.
        await self._dispatcher.ended(request_id)
        kept = await self._store.get(request_id, self._request.origin.platform, channel.parent or channel.id)
        if kept is None:
            raise UserError(GONE)
        return kept
