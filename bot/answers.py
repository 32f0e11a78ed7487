"""What people can do about an answer that they were given."""

from __future__ import annotations

from typing import Protocol


class Answers(Protocol):
    """The answers of the channel that a request comes from, by the id of what was asked.

    Each call raises `UserError` when the answer is too old to be known, or when the person may not do this.
    """

    async def again(self, request_id: str) -> None:
        """Make the answer anew, in its place; only who asked may."""

    async def command(self, request_id: str) -> str:
        """The name of the command that a continuation is asked of."""

    async def delete(self, request_id: str) -> None:
        """Remove the answer; who asked may, and admins."""

    async def rate(self, request_id: str, *, good: bool) -> None:
        """Note whether the person found the answer good; their last word holds."""

    async def poor(self) -> int:
        """How many answers, of those whose buttons work still, the person found poor."""

    async def stop(self) -> int:
        """Stop what is being answered to the person here; returns how many answers that were."""
