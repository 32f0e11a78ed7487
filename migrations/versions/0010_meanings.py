"""What kept messages mean, and the messages of a thread in their order."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Make the table, and an index in place of one that has no order."""
    op.create_index(
        op.f("ix_messages_platform_channel_thread_sent"), "messages", ["platform", "channel", "thread", "sent"]
    )
    op.drop_index(op.f("ix_messages_platform_channel_thread"), "messages")
    op.create_table(
        "message_vectors",
        sa.Column("platform", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("vectors", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("platform", "channel", "message", name=op.f("pk_message_vectors")),
        sa.ForeignKeyConstraint(
            ["platform", "channel", "message"],
            ["messages.platform", "messages.channel", "messages.id"],
            name=op.f("fk_message_vectors_platform_channel_message"),
            ondelete="CASCADE",
        ),
    )


def downgrade() -> None:
    """Drop it, and take the index back."""
    op.drop_table("message_vectors")
    op.create_index(op.f("ix_messages_platform_channel_thread"), "messages", ["platform", "channel", "thread"])
    op.drop_index(op.f("ix_messages_platform_channel_thread_sent"), "messages")
