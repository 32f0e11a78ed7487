"""The histories that a command reads: of the channel that is asked in, of others, and of their threads."""

from __future__ import annotations

from datetime import UTC, datetime

from bot.conversation import ChannelHistory, Kept, Search
from bot.history import Wanted
from bot.middleware.call import Call
from bot.platform import Platform
from bot.request import Channel, ChannelKind, Message
from bot.settings import ChannelSettings
from bot.store.messages import Messages

EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
"""Before every message."""


def history_of(
    messages: Messages, live: Platform, call: Call, here: Channel, settings: ChannelSettings
) -> ChannelHistory:
    """The history of a channel or thread, as a request reads it.

    Args:
        messages: Those that are kept.
        live: Has the others.
        call: The request, and its answer.
        here: Which channel or thread.
        settings: What holds there.
    """
    kept: Kept | None = None
    search: Search | None = None
    if settings.history:
        platform = call.request.origin.platform
        thread = here.id if here.kind is ChannelKind.THREAD else None
        channel = here.parent or here.id

        async def read(since: datetime | None, until: datetime | None, limit: int) -> list[Message]:
            if until is not None:
                return await messages.between(platform, channel, since or EARLIEST, until, limit, thread=thread)
            if since is not None:
                return await messages.since(platform, channel, since, limit, thread=thread)
            return await messages.recent(platform, channel, limit, thread=thread)

        async def find(wanted: Wanted, limit: int) -> list[Message]:
            return await messages.search(platform, channel, wanted, limit, thread=thread)

        kept, search = read, find

    async def threads(since: datetime) -> list[ChannelHistory]:
        places = [await live.place(thread) for thread in await live.threads(here.id, since)]
        return [history_of(messages, live, call, place, settings) for place in places if place is not None]

    whole = threads if here.kind is ChannelKind.CHANNEL else None
    return ChannelHistory(call.request, live, kept, call.reply.ref, search, here.id, whole)
