"""Where a digest comes to, and what it reads."""

from __future__ import annotations

from collections.abc import Sequence

from bot import ChannelKind, ChannelRef, Channels, Request, UserError
from plugins.digest.words import channels_named, parted

MOST = 50
"""How many channels one digest is of."""


def destination(to: str | None, to_channel: ChannelRef | None, request: Request, *, several: bool) -> ChannelRef | None:
    """The channel it comes to; None for a direct message.

    Raises:
        UserError: It cannot come there.
    """
    here = request.channel
    if here.server is None and here.kind is not ChannelKind.DM:
        raise UserError("I can only answer here, not post by myself: somebody has to invite me to this server first.")
    if to == "channel" or (to is None and to_channel is not None):
        if to_channel is None:
            raise UserError("`to_channel` is missing: which channel shall it come to?")
        return to_channel
    if to_channel is not None:
        raise UserError(f"`to_channel` goes with `to:channel`, not with `to:{to}`.")
    if to == "dm" or here.kind is ChannelKind.DM or (to is None and several):
        return None
    if here.kind is ChannelKind.THREAD:
        raise UserError("A digest is for a whole channel; use this in the channel instead of a thread.")
    return ChannelRef(here.id, here.name)


def and_times(channels: str, known: Sequence[ChannelRef]) -> tuple[str, str]:
    """What names channels, and what is said after that of when it comes: `#a and #b every Monday`."""
    named, rest = parted(channels)
    if not named or not rest:
        return channels, ""
    try:
        channels_named(channels, known)
    except UserError:
        return named, rest
    return channels, ""


def read_channels(
    channel: ChannelRef | None, channels: str, known: Sequence[ChannelRef], request: Request
) -> tuple[ChannelRef, ...]:
    """The channels it reads; none is the direct conversation that it comes in.

    Args:
        channel: One.
        channels: Names several, or `all`.
        known: Those that may be told of there.
        request: Says where it is asked.

    Raises:
        UserError: One of them is not known, or may not be told of.
    """
    here = request.channel
    named = channels_named(channels, known) if channels.strip() else ()
    if channel is not None:
        named = (channel, *(each for each in named if each.id != channel.id))
    if len(named) > MOST:
        raise UserError(f"Those are {len(named)} channels; a digest is of at most {MOST}.")
    if named or here.kind is ChannelKind.DM:
        return named
    if here.kind is ChannelKind.THREAD:
        raise UserError("A digest is for a whole channel; use this in the channel instead of a thread.")
    return (ChannelRef(here.id, here.name),)


async def tellable(channels: Sequence[ChannelRef], readable: Channels) -> tuple[list[ChannelRef], list[ChannelRef]]:
    """Those that this answer may tell of, and the others."""
    told, left = list[ChannelRef](), list[ChannelRef]()
    for channel in channels:
        try:
            await readable.history(channel.id)
        except UserError:
            left.append(channel)
        else:
            told.append(channel)
    return told, left
