"""Where an answer is shown: its message, which is found again after a crash and posted anew when it is gone."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Protocol

import structlog

from bot.body import Body, State
from bot.errors import TooLate, UserError
from bot.platform import Address, MessageRef, Platform

log = structlog.get_logger(__name__)


class Notes(Protocol):
    """Where it is noted how far an answer has come."""

    async def sending(self) -> None:
        """It goes to where it can be neither found nor changed."""

    async def shown(self, ref: MessageRef) -> None:
        """This is where it stands now."""


class Delivery:
    """The message of one answer.

    Args:
        platform: Where it is shown.
        address: To whom.
        key: What makes posting it idempotent.
        replaces: An earlier answer that everyone there sees, whose place it takes.
        notes: Where it is noted how far it has come.
        asked: When it was asked; by that an answer is looked up that may have been posted.
        resumed: Whether an earlier process may have shown something of it, at `replaces` or at an unknown place.
        preface: Stands above it.

    Attributes:
        ref: Where it stands, once that is known.
        posted: Whether something of it may have been seen.
    """

    def __init__(
        self,
        platform: Platform,
        address: Address,
        key: str,
        replaces: MessageRef | None,
        *,
        notes: Notes | None,
        asked: datetime | None,
        resumed: bool,
        preface: str,
    ) -> None:
        self._platform = platform
        self._address = address
        self._key = key
        self._left: MessageRef | None = None
        self._notes = notes
        self._noted = replaces
        self._asked = asked
        self._resumed = resumed
        self._preface = preface
        self.ref = replaces
        self.posted = False

    @property
    def private(self) -> bool:
        """Whether only one person sees it."""
        return self._address.private_to is not None

    def make_private(self, person: str) -> None:
        """Show it to this person only.

        Raises:
            RuntimeError: Something was already shown to everyone.
        """
        if self.posted and self._address.private_to != person:
            raise RuntimeError("an answer that others have seen cannot become private")
        self._address = replace(self._address, private_to=person)
        if self.ref is not None and not self.posted and not self._resumed:
            # The answer whose place it was to take is there for everyone.
            self._left, self.ref = self.ref, None

    async def find_place(self) -> None:
        """Leave the place of an answer that others see, and find out where an earlier process has posted this one."""
        if self._left is not None:
            left, self._left = self._left, None
            await self._platform.delete(left)
        # Also a try of this process that failed may have posted it.
        if self._resumed and self._asked is not None:
            ref = await self._platform.resume(self._address, self._key, self.ref, self._asked)
            self.ref, self.posted, self._resumed = ref, ref is not None, False

    async def show(self, body: Body) -> None:
        """Show this, and nothing of what was shown before."""
        once = self.private and self._platform.limits.private_once
        if self._notes is not None and once and body.state is not State.WORKING:
            await self._notes.sending()
        body = replace(body, text=f"{self._preface}{body.text}")
        if self.ref is not None:
            try:
                self.ref = await self._platform.edit(self.ref, body)
            except TooLate:
                await self._leave(self.ref)
            except UserError as error:
                if self.posted:
                    raise
                # Somebody has removed the answer whose place this one takes: it gets a place of its own.
                log.info("answer posted anew", request=self._key, reason=str(error))
                self.ref = None
        # From here on it may be seen, also when the platform's answer is lost.
        self.posted = True
        if self.ref is None:
            try:
                self.ref = await self._platform.post(self._address, body, self._key)
            except Exception:
                self._resumed = True
                raise

    async def note(self, body: Body) -> None:
        """Note where this is shown; a complete answer is noted as such at once, wherever it stands."""
        if self._notes is None or self.ref in (None, self._noted) or body.state is not State.WORKING:
            return
        assert self.ref is not None
        self._noted = self.ref
        await self._notes.shown(self.ref)

    async def _leave(self, place: MessageRef) -> None:
        """Go on elsewhere, for what stands there is too old to be changed."""
        log.info("answer goes on in a new message", request=self._key)
        # By the key that it was posted with, the platform would give back the first one.
        self.ref, self._key = None, f"{self._key}:later" if self.posted else self._key
        await self._platform.delete(place)

    async def remove(self) -> None:
        """Remove what was shown."""
        if self.ref is not None:
            await self._platform.delete(self.ref)
