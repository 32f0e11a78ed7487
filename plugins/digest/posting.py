"""What stands in a digest that is posted, besides what was talked about."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot import ChannelRef, Request, Subscription, say_when
from plugins.digest.words import say_channels

LATE = timedelta(minutes=10)
"""From when on a digest says that it is late; a busy machine may take a while."""


def title_of(digest: Subscription, told: Sequence[ChannelRef], end: datetime, zone: ZoneInfo, request: Request) -> str:
    """The line above it, which also says whether it is late.

    Args:
        digest: Which.
        told: The channels that it tells of.
        end: When it was due.
        zone: In which the reader's clock goes.
        request: Says when it comes.
    """
    what = "Your digest" if digest.personal else "Digest"
    title = f"**{what} of {say_channels(told)}**"
    late = request.received - end > LATE
    return f"{title} — late: it was due {say_when(end, zone, request.received)}" if late else title


def topics_of(digest: Subscription, told: Sequence[ChannelRef], title: str, zone: ZoneInfo) -> dict[str, object]:
    """The options of the command that writes it, but for the stretch of time."""
    return {
        "channels": " ".join(channel.id for channel in told),
        "title": title,
        "zone": zone.key,
        "length": digest.order.length,
        "quiet": digest.order.quiet,
        "personal": digest.personal,
    }


def say_ended(to: str) -> str:
    """That it does not come any more, and why; `to` is the channel that it was posted in."""
    return f"The digest that you switched on for #{to} is switched off: that channel was deleted."


def say_left_out(channels: str, to: str) -> str:
    """That it comes without some channels from now on, and why.

    Args:
        channels: Their names.
        to: The channel that it is posted in; empty for a direct message.
    """
    whose = f"The digest that you switched on for #{to}" if to else "Your digest"
    why = f"I cannot read that any more, or not everyone who reads #{to} may" if to else "I may not tell you of that"
    return f"{whose} comes without {channels} from now on: {why}. `/digest list` shows your digests."
