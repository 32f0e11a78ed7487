"""Answers that were posted, in the pieces that go with the messages that they tell of."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, exists, or_, select, update
from sqlalchemy.orm import aliased

from bot.body import Body
from bot.cited import Part, joined, parts
from bot.platform import MessageRef
from bot.request import Channel
from bot.store.citing import Outdated, Shown, Told, follow, outdated, take_out, told, words_of, write_parts
from bot.store.database import Database, delete_where
from bot.store.messages import SettingsFor
from bot.store.quoting import find_unquoted, unquoted
from bot.store.tables import IdentityRow
from bot.store.tables_cited import CitedAnswerRow, CitedSourceRow

MOST_DAYS = 60
"""How long an answer goes on following what it tells of, where its channel's history does not end sooner."""

MOST_CHANGED = 10_000
"""How many messages are known to have changed since this process began: an answer may be on its way meanwhile."""

ON_ITS_WAY = timedelta(hours=1)
"""How long an answer may take from when it was asked for until it is kept."""

AT_ONCE = 100
"""How many answers are brought up to date in one go."""

LONGEST_WAIT = timedelta(days=1)
"""How long it takes at most until it is tried again to bring an answer up to date."""


@dataclass(frozen=True, slots=True)
class Posted:
    """An answer that was posted.

    Attributes:
        request_id: What it answers.
        platform: The platform's name.
        place: Where it was asked.
        reader: Who alone reads it (`Person.id`); None where others do.
        ref: Where it stands.
        body: What it shows.
        preface: What stands above its text.
        asked: When it began, UTC.
    """

    request_id: str
    platform: str
    place: Channel
    reader: str | None
    ref: MessageRef
    body: Body
    preface: str
    asked: datetime


class CitedAnswers:
    """Keeps what answers tell of, and takes out of them what may be told no more.

    Attributes:
        on_change: Is called when some answer has to be brought up to date.
    """

    def __init__(self, db: Database) -> None:
        self.on_change: Callable[[], None] = _nothing
        self._db = db
        self._changed: OrderedDict[tuple[str, str, str], str] = OrderedDict()
        self._erased: dict[str, datetime] = {}
        self._gone: set[tuple[str, str | None]] = set()

    async def keep(self, posted: Posted) -> None:
        """Keep an answer, in the place of an earlier one that stood there.

        An answer that tells of no message is not kept. What must not be told any more goes at once, also from what a
        channel's history has of the answer: that is to be kept before.
        """
        body, ref = posted.body, posted.ref
        text = parts(body.text, body.cited)
        telling = any(part.sources for part in text)
        if telling:
            avoided = await find_unquoted(self._db, posted.reader)
            text = [replace(part, gone=self._is_gone(part, posted, avoided)) for part in text]
        stale = any(part.gone for part in text)
        async with self._db.write() as session:
            stood = _standing(posted.platform, [ref.channel], ref.id)
            await delete_where(session, CitedAnswerRow, or_(stood, CitedAnswerRow.id == posted.request_id))
            if telling:
                answer = self._answer(posted, stale=stale)
                session.add(answer)
                await session.flush()
                await write_parts(session, answer.id, text)
            if telling and stale:
                await follow(session, answer, joined(text))
        late = [n for n, part in enumerate(text) if not part.gone and self._is_gone(part, posted, frozenset())]
        if late:  # It became so while this was written.
            of_them = CitedSourceRow.answer == posted.request_id, CitedSourceRow.position.in_(late)
            await self._take_out(and_(*of_them))
        elif stale:
            self.on_change()

    def _is_gone(self, part: Part, posted: Posted, avoided: frozenset[str]) -> bool:
        """Whether a part tells of what has changed while it was written."""
        for source in part.sources:
            now = self._changed.get((posted.platform, source.channel, source.id))
            erased = self._erased.get(source.author)
            if now not in (None, words_of(source.text)) or source.author in avoided:
                return True
            if {(posted.platform, source.channel), (posted.platform, source.thread)} & self._gone:
                return True
            if erased is not None and erased >= posted.asked:
                return True
        return False

    def _answer(self, posted: Posted, *, stale: bool) -> CitedAnswerRow:
        body, ref, now = posted.body, posted.ref, self._db.clock()
        shown = Shown(
            preface=posted.preface,
            cards=body.cards,
            files=tuple(replace(file, data=b"") for file in body.files),
            buttons=body.buttons,
            state=body.state,
        )
        return CitedAnswerRow(
            id=posted.request_id,
            platform=posted.platform,
            server=posted.place.server,
            place=posted.place.id,
            parent=posted.place.parent,
            account=posted.reader,
            channel=ref.channel,
            message=ref.id,
            more=list(ref.more),
            shows=shown.model_dump(mode="json"),
            posted=now,
            changed=0,
            due=now if stale else None,
            tries=0,
        )

    async def change(self, platform: str, channel: Channel, message: str, text: str | None = None) -> None:
        """Take out what tells of a message that was edited or deleted.

        Args:
            platform: The platform's name.
            channel: Where it stands or stood.
            message: Its id.
            text: What it says now; None when it is gone. Pieces stay where it says what it said.
        """
        places = [place for place in (channel.id, channel.parent) if place is not None]
        words = "" if text is None else words_of(text)
        for place in places:
            self._changed[platform, place, message] = words
            self._changed.move_to_end((platform, place, message))
        while len(self._changed) > MOST_CHANGED:
            self._changed.popitem(last=False)
        here = or_(CitedSourceRow.channel.in_(places), CitedSourceRow.thread.in_(places))
        on = CitedSourceRow.answer.in_(select(CitedAnswerRow.id).where(CitedAnswerRow.platform == platform))
        await self._take_out(and_(CitedSourceRow.message == message, here, on, CitedSourceRow.words != words))
        if text is None:
            await self._forget(_standing(platform, places, message))

    async def forget_channels(self, platform: str, channels: Collection[str]) -> None:
        """Take out what tells of channels and threads that were deleted, and follow no more what stood there."""
        self._gone |= {(platform, channel) for channel in channels}
        here = or_(
            CitedAnswerRow.channel.in_(channels),
            and_(CitedAnswerRow.channel == CitedAnswerRow.place, CitedAnswerRow.parent.in_(channels)),
        )
        await self._forget(and_(CitedAnswerRow.platform == platform, here))
        there = or_(CitedSourceRow.channel.in_(channels), CitedSourceRow.thread.in_(channels))
        on = CitedSourceRow.answer.in_(select(CitedAnswerRow.id).where(CitedAnswerRow.platform == platform))
        await self._take_out(and_(there, on))

    async def heed(self) -> None:
        """Take out the words of those who do not want to be quoted, except where they alone read them."""
        author, reader = aliased(IdentityRow), aliased(IdentityRow)
        alone = exists().where(
            CitedAnswerRow.id == CitedSourceRow.answer,
            author.account == CitedSourceRow.author,
            reader.account == CitedAnswerRow.account,
            author.person == reader.person,
        )
        await self._take_out(and_(CitedSourceRow.author.in_(unquoted()), ~alone))

    def erase(self, accounts: Sequence[str]) -> None:
        """Note that everything about these accounts is being erased, for answers that are on their way."""
        now = self._db.clock()
        lately = {account: when for account, when in self._erased.items() if now - when < ON_ITS_WAY}
        self._erased = lately | dict.fromkeys(accounts, now)

    async def _take_out(self, which: ColumnElement[bool]) -> None:
        async with self._db.read() as session:
            if await session.scalar(select(CitedSourceRow.answer).where(which).limit(1)) is None:
                return
        async with self._db.write() as session:
            await take_out(session, which, self._db.clock())
        self.on_change()

    async def _forget(self, which: ColumnElement[bool]) -> None:
        """Follow answers no more, for somebody removed them."""
        async with self._db.read() as session:
            if await session.scalar(select(CitedAnswerRow.id).where(which).limit(1)) is None:
                return
        async with self._db.write() as session:
            await delete_where(session, CitedAnswerRow, which)

    async def outdated(self, platforms: Collection[str]) -> Sequence[Outdated]:
        """The answers on these platforms that should be brought up to date now, at most `AT_ONCE`."""
        now = CitedAnswerRow.due <= self._db.clock(), CitedAnswerRow.platform.in_(platforms)
        due = select(CitedAnswerRow).where(*now).order_by(CitedAnswerRow.due).limit(AT_ONCE)
        async with self._db.read() as session:
            rows = (await session.scalars(due)).all()
            return [await outdated(session, row) for row in rows]

    async def shown(self, answer: Outdated, ref: MessageRef) -> None:
        """Note that an answer was brought up to date; it is kept no longer when nothing in it can change any more."""
        this = CitedAnswerRow.id == answer.id
        same = and_(this, CitedAnswerRow.changed == answer.changed)
        async with self._db.write() as session:
            place = {"channel": ref.channel, "message": ref.id, "more": list(ref.more)}
            await session.execute(update(CitedAnswerRow).where(this).values(**place))
            await session.execute(update(CitedAnswerRow).where(same).values(due=None, tries=0))
            telling = select(CitedSourceRow.answer).where(CitedSourceRow.answer == answer.id)
            await delete_where(session, CitedAnswerRow, same, ~telling.exists())

    async def removed(self, answer: Outdated) -> None:
        """Follow an answer no more, for it was removed."""
        async with self._db.write() as session:
            await delete_where(session, CitedAnswerRow, CitedAnswerRow.id == answer.id)

    async def postpone(self, answer: Outdated) -> None:
        """Try again later to bring an answer up to date."""
        wait = min(timedelta(minutes=2 ** min(answer.tries, 20)), LONGEST_WAIT)
        later = {"due": self._db.clock() + wait, "tries": answer.tries + 1}
        # What changed since then does not wait.
        same = CitedAnswerRow.id == answer.id, CitedAnswerRow.changed == answer.changed
        async with self._db.write() as session:
            await session.execute(update(CitedAnswerRow).where(*same).values(**later))

    async def told(self, platform: str, most: int) -> list[Told]:
        """The newest messages of a platform that answers tell of."""
        query = (
            select(CitedSourceRow, CitedAnswerRow.server, CitedAnswerRow.place)
            .join(CitedAnswerRow, CitedAnswerRow.id == CitedSourceRow.answer)
            .where(CitedAnswerRow.platform == platform)
            .order_by(CitedSourceRow.sent.desc())
            .limit(most)
        )
        async with self._db.read() as session:
            rows = (await session.execute(query)).all()
        found = {(row.channel, row.message): told(row, server, place) for row, server, place in rows}
        return list(found.values())

    async def prune(self, settings: SettingsFor) -> int:
        """Follow no longer what is older than its channel's history, or than `MOST_DAYS`; returns how many went."""
        places = select(
            CitedAnswerRow.platform, CitedAnswerRow.server, CitedAnswerRow.place, CitedAnswerRow.parent
        ).distinct()
        async with self._db.read() as session:
            found = (await session.execute(places)).all()
        pruned = 0
        for platform, server, place, parent in found:
            holds = await settings.for_channel(platform, server, place, parent)
            days = min(holds.history_days, MOST_DAYS) if holds.history else MOST_DAYS
            before = self._db.clock() - timedelta(days=days)
            here = CitedAnswerRow.platform == platform, CitedAnswerRow.place == place
            async with self._db.write() as session:
                pruned += await delete_where(session, CitedAnswerRow, *here, CitedAnswerRow.posted < before)
        return pruned


def _nothing() -> None:
    """Nobody has to be told."""


def _standing(platform: str, places: Sequence[str], message: str) -> ColumnElement[bool]:
    """The answer that is or begins with this message; a platform may not say in which thread it is."""
    here = or_(CitedAnswerRow.channel.in_(places), CitedAnswerRow.parent.in_(places))
    return and_(CitedAnswerRow.platform == platform, CitedAnswerRow.message == message, here)
