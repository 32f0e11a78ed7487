"""What is kept of an answer once it is given: who asked what, and where an admin wants it, what was said."""

from __future__ import annotations

import asyncio

import structlog

from bot.commands import Command
from bot.errors import StoreError
from bot.middleware.call import Call
from bot.platform import MessageRef
from bot.request import ChannelKind, Clock, Message
from bot.store.cited import Posted
from bot.stored import Store

log = structlog.get_logger(__name__)


class Recording:
    """Keeps what has to stay of an answer.

    Args:
        store: Where it goes.
        clock: Tells the time.
    """

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._writing: set[asyncio.Task[None]] = set()

    async def keep(self, call: Call, seconds: float) -> None:
        """Keep the answer, and who used which command."""
        if call.unrecorded:
            return
        await self.keep_answer(call)
        # Not awaited: it is written together with the note that the request is answered, which comes next.
        recording = asyncio.get_running_loop().create_task(self._record(call, call.command, seconds))
        self._writing.add(recording)
        recording.add_done_callback(self._writing.discard)

    async def keep_answer(self, call: Call) -> None:
        """Keep what answers by buttons and what it tells of; where an admin enabled history, what everyone saw."""
        if call.unrecorded:
            return
        request, reply = call.request, call.reply
        ref = None if reply.abandoned else reply.ref
        if call.settings.history and ref is not None and not reply.private and reply.body.text:
            answer = Message(
                id=ref.id,
                channel=ref.channel,
                author=f"{request.origin.platform}:atelier",
                author_name="Atelier",
                text=reply.body.text,
                sent=self._clock(),
                thread=request.channel.id if request.channel.kind is ChannelKind.THREAD else None,
                reply_to=request.origin.message,
                from_bot=True,
            )
            platform, channel = request.origin.platform, request.channel
            if request.first_asked is None or not await self._store.messages.edit(platform, channel, answer):
                await self._store.messages.record(platform, channel, answer)
        # After the history, in which this changes the answer, too, where what it tells of went meanwhile.
        if ref is not None and (reply.body.cited or request.first_asked is not None):
            await self._keep_cited(call, ref)
        if ref is not None and reply.body.buttons:
            await self._store.answers.keep(call.asked, ref)

    async def _keep_cited(self, call: Call, ref: MessageRef) -> None:
        """Keep what the answer tells of, if others see it or it can be changed later."""
        reply, request = call.reply, call.request
        if reply.private and request.channel.kind is not ChannelKind.DM:
            return
        posted = Posted(
            call.asked.id,
            request.origin.platform,
            request.channel,
            call.reader,
            ref,
            reply.body,
            reply.preface,
            request.received,
        )
        await self._store.cited.keep(posted)

    async def _record(self, call: Call, command: Command | None, seconds: float) -> None:
        try:
            await self._store.usage.record(
                call.request,
                seconds=seconds,
                outcome=call.outcome,
                command=command.name if command else None,
                plugin=command.plugin.name if command else None,
            )
        except StoreError:
            log.warning("usage not recorded", request=call.request.id)
