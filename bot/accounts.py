"""A person's accounts on several platforms, and how they become one person's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Account:
    """An account of a person's.

    Attributes:
        id: As `Person.id`.
        name: What others saw last.
        here: Whether it is the one that asks.
    """

    id: str
    name: str
    here: bool = False

    @property
    def platform(self) -> str:
        """The platform it is on, such as `discord`."""
        return self.id.partition(":")[0]


@dataclass(frozen=True, slots=True)
class Settled:
    """A preference that two accounts had chosen differently.

    Attributes:
        name: The preference.
        kept: What was chosen later, and holds now.
        dropped: What the other account had.
    """

    name: str
    kept: str
    dropped: str


@dataclass(frozen=True, slots=True)
class Joined:
    """What became one.

    Attributes:
        accounts: All that are one person's now.
        settled: Preferences that differed.
        facts: How many facts of the person's own are known to all these accounts now.
    """

    accounts: tuple[Account, ...]
    settled: tuple[Settled, ...]
    facts: int


class Accounts(Protocol):
    """The accounts of the person who asks. Those that are joined share preferences and facts."""

    async def all(self) -> Sequence[Account]:
        """Every account of the person's, the one that asks first."""

    async def offer(self) -> str:
        """A code by which another account can be joined once, within ten minutes; an earlier one ends."""

    async def whose(self, code: str) -> Account:
        """The account that gave out a code; nothing is joined yet.

        Raises:
            UserError: Nobody gave it out, it is too old, it is the account's own, or there were too many wrong ones.
        """

    async def join(self, code: str) -> Joined:
        """Make this account and the one that gave out the code one person's; where both chose, the later one holds.

        Raises:
            UserError: As for `whose`.
        """

    async def leave(self, account: str | None = None) -> Account:
        """Let an account be a person's of its own again: with the facts stated from it, and a copy of the preferences.

        Args:
            account: Its id; the one that asks by default.

        Raises:
            UserError: There is no other account, or none of that id.
        """
