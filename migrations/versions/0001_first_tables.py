"""The first tables: people, settings, messages, digests, plugin storage, usage."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "digest_subscriptions",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("platform", sa.Text(), nullable=False),
        sa.Column("server", sa.Text(), nullable=True),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("channel_name", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("at", sa.Time(), nullable=False),
        sa.Column("days", sa.Text(), nullable=False),
        sa.Column("zone", sa.Text(), nullable=False),
        sa.Column("command", sa.Text(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_digest_subscriptions")),
        sa.UniqueConstraint(
            "platform", "channel", "command", name=op.f("uq_digest_subscriptions_platform_channel_command")
        ),
    )
    op.create_index(op.f("ix_digest_subscriptions_account"), "digest_subscriptions", ["account"])
    op.create_index(op.f("ix_digest_subscriptions_server"), "digest_subscriptions", ["server"])
    op.create_table(
        "messages",
        sa.Column("platform", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("server", sa.Text(), nullable=True),
        sa.Column("parent", sa.Text(), nullable=True),
        sa.Column("thread", sa.Text(), nullable=True),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("author_name", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("sent", sa.DateTime(timezone=True), nullable=False),
        sa.Column("edited", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reply_to", sa.Text(), nullable=True),
        sa.Column("from_bot", sa.Boolean(), nullable=False),
        sa.Column("link", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("platform", "channel", "id", name=op.f("pk_messages")),
    )
    op.create_index(op.f("ix_messages_author"), "messages", ["author"])
    op.create_index(op.f("ix_messages_platform_channel_sent"), "messages", ["platform", "channel", "sent"])
    op.create_index(op.f("ix_messages_platform_parent"), "messages", ["platform", "parent"])
    op.create_index(op.f("ix_messages_server"), "messages", ["server"])
    op.create_table(
        "people",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_people")),
    )
    op.create_table(
        "plugin_storage",
        sa.Column("plugin", sa.Text(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("server", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("value", sa.JSON(), nullable=False),
        sa.Column("account", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("plugin", "scope", "place", "server", "key", name=op.f("pk_plugin_storage")),
    )
    op.create_index(op.f("ix_plugin_storage_account"), "plugin_storage", ["account"])
    op.create_table(
        "settings",
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.JSON(), nullable=False),
        sa.Column("server", sa.Text(), nullable=True),
        sa.Column("account", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("scope", "place", "name", name=op.f("pk_settings")),
    )
    op.create_index(op.f("ix_settings_account"), "settings", ["account"])
    op.create_index(op.f("ix_settings_server"), "settings", ["server"])
    op.create_table(
        "usage",
        sa.Column("request", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("server", sa.Text(), nullable=True),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("command", sa.Text(), nullable=True),
        sa.Column("plugin", sa.Text(), nullable=True),
        sa.Column("model", sa.Text(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seconds", sa.Double(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("tokens_in", sa.Integer(), nullable=True),
        sa.Column("tokens_out", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("request", name=op.f("pk_usage")),
    )
    op.create_index(op.f("ix_usage_account_server_at"), "usage", ["account", "server", "at"])
    op.create_index(op.f("ix_usage_at"), "usage", ["at"])
    op.create_table(
        "digest_runs",
        sa.Column("subscription", sa.Text(), nullable=False),
        sa.Column("window_start", sa.DateTime(timezone=True), nullable=False),
        sa.Column("window_end", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("claimed", sa.DateTime(timezone=True), nullable=False),
        sa.Column("message", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["subscription"], ["digest_subscriptions.id"], name=op.f("fk_digest_runs_subscription"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("subscription", "window_start", name=op.f("pk_digest_runs")),
    )
    op.create_table(
        "identities",
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("locale", sa.Text(), nullable=True),
        sa.Column("last_seen", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person"], ["people.id"], name=op.f("fk_identities_person"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("account", name=op.f("pk_identities")),
    )
    op.create_index(op.f("ix_identities_person"), "identities", ["person"])
    op.create_table(
        "memories",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("server", sa.Text(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("stated", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person"], ["people.id"], name=op.f("fk_memories_person"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_memories")),
    )
    op.create_index(op.f("ix_memories_person_server"), "memories", ["person", "server"])
    op.create_table(
        "preferences",
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=True),
        sa.Column("zone", sa.Text(), nullable=True),
        sa.Column("tone", sa.Text(), nullable=True),
        sa.Column("length", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["person"], ["people.id"], name=op.f("fk_preferences_person"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("person", name=op.f("pk_preferences")),
    )


def downgrade() -> None:
    """Remove them, those that refer to others first."""
    op.drop_table("preferences")
    op.drop_table("memories")
    op.drop_table("identities")
    op.drop_table("digest_runs")
    op.drop_table("usage")
    op.drop_table("settings")
    op.drop_table("plugin_storage")
    op.drop_table("people")
    op.drop_table("messages")
    op.drop_table("digest_subscriptions")
