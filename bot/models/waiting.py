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

FOR_ROOM = Waiting(1, 0.0, room=True)
"""How long work has to wait whose model waits for memory that another one uses."""

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

    The places that are left are for those who have less: who has as many in a server as are left there, or whose server
    has as many as are left at all, gets none of them.

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
    in_server = fair.in_server(owner.server)
    if fair.of(owner) >= MOST_OF_SERVER - in_server or in_server >= MOST - len(fair):
        raise UserError(f"Too many requests wait for {name}; ask again in a few minutes.")


@contextmanager
def telling(look: Callable[[], Waiting | None]) -> Iterator[None]:
    """Tell who asked how long something has to wait, from now on and until it is done.

    Args:
        look: Says how long it is; None while it does not wait.
    """
    tell, told = ASKING.get().tell, False

    async def watch() -> None:
        nonlocal told
        # To the end: what has begun may come to wait for room.
        while True:
            if (waiting := look()) is None:
                hush()
            elif waiting.room or waiting.seconds >= WORTH_TELLING:
                tell(waiting)
                told = True
            await asyncio.sleep(LOOK_EVERY)

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


def waited_too_long(name: str, *, lacks_room: bool = False) -> UserError:
    """What people are told whose work waited until its deadline.

    Args:
        name: What they call the model.
        lacks_room: Whether it waited for memory that another model uses.
    """
    if lacks_room:
        return UserError(f"The model {name} does not fit into memory beside those at work; ask again in a few minutes.")
    return UserError(f"The model {name} has too much to do, and your turn did not come in time; ask again later.")


class Stopped(UserError):
    """Work was told to stop, because nobody waits for it any more."""

    def __init__(self) -> None:
        super().__init__("The work was stopped.")


class Failed(UserError):
    """The model itself failed, whatever was asked of it.

    Args:
        name: What people call the model.
    """

    def __init__(self, name: str) -> None:
        super().__init__(f"The model {name} failed and is started anew; ask again.")


class NoSign(UserError):
    """Work gave no sign of life.

    Args:
        name: What people call the model.
        seconds: For how long it gave none.
    """

    def __init__(self, name: str, seconds: float) -> None:
        minutes = count(max(1, round(seconds / 60)), "minute")
        super().__init__(f"The model {name} gave no sign of life for {minutes} and is started anew; ask again.")
