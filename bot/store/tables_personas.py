"""The table of who answers whom as what."""

from __future__ import annotations

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from bot.store.tables import Base


class PersonaChoiceRow(Base):
    """The persona that a person chose: in a server, or everywhere, where `server` is empty."""

    __tablename__ = "persona_choices"

    person: Mapped[str] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"), primary_key=True)
    server: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
