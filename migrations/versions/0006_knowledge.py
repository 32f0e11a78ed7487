"""Documents that a server knows, and their passages."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "knowledge_sources",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("shelf", sa.Text(), nullable=False),
        sa.Column("platform", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=True),
        sa.Column("channel_name", sa.Text(), nullable=True),
        sa.Column("account", sa.Text(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("link", sa.Text(), nullable=True),
        sa.Column("read", sa.DateTime(timezone=True), nullable=False),
        sa.Column("removed", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_knowledge_sources")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_knowledge_sources_shelf"), "knowledge_sources", ["shelf"])
    op.create_index(op.f("ix_knowledge_sources_account"), "knowledge_sources", ["account"])
    op.create_index(op.f("ix_knowledge_sources_kind_origin"), "knowledge_sources", ["kind", "origin"])
    _create_passages()
    op.create_table(
        "knowledge_vectors",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("passage", sa.Integer(), nullable=False),
        sa.Column("shelf", sa.Text(), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("vector", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_knowledge_vectors")),
        sa.UniqueConstraint("passage", name=op.f("uq_knowledge_vectors_passage")),
        sa.ForeignKeyConstraint(
            ["passage"], ["knowledge_passages.id"], name=op.f("fk_knowledge_vectors_passage"), ondelete="CASCADE"
        ),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_knowledge_vectors_shelf_model_id"), "knowledge_vectors", ["shelf", "model", "id"])
    _create_words()


def downgrade() -> None:
    """Drop them."""
    op.execute("DROP TABLE knowledge_words")
    for table in ("vectors", "passages", "sources"):
        op.drop_table(f"knowledge_{table}")


def _create_passages() -> None:
    op.create_table(
        "knowledge_passages",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("source", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("heading", sa.Text(), nullable=True),
        sa.Column("page", sa.Integer(), nullable=True),
        sa.Column("link", sa.Text(), nullable=True),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("message_platform", sa.Text(), nullable=True),
        sa.Column("message_channel", sa.Text(), nullable=True),
        sa.Column("message", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_knowledge_passages")),
        sa.ForeignKeyConstraint(
            ["source"], ["knowledge_sources.id"], name=op.f("fk_knowledge_passages_source"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["message_platform", "message_channel", "message"],
            ["messages.platform", "messages.channel", "messages.id"],
            name=op.f("fk_knowledge_passages_message_platform_message_channel_message"),
            ondelete="CASCADE",
        ),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_knowledge_passages_source_position"), "knowledge_passages", ["source", "position"])
    op.create_index(
        op.f("ix_knowledge_passages_message_platform_message_channel_message"),
        "knowledge_passages",
        ["message_platform", "message_channel", "message"],
    )


def _create_words() -> None:
    """The index of words. `place` says who may see a passage; its words are folded before they come here."""
    if op.get_bind().dialect.name == "sqlite":
        # Marks belong to words of scripts that write vowels by them.
        op.execute(
            "CREATE VIRTUAL TABLE knowledge_words USING fts5"
            "(place, words, tokenize = \"unicode61 remove_diacritics 0 categories 'L* N* Co M*'\")"
        )
        op.execute(
            "CREATE TRIGGER knowledge_passages_gone AFTER DELETE ON knowledge_passages "
            "BEGIN DELETE FROM knowledge_words WHERE rowid = old.id; END"
        )
        return
    op.execute(
        "CREATE TABLE knowledge_words (rowid INTEGER CONSTRAINT pk_knowledge_words PRIMARY KEY "
        "CONSTRAINT fk_knowledge_words_rowid REFERENCES knowledge_passages (id) ON DELETE CASCADE, "
        "place TEXT NOT NULL, words TSVECTOR NOT NULL)"
    )
    op.execute("CREATE INDEX ix_knowledge_words_words ON knowledge_words USING gin (words)")
    op.execute("CREATE INDEX ix_knowledge_words_place ON knowledge_words (place)")
