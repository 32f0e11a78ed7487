"""Requests that were accepted, until they are answered: nothing is lost, and nothing is answered twice."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from typing import cast

from sqlalchemy import bindparam, null, select, update

from bot.inbox import PATIENCE, Pending, Stage
from bot.platform import MessageRef
from bot.request import Request
from bot.store.asked import Asked
from bot.store.database import Database, delete_where
from bot.store.grouping import Write
from bot.store.tables import InboxRow, ListeningRow

EMPTIED = {"stage": Stage.DONE.value, "asked": null(), "token": null(), "answer": null()}
"""What is left of a request that nobody has to answer any more: its keys."""

_DONE = update(InboxRow).where(InboxRow.id == bindparam("key")).values(EMPTIED)
# What is done, also because its question was deleted, stays so: no later process could read it.
_UNDONE = update(InboxRow).where(InboxRow.id == bindparam("key"), InboxRow.stage != Stage.DONE.value)
_NOTE = _UNDONE.values(stage=bindparam("to"))
_SHOWN = _UNDONE.values(answer=bindparam("where"))


class Inbox:
    """Keeps requests until they are answered, and for a while the keys by which a second delivery is recognised."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._insert = db.insert(InboxRow).on_conflict_do_nothing().returning(InboxRow.id)

    async def accept(self, request: Request, replaces: MessageRef | None = None, wait: float = PATIENCE) -> bool:
        """Keep a request; returns False when this event or message is here already.

        Raises:
            StoreError: It cannot be kept in time.
        """
        about, again = request.reply_to, request.first_asked is not None
        values = {
            "id": request.id,
            "platform": request.origin.platform,
            "place": request.channel.parent or request.channel.id,
            "account": request.person.id,
            "about_author": about.author if about else None,
            "event": None if again else request.origin.event,
            # What is asked once more has the message of the first time.
            "message": None if again else request.origin.message,
            "received": request.received,
            "again": again,
            "asked": Asked.of(request).model_dump(mode="json"),
            "token": request.origin.token,
            "stage": Stage.ACCEPTED.value,
            "tries": 1,
            "answer": _where(replaces) if replaces else None,
        }
        return await self._db.group(Write(self._insert, values), wait)

    async def note(self, request_id: str, stage: Stage) -> None:
        """Note how far a request has come; with `DONE` its words go.

        Raises:
            StoreError: That cannot be kept now.
        """
        if stage is Stage.DONE:
            await self._db.group(Write(_DONE, {"key": request_id}))
        else:
            await self._db.group(Write(_NOTE, {"key": request_id, "to": stage.value}))

    async def shown(self, request_id: str, ref: MessageRef) -> None:
        """Note where the answer stands.

        Raises:
            StoreError: That cannot be kept now.
        """
        await self._db.group(Write(_SHOWN, {"key": request_id, "where": _where(ref)}))

    async def unfinished(self, platforms: Collection[str]) -> Sequence[Pending]:
        """What earlier processes left, oldest first."""
        left = InboxRow.platform.in_(platforms), InboxRow.stage != Stage.DONE.value
        async with self._db.read() as session:
            rows = (await session.scalars(select(InboxRow).where(*left).order_by(InboxRow.id))).all()
        return [_pending(row) for row in rows]

    async def try_again(self, request_ids: Collection[str]) -> None:
        """Note that one more process runs these."""
        again = update(InboxRow).where(InboxRow.id.in_(request_ids)).values(tries=InboxRow.tries + 1)
        async with self._db.write() as session:
            await (await session.connection()).execute(again)

    async def withdraw(self, platform: str, place: str, message: str) -> None:
        """A message was deleted: what it asked is answered by no later process any more."""
        asked = InboxRow.platform == platform, InboxRow.place == place, InboxRow.message == message
        async with self._db.write() as session:
            connection = await session.connection()
            await connection.execute(update(InboxRow).where(*asked).values(EMPTIED))

    async def forget(self, request_id: str) -> None:
        """Drop a request as if it had never come."""
        async with self._db.write() as session:
            await delete_where(session, InboxRow, InboxRow.id == request_id)

    async def listened(self, platforms: Collection[str]) -> None:
        """Note that these are listened to now."""
        until = self._db.clock()
        async with self._db.write() as session:
            for platform in platforms:
                insert = self._db.insert(ListeningRow).values(platform=platform, until=until)
                await session.execute(insert.on_conflict_do_update(index_elements=["platform"], set_={"until": until}))

    async def listened_until(self, platform: str) -> datetime | None:
        """When it was last listened to; None when it never was."""
        async with self._db.read() as session:
            return await session.scalar(select(ListeningRow.until).where(ListeningRow.platform == platform))

    async def prune(self, before: datetime) -> int:
        """Delete what is older; returns how many rows went."""
        async with self._db.write() as session:
            return await delete_where(session, InboxRow, InboxRow.received < before)


def _where(ref: MessageRef) -> list[str]:
    return [ref.channel, ref.id, *ref.more]


def _pending(row: InboxRow) -> Pending:
    asked = Asked.model_validate(row.asked)
    request = asked.again(row.received)
    request = replace(
        request,
        id=row.id,
        origin=replace(request.origin, event=row.event, token=row.token),
        first_asked=request.first_asked if row.again else None,
    )
    ref: MessageRef | None = None
    if row.answer is not None:
        channel, id_, *more = cast("list[str]", row.answer)
        ref = MessageRef(channel, id_, tuple(more))
    return Pending(request, Stage(row.stage), ref, row.tries)
