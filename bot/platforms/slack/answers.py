"""All answers on Slack: where each goes, and where it stands."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime
from typing import Any

import structlog

from bot.body import Body
from bot.errors import TooLate, UserError
from bot.platform import Address, MessageRef
from bot.platforms.slack.answer import Answer, Page
from bot.platforms.slack.directory import PLATFORM
from bot.platforms.slack.pace import Pace
from bot.platforms.slack.places import Asker, Place
from bot.platforms.slack.posted import find_posted
from bot.platforms.slack.private import Once
from bot.platforms.slack.web import UNREACHABLE, SlackRefused, Web

log = structlog.get_logger(__name__)

REMEMBERED = 2_000
"""Answers that are being written, or recognised by their key."""


class Answers:
    """Posts answers, changes and removes them.

    Args:
        web: Where they are posted; it raises an error until the bot is signed in.
    """

    def __init__(self, web: Callable[[], Web]) -> None:
        self._web = web
        self._pace = Pace()
        self._posting: OrderedDict[str, asyncio.Task[MessageRef]] = OrderedDict()
        self._known: OrderedDict[str, Answer | Once] = OrderedDict()

    async def post(self, address: Address, body: Body, key: str) -> MessageRef:
        """Post an answer; the same `key` again gives back the first one."""
        posting = self._posting.get(key)
        if posting is None:
            posting = asyncio.get_running_loop().create_task(self._post(address, body, key))
            _remember(self._posting, key, posting)
        try:
            return await asyncio.shield(posting)
        except Exception:
            self._posting.pop(key, None)
            raise

    async def resume(self, address: Address, key: str, ref: MessageRef | None, asked: datetime) -> MessageRef | None:
        """Take up an answer that an earlier process may have posted; one for one person's eyes cannot be."""
        if key in self._known:
            # The next try to post it looks for it itself.
            return None
        answer = self._new_answer(address, key)
        if not isinstance(answer, Answer):
            return None
        if ref is not None and "." in ref.id:
            standing = Answer.standing(self._web(), self._pace, ref)
            answer.posted, answer.attached = standing.posted, standing.attached
        known = [page.ts for page in answer.posted]
        try:
            others = self._written()
            found = await find_posted(self._web(), answer.place, key, asked, known=known, others=others)
        except SlackRefused as error:
            log.warning("an answer may be posted twice: it cannot be looked up", error=error.error)
        else:
            answer.posted += [Page(ts) for ts in found if ts not in known]
        if not answer.posted:
            return None
        answer.stream = False
        return self._note(address.channel, key, answer)

    async def edit(self, ref: MessageRef, body: Body) -> MessageRef:
        """Bring an answer up to date; returns where it stands now.

        Raises:
            TooLate: The workspace lets nobody change what is that old.
            UserError: Somebody has removed it since it was complete.
        """
        answer = self._answer_of(ref)
        if answer is None:
            return ref
        try:
            await answer.show(body)
        except SlackRefused as error:
            running = f"{ref.channel} {ref.id}" in self._known
            if error.error == "edit_window_closed":
                raise TooLate(str(error)) from None
            if error.error == "message_not_found":
                if not running:
                    raise UserError("That answer was removed: it cannot be changed any more.") from None
                # Removed while it is written: there is nothing left to change.
            elif error.error in UNREACHABLE and running and isinstance(answer, Answer) and answer.asker is not None:
                log.warning("an answer goes on elsewhere", channel=ref.channel, error=error.error)
                answer = Once(self._web(), answer.place, answer.asker.user, answer.asker, everyone=True)
                await answer.show(body)
            else:
                raise
        return self._note(ref.channel, ref.id, answer)

    async def delete(self, ref: MessageRef) -> None:
        """Remove an answer with its files; one that is gone already is no error."""
        answer = self._answer_of(ref)
        if answer is not None:
            await answer.delete()
        self._known.pop(f"{ref.channel} {ref.id}", None)

    def forget(self, person: str) -> None:
        """Drop what is left of answers to a person."""
        user = person.removeprefix(f"{PLATFORM}:")
        for key, answer in list(self._known.items()):
            # One that is being written is dropped when it is complete.
            if answer.ended and answer.asker is not None and answer.asker.user == user:
                del self._known[key]

    async def _post(self, address: Address, body: Body, key: str) -> MessageRef:
        # What a failed try has posted is gone on with by the next one.
        answer = self._known.get(key) or self._new_answer(address, key)
        _remember(self._known, key, answer)
        try:
            await answer.show(body)
        except SlackRefused as error:
            blocked = error.error in UNREACHABLE or error.error == "missing_scope"
            if not isinstance(answer, Answer) or not blocked or answer.posted or answer.asker is None:
                raise
            answer = Once(self._web(), answer.place, answer.asker.user, answer.asker, everyone=True)
            await answer.show(body)
        self._known.pop(key, None)
        return self._note(address.channel, key, answer)

    def _new_answer(self, address: Address, key: str) -> Answer | Once:
        place, asker = Place.to_answer(address), Asker.of(address.token)
        private_to = (address.private_to or "").removeprefix(f"{PLATFORM}:")
        if private_to and not place.direct:
            return Once(self._web(), place, private_to, asker)
        return Answer(self._web(), self._pace, place, asker, key=key, others=self._written)

    def _written(self) -> frozenset[str]:
        """The messages of all answers that are being written."""
        answers = (answer for answer in self._known.values() if isinstance(answer, Answer))
        return frozenset(page.ts for answer in answers for page in answer.posted)

    def _answer_of(self, ref: MessageRef) -> Answer | Once | None:
        """The answer at `ref`; None when it is one that cannot be changed any more."""
        if known := self._known.get(f"{ref.channel} {ref.id}"):
            return known
        if "." not in ref.id:
            log.debug("an answer for one person's eyes stays as it is", channel=ref.channel)
            return None
        return Answer.standing(self._web(), self._pace, ref)

    def _note(self, channel: str, key: str, answer: Answer | Once) -> MessageRef:
        """Remember the answer until it is complete: its place then says all that is needed to change it."""
        ref = answer.ref(channel) if isinstance(answer, Answer) else MessageRef(channel, key)
        if answer.ended:
            self._known.pop(f"{channel} {ref.id}", None)
        else:
            _remember(self._known, f"{channel} {ref.id}", answer)
        return ref


def _remember(known: OrderedDict[str, Any], key: str, value: object) -> None:
    known[key] = value
    while len(known) > REMEMBERED:
        known.popitem(last=False)
