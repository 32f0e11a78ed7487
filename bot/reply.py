"""The door out: one visible answer to one request, kept up to date while it is made."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

import structlog

from bot.asking import Waiting
from bot.body import Body, Button, Card, Choice, File, Progress, State
from bot.cited import Cited
from bot.delivery import Delivery, Notes
from bot.errors import UserError
from bot.platform import Address, MessageRef, Platform
from bot.wording import in_line

log = structlog.get_logger(__name__)

NO_ROOM = "waiting for memory that another model uses"
"""What stands in the place of a position while the model itself has to wait."""

ANSWER_SECONDS = 15 * 60
"""How long a question waits for its answer: as long as Discord lets one answer an interaction."""


class Reply:
    """Everything a command says, streamed into one message.

    Text written in quick succession is gathered and shown at the platform's pace; the last edit always shows the
    complete answer.

    Args:
        platform: Where it is shown.
        address: To whom.
        request_id: What it answers; also the key that makes posting it idempotent.
        replaces: An earlier answer that everyone there sees, whose place it takes.
        notes: Where it is noted how far it has come.
        asked: When it was asked; by that an answer is looked up that may have been posted.
        resumed: Whether an earlier process may have shown something of it, at `replaces` or at an unknown place.
        preface: Stands above it.
        whole: Whether it is shown only once it is complete, so that of one that fails nothing is seen.

    Attributes:
        abandoned: Whether its message is gone, or another answer's.
        preface: Stands above it.
    """

    def __init__(
        self,
        platform: Platform,
        address: Address,
        request_id: str,
        replaces: MessageRef | None = None,
        *,
        notes: Notes | None = None,
        asked: datetime | None = None,
        resumed: bool = False,
        preface: str = "",
        whole: bool = False,
    ) -> None:
        self._platform = platform
        self._delivery = Delivery(
            platform, address, request_id, replaces, notes=notes, asked=asked, resumed=resumed, preface=preface
        )
        self._body = Body(request_id=request_id)
        self._shown: Body | None = None
        self._buttons: dict[State, tuple[Button, ...]] = {}
        self._begin: asyncio.Handle | None = None
        self._writer: asyncio.Task[None] | None = None
        self._answer: asyncio.Future[str] | None = None
        self._sending = asyncio.Lock()
        self._paused = False
        self._whole = whole
        self.abandoned = False
        self.preface = preface

    @property
    def private(self) -> bool:
        """Whether only the person who asked sees it; decided before anything is written."""
        return self._delivery.private

    @property
    def body(self) -> Body:
        """What has been said so far."""
        return self._body

    @property
    def ref(self) -> MessageRef | None:
        """The message it is shown in, once there is one."""
        return self._delivery.ref

    @property
    def closed(self) -> bool:
        """Whether nothing more will come."""
        return self._body.state is not State.WORKING

    @property
    def delivered(self) -> bool:
        """Whether all that was said so far is shown, or nothing is to be."""
        return self._shown == self._body

    def make_private(self, person: str) -> None:
        """Show it to this person only.

        Raises:
            RuntimeError: Something was already shown to everyone.
        """
        self._delivery.make_private(person)

    def take_place_of(self, earlier: Reply) -> None:
        """Be shown where an earlier answer stands, if that is there for everyone; before anything is written."""
        if earlier.ref is not None and not earlier.private:
            self._delivery.ref = earlier.ref

    def offer(self, buttons: Mapping[State, Sequence[Button]]) -> None:
        """Show these buttons under the answer, by how it ends; a private one gets none."""
        self._buttons = {state: tuple(some) for state, some in buttons.items()}

    def mention(self, person: str) -> None:
        """Mention a person above the answer, so that the platform tells them; before anything is written.

        Args:
            person: `Person.id`.
        """
        self._body = replace(self._body, mention=person)

    async def write(self, text: str | Cited) -> None:
        """Add text (Markdown)."""
        self._change(self._body.adding(text))

    async def show(self, file: File) -> None:
        """Add a picture, audio or document, or put it in the place of its draft.

        Raises:
            UserError: It is larger than the platform takes.
        """
        limit = self._platform.limits.file_bytes
        if len(file.data) > limit:
            raise UserError(f"{file.name} is {len(file.data) >> 20} MB; at most {limit >> 20} MB can be posted here.")
        files = [*self._body.files]
        drafts = (number for number, shown in enumerate(files) if shown.draft and shown.name == file.name)
        place = next(drafts, len(files))
        files[place : place + 1] = [file]
        self._change(replace(self._body, files=tuple(files), progress=None))

    async def card(self, card: Card) -> None:
        """Add a titled box of fields."""
        self._change(replace(self._body, cards=(*self._body.cards, card), progress=None))

    async def progress(self, done: float | None, note: str = "") -> None:
        """Show how far the work is, from 0 to 1, or None when nobody can tell."""
        self._change(replace(self._body, progress=Progress(done, note)))

    def wait(self, waiting: Waiting | None) -> None:
        """Show how long the work for this answer has to wait; None when its turn has come."""
        if waiting is None:
            note = None
        else:
            note = Progress(None, NO_ROOM if waiting.room else in_line(waiting.position, waiting.seconds))
        self._change(replace(self._body, progress=note))

    async def ask(self, question: str, choices: Sequence[str]) -> str:
        """Ask with buttons and wait for the person's answer.

        Returns:
            The chosen text.

        Raises:
            UserError: No answer came in time.
        """
        self._answer = asyncio.get_running_loop().create_future()
        self._change(replace(self._body, question=Choice(question, tuple(choices)), progress=None))
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                return await self._answer
        except TimeoutError:
            raise UserError("No answer came, so I did nothing more.") from None
        finally:
            self._answer = None
            self._change(replace(self._body, question=None))

    def choose(self, choice: str) -> bool:
        """Answer the open question; returns whether there was one with that choice."""
        question = self._body.question
        # A second click on an old button must not answer a question that nobody has seen yet.
        seen = self._shown is not None and self._shown.question == question
        if not seen or question is None or choice not in question.choices:
            return False
        if self._answer is None or self._answer.done():
            return False
        self._answer.set_result(choice)
        return True

    async def close(self) -> None:
        """Show the complete answer; nothing can be added afterwards."""
        await self._finish(State.DONE)

    async def fail(self, error: str) -> None:
        """End with an apology or advice below whatever was said so far."""
        await self._finish(State.FAILED, error)

    def discard(self, why: str = "") -> bool:
        """End without a word; returns False, and does nothing, when something was shown already.

        Args:
            why: Said to nobody but whoever reads the body.
        """
        if self._delivery.posted:
            return False
        self._end(State.FAILED, why or self._body.text)
        self._shown = self._body
        return True

    async def silence(self) -> None:
        """End without a word, and remove what was shown; all is well."""
        self._body = Body(request_id=self._body.request_id)
        self._end(State.DONE, "")
        async with self._sending:
            self._shown = self._body
        await self._delivery.remove()

    async def abandon(self) -> None:
        """End as it is, for another answer takes its place; after this nothing is sent any more."""
        self.abandoned = True
        self._end(State.CANCELLED, self._body.text)
        async with self._sending:
            self._shown = self._body

    async def withdraw(self) -> None:
        """End, and remove what was shown."""
        await self.abandon()
        await self._delivery.remove()

    async def pause(self, note: str) -> None:
        """Say that the answer goes on later, and add nothing more to it."""
        self._body = replace(self._body, progress=Progress(None, note), question=None)
        self._paused = True
        self._stop_writing()
        if not self._whole:
            await self._send()

    async def cancelled(self) -> None:
        """End because the person asked to stop."""
        await self._finish(State.CANCELLED, "Cancelled.")

    async def _finish(self, state: State, last_words: str = "") -> None:
        if self.closed:
            # Nothing can be added, but what could not be shown is tried once more.
            await self._send()
            return
        text = self._body.text
        if last_words:
            # Nothing that was shown is taken back: a stream only grows.
            gap = "" if text.endswith("\n\n") else "\n\n"
            text = f"{text}{gap}{last_words}" if text.strip() else last_words
        elif not (text or self._body.files or self._body.cards):
            text = "Done."
        self._end(state, text)
        await self._send()

    def _end(self, state: State, text: str) -> None:
        buttons = () if self.private else self._buttons.get(state, ())
        self._body = replace(self._body, text=text, state=state, progress=None, question=None, buttons=buttons)
        self._stop_writing()

    def _stop_writing(self) -> None:
        if self._begin is not None:
            self._begin.cancel()
        if self._writer is not None:
            self._writer.cancel()

    def _change(self, body: Body) -> None:
        if self.closed or self._paused:
            return
        self._body = body
        if self._begin is None and not self._whole:
            # Not at once: a command that returns is closed before the loop's next turn, and shown complete.
            self._begin = asyncio.get_running_loop().call_soon(self._start_writer)

    def _start_writer(self) -> None:
        self._writer = asyncio.get_running_loop().create_task(self._write_on())

    async def _write_on(self) -> None:
        """Bring the message up to date, no faster than the platform permits, until there is nothing new."""
        while self._shown != self._body and not (self.closed or self._paused):
            try:
                await asyncio.shield(self._send())
            except Exception as error:
                # The last edit tries again and shows everything; a lost one in between is no loss.
                log.warning("edit not shown", request=self._body.request_id, error=repr(error))
            await asyncio.sleep(1 / self._platform.limits.edits_per_second)
        self._begin = self._writer = None

    async def _send(self) -> None:
        async with self._sending:
            body = self._body
            if body == self._shown:
                return
            await self._delivery.find_place()
            try:
                await self._delivery.show(body)
            except UserError as error:
                if not self._whole:
                    raise
                # Nobody asked just now; who switched it on can read the reason where they look for it.
                self._end(State.FAILED, str(error))
                body = self._body
            self._shown = body
            await self._delivery.note(body)
