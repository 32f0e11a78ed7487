"""Writes the recaps of one place's conversations, in the background."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from dataclasses import replace

import structlog

from bot.asking import ASKING, PATIENCE, Asking, Owner, Priority
from bot.errors import UserError
from bot.recaps import Recap, Retell
from bot.request import ChannelKind, Message, Request
from bot.store.recaps import Draft, KeptRecaps, Place

log = structlog.get_logger(__name__)


class ChannelRecaps:
    """What a command is handed for `Recaps`.

    Args:
        store: Keeps them.
        request: Whose conversation it is.
        history: Whether an admin wants messages of this channel to be kept; what a direct message is about is kept in
            any case, of other places only this process knows it then.
        run: Does something in the background.
    """

    def __init__(
        self,
        store: KeptRecaps,
        request: Request,
        *,
        history: bool,
        run: Callable[[Coroutine[None, None, None]], None],
    ) -> None:
        channel = request.channel
        lasting = history or channel.kind is ChannelKind.DM
        self._store = store
        self._erasures = store.erasures
        self._request = request
        self._run = run
        self._here = Place(request.origin.platform, channel.id, parent=channel.parent, lasting=lasting)

    async def get(self, conversation: str = "") -> Recap | None:
        """What is told of a conversation's older turns; see `Recaps`."""
        return await self._store.get(replace(self._here, conversation=conversation))

    def fold(self, messages: Sequence[Message], retell: Retell, conversation: str = "") -> None:
        """Have the recap tell of these messages, too; see `Recaps`."""
        if self._store.erasures != self._erasures:
            # The messages were read before, and may be what is erased.
            return
        draft = self._store.begin(replace(self._here, conversation=conversation), messages)
        if draft is not None:
            self._run(self._write(draft, retell))

    async def drop(self, conversation: str = "") -> None:
        """Forget the recap of a conversation."""
        await self._store.drop(replace(self._here, conversation=conversation))

    async def _write(self, draft: Draft, retell: Retell) -> None:
        person = self._request.person.id
        owner = Owner(self._request.channel.server or person, person)
        # Nobody waits for it: those who ask go first.
        ASKING.set(Asking(owner, Priority.BACKGROUND, lambda waiting: None, PATIENCE[Priority.BACKGROUND]))
        try:
            draft.before = await self._store.get(draft.place)
            text = (await retell(draft.before)).strip()
            if text:
                await self._store.keep(draft, text)
        except UserError as error:
            log.info("recap not written", reason=str(error))
        except Exception:
            # Nobody waits for it, so nobody else would be told.
            log.exception("recap failed")
        finally:
            self._store.end(draft)
