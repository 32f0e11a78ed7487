"""The tables of digests."""

from __future__ import annotations

from datetime import datetime, time

from pydantic import JsonValue
from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.store.tables import Base


class SubscriptionRow(Base):
    """A digest that comes at set times; `days` are the weekdays' digits, Monday is 0.

    `place` is the channel it is posted in, or for a direct message the account of whoever switched it on; then `to` is
    NULL. `reads` are the ids of `channels`, by which a second one for the same is recognised. `off` is when it was
    switched off. `left_out` are ids of channels that the last one could not tell of, `told` those of which the account
    knows that.
    """

    __tablename__ = "digest_subscriptions"
    __table_args__ = (
        UniqueConstraint("platform", "place", "reads", "command"),
        Index(None, "server"),
        Index(None, "account"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    platform: Mapped[str]
    server: Mapped[str | None]
    account: Mapped[str]
    command: Mapped[str]
    at: Mapped[time]
    days: Mapped[str]
    zone: Mapped[str]
    place: Mapped[str]
    to: Mapped[str | None]
    reads: Mapped[str]
    channels: Mapped[JsonValue] = mapped_column(nullable=False)
    length: Mapped[str | None]
    quiet: Mapped[str]
    since: Mapped[datetime]
    covered: Mapped[datetime]
    paused: Mapped[bool]
    until: Mapped[datetime | None]
    off: Mapped[datetime | None]
    left_out: Mapped[str]
    told: Mapped[str]


class DigestRunRow(Base):
    """One window of a digest; its key is what keeps two processes from posting it twice.

    `state` is claimed, posted or failed, `tries` how often it was tried, `again` when one that failed may be tried once
    more, and `reason` why it failed.
    """

    __tablename__ = "digest_runs"

    subscription: Mapped[str] = mapped_column(
        ForeignKey("digest_subscriptions.id", ondelete="CASCADE"),
        primary_key=True,
    )
    window_start: Mapped[datetime] = mapped_column(primary_key=True)
    window_end: Mapped[datetime]
    state: Mapped[str]
    claimed: Mapped[datetime]
    message: Mapped[str | None]
    tries: Mapped[int]
    again: Mapped[datetime | None]
    reason: Mapped[str | None]
