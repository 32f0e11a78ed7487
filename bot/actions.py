"""What may be done for the person who asks, by a model that calls commands or by a command that runs others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from bot.commands import Command


@dataclass(frozen=True, slots=True)
class Done:
    """How a command ended.

    Attributes:
        text: What it said; the person has not seen it.
        error: Why it did not do what it was to do; empty where it did.
        shown: What the person was shown besides: the names of files, the titles of cards.
    """

    text: str = ""
    error: str = ""
    shown: tuple[str, ...] = ()


class Actions(Protocol):
    """The commands that can be run for the person who asks, within the same answer.

    They run with that person's permissions, and each counts for the limits. What they show, ask and tell of their
    progress goes to the person; what they say comes back.
    """

    def offered(self) -> Sequence[Command]:
        """Those that the person may use here and a model may call, by name."""

    async def run(self, name: str, options: Mapping[str, object]) -> Done:
        """Run one of those that are offered, one at a time; the person is asked first where it `asks`.

        Args:
            name: The command's full name, with or without the slash.
            options: Values by option name, as they would be typed; a file's name for a file that the person sent or
                this answer shows.
        """

    async def confirm(self, what: str) -> bool:
        """Ask the person with a button whether something may be done.

        Args:
            what: Exactly what would be done.
        """

    async def begin(self) -> None:
        """Note that something is done that may not be done twice: where a crash ends this answer, it is not made anew.

        Commands that are run note it themselves.

        Raises:
            UserError: That cannot be noted, so it must not be done.
        """
