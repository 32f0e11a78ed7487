"""Reminders: what is kept of them, and who may tell one that is due."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.errors import UserError
from bot.reminders import Reminder, Repeat
from bot.request import Channel, ChannelKind, Person
from bot.store.database import Database, delete_where
from bot.store.preferences import load_zone
from bot.store.tables_reminders import ReminderRow

MOST = 100
"""How many a person may have that are still to come."""

FORGOTTEN = timedelta(minutes=2)
"""One that was claimed so long ago and not told was claimed by a process that died.

So short that Discord still knows the message of that process by its nonce, and shows none twice.
"""

AT_ONCE = 200
"""How many that are due are told at a time; the others follow."""

WAITING, TOLD, REMOVED = "waiting", "told", "removed"


class Reminders:
    """Keeps reminders, and sees to it that none is told twice."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def add(self, reminder: Reminder) -> None:
        """Keep a new one.

        Raises:
            UserError: The person has too many already.
        """
        async with self._db.write() as session:
            await self._refuse_too_many(session, reminder.person.id)
            session.add(
                ReminderRow(
                    id=reminder.id,
                    platform=reminder.platform,
                    account=reminder.person.id,
                    name=reminder.person.name,
                    server=reminder.channel.server,
                    channel=reminder.channel.id,
                    channel_name=reminder.channel.name,
                    kind=reminder.channel.kind.value,
                    parent=reminder.channel.parent,
                    text=reminder.text,
                    due=reminder.due,
                    at=reminder.at,
                    zone=reminder.zone.key,
                    repeat=reminder.repeat.value if reminder.repeat else None,
                    state=WAITING,
                    claimed=None,
                    changed=self._db.clock(),
                )
            )

    async def all_of(self, account: str, server: str | None) -> list[Reminder]:
        """A person's reminders still to come, the next one first; those of one server, or without a server all."""
        query = select(ReminderRow).where(ReminderRow.account == account, ReminderRow.state == WAITING)
        if server is not None:
            query = query.where(ReminderRow.server == server)
        async with self._db.read() as session:
            rows = (await session.scalars(query.order_by(ReminderRow.due, ReminderRow.id))).all()
        return [_reminder(row) for row in rows]

    async def get(self, account: str, reminder_id: str) -> Reminder | None:
        """One of a person's, in whatever state."""
        async with self._db.read() as session:
            row = await session.scalar(select(ReminderRow).where(*_own(account, reminder_id)))
        return None if row is None else _reminder(row)

    async def remove(self, account: str, reminder_id: str) -> Reminder | None:
        """Drop one that is still to come; None where there is none."""
        waiting = *_own(account, reminder_id), ReminderRow.state == WAITING
        async with self._db.write() as session:
            return await self._change(session, *waiting, state=REMOVED)

    async def restore(self, account: str, reminder_id: str) -> Reminder | None:
        """Take back that one was removed; None where none was.

        Raises:
            UserError: The person has too many already.
        """
        removed = *_own(account, reminder_id), ReminderRow.state == REMOVED
        async with self._db.write() as session:
            await self._refuse_too_many(session, account)
            return await self._change(session, *removed, state=WAITING, claimed=None)

    async def tell_again(self, account: str, reminder_id: str, due: datetime) -> Reminder | None:
        """Let one that came once for all come once more; None where there is none.

        Raises:
            UserError: The person has too many already.
        """
        told = *_own(account, reminder_id), ReminderRow.repeat.is_(None)
        async with self._db.write() as session:
            await self._refuse_too_many(session, account)
            return await self._change(session, *told, state=WAITING, due=due, claimed=None)

    async def due(self, now: datetime, platforms: Collection[str]) -> list[Reminder]:
        """Those of all people on these platforms whose time has come and which nobody is telling, the oldest first."""
        query = select(ReminderRow).where(
            ReminderRow.state == WAITING, ReminderRow.due <= now, ReminderRow.platform.in_(platforms), self._free
        )
        async with self._db.read() as session:
            rows = (await session.scalars(query.order_by(ReminderRow.due, ReminderRow.id).limit(AT_ONCE))).all()
        return [_reminder(row) for row in rows]

    async def claim(self, reminder: Reminder) -> bool:
        """Take one that is due, to tell it; of all that try, one gets True.

        One that was taken and not told, because the process died, can be taken again after a while.
        """
        mine = {"claimed": self._db.clock()}
        taken = update(ReminderRow).where(*_as_it_was(reminder), self._free).values(mine).returning(ReminderRow.id)
        async with self._db.write() as session:
            return (await session.execute(taken)).first() is not None

    async def release(self, reminder: Reminder) -> None:
        """Give back one that was taken; something of it may have been shown."""
        free = {"claimed": self._db.clock() - 2 * FORGOTTEN}
        async with self._db.write() as session:
            await session.execute(update(ReminderRow).where(*_as_it_was(reminder)).values(free))

    async def finish(self, reminder: Reminder, following: datetime | None) -> None:
        """Note that one was told.

        Args:
            reminder: As it was when it was taken.
            following: When it comes again; None when it came once for all.
        """
        changes = (
            {"state": TOLD, "changed": self._db.clock()} if following is None else {"due": following, "claimed": None}
        )
        async with self._db.write() as session:
            await session.execute(update(ReminderRow).where(*_as_it_was(reminder)).values(**changes))

    async def all_in(self, platform: str, channel: str) -> list[Reminder]:
        """Everyone's still to come in a channel and its threads."""
        here = or_(ReminderRow.channel == channel, ReminderRow.parent == channel)
        query = select(ReminderRow).where(ReminderRow.platform == platform, ReminderRow.state == WAITING, here)
        async with self._db.read() as session:
            return [_reminder(row) for row in await session.scalars(query.order_by(ReminderRow.id))]

    async def move(self, reminder: Reminder, to: Channel) -> None:
        """Let one that is still to come, come elsewhere."""
        place = {
            "server": to.server,
            "channel": to.id,
            "channel_name": to.name,
            "kind": to.kind.value,
            "parent": to.parent,
        }
        async with self._db.write() as session:
            await session.execute(update(ReminderRow).where(ReminderRow.id == reminder.id).values(**place))

    async def prune(self, before: datetime) -> int:
        """Delete those that were told or removed before a time; returns how many."""
        async with self._db.write() as session:
            return await delete_where(session, ReminderRow, ReminderRow.state != WAITING, ReminderRow.changed < before)

    @property
    def _free(self) -> ColumnElement[bool]:
        """Whether no process is at telling it."""
        return ReminderRow.claimed.is_(None) | (ReminderRow.claimed < self._db.clock() - FORGOTTEN)

    async def _change(self, session: AsyncSession, *which: ColumnElement[bool], **values: object) -> Reminder | None:
        changed = update(ReminderRow).where(*which).values(changed=self._db.clock(), **values).returning(ReminderRow)
        row = await session.scalar(changed)
        return None if row is None else _reminder(row)

    async def _refuse_too_many(self, session: AsyncSession, account: str) -> None:
        own = ReminderRow.account == account, ReminderRow.state == WAITING
        if (await session.scalar(select(func.count()).select_from(ReminderRow).where(*own)) or 0) >= MOST:
            raise UserError(f"You have {MOST} reminders, which is as many as I keep; `/reminder remove` drops one.")


def _own(account: str, reminder_id: str) -> tuple[ColumnElement[bool], ...]:
    return ReminderRow.id == reminder_id, ReminderRow.account == account


def _as_it_was(reminder: Reminder) -> tuple[ColumnElement[bool], ...]:
    # Who removes or snoozes it in this very moment wins.
    return ReminderRow.id == reminder.id, ReminderRow.state == WAITING, ReminderRow.due == reminder.due


def _reminder(row: ReminderRow) -> Reminder:
    return Reminder(
        id=row.id,
        text=row.text,
        due=row.due,
        at=row.at,
        # A zone can only be missing where the machine's zone data is: then better at another hour than not at all.
        zone=load_zone(row.zone) or ZoneInfo("UTC"),
        repeat=Repeat(row.repeat) if row.repeat else None,
        platform=row.platform,
        person=Person(row.account, row.name),
        channel=Channel(row.channel, row.server, ChannelKind(row.kind), row.channel_name, row.parent),
        waiting=row.state == WAITING,
        tried=row.state == WAITING and row.claimed is not None,
    )
