"""Digests of several channels, in direct messages, that can wait and be taken back; and tries that failed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

Row: TypeAlias = dict[str, object]

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the tables anew; every digest so far reads the channel that it is posted in."""
    subscriptions, runs = _take(_subscriptions_before(), _runs_before())
    _make(_subscriptions(), [_extended(row) for row in subscriptions])
    _make(_runs(), [row | {"tries": 1, "again": None, "reason": None} for row in runs])


def downgrade() -> None:
    """Make them as they were; only digests stay that read nothing but the channel they are posted in."""
    subscriptions, runs = _take(_subscriptions(), _runs())
    plain = [_shortened(row) for row in subscriptions if row["to"] and row["reads"] == row["place"] and _is_on(row)]
    _make(_subscriptions_before(), plain)
    kept = {row["id"] for row in plain}
    named = [column.name for column in _runs_before().columns]
    _make(_runs_before(), [{name: row[name] for name in named} for row in runs if row["subscription"] in kept])


def _extended(row: Row) -> Row:
    channel, name = row.pop("channel"), row.pop("channel_name")
    # In a direct message it reads that conversation, which needs no name.
    place = {"place": row["account"], "to": None, "reads": "", "channels": []}
    if row["server"] is not None:
        place = {"place": channel, "to": name, "reads": channel, "channels": [[channel, name]]}
    waits = {"paused": False, "until": None, "off": None, "left_out": "", "told": ""}
    return row | place | waits | {"length": None, "quiet": "say", "covered": row["since"]}


def _shortened(row: Row) -> Row:
    same = ("id", "platform", "server", "account", "command", "at", "days", "zone", "since")
    return {name: row[name] for name in same} | {"channel": row["place"], "channel_name": row["to"]}


def _is_on(row: Row) -> bool:
    return row["off"] is None and not row["paused"]


def _take(subscriptions: sa.Table, runs: sa.Table) -> tuple[Sequence[Row], Sequence[Row]]:
    """The rows of both tables, which are removed."""
    connection = op.get_bind()
    found = [[dict(row) for row in connection.execute(sa.select(each)).mappings()] for each in (subscriptions, runs)]
    op.drop_table(runs.name)
    op.drop_table(subscriptions.name)
    return found[0], found[1]


def _make(table: sa.Table, rows: Sequence[Row]) -> None:
    table.create(op.get_bind())
    if rows:
        op.bulk_insert(table, list(rows))


def _subscriptions_before() -> sa.Table:
    return _subscriptions_of(["channel"], _text("channel"), _text("channel_name"))


def _subscriptions() -> sa.Table:
    return _subscriptions_of(
        ["place", "reads"],
        _text("place"),
        sa.Column("to", sa.Text(), nullable=True),
        _text("reads"),
        sa.Column("channels", sa.JSON(), nullable=False),
        sa.Column("length", sa.Text(), nullable=True),
        _text("quiet"),
        sa.Column("covered", MOMENT, nullable=False),
        sa.Column("paused", sa.Boolean(), nullable=False),
        sa.Column("until", MOMENT, nullable=True),
        sa.Column("off", MOMENT, nullable=True),
        _text("left_out"),
        _text("told"),
    )


def _subscriptions_of(one_for_each: Sequence[str], *columns: sa.schema.SchemaItem) -> sa.Table:
    unique = ["platform", *one_for_each, "command"]
    table = sa.Table(
        "digest_subscriptions",
        sa.MetaData(),
        _text("id"),
        _text("platform"),
        sa.Column("server", sa.Text(), nullable=True),
        _text("account"),
        _text("command"),
        sa.Column("at", sa.Time(), nullable=False),
        _text("days"),
        _text("zone"),
        sa.Column("since", MOMENT, nullable=False),
        *columns,
        sa.PrimaryKeyConstraint("id", name="pk_digest_subscriptions"),
        sa.UniqueConstraint(*unique, name="_".join(["uq_digest_subscriptions", *unique])),
    )
    sa.Index("ix_digest_subscriptions_account", table.c.account)
    sa.Index("ix_digest_subscriptions_server", table.c.server)
    return table


def _runs_before() -> sa.Table:
    return _runs_of()


def _runs() -> sa.Table:
    return _runs_of(
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("again", MOMENT, nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
    )


def _runs_of(*columns: sa.schema.SchemaItem) -> sa.Table:
    metadata = sa.MetaData()
    # The table that it refers to has to be known by name.
    sa.Table("digest_subscriptions", metadata, sa.Column("id", sa.Text(), primary_key=True))
    return sa.Table(
        "digest_runs",
        metadata,
        _text("subscription"),
        sa.Column("window_start", MOMENT, nullable=False),
        sa.Column("window_end", MOMENT, nullable=False),
        _text("state"),
        sa.Column("claimed", MOMENT, nullable=False),
        sa.Column("message", sa.Text(), nullable=True),
        *columns,
        sa.ForeignKeyConstraint(
            ["subscription"], ["digest_subscriptions.id"], name="fk_digest_runs_subscription", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("subscription", "window_start", name="pk_digest_runs"),
    )


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False)
