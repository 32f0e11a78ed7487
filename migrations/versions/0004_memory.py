"""Facts with where they hold, and accounts that belong to one person."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

NEW = ("account", "scope", "place", "said_in", "confirmed", "used", "forgotten", "forgotten_with")
REQUIRED: dict[str, sa.Text | sa.Boolean | sa.DateTime] = {
    "scope": sa.Text(),
    "said_in": sa.Text(),
    "confirmed": sa.Boolean(),
    "used": sa.DateTime(timezone=True),
}
PREFERENCES = ("format", "summaries", "digest", "pictures", "music")


def upgrade() -> None:
    """Make the tables."""
    for name in PREFERENCES:
        op.add_column("preferences", sa.Column(name, sa.Text(), nullable=True))
    op.create_table(
        "persona_choices",
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("server", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["person"], ["people.id"], name=op.f("fk_persona_choices_person"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("person", "server", name=op.f("pk_persona_choices")),
    )
    op.add_column("preferences", sa.Column("changed", sa.DateTime(timezone=True), nullable=True))
    _extend_memories()
    op.create_table(
        "memory_vectors",
        sa.Column("memory", sa.Text(), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("vector", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["memory"], ["memories.id"], name=op.f("fk_memory_vectors_memory"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("memory", name=op.f("pk_memory_vectors")),
    )
    op.create_table(
        "links",
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=True),
        sa.Column("given", sa.DateTime(timezone=True), nullable=True),
        sa.Column("wrong", sa.Integer(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("account", name=op.f("pk_links")),
        sa.UniqueConstraint("code", name=op.f("uq_links_code")),
    )


def downgrade() -> None:
    """Drop them, with the facts that would come to hold where they did not: those of others, and the forgotten."""
    op.drop_table("links")
    op.drop_table("memory_vectors")
    op.execute("DELETE FROM memories WHERE scope <> 'here' OR forgotten IS NOT NULL")
    op.drop_index(op.f("ix_memories_place"), "memories")
    with op.batch_alter_table("memories") as table:
        for name in NEW:
            table.drop_column(name)
    op.drop_column("preferences", "changed")
    op.drop_table("persona_choices")
    for name in PREFERENCES:
        op.drop_column("preferences", name)


def _extend_memories() -> None:
    """Say of every fact where it holds; those kept so far hold where they were stated."""
    op.add_column("memories", sa.Column("account", sa.Text(), nullable=True))
    op.add_column("memories", sa.Column("place", sa.Text(), nullable=True))
    op.add_column("memories", sa.Column("forgotten", sa.DateTime(timezone=True), nullable=True))
    op.add_column("memories", sa.Column("forgotten_with", sa.Text(), nullable=True))
    op.add_column("memories", sa.Column("scope", sa.Text(), nullable=True))
    op.add_column("memories", sa.Column("said_in", sa.Text(), nullable=True))
    op.add_column("memories", sa.Column("confirmed", sa.Boolean(), nullable=True))
    op.add_column("memories", sa.Column("used", sa.DateTime(timezone=True), nullable=True))
    op.execute(
        sa.text("UPDATE memories SET scope = 'here', said_in = '', confirmed = :no, used = stated").bindparams(no=False)
    )
    # Each person had one account.
    op.execute(
        "UPDATE memories SET account = (SELECT min(account) FROM identities WHERE identities.person = memories.person)"
    )
    with op.batch_alter_table("memories") as table:
        for name, kind in REQUIRED.items():
            table.alter_column(name, existing_type=kind, nullable=False)
    op.create_index(op.f("ix_memories_place"), "memories", ["place"])
