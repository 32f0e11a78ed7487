"""Digests that are switched on, and the windows that were posted."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, and_, func, or_, select, update
from sqlalchemy.exc import IntegrityError

from bot.schedule import Subscription
from bot.store.database import Database, delete_where
from bot.store.preferences import load_zone
from bot.store.tables import DigestRunRow, SubscriptionRow

FORGOTTEN = timedelta(minutes=30)
"""A window that was taken and not finished for so long was taken by a process that died."""


class Digests:
    """Keeps the subscriptions, and sees to it that no window is posted twice."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def replace(self, subscription: Subscription) -> None:
        """Keep a subscription in place of the one of the same channel and command."""
        same = {
            "platform": subscription.platform,
            "channel": subscription.channel,
            "command": subscription.command,
        }
        values = {
            "id": subscription.id,
            "server": subscription.server,
            "channel_name": subscription.channel_name,
            "account": subscription.person,
            "at": subscription.at.replace(tzinfo=None),
            "days": "".join(str(day) for day in sorted(subscription.days)),
            "zone": subscription.zone.key,
            "since": subscription.since,
        }
        async with self._db.write() as session:
            await delete_where(session, SubscriptionRow, *_is(**same))
            # Two at once can both have found nothing to delete; then the later one stays.
            insert = self._db.insert(SubscriptionRow).values(**same, **values)
            await session.execute(insert.on_conflict_do_update(index_elements=list(same), set_=values))

    async def remove(self, platform: str, channel: str, command: str) -> bool:
        """Drop a channel's subscription; returns whether there was one."""
        async with self._db.write() as session:
            here = _is(platform=platform, channel=channel, command=command)
            return await delete_where(session, SubscriptionRow, *here) > 0

    async def all_for(self, platform: str, server: str | None, channel: str) -> list[Subscription]:
        """The subscriptions of a server, or without a server of that channel, oldest first."""
        query = select(SubscriptionRow).where(SubscriptionRow.platform == platform)
        if server is None:
            return await self._all(query.where(SubscriptionRow.server.is_(None), SubscriptionRow.channel == channel))
        return await self._all(query.where(SubscriptionRow.server == server))

    async def all_active(self) -> list[Subscription]:
        """Every subscription, oldest first."""
        return await self._all(select(SubscriptionRow))

    async def last_window_end(self, subscription_id: str) -> datetime | None:
        """Where the last posted window ended; None when there was none."""
        posted = DigestRunRow.subscription == subscription_id, DigestRunRow.state == "posted"
        query = select(func.max(DigestRunRow.window_end)).where(*posted)
        async with self._db.read() as session:
            return await session.scalar(query)

    async def claim(self, subscription_id: str, window_start: datetime, window_end: datetime) -> bool:
        """Take a window; of all processes that try, one gets True. Nobody does once the digest is switched off.

        A window that was taken and not finished, because the process died, can be taken again after a while; one that
        failed is not tried again until there is more to cover.
        """
        now = self._db.clock()
        row = self._db.insert(DigestRunRow).values(
            subscription=subscription_id,
            window_start=window_start,
            window_end=window_end,
            state="claimed",
            claimed=now,
        )
        died = and_(DigestRunRow.state == "claimed", DigestRunRow.claimed < now - FORGOTTEN)
        failed = and_(DigestRunRow.state == "failed", DigestRunRow.window_end < window_end)
        again = row.on_conflict_do_update(
            index_elements=["subscription", "window_start"],
            set_={"window_end": window_end, "state": "claimed", "claimed": now},
            where=or_(died, failed),
        )
        try:
            async with self._db.write() as session:
                taken = await session.execute(again.returning(DigestRunRow.subscription))
                return taken.first() is not None
        except IntegrityError:  # the subscription is gone
            return False

    async def finish(
        self,
        subscription_id: str,
        window_start: datetime,
        state: Literal["posted", "failed"],
        message_id: str | None,
    ) -> None:
        """Note how a claimed window ended."""
        run = DigestRunRow.subscription == subscription_id, DigestRunRow.window_start == window_start
        async with self._db.write() as session:
            await session.execute(update(DigestRunRow).where(*run).values(state=state, message=message_id))

    async def _all(self, query: Select[SubscriptionRow]) -> list[Subscription]:
        async with self._db.read() as session:
            rows = (await session.scalars(query.order_by(SubscriptionRow.since, SubscriptionRow.id))).all()
        return [_subscription(row) for row in rows]


def _is(platform: str, channel: str, command: str) -> tuple[ColumnElement[bool], ...]:
    return (
        SubscriptionRow.platform == platform,
        SubscriptionRow.channel == channel,
        SubscriptionRow.command == command,
    )


def _subscription(row: SubscriptionRow) -> Subscription:
    return Subscription(
        id=row.id,
        platform=row.platform,
        server=row.server,
        channel=row.channel,
        channel_name=row.channel_name,
        person=row.account,
        at=row.at,
        days=frozenset(int(day) for day in row.days),
        # A zone can only be missing where the machine's zone data is: then better at another hour than not at all.
        zone=load_zone(row.zone) or ZoneInfo("UTC"),
        command=row.command,
        since=row.since,
    )
