"""Which facts hold where: the conditions that keep what one person said from another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast, get_args

from sqlalchemy import ColumnElement, and_, false, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.profile import Fact, FactScope
from bot.request import ChannelKind, Request
from bot.store.tables_memory import MemoryRow

SCOPES: tuple[str, ...] = get_args(FactScope)
"""From the person's own to everyone's."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a request was made, as facts know it.

    Attributes:
        server: None in a direct message. Where people talk with each other and Atelier is no member, a name for that
            conversation alone, which no server has.
        channels: The channel, and for a thread the one that holds it too, prefixed by the platform.
        name: The channel in words.
        shared: Whether others are there.
        joined: Whether Atelier is a member there.
    """

    server: str | None
    channels: tuple[str, ...]
    name: str
    shared: bool
    joined: bool = True

    @classmethod
    def of(cls, request: Request) -> Place:
        """Where a request was made."""
        here, platform = request.channel, request.origin.platform
        ids = (here.id,) if here.parent is None else (here.id, here.parent)
        names = {ChannelKind.DM: "a direct message", ChannelKind.THREAD: f"the thread “{here.name}”"}
        shared = here.kind is not ChannelKind.DM
        joined = here.server is not None or not shared
        return cls(
            server=here.server if joined else f"elsewhere {platform}:{here.id}",
            channels=tuple(f"{platform}:{each}" for each in ids),
            name=names.get(here.kind, f"#{here.name}"),
            shared=shared,
            joined=joined,
        )


def own(person: str | None, server: str | None) -> ColumnElement[bool]:
    """The facts of a person's own that hold in a server, or in a direct message; those that were not forgotten."""
    if person is None:
        return false()
    reach = or_(MemoryRow.scope == "person", MemoryRow.server.is_not_distinct_from(server))
    return and_(MemoryRow.person == person, MemoryRow.place.is_(None), reach, MemoryRow.forgotten.is_(None))


def holding(person: str | None, place: Place) -> ColumnElement[bool]:
    """Every fact that an answer to the person in that place may use."""
    # A channel and a server can have the same id.
    channel = and_(MemoryRow.scope == "channel", MemoryRow.place.in_(place.channels), MemoryRow.forgotten.is_(None))
    if place.server is None:
        # Not compared with it: every fact of a person's own is in no place, and all of them would be read.
        return or_(own(person, place.server), channel)
    server = and_(MemoryRow.scope == "server", MemoryRow.place == place.server, MemoryRow.forgotten.is_(None))
    return or_(own(person, place.server), channel, server)


async def read_rows(session: AsyncSession, which: ColumnElement[bool]) -> list[MemoryRow]:
    """The facts that are meant, oldest first."""
    return list(await session.scalars(select(MemoryRow).where(which).order_by(MemoryRow.stated, MemoryRow.id)))


def fact_of(row: MemoryRow, by: str = "") -> Fact:
    """A fact as people see it.

    Args:
        row: What is kept.
        by: The name of who stated it, where that is not the person who reads it.
    """
    scope = cast("FactScope", row.scope)
    return Fact(row.id, row.text, row.server, row.stated, scope, row.confirmed, row.said_in, by)


def same(row: MemoryRow) -> tuple[str, str | None, str | None, str]:
    """What two facts of one person's share that are one."""
    return row.scope, None if row.scope == "person" else row.server, row.place, row.text
