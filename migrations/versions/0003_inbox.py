"""Requests that were accepted, until they are answered, and until when each platform was listened to."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "inbox",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("platform", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("about_author", sa.Text(), nullable=True),
        sa.Column("event", sa.Text(), nullable=True),
        sa.Column("message", sa.Text(), nullable=True),
        sa.Column("received", sa.DateTime(timezone=True), nullable=False),
        sa.Column("again", sa.Boolean(), nullable=False),
        sa.Column("asked", sa.JSON(), nullable=True),
        sa.Column("token", sa.Text(), nullable=True),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("answer", sa.JSON(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbox")),
        sa.UniqueConstraint("platform", "event", name=op.f("uq_inbox_platform_event")),
        sa.UniqueConstraint("platform", "place", "message", name=op.f("uq_inbox_platform_place_message")),
    )
    op.create_index(op.f("ix_inbox_account"), "inbox", ["account"])
    op.create_index(op.f("ix_inbox_about_author"), "inbox", ["about_author"])
    op.create_index(op.f("ix_inbox_received"), "inbox", ["received"])
    op.create_table(
        "listening",
        sa.Column("platform", sa.Text(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("platform", name=op.f("pk_listening")),
    )


def downgrade() -> None:
    """Remove them."""
    op.drop_table("listening")
    op.drop_table("inbox")
