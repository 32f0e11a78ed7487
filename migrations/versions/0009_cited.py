"""Answers whose pieces go with the messages that they tell of, and whether a person wants to be quoted."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Make the tables, and add a preference."""
    op.add_column("preferences", sa.Column("quoted", sa.Text(), nullable=True))
    op.create_table(
        "cited_answers",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("platform", sa.Text(), nullable=False),
        sa.Column("server", sa.Text(), nullable=True),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("parent", sa.Text(), nullable=True),
        sa.Column("account", sa.Text(), nullable=True),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("more", sa.JSON(), nullable=False),
        sa.Column("shows", sa.JSON(), nullable=False),
        sa.Column("posted", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed", sa.Integer(), nullable=False),
        sa.Column("due", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cited_answers")),
        sa.UniqueConstraint("platform", "channel", "message", name=op.f("uq_cited_answers_platform_channel_message")),
    )
    for column in ("account", "due", "posted"):
        op.create_index(op.f(f"ix_cited_answers_{column}"), "cited_answers", [column])
    op.create_table(
        "cited_pieces",
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("instead", sa.Text(), nullable=True),
        sa.Column("gone", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["answer"], ["cited_answers.id"], name=op.f("fk_cited_pieces_answer_cited_answers"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("answer", "position", name=op.f("pk_cited_pieces")),
    )
    op.create_table(
        "cited_sources",
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("thread", sa.Text(), nullable=True),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("sent", sa.DateTime(timezone=True), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["answer", "position"],
            ["cited_pieces.answer", "cited_pieces.position"],
            name=op.f("fk_cited_sources_answer_position_cited_pieces"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("answer", "position", "channel", "message", name=op.f("pk_cited_sources")),
    )
    for column in ("message", "author"):
        op.create_index(op.f(f"ix_cited_sources_{column}"), "cited_sources", [column])


def downgrade() -> None:
    """Drop them."""
    op.drop_table("cited_sources")
    op.drop_table("cited_pieces")
    op.drop_table("cited_answers")
    op.drop_column("preferences", "quoted")
