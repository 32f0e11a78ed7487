"""How much may wait for a model, for how long, and how people are told of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from bot.asking import ASKING, ITSELF, Owner, Waiting
from bot.errors import UserError
from bot.models.fairness import FairQueue
from bot.wording import count

H = TypeVar("H", bound=Hashable)

MOST_OF_PERSON = 20
"""Pieces of work that one person may have waiting for a model in one server."""

MOST_OF_SERVER = 100
"""Pieces of work that all people of a server may have waiting for a model."""

MOST = 400
"""Pieces of work that may wait for a model."""

STAYS = 0.7
"""How much of what was expected stays when a piece of work was measured."""

WORTH_TELLING = 2.0
"""Seconds of waiting that people are told of."""

LOOK_EVERY = 1.0
"""Seconds between two looks at how long there is still to wait."""


def refuse_too_much(fair: FairQueue[H], owner: Owner, name: str) -> None:
    """Keep what waits for a model within its bounds.

    Args:
        fair: What waits.
        owner: Who asks for more.
        name: What people call the model.

    Raises:
        UserError: Too much waits already.
    """
    if owner == ITSELF.owner:
        return
    if fair.of(owner) >= MOST_OF_PERSON:
        raise UserError(
            f"{MOST_OF_PERSON} of your requests wait for {name} already; ask again when some are answered, "
            "or `/stop` them."
        )
    if fair.in_server(owner.server) >= MOST_OF_SERVER or len(fair) >= MOST:
        raise UserError(f"Too many requests wait for {name}; ask again in a few minutes.")


@contextmanager
def telling(look: Callable[[], Waiting | None]) -> Iterator[None]:
    """Tell who asked how long something has to wait, from now on and until its turn has come.

    Args:
        look: Says how long it is; None once its turn has come.
    """
    tell, told = ASKING.get().tell, False

    async def watch() -> None:
        nonlocal told
        while (waiting := look()) is not None:
            if waiting.seconds >= WORTH_TELLING:
                tell(waiting)
                told = True
            await asyncio.sleep(LOOK_EVERY)
        hush()

    def hush() -> None:
        nonlocal told
        if told:
            told = False
            tell(None)

    looking = asyncio.get_running_loop().create_task(watch())
    try:
        yield
    finally:
        looking.cancel()
        hush()


def waited_too_long(name: str) -> UserError:
    """What people are told whose work waited until its deadline.

    Args:
        name: What they call the model.
    """
    return UserError(f"The model {name} has too much to do, and your turn did not come in time; ask again later.")


class NoSign(UserError):
    """Work gave no sign of life.

    Args:
        name: What people call the model.
        seconds: For how long it gave none.
    """

    def __init__(self, name: str, seconds: float) -> None:
        minutes = count(max(1, round(seconds / 60)), "minute")
        super().__init__(f"The model {name} gave no sign of life for {minutes} and is started anew; ask again.")
