"""`/digest`: a summary of the channel, posted at set times."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot import ChannelKind, Forward, Plugin, Profile, Request, Schedule, Subscription, UserError, find_zone
from plugins.digest.days import parse_days, say_days

plugin = Plugin("digest", "A summary of this channel, posted at set times.", group=True)

COMMAND = "digest post"
"""What a digest that is due runs."""

SUMMARIZE = "summarize"
"""The command that writes it."""

USUAL = time(9)
"""When a digest comes where nobody says."""

LATE = timedelta(minutes=10)
"""From when on a digest says that it is late; a busy machine may take a while."""


@plugin.command(
    admin=True,
    asks=True,
    examples=[
        "/digest on",
        "/digest on at:08:30 days:mon,wed,fri",
        "/digest on at:17:00 days:daily zone:Europe/Berlin",
    ],
)
async def on(
    schedule: Schedule,
    profile: Profile,
    request: Request,
    at: time | None = None,
    days: str = "mon-fri",
    zone: str | None = None,
) -> str:
    """Post a summary of this channel at set times from now on.

    Args:
        at: Time of day, such as 08:30; without it the one of your profile, else 09:00.
        days: `mon-fri`, `daily`, `weekends`, or days such as `mon,wed`.
        zone: Time zone or city; without it the one of your profile, else UTC.
    """
    if request.channel.kind is ChannelKind.THREAD:
        raise UserError("A digest is for a whole channel; use this in the channel instead of a thread.")
    if request.channel.server is None and request.channel.kind is not ChannelKind.DM:
        raise UserError("I can only answer here, not post by myself: somebody has to invite me to this server first.")
    where = find_zone(zone) if zone else profile.zone or ZoneInfo("UTC")
    clock = (at or profile.digest_at or USUAL).replace(second=0, microsecond=0)
    before = await _here(schedule, request)
    new = await schedule.subscribe(COMMAND, clock, parse_days(days), where)
    lines = [f"A digest of {_place(request)} comes {_times(new)}."]
    if new.next_run is not None:
        lines.append(f"The next one comes {_moment(new.next_run, profile.zone or where, request.received)}.")
    if before is not None:
        lines.append(f"It replaces the one that came {_times(before)}.")
    return " ".join(lines)


@plugin.command(admin=True, asks=True, examples=["/digest off"])
async def off(schedule: Schedule, request: Request) -> str:
    """Post no more digests in this channel."""
    if not await schedule.unsubscribe(COMMAND):
        raise UserError(f"No digest is switched on for {_place(request)}; `/digest on` switches one on.")
    return f"No more digests of {_place(request)} will come."


@plugin.command(examples=["/digest now", "what happened here today?"], repeatable=True)
async def now(request: Request) -> Forward:
    """Summarize the last 24 hours of this channel now."""
    end = request.received
    return Forward(SUMMARIZE, {"start": end - timedelta(days=1), "end": end})


@plugin.command(private=True, examples=["/digest list", "which digests are switched on?"], repeatable=True)
async def list_(schedule: Schedule, profile: Profile, request: Request) -> str:
    """List the digests that are switched on: for admins those of the whole server, for others this channel's."""
    found = await schedule.all()
    if not request.person.is_admin:
        # A channel's name may be a secret to those who are not in it.
        found = [each for each in found if each.channel == request.channel.id]
    if not found:
        return "No digest is switched on; `/digest on` switches one on."
    return "\n".join(
        f"- {_name(each)} {_times(each)}" + _next(each, profile.zone or each.zone, request.received)
        for each in sorted(found, key=lambda each: (each.channel_name, each.at))
    )


@plugin.command(internal=True)
async def post(start: datetime, end: datetime, schedule: Schedule, request: Request) -> AsyncIterator[str | Forward]:
    """Post the digest of a stretch of time; this is what runs when one is due.

    Args:
        start: Where it begins.
        end: Where it ends.
    """
    # It is for everyone here: no person's zone, but the one it is switched on in.
    subscription = await _here(schedule, request)
    zone = subscription.zone if subscription else ZoneInfo("UTC")
    yield f"**Digest of {_place(request)}**"
    if request.received - end > LATE:
        due = _moment(end, zone, request.received)
        yield f" — late: it was due {due}, when I was not running"
    yield "\n\n"
    yield Forward(SUMMARIZE, {"start": start, "end": end, "zone": zone.key})


async def _here(schedule: Schedule, request: Request) -> Subscription | None:
    return next((each for each in await schedule.all() if each.channel == request.channel.id), None)


def _place(request: Request) -> str:
    return "this conversation" if request.channel.server is None else f"#{request.channel.name}"


def _name(subscription: Subscription) -> str:
    return "This conversation:" if subscription.server is None else f"#{subscription.channel_name}:"


def _times(subscription: Subscription) -> str:
    return f"{say_days(subscription.days)} at {subscription.at:%H:%M} ({subscription.zone.key})"


def _next(subscription: Subscription, zone: ZoneInfo, now: datetime) -> str:
    return "" if subscription.next_run is None else f", next {_moment(subscription.next_run, zone, now)}"


def _moment(moment: datetime, zone: ZoneInfo, now: datetime) -> str:
    """When it is, as the person's clock and calendar have it."""
    local = moment.astimezone(zone)
    distance = (local.date() - now.astimezone(zone).date()).days
    near = {-1: "yesterday", 0: "today", 1: "tomorrow"}.get(distance)
    day = f"{local:%A}" if near is None and 1 < distance < 7 else near or f"{local:%a} {local.day} {local:%B}"
    return f"{day} at {local:%H:%M} ({zone.key})"
