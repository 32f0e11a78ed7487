"""`/catchup`: what was talked about since a person was here last."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta

from bot import (
    ChannelKind,
    ChannelRef,
    Channels,
    Forward,
    History,
    Length,
    Message,
    Plugin,
    Profile,
    Request,
    UserError,
    Wanted,
    count,
    moment,
    zone_name,
    zone_of,
)

plugin = Plugin("catchup", "What was talked about since you were here last.")

TOPICS = "topics"
"""The command that tells what was talked about."""

USUAL = timedelta(days=1)
"""How far back it goes where a person never wrote."""

FARTHEST = timedelta(days=14)
"""How far back it goes by itself."""

MOST = 50
"""How many channels are read; of more, the first ones."""

AT_ONCE = 5
"""In how many channels it is looked at the same time for what the person wrote."""


@plugin.command(
    private=True,
    repeatable=True,
    examples=[
        "/catchup",
        "/catchup everywhere:true",
        "/catchup since:yesterday 9am",
        "what did I miss?",
        "what happened while I was away?",
    ],
)
async def catchup(
    *,
    since: datetime | None = None,
    everywhere: bool | None = None,
    length: Length | None = None,
    request: Request,
    profile: Profile,
    history: History,
    readable: Channels,
) -> Forward:
    """Tell you alone what was talked about here since you last wrote something.

    Args:
        since: From when on, such as "yesterday 9am"; without it, since your last message, at most two weeks.
        everywhere: In all channels that you may read, not only in this one; so it is in a direct message.
        length: How long it becomes; your profile decides otherwise.
    """
    if since is not None and since >= request.received:
        raise UserError("That is in the future; nobody has said anything there yet.")
    if everywhere is None:
        everywhere = request.channel.kind is ChannelKind.DM
    known = await _all(readable) if everywhere else []
    channels = known[:MOST]
    start, why = (since, "") if since else await _last_seen(channels, request, history, readable)
    told = moment(start, request.received, zone_of(profile))
    where = _count(len(channels), len(known)) if everywhere else _here(request)
    return Forward(
        TOPICS,
        {
            "channels": " ".join(channel.id for channel in channels),
            "start": start,
            "end": request.received,
            "title": f"**Since {told} ({zone_name(profile)}) {where}**{why}",
            "length": length,
            "personal": True,
        },
    )


async def _all(readable: Channels) -> Sequence[ChannelRef]:
    """Every channel that may be told of.

    Raises:
        UserError: There is none.
    """
    channels = await readable.all()
    if not channels:
        raise UserError("I know no channels here that you may read; use this in the channel that it is about.")
    return channels


async def _last_seen(
    channels: Sequence[ChannelRef], request: Request, history: History, readable: Channels
) -> tuple[datetime, str]:
    """From when on it is told, and what is said about that."""
    turn = asyncio.Semaphore(AT_ONCE)

    async def last(channel: ChannelRef) -> list[Message]:
        async with turn:
            try:
                return await (await readable.history(channel.id)).search(wanted, 1)
            except UserError:
                return []  # nothing is told of it either

    farthest = request.received - FARTHEST
    wanted = Wanted(author=request.person.id, since=farthest, until=request.received)
    if channels:
        found = [message for some in await asyncio.gather(*map(last, channels)) for message in some]
    else:
        found = await history.search(wanted, 1)
    if found:
        # What they said themselves they know.
        return max(message.sent for message in found) + timedelta(microseconds=1), ""
    return request.received - USUAL, " — you wrote nothing in the last two weeks, so this is the last day"


def _count(told: int, known: int) -> str:
    return f"in {told} of {known} channels" if told < known else f"in {count(told, 'channel')}"


def _here(request: Request) -> str:
    return "in this conversation" if request.channel.kind is not ChannelKind.CHANNEL else f"in #{request.channel.name}"
