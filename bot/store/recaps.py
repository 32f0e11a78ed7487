"""The running summaries of long conversations, for as long as all that they tell of is there."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import ColumnElement, and_, or_, select, update

from bot.recaps import Recap
from bot.request import Channel, Message, new_id
from bot.store.database import Database, delete_where
from bot.store.tables_conversations import RecapMessageRow, RecapRow

MOST_PASSING = 500
"""How many conversations are known that may not be kept; those not used for longest go."""


@dataclass(frozen=True, slots=True)
class Place:
    """Which conversation.

    Attributes:
        platform: The platform's name.
        channel: The channel or thread.
        conversation: Which one of those in it; empty for the place itself.
        parent: The channel that holds the thread.
        lasting: Whether it may be kept; otherwise this process knows it, and nobody after it.
    """

    platform: str
    channel: str
    conversation: str = ""
    parent: str | None = field(default=None, compare=False)
    lasting: bool = field(default=True, compare=False)


@dataclass(eq=False, slots=True)
class Draft:
    """A recap that is being written.

    Attributes:
        place: Of which conversation.
        messages: What it tells of that the one before did not.
        before: The one before.
        stale: Whether something that it tells of is gone or different now.
    """

    place: Place
    messages: tuple[Message, ...]
    before: Recap | None = None
    stale: bool = False

    def covers(self) -> frozenset[str]:
        """The ids of all messages that it tells of."""
        return frozenset(message.id for message in self.messages) | (self.before.covers if self.before else frozenset())


class KeptRecaps:
    """Keeps recaps, and drops those that tell of what is gone or different now.

    Attributes:
        erasures: How often somebody had everything about them erased.
    """

    def __init__(self, db: Database) -> None:
        self.erasures = 0
        self._db = db
        self._passing: OrderedDict[Place, Recap] = OrderedDict()
        self._drafts: dict[Place, Draft] = {}

    async def get(self, place: Place) -> Recap | None:
        """The recap of a conversation."""
        if not place.lasting:
            if place in self._passing:
                self._passing.move_to_end(place)
            return self._passing.get(place)
        async with self._db.read() as session:
            row = await session.scalar(select(RecapRow).where(_at(place)))
            if row is None:
                return None
            covers = await session.scalars(select(RecapMessageRow.message).where(RecapMessageRow.recap == row.id))
            return Recap(row.text, row.until, frozenset(covers))

    def begin(self, place: Place, messages: Sequence[Message]) -> Draft | None:
        """Note that a recap is being written; None where one is already."""
        if place in self._drafts:
            return None
        draft = self._drafts[place] = Draft(place, tuple(messages))
        return draft

    def end(self, draft: Draft) -> None:
        """Note that it is written, or will not be."""
        self._drafts.pop(draft.place, None)

    async def keep(self, draft: Draft, text: str) -> None:
        """Keep what was written, unless it tells of what is gone meanwhile."""
        if draft.stale:
            return
        until = max(message.sent for message in draft.messages)
        if not draft.place.lasting:
            self._passing[draft.place] = Recap(text, until, draft.covers())
            self._passing.move_to_end(draft.place)
            while len(self._passing) > MOST_PASSING:
                self._passing.popitem(last=False)
            return
        await self._write(draft, text, until)
        if draft.stale:  # It became so while this was written.
            await self.drop(draft.place)

    async def _write(self, draft: Draft, text: str, until: datetime) -> None:
        place, said = draft.place, {"text": text, "until": until, "written": self._db.clock()}
        async with self._db.write() as session:
            known = await session.scalar(select(RecapRow.id).where(_at(place)).with_for_update())
            if (known is None) != (draft.before is None):
                return
            recap = known or new_id()
            if known is None:
                here = {"platform": place.platform, "channel": place.channel, "parent": place.parent}
                session.add(RecapRow(id=recap, **here, conversation=place.conversation, **said))
                await session.flush()
            else:
                await session.execute(update(RecapRow).where(RecapRow.id == recap).values(**said))
            told = [{"recap": recap, "message": each.id, "author": each.author} for each in draft.messages]
            await session.execute(self._db.insert(RecapMessageRow).on_conflict_do_nothing(), told)

    async def drop(self, place: Place) -> None:
        """Forget the recap of a conversation."""
        self._spoil([draft for draft in self._drafts.values() if draft.place == place])
        self._passing.pop(place, None)
        async with self._db.write() as session:
            await delete_where(session, RecapRow, _at(place))

    async def forget_message(self, platform: str, channel: Channel, message: str) -> None:
        """Drop the recaps that tell of a message which was edited or deleted."""
        self._spoil([draft for draft in self._drafts.values() if message in draft.covers()])
        for place in [place for place, recap in self._passing.items() if message in recap.covers]:
            del self._passing[place]
        # Some platforms report a change in a thread, and some in the channel that holds it.
        places = [place for place in (channel.id, channel.parent) if place is not None]
        here = or_(RecapRow.channel.in_(places), RecapRow.parent.in_(places))
        telling = select(RecapMessageRow.recap).where(RecapMessageRow.message == message)
        found = and_(RecapRow.platform == platform, here, RecapRow.id.in_(telling))
        async with self._db.read() as session:
            if await session.scalar(select(RecapRow.id).where(found)) is None:
                return
        async with self._db.write() as session:
            await delete_where(session, RecapRow, found)

    def forget_channels(self, platform: str, channels: Collection[str]) -> None:
        """Drop what is not kept of channels that were deleted, and what is being written."""

        def gone(place: Place) -> bool:
            return place.platform == platform and (place.channel in channels or place.parent in channels)

        self._spoil([draft for draft in self._drafts.values() if gone(draft.place)])
        for place in [place for place in self._passing if gone(place)]:
            del self._passing[place]

    def forget_passing(self) -> None:
        """Drop all that is not kept, and what is being written: somebody had everything about them erased."""
        self.erasures += 1
        self._spoil(list(self._drafts.values()))
        self._passing.clear()

    async def prune(self, before: datetime) -> int:
        """Delete those that were last written earlier; returns how many."""
        async with self._db.write() as session:
            return await delete_where(session, RecapRow, RecapRow.written < before)

    @staticmethod
    def _spoil(drafts: Sequence[Draft]) -> None:
        for draft in drafts:
            draft.stale = True


def _at(place: Place) -> ColumnElement[bool]:
    return and_(
        RecapRow.platform == place.platform,
        RecapRow.channel == place.channel,
        RecapRow.conversation == place.conversation,
    )
