"""Answers that can be made anew, and what people think of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from sqlalchemy import func, or_, select

from bot.platform import MessageRef
from bot.request import Message, Request
from bot.store.asked import Asked
from bot.store.database import Database, delete_where
from bot.store.tables import RatingRow, RequestRow
from bot.store.tables_cited import CitedAnswerRow


@dataclass(frozen=True, slots=True)
class Kept:
    """A request that was answered.

    Attributes:
        asked: What it was.
        ref: Where its answer is.
    """

    asked: Asked
    ref: MessageRef


class Answers:
    """The requests whose answers have buttons, for as long as these work."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def keep(self, request: Request, ref: MessageRef) -> None:
        """Keep what was asked and where it is answered."""
        about = request.reply_to
        values = {
            "platform": request.origin.platform,
            "place": request.channel.parent or request.channel.id,
            "account": request.person.id,
            "question": request.origin.message,
            "about": about.id if about else None,
            "about_author": about.author if about else None,
            "received": request.received,
            "asked": Asked.of(request).model_dump(mode="json"),
            "channel": ref.channel,
            "message": ref.id,
            "more": list(ref.more),
        }
        async with self._db.write() as session:
            insert = self._db.insert(RequestRow).values(id=request.id, **values)
            await session.execute(insert.on_conflict_do_update(index_elements=["id"], set_=values))

    async def get(self, request_id: str, platform: str, place: str) -> Kept | None:
        """What was asked under this id in a channel; None once it is too old, was erased, or for another channel."""
        query = select(RequestRow).where(
            RequestRow.id == request_id, RequestRow.platform == platform, RequestRow.place == place
        )
        async with self._db.read() as session:
            row = await session.scalar(query)
        if row is None:
            return None
        more = tuple(cast("Sequence[str]", row.more))
        return Kept(Asked.model_validate(row.asked), MessageRef(row.channel, row.message, more))

    async def withdraw(self, platform: str, place: str, message: str) -> None:
        """Forget the words of a message that was deleted: it asked, or was asked about."""
        found = select(RequestRow).where(
            RequestRow.platform == platform,
            RequestRow.place == place,
            or_(RequestRow.question == message, RequestRow.about == message),
        )
        async with self._db.write() as session:
            for row in await session.scalars(found):
                row.asked = Asked.model_validate(row.asked).withdraw().model_dump(mode="json")

    async def revise(self, platform: str, place: str, message: Message) -> None:
        """Take over the new words of a message that was asked about."""
        about = RequestRow.platform == platform, RequestRow.place == place, RequestRow.about == message.id
        async with self._db.read() as session:
            if await session.scalar(select(RequestRow.id).where(*about).limit(1)) is None:
                return
        async with self._db.write() as session:
            for row in await session.scalars(select(RequestRow).where(*about)):
                row.asked = Asked.model_validate(row.asked).revise(message.text).model_dump(mode="json")

    async def remove(self, request_id: str) -> None:
        """Forget a request, for its answer is gone."""
        async with self._db.write() as session:
            await delete_where(session, RatingRow, RatingRow.request == request_id)
            await delete_where(session, RequestRow, RequestRow.id == request_id)
            await delete_where(session, CitedAnswerRow, CitedAnswerRow.id == request_id)

    async def rate(self, request_id: str, account: str, *, good: bool) -> None:
        """Keep whether a person found an answer good; the last word holds."""
        said = {"good": good, "at": self._db.clock()}
        async with self._db.write() as session:
            insert = self._db.insert(RatingRow).values(request=request_id, account=account, **said)
            await session.execute(insert.on_conflict_do_update(index_elements=["request", "account"], set_=said))

    async def poor(self, account: str) -> int:
        """How many of the answers that are kept a person found poor."""
        query = select(func.count()).where(RatingRow.account == account, RatingRow.good.is_(False))
        async with self._db.read() as session:
            return await session.scalar(query) or 0

    async def prune(self, before: datetime) -> int:
        """Delete what is older; returns how many requests went."""
        old = select(RequestRow.id).where(RequestRow.received < before)
        async with self._db.write() as session:
            await delete_where(session, RatingRow, RatingRow.request.in_(old))
            return await delete_where(session, RequestRow, RequestRow.received < before)
