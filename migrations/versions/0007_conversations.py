"""The running summary of each long conversation, and an index by which threads are found."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "recaps",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("platform", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("parent", sa.Text(), nullable=True),
        sa.Column("conversation", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("written", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recaps")),
        sa.UniqueConstraint(
            "platform", "channel", "conversation", name=op.f("uq_recaps_platform_channel_conversation")
        ),
    )
    op.create_index(op.f("ix_recaps_written"), "recaps", ["written"])
    op.create_table(
        "recap_messages",
        sa.Column("recap", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["recap"], ["recaps.id"], name=op.f("fk_recap_messages_recap_recaps"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("recap", "message", name=op.f("pk_recap_messages")),
    )
    op.create_index(op.f("ix_recap_messages_message"), "recap_messages", ["message"])
    op.create_index(op.f("ix_recap_messages_author"), "recap_messages", ["author"])
    # A thread of a channel with very many messages is found by it.
    op.create_index(op.f("ix_messages_platform_channel_thread"), "messages", ["platform", "channel", "thread"])


def downgrade() -> None:
    """Drop them."""
    op.drop_index(op.f("ix_messages_platform_channel_thread"), "messages")
    op.drop_table("recap_messages")
    op.drop_table("recaps")
