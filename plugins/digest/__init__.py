"""`/digest`: what was talked about in some channels, told at set times."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Literal

from bot import (
    Button,
    Card,
    ChannelKind,
    ChannelRef,
    Channels,
    Choice,
    Complete,
    Forward,
    Length,
    Order,
    Plugin,
    Profile,
    Quiet,
    Range,
    Reply,
    Request,
    Schedule,
    Silence,
    State,
    Times,
    UserError,
    find_zone,
    say_when,
    zone_of,
)
from plugins.digest.choosing import keep_private, labels, meant, picked
from plugins.digest.days import parse_days, suggest_days
from plugins.digest.places import and_times, destination, read_channels, tellable
from plugins.digest.posting import say_ended, say_left_out, title_of, topics_of
from plugins.digest.times import read_times
from plugins.digest.words import (
    say_channels,
    say_goes_on,
    say_line,
    say_switched_on,
    say_whole,
    zone_for,
)

plugin = Plugin("digest", "What was talked about, told at set times.", group=True)

COMMAND = "digest post"
"""What a digest that is due runs."""

TOPICS = "topics"
"""The command that tells what was talked about."""

USUAL = time(9)
"""When a digest comes where nobody says."""

WORKDAYS = frozenset(range(5))
"""On which days it comes where nobody says."""


@plugin.command(
    asks=True,
    examples=[
        "/digest on",
        "/digest on every weekday at half past eight",
        "/digest on at:08:30 days:mon,wed,fri",
        "/digest on at:17:00 days:daily zone:Europe/Berlin to:dm",
    ],
)
async def on(
    *,
    schedule: Schedule,
    readable: Channels,
    profile: Profile,
    request: Request,
    reply: Reply,
    when: Annotated[str, Range(1, 200)] = "",
    at: time | None = None,
    days: Annotated[str, Complete(suggest_days)] = "",
    zone: str | None = None,
    channel: ChannelRef | None = None,
    channels: Annotated[str, Range(1, 1000)] = "",
    to: Literal["here", "dm", "channel"] | None = None,
    to_channel: ChannelRef | None = None,
    length: Length | None = None,
    quiet: Quiet = "say",
) -> str:
    """Tell at set times what was talked about, from now on.

    Args:
        when: In words, such as `every weekday at half past eight`; or at and days.
        at: Time of day, such as 08:30; without it the one of your profile, else 09:00.
        days: `mon-fri`, `daily`, `weekends`, or days such as `mon,wed`; one day for weekly.
        zone: Time zone or city; without it the one of your profile, else UTC.
        channel: What is read; this channel where you say none.
        channels: Several that are read, such as `#news #team`, or `all`; it comes to you alone unless you say where.
        to: Where it comes. In a channel everyone sees it, and an admin has to switch it on; `dm` is for you alone.
        to_channel: The channel it comes to, with `to:channel`.
        length: How long it is.
        quiet: What it does when nothing was said; `silent` says nothing.
    """
    place = destination(to, to_channel, request, several=bool(channels.strip()))
    if place is None and request.channel.kind is not ChannelKind.DM:
        # What somebody reads alone is nobody else's business.
        reply.make_private(request.person.id)
    known = await readable.all() if channels.strip() else ()
    if not when.strip():
        channels, when = and_times(channels, known)
    said_at, said_days = read_times(when) if when.strip() else (None, None)
    order = Order(
        command=COMMAND,
        times=Times(
            at=(at or said_at or profile.digest_at or USUAL).replace(second=0, microsecond=0),
            days=parse_days(days) if days.strip() else said_days or WORKDAYS,
            zone=find_zone(zone) if zone else zone_of(profile),
        ),
        channels=read_channels(channel, channels, known, request),
        to=place,
        length=length,
        quiet=quiet,
    )
    try:
        new, before = await schedule.subscribe(order)
    except UserError:
        if any(each.id != request.channel.id for each in order.channels):
            # Nor need others here know what may not be told of.
            reply.make_private(request.person.id)
        raise
    reply.offer({State.DONE: (Button("Switch off", f"/digest off which:{new.id}"),)})
    return say_switched_on(new, before, profile, request)


@plugin.command(asks=True, examples=["/digest off", "/digest off which:2"])
async def off(
    schedule: Schedule, request: Request, reply: Reply, which: Annotated[str, Range(1, 100)] = ""
) -> AsyncIterator[str | Card | Choice]:
    """Switch a digest off.

    Args:
        which: Its number in `/digest list`, or a channel's name.
    """
    some = meant(which, await schedule.all(), request, reply)
    one = some[0] if len(some) == 1 else picked(some, (yield Choice("Switch off which one?", labels(some))))
    gone = await schedule.off(one.id)
    undo = (Button("Undo", f"/digest restore id:{gone.id}"),)
    yield f"{say_whole(gone, begins=True)} comes no more."
    if reply.private:
        yield Card("For a day you can take it back", buttons=undo)
    else:
        reply.offer({State.DONE: undo})


@plugin.command(hidden=True)
async def restore(id_: str, schedule: Schedule, profile: Profile, request: Request, reply: Reply) -> str:
    """Switch a digest on again.

    Args:
        id_: Which.
    """
    found = await schedule.get(id_)
    if found is not None:
        keep_private([found], request, reply)
    return say_goes_on(await schedule.restore(id_), profile, request)


@plugin.command(examples=["/digest pause", "/digest pause until:next monday", "no digests until 3 January"])
async def pause(
    schedule: Schedule,
    request: Request,
    reply: Reply,
    which: Annotated[str, Range(1, 100)] = "",
    until: date | None = None,
) -> AsyncIterator[str | Choice]:
    """Let a digest wait; what is missed meanwhile is not made up for.

    Args:
        which: Its number in `/digest list`, or a channel's name.
        until: The day on which it goes on by itself.
    """
    some = meant(which, await schedule.all(), request, reply)
    one = some[0] if len(some) == 1 else picked(some, (yield Choice("Pause which one?", labels(some))))
    zone = one.order.times.zone
    # The clocks may skip midnight: then the day begins an hour later.
    end = None if until is None else datetime.combine(until, time(0), zone).astimezone(UTC)
    waits = await schedule.pause(one.id, end)
    reply.offer({State.DONE: (Button("Resume", f"/digest resume which:{waits.id}"),)})
    if end is None:
        yield f"{say_whole(waits, begins=True)} waits until you say `/digest resume`."
    else:
        yield f"{say_whole(waits, begins=True)} waits until {say_when(end, zone, request.received, only_day=True)}."


@plugin.command(examples=["/digest resume"])
async def resume(
    schedule: Schedule, profile: Profile, request: Request, reply: Reply, which: Annotated[str, Range(1, 100)] = ""
) -> AsyncIterator[str | Choice]:
    """Let a digest go on that waits.

    Args:
        which: Its number in `/digest list`, or a channel's name.
    """
    found = await schedule.all()
    waiting = [each for each in found if each.paused]
    if found and not waiting:
        raise UserError("No digest is paused.")
    some = meant(which, waiting, request, reply)
    one = some[0] if len(some) == 1 else picked(some, (yield Choice("Resume which one?", labels(some))))
    yield say_goes_on(await schedule.resume(one.id), profile, request)


@plugin.command(examples=["/digest now", "what happened here today?"], repeatable=True)
async def now(request: Request, length: Length | None = None) -> Forward:
    """Tell what was talked about in this channel in the last 24 hours.

    Args:
        length: A line for each topic, about a screen, or all of it.
    """
    end = request.received
    here = "this conversation" if request.channel.kind is ChannelKind.DM else f"#{request.channel.name}"
    title = f"**The last 24 hours in {here}**"
    return Forward(TOPICS, {"start": end - timedelta(days=1), "end": end, "title": title, "length": length})


@plugin.command(private=True, examples=["/digest preview", "what would the next digest say?"], repeatable=True)
async def preview(
    schedule: Schedule,
    readable: Channels,
    profile: Profile,
    request: Request,
    reply: Reply,
    which: Annotated[str, Range(1, 100)] = "",
) -> AsyncIterator[str | Choice | Forward]:
    """Show you alone what the next digest would say now.

    Args:
        which: Its number in `/digest list`, or a channel's name.
    """
    some = meant(which, await schedule.all(), request, reply)
    one = some[0] if len(some) == 1 else picked(some, (yield Choice("Preview which one?", labels(some))))
    told, left = await tellable(one.order.channels, readable)
    if left and not told:
        raise UserError(f"You may not read {say_channels(left)}, so I cannot show you that.")
    window = await schedule.window(one)
    if left:
        yield f"_Without {say_channels(left)}, which you may not read._\n\n"
    title = f"**What {say_whole(one)} would say now**"
    yield Forward(
        TOPICS, topics_of(one, told, title, zone_for(profile, one)) | {"start": window.start, "end": window.end}
    )


@plugin.command(private=True, examples=["/digest list", "which digests are switched on?"], repeatable=True)
async def list_(schedule: Schedule, profile: Profile, request: Request) -> str:
    """List your digests and this channel's; for admins those of the whole server."""
    found = await schedule.all()
    if not found:
        return "No digest is switched on; `/digest on` switches one on."
    return "\n".join(say_line(each, zone_for(profile, each), request.received) for each in found)


@plugin.command(internal=True, repeatable=True)
async def post(
    id_: str,
    start: datetime,
    end: datetime,
    schedule: Schedule,
    readable: Channels,
    profile: Profile,
    request: Request,
) -> Forward | Silence:
    """Post the digest of a stretch of time; this is what runs when one is due.

    Args:
        id_: Which.
        start: Where it begins.
        end: Where it ends.
    """
    digest = await schedule.get(id_)
    if digest is None or digest.off or digest.paused:  # in this very moment
        return Silence()
    told, left = await tellable(digest.order.channels, readable)
    if left != list(digest.left_out):
        await schedule.leave_out(id_, left)
    if left and not told:
        return Silence()
    # What is for everyone there is in no person's zone, but in the one it is switched on in.
    zone = zone_for(profile, digest) if digest.personal else digest.order.times.zone
    title = title_of(digest, told, end, zone, request)
    return Forward(TOPICS, topics_of(digest, told, title, zone) | {"start": start, "end": end})


@plugin.command(internal=True, repeatable=True)
async def left_out(channels: str, to: str = "") -> str:
    """Tell who switched a digest on what it cannot tell of; this runs when that changes.

    Args:
        channels: Their names.
        to: The channel that it is posted in; empty for a direct message.
    """
    return say_left_out(channels, to)


@plugin.command(internal=True, repeatable=True)
async def ended(to: str) -> str:
    """Tell who switched a digest on that it is over; this runs when its channel was deleted.

    Args:
        to: The channel that it was posted in.
    """
    return say_ended(to)
