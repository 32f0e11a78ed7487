"""Where a setting holds: a server, or one channel with its threads."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, or_

from bot.request import Request
from bot.settings import Scope
from bot.store.tables import MessageRow, SettingRow


def channel_key(platform: str, channel: str) -> str:
    """A channel's id as settings keep it."""
    return f"{platform}:{channel}"


@dataclass(frozen=True, slots=True)
class Place:
    """A server or a channel.

    Attributes:
        platform: The platform's name.
        server: The server, or the channel's.
        channel: The channel; None for the whole server.
        account: In a direct message, the person in it.
    """

    platform: str
    server: str | None
    channel: str | None
    account: str | None = None

    @classmethod
    def of(cls, request: Request, scope: Scope) -> Place:
        """Where a setting with that scope holds; a thread is part of its channel, a direct message has no server."""
        server, channel = request.channel.server, request.channel.parent or request.channel.id
        if server is None:
            return cls(request.origin.platform, None, channel, request.person.id)
        return cls(request.origin.platform, server, channel if scope is Scope.CHANNEL else None)

    @property
    def key(self) -> dict[str, str | None]:
        """The columns that name the place in the table of settings."""
        if self.channel is None:
            return {"scope": Scope.SERVER.value, "place": self.server}
        return {"scope": Scope.CHANNEL.value, "place": channel_key(self.platform, self.channel)}

    def row(self, name: str) -> dict[str, str | None]:
        """The columns of a setting, all but its value."""
        return {**self.key, "name": name, "server": self.server, "account": self.account}

    def setting(self, name: str) -> ColumnElement[bool]:
        """The place's own setting of that name."""
        return and_(
            SettingRow.name == name, *(SettingRow.__table__.c[column] == is_ for column, is_ in self.key.items())
        )

    def messages(self, but: Collection[str] = ()) -> ColumnElement[bool]:
        """The messages that are kept of the place, but for some of its channels."""
        if self.channel is None:
            elsewhere = or_(MessageRow.parent.is_(None), MessageRow.parent.not_in(but))
            return and_(MessageRow.server == self.server, MessageRow.channel.not_in(but), elsewhere)
        here = or_(MessageRow.channel == self.channel, MessageRow.parent == self.channel)
        return and_(MessageRow.platform == self.platform, here)
