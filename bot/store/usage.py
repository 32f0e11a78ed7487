"""Who used which command, how long it took and how it ended."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select

from bot.request import Request
from bot.store.database import Database, delete_where
from bot.store.grouping import Write
from bot.store.tables import UsageRow


class Usage:
    """Counts requests, for quotas and the dashboard."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._insert = db.insert(UsageRow).on_conflict_do_nothing()

    async def record(
        self,
        request: Request,
        *,
        seconds: float,
        outcome: str,
        command: str | None = None,
        plugin: str | None = None,
        model: str | None = None,
        tokens_in: int | None = None,
        tokens_out: int | None = None,
    ) -> None:
        """Keep that a request was answered; a second time changes nothing.

        Args:
            request: What was asked, by whom, where and when; its words are not kept.
            seconds: How long the answer took.
            outcome: How it ended.
            command: The command that answered; the request's own by default.
            plugin: The command's plugin.
            model: The model that was used.
            tokens_in: Tokens the model read.
            tokens_out: Tokens the model wrote.
        """
        values = {
            "request": request.id,
            "account": request.person.id,
            "server": request.channel.server,
            "channel": request.channel.id,
            "command": command or request.command,
            "plugin": plugin,
            "model": model,
            "at": request.received,
            "seconds": seconds,
            "outcome": outcome,
            "tokens_in": tokens_in,
            "tokens_out": tokens_out,
        }
        await self._db.group(Write(self._insert, values))

    async def count_since(self, account: str, server: str | None, since: datetime) -> int:
        """How many requests a person made in a server (None: in direct messages) at or after a time."""
        query = select(func.count()).where(
            UsageRow.account == account,
            UsageRow.server.is_(None) if server is None else UsageRow.server == server,
            UsageRow.at >= since,
        )
        async with self._db.read() as session:
            return await session.scalar(query) or 0

    async def prune(self, before: datetime) -> int:
        """Delete what is older; returns how many rows went."""
        async with self._db.write() as session:
            return await delete_where(session, UsageRow, UsageRow.at < before)
