"""Requests whose answers can be made anew, and what people think of the answers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "requests",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("platform", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("question", sa.Text(), nullable=True),
        sa.Column("about", sa.Text(), nullable=True),
        sa.Column("about_author", sa.Text(), nullable=True),
        sa.Column("received", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked", sa.JSON(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("more", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_requests")),
    )
    op.create_index(op.f("ix_requests_account"), "requests", ["account"])
    op.create_index(op.f("ix_requests_about_author"), "requests", ["about_author"])
    op.create_index(op.f("ix_requests_place"), "requests", ["place"])
    op.create_index(op.f("ix_requests_received"), "requests", ["received"])
    op.create_table(
        "ratings",
        sa.Column("request", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("good", sa.Boolean(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["request"], ["requests.id"], name=op.f("fk_ratings_request"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("request", "account", name=op.f("pk_ratings")),
    )
    op.create_index(op.f("ix_ratings_account"), "ratings", ["account"])


def downgrade() -> None:
    """Remove them."""
    op.drop_table("ratings")
    op.drop_table("requests")
