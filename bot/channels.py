"""Other channels than the one that is asked in, as far as an answer may tell of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from bot.history import History
from bot.values import ChannelRef


class Channels(Protocol):
    """What may be told of in the answer to a request.

    An answer that only one person sees may tell of what that person may read. An answer that stands in a channel may
    tell of what everyone may read who may read it there. The channel or thread that is asked in may always be told of,
    and where the platform cannot tell who reads what, nothing else. Where an admin switched the plugin off, it reads
    nothing for an answer elsewhere either.
    """

    async def all(self) -> Sequence[ChannelRef]:
        """The channels of this server that Atelier can read and may tell of here.

        In a direct conversation those of every server that the person shares with Atelier.
        """

    async def history(self, channel: str) -> History:
        """The messages of a channel or thread, by its id.

        Raises:
            UserError: It may not be told of here, or nobody knows it.
        """
