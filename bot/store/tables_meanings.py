"""The table of what kept messages mean."""

from __future__ import annotations

from sqlalchemy import ForeignKeyConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.store.tables import Base


class MeaningRow(Base):
    """What the pieces of a message mean to the model called `model`: numbers of 16 bits, one vector after the other.

    `hash` tells whether the pieces are still the same. It goes with its message.
    """

    __tablename__ = "message_vectors"
    __table_args__ = (
        ForeignKeyConstraint(
            ["platform", "channel", "message"],
            ["messages.platform", "messages.channel", "messages.id"],
            ondelete="CASCADE",
        ),
    )

    platform: Mapped[str] = mapped_column(primary_key=True)
    channel: Mapped[str] = mapped_column(primary_key=True)
    message: Mapped[str] = mapped_column(primary_key=True)
    model: Mapped[str]
    hash: Mapped[str]
    vectors: Mapped[bytes]
