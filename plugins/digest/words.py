"""What is said about digests, and which channels are named."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from bot import ChannelRef, Profile, Request, Subscription, Times, UserError, say_when
from plugins.digest.days import say_days

NAMED = 3
"""How many channels are named; of more it is said how many there are."""

_MARKED = r"(?:<#[^>]+>|#[^\s,;]+)"
_BEGINNING = re.compile(rf"{_MARKED}(?:(?:\s*[,;]\s*|\s+and\s+|\s+){_MARKED})*")

_WORD = re.compile(r"<#(?P<id>[^|>]+)(?:\|[^>]*)?>|#?(?P<name>[^\s,;]+)")


def say_times(times: Times) -> str:
    """When it comes: `Mon–Fri at 09:00 (UTC)`."""
    return f"{say_days(times.days)} at {times.at:%H:%M} ({times.zone.key})"


def say_channels(channels: Sequence[ChannelRef]) -> str:
    """What it reads: `#general`, `#a and #b`, `#a, #b, #c and 4 more`."""
    names = [f"#{channel.name}" for channel in channels]
    if not names:
        return "this conversation"
    if len(names) > NAMED:
        return f"{', '.join(names[:NAMED])} and {len(names) - NAMED} more"
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def say_whole(subscription: Subscription, *, begins: bool = False) -> str:
    """Which one it is: `the digest of #a and #b in #c`, `your digest of #a`.

    Args:
        subscription: The digest.
        begins: Whether a sentence begins with it.
    """
    whose = "your" if subscription.personal and subscription.order.channels else "the"
    return f"{whose.capitalize() if begins else whose} {_digest_of(subscription)}"


def say_switched_on(new: Subscription, before: Subscription | None, profile: Profile, request: Request) -> str:
    """What is on now, when it comes, and what it replaces."""
    order = new.order
    to = "to you " if new.personal and order.channels else ""
    lines = [f"A {_digest_of(new)} comes {to}{say_times(order.times)}.", *_next(new, profile, request)]
    if before is not None:
        lines.append(f"It replaces the one that came {say_times(before.order.times)}.")
    return " ".join(lines)


def say_goes_on(subscription: Subscription, profile: Profile, request: Request) -> str:
    """That it comes again, and when."""
    said = f"{say_whole(subscription, begins=True)} comes {say_times(subscription.order.times)}."
    return " ".join([said, *(_next(subscription, profile, request) or ["It is paused."])])


def zone_for(profile: Profile, subscription: Subscription) -> ZoneInfo:
    """The zone in which a person is told when it comes."""
    return profile.zone or subscription.order.times.zone


def say_line(subscription: Subscription, zone: ZoneInfo, now: datetime) -> str:
    """A line of the list: what it reads, where and when it comes, and whether something is wrong with it."""
    order = subscription.order
    what = say_channels(order.channels)
    where = " → you" if subscription.personal and order.channels else ""
    if order.to is not None and [order.to.id] != [channel.id for channel in order.channels]:
        where = f" → #{order.to.name}"
    parts = [f"{subscription.number}. {what[:1].upper()}{what[1:]}{where}: {say_times(order.times)}"]
    if subscription.paused:
        until = subscription.until and say_when(subscription.until, zone, now, only_day=True)
        parts.append(f"**paused** until {until}" if until else "**paused**")
    if subscription.next_run is not None:
        parts.append(f"next {say_when(subscription.next_run, zone, now)}")
    line = ", ".join(parts)
    if subscription.left_out:
        line += f"; it cannot tell of {say_channels(subscription.left_out)}"
    return f"{line}; the last one did not come: {subscription.trouble}" if subscription.trouble else line


def parted(text: str) -> tuple[str, str]:
    """The channels that a text begins with, each with its `#`, and what follows: `#a and #b every Monday`."""
    found = _BEGINNING.match(text.strip())
    return ("", text.strip()) if found is None else (found[0], text.strip()[found.end() :].strip(" ,;"))


def channels_named(text: str, known: Sequence[ChannelRef]) -> tuple[ChannelRef, ...]:
    """The channels that are named in a text; `all` names every one.

    Raises:
        UserError: One of them is not known.
    """
    if text.strip().casefold() in {"all", "everywhere", "*"}:
        return tuple(known)
    found: dict[str, ChannelRef] = {}
    for word in _WORD.finditer(re.sub(r"(?<=\s)and(?=\s)", " ", text)):
        wanted = (word["id"] or word["name"]).casefold()
        some = [each for each in known if wanted == each.id.casefold()]
        some = some or [each for each in known if wanted == each.name.casefold()]
        if len(some) > 1:
            raise UserError(f"`channels`: several channels are called “{word[0]}”; write them as mentions or ids.")
        if not some:
            raise UserError(f"`channels`: I know no channel “{word[0]}” here that I may tell of.")
        found[some[0].id] = some[0]
    return tuple(found.values())


def _digest_of(subscription: Subscription) -> str:
    to, channels = subscription.order.to, subscription.order.channels
    elsewhere = "" if to is None or [to.id] == [channel.id for channel in channels] else f" in #{to.name}"
    return f"digest of {say_channels(channels)}{elsewhere}"


def _next(subscription: Subscription, profile: Profile, request: Request) -> list[str]:
    if subscription.next_run is None:
        return []
    return [f"The next one comes {say_when(subscription.next_run, zone_for(profile, subscription), request.received)}."]
