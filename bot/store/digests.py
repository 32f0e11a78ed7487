"""Digests that are switched on, and the windows that were posted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import cast
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, and_, case, exists, func, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from bot.digesting import Ended
from bot.errors import UserError
from bot.profile import Length
from bot.schedule import Order, Quiet, Subscription, Times, Window
from bot.store.database import Database, delete_where
from bot.store.preferences import load_zone
from bot.store.tables_digests import DigestRunRow, SubscriptionRow
from bot.values import ChannelRef

FORGOTTEN = timedelta(minutes=2)
"""A window that nobody has worked at for so long was taken by a process that died."""

TRIES = 5
"""How often one window is taken by processes that die; then it waits until there is more to cover."""

MOST = 20
"""How many digests a person may have switched on."""


class Digests:
    """Keeps the subscriptions, and sees to it that no window is posted twice."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def replace(self, new: Subscription) -> tuple[Subscription, Subscription | None]:
        """Keep a subscription in place of the one that reads the same channels and comes to the same place.

        Its windows go on where those of the one before ended.

        Returns:
            What is kept, and the one before if that was on.

        Raises:
            UserError: The person has too many.
        """
        key = _key(new)
        async with self._db.write() as session:
            row = await session.scalar(select(SubscriptionRow).filter_by(**key).with_for_update())
            before = None if row is None or row.off is not None else _subscription(row).awake(new.since)
            if before is None:
                await self._refuse_too_many(session, new.person)
            values = _values(new)
            if before is not None and not before.paused:
                values["covered"] = before.covered
            # Two at once can both have found nothing; then the later one stays.
            insert = self._db.insert(SubscriptionRow).values(**key, id=new.id, **values)
            kept = insert.on_conflict_do_update(index_elements=list(key), set_=values).returning(SubscriptionRow)
            result = await session.execute(kept, execution_options={"populate_existing": True})
            return _subscription(result.scalar_one()), before

    async def change(
        self, subscription_id: str, changed: Callable[[Subscription], Subscription]
    ) -> Subscription | None:
        """Switch one off or on, let it wait or go on; None where there is none.

        Args:
            subscription_id: Which.
            changed: Gives it as it shall be; what it raises leaves all as it is.
        """
        async with self._db.write() as session:
            query = select(SubscriptionRow).where(SubscriptionRow.id == subscription_id).with_for_update()
            row = await session.scalar(query)
            if row is None:
                return None
            new = changed(_subscription(row))
            row.since, row.covered, row.paused, row.until, row.off = (
                new.since,
                new.covered,
                new.paused,
                new.until,
                new.off,
            )
            return new

    async def get(self, subscription_id: str) -> Subscription | None:
        """One of them, also one that is off."""
        async with self._db.read() as session:
            row = await session.get(SubscriptionRow, subscription_id)
        return None if row is None else _subscription(row)

    async def all_for(self, platform: str, server: str | None, account: str) -> list[Subscription]:
        """Those that are posted in a server, and those that a person gets, oldest first; with their trouble."""
        personal = SubscriptionRow.to.is_(None)
        theirs = and_(personal, SubscriptionRow.account == account)
        here = and_(~personal, SubscriptionRow.server == server)
        query = select(SubscriptionRow).where(SubscriptionRow.platform == platform, or_(theirs, here))
        failed = DigestRunRow.state == "failed", DigestRunRow.window_end > SubscriptionRow.since
        async with self._db.read() as session:
            found = await _read(session, query)
            ran = select(DigestRunRow).join(SubscriptionRow).where(*failed).order_by(DigestRunRow.window_end)
            runs = await session.scalars(ran.where(SubscriptionRow.id.in_([each.id for each in found])))
            reasons = {run.subscription: run.reason or "" for run in runs}
        return [replace(each, trouble=reasons.get(each.id, "")) for each in found]

    async def all_active(self) -> list[Subscription]:
        """Every subscription that is on, oldest first."""
        async with self._db.read() as session:
            return await _read(session, select(SubscriptionRow))

    async def last_window_end(self, subscription_id: str) -> datetime | None:
        """Where the last posted window ended; None when there was none."""
        posted = DigestRunRow.subscription == subscription_id, DigestRunRow.state == "posted"
        query = select(func.max(DigestRunRow.window_end)).where(*posted)
        async with self._db.read() as session:
            return await session.scalar(query)

    async def claim(self, subscription_id: str, window: Window) -> int:
        """Take a window; of all processes that try, one gets a number: how often it was tried, with this time.

        The others get 0, and so does everyone once the digest is switched off. A window that was taken and is held no
        more, because the process died, can be taken again after a while; one that failed when it is time for that, or
        when there is more to cover.
        """
        now = self._db.clock()
        values = {"window_end": window.end, "state": "claimed", "claimed": now, "again": None}
        key = {"subscription": subscription_id, "window_start": window.start}
        row = self._db.insert(DigestRunRow).values(**key, **values, tries=1)
        longer = DigestRunRow.window_end < window.end
        died = and_(DigestRunRow.state == "claimed", DigestRunRow.claimed < now - FORGOTTEN)
        failed = and_(DigestRunRow.state == "failed", or_(longer, DigestRunRow.again <= now))
        again = row.on_conflict_do_update(
            index_elements=list(key),
            set_=values | {"tries": case((longer, 1), else_=DigestRunRow.tries + 1)},
            where=or_(failed, and_(died, or_(longer, DigestRunRow.tries < TRIES))),
        )
        on = exists().where(SubscriptionRow.id == subscription_id, SubscriptionRow.off.is_(None))
        try:
            async with self._db.write() as session:
                if not await session.scalar(select(on)):
                    return 0
                taken = await session.execute(again.returning(DigestRunRow.tries))
                return taken.scalar() or 0
        except IntegrityError:  # the subscription is gone
            return 0

    async def hold(self, subscription_id: str, window_start: datetime) -> None:
        """Note that a window that was taken is still being worked at."""
        run = DigestRunRow.subscription == subscription_id, DigestRunRow.window_start == window_start
        held = update(DigestRunRow).where(*run, DigestRunRow.state == "claimed").values(claimed=self._db.clock())
        async with self._db.write() as session:
            await session.execute(held)

    async def finish(self, subscription_id: str, window_start: datetime, ended: Ended) -> None:
        """Note how a claimed window ended."""
        run = DigestRunRow.subscription == subscription_id, DigestRunRow.window_start == window_start
        values = {
            "state": "posted" if ended.well else "failed",
            "message": ended.message,
            "reason": ended.reason,
            "again": ended.again,
        }
        async with self._db.write() as session:
            await session.execute(update(DigestRunRow).where(*run).values(**values))

    async def end_in(self, platform: str, channel: str) -> list[Subscription]:
        """Switch off those that are posted in a channel; returns them."""
        here = SubscriptionRow.platform == platform, SubscriptionRow.place == channel, SubscriptionRow.to.is_not(None)
        ended = update(SubscriptionRow).where(*here, SubscriptionRow.off.is_(None)).values(off=self._db.clock())
        async with self._db.write() as session:
            return [_subscription(row) for row in await session.scalars(ended.returning(SubscriptionRow))]

    async def leave_out(self, subscription_id: str, channels: Sequence[ChannelRef]) -> None:
        """Note which channels the digest cannot tell of now."""
        left = {channel.id for channel in channels}
        async with self._db.write() as session:
            row = await session.get(SubscriptionRow, subscription_id, with_for_update=True)
            if row is not None:
                row.left_out = " ".join(sorted(left))
                row.told = " ".join(sorted(left.intersection(row.told.split())))

    async def take_untold(self, subscription_id: str) -> list[ChannelRef]:
        """Those channels that are left out and nobody was told of; from now on they count as told."""
        async with self._db.write() as session:
            row = await session.get(SubscriptionRow, subscription_id, with_for_update=True)
            if row is None:
                return []
            told = row.told.split()
            row.told = row.left_out
            return [each for each in _subscription(row).left_out if each.id not in told]

    async def prune(self, before: datetime) -> int:
        """Delete those that were switched off before a time; returns how many."""
        async with self._db.write() as session:
            return await delete_where(session, SubscriptionRow, SubscriptionRow.off < before)

    async def _refuse_too_many(self, session: AsyncSession, account: str) -> None:
        own = SubscriptionRow.account == account, SubscriptionRow.off.is_(None)
        if (await session.scalar(select(func.count()).select_from(SubscriptionRow).where(*own)) or 0) >= MOST:
            raise UserError(
                f"You have switched on {MOST} digests, which is as many as I keep; `/digest off` drops one."
            )


async def _read(session: AsyncSession, query: Select[SubscriptionRow]) -> list[Subscription]:
    on: ColumnElement[bool] = SubscriptionRow.off.is_(None)
    rows = await session.scalars(query.where(on).order_by(SubscriptionRow.since, SubscriptionRow.id))
    return [_subscription(row) for row in rows]


def _key(subscription: Subscription) -> dict[str, str]:
    """What a second one for the same is recognised by."""
    order = subscription.order
    return {
        "platform": subscription.platform,
        "place": subscription.person if order.to is None else order.to.id,
        "reads": " ".join(sorted(channel.id for channel in order.channels)),
        "command": order.command,
    }


def _values(subscription: Subscription) -> dict[str, object]:
    order = subscription.order
    return {
        "server": subscription.server,
        "account": subscription.person,
        "at": order.times.at.replace(tzinfo=None),
        "days": "".join(str(day) for day in sorted(order.times.days)),
        "zone": order.times.zone.key,
        "to": None if order.to is None else order.to.name,
        "channels": [[channel.id, channel.name] for channel in order.channels],
        "length": None if order.length is None else order.length.value,
        "quiet": order.quiet,
        "since": subscription.since,
        "covered": subscription.covered,
        "paused": False,
        "until": None,
        "off": None,
        "left_out": "",
        "told": "",
    }


def _subscription(row: SubscriptionRow) -> Subscription:
    channels = tuple(ChannelRef(*each) for each in cast("list[list[str]]", row.channels))
    # A zone can only be missing where the machine's zone data is: then better at another hour than not at all.
    times = Times(row.at, frozenset(int(day) for day in row.days), load_zone(row.zone) or ZoneInfo("UTC"))
    return Subscription(
        id=row.id,
        platform=row.platform,
        server=row.server,
        person=row.account,
        order=Order(
            command=row.command,
            times=times,
            channels=channels,
            to=None if row.to is None else ChannelRef(row.place, row.to),
            length=None if row.length is None else Length(row.length),
            quiet=cast("Quiet", row.quiet),
        ),
        since=row.since,
        covered=row.covered,
        paused=row.paused,
        until=row.until,
        off=row.off,
        left_out=tuple(channel for channel in channels if channel.id in row.left_out.split()),
    )
