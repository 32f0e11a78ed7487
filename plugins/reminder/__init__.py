"""`/reminder`: tells a person what they wanted to remember, when they wanted it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

from bot import (
    Button,
    ChannelKind,
    Plugin,
    Profile,
    Range,
    Reminder,
    Reminders,
    Repeat,
    Reply,
    Request,
    State,
    UserError,
    say_when,
    shortened,
    zone_of,
)
from plugins.reminder.when import Read, When, cleaned, find_when, read_when, recurs_otherwise
from plugins.reminder.words import listed, often, told

plugin = Plugin("reminder", "Reminds you of something when you want it.", group=True)

LATE = timedelta(minutes=10)
"""From when on a reminder says that it is late."""

TRY = "try “in 20 minutes”, “tomorrow at 9”, “Friday 15:00” or “every Monday at 18:30”."

SNOOZES = (
    ("In 10 minutes", "in 10 minutes"),
    ("In an hour", "in 1 hour"),
    ("Tomorrow", "tomorrow at 9"),
)
"""Buttons under a reminder, and when it comes again."""


@plugin.command(
    examples=[
        "/reminder add when:tomorrow at 9 what:call Ana",
        "/reminder add when:every Monday at 18:30 what:send the report",
        "remind me in 20 minutes to take the bread out of the oven",
        "remind me tomorrow at 9 to call Ana",
    ],
)
async def add(
    when: Annotated[str, Range(1, 1000)],
    reminders: Reminders,
    profile: Profile,
    request: Request,
    reply: Reply,
    what: Annotated[str, Range(0, 1000)] = "",
    repeat: Repeat | None = None,
) -> str:
    """Remind you of something, here, at a time you choose.

    Args:
        when: Such as `in 20 minutes`, `tomorrow at 9` or `every Monday at 18:30`; or all in one sentence.
        what: What to remind you of.
        repeat: How often it comes again.
    """
    if request.channel.server is None and request.channel.kind is not ChannelKind.DM:
        raise UserError("I can only answer here, not write by myself; ask me in a direct message.")
    zone, now = zone_of(profile), request.received
    time, text = await _understood(when, what, zone, now)
    time = _on_a_weekday(replace(time, repeat=repeat or time.repeat), zone)
    if time.due <= now:
        raise UserError(f"{_capital(say_when(time.due, zone, now))} is over already; name a time to come.")
    kept = await reminders.add(text, time.due, zone, time.repeat)
    reply.offer({State.DONE: (Button("Undo", f"/reminder remove which:{kept.id}"),)})
    return f"I will remind you {say_when(kept.due, zone, now)}{often(kept.repeat)}: {kept.text}"


@plugin.command(private=True, examples=["/reminder list", "which reminders do I have?"], repeatable=True)
async def list_(reminders: Reminders, profile: Profile, request: Request) -> str:
    """List your reminders."""
    found = await reminders.all()
    if not found:
        return "You have no reminders; `/reminder add` makes one."
    return listed(found, zone_of(profile), request.received)


@plugin.command(examples=["/reminder remove which:2", "/reminder remove which:call Ana"])
async def remove(
    which: Annotated[str, Range(1, 200)], reminders: Reminders, profile: Profile, request: Request, reply: Reply
) -> str:
    """Remove one of your reminders.

    Args:
        which: Its number in the list, or words of it.
    """
    chosen = _chosen(which, await reminders.all(), profile, request)
    gone = await reminders.remove(chosen.id)
    if gone is None:
        raise UserError("That reminder has just come, or is removed already.")
    reply.offer({State.DONE: (Button("Undo", f"/reminder restore id:{gone.id}"),)})
    return f"Removed: {told(gone, request.channel)} ({say_when(gone.due, zone_of(profile), request.received)})"


@plugin.command(hidden=True)
async def restore(id_: str, reminders: Reminders, profile: Profile, request: Request) -> str:
    """Take back that a reminder was removed.

    Args:
        id_: Which.
    """
    back = await reminders.restore(id_)
    if back is None:
        raise UserError("That reminder is there, is another person's, or was removed too long ago.")
    when = say_when(back.due, zone_of(profile), request.received)
    return f"I will remind you {when}: {told(back, request.channel)}"


@plugin.command(internal=True, repeatable=True)
async def post(
    id_: str, due: datetime, reminders: Reminders, profile: Profile, request: Request, reply: Reply
) -> str | None:
    """Tell a reminder; this is what runs when one is due.

    Args:
        id_: Which.
        due: When it was to come.
    """
    reminder = await reminders.get(id_)
    if reminder is None or not reminder.waiting:  # erased or removed in this very moment
        reply.discard()
        return None
    if request.channel.kind is not ChannelKind.DM:
        reply.mention(request.person.id)
    snoozes = [Button(label, f"/reminder snooze id:{id_} when:{when}") for label, when in SNOOZES]
    reply.offer({State.DONE: (*snoozes, Button("Done", f"/reminder done id:{id_}"))})
    late = ""
    if request.received - due > LATE:
        zone = profile.zone or reminder.zone
        late = f"\n\n_Late: it was due {say_when(due, zone, request.received)}, when I could not tell you._"
    return f"⏰ {reminder.text}{late}"


@plugin.command(hidden=True, private=True)
async def snooze(id_: str, when: str, reminders: Reminders, profile: Profile, request: Request) -> str:
    """Let a reminder come once more.

    Args:
        id_: Which.
        when: When.
    """
    zone = zone_of(profile)
    time = await asyncio.to_thread(read_when, when, zone, request.received)
    if time is None or time.due <= request.received:
        raise UserError(f"`when`: “{when}” is no time to come; {TRY}")
    again = await reminders.snooze(id_, time.due)
    if again is None:
        raise _not_yours()
    return f"I will remind you again {say_when(again.due, zone, request.received)}."


@plugin.command(hidden=True, private=True)
async def done(id_: str, reminders: Reminders, profile: Profile, request: Request) -> str:
    """Say that what a reminder was about is done.

    Args:
        id_: Which.
    """
    reminder = await reminders.get(id_)
    if reminder is None:
        raise _not_yours()
    if reminder.repeat is not None and reminder.waiting:
        due = say_when(reminder.due, profile.zone or reminder.zone, request.received)
        return f"Done for now; it comes again {due}. `/reminder remove` stops it."
    if reminder.waiting:
        await reminders.remove(id_)
    return "Done; I will not remind you of it again."


async def _understood(when: str, what: str, zone: ZoneInfo, now: datetime) -> Read:
    """The time, and what to remind of.

    Raises:
        UserError: One of them is missing.
    """
    if recurs_otherwise(when):
        raise UserError("I can repeat a reminder every day, every weekday or every week; for other times make several.")
    text = cleaned(what)
    read: Read | None
    if text:
        time = await asyncio.to_thread(read_when, when, zone, now)
        read = None if time is None else (time, text)
    else:
        read = await asyncio.to_thread(find_when, when, zone, now)
    if read is None:
        raise UserError(f"When? I find no time in “{shortened(when, 60)}”; {TRY}")
    if not read[1]:
        raise UserError("What shall I remind you of? Write it after the time, or as `what:call Ana`.")
    return read


def _on_a_weekday(time: When, zone: ZoneInfo) -> When:
    """The first time of one that comes on weekdays is a weekday, too."""
    due = time.due
    while time.repeat is Repeat.WEEKDAYS and due.astimezone(zone).weekday() > 4:
        # By the clock on the wall, which may change at the weekend.
        due = (due.astimezone(zone) + timedelta(days=1)).astimezone(UTC)
    return replace(time, due=due)


def _chosen(which: str, reminders: Sequence[Reminder], profile: Profile, request: Request) -> Reminder:
    """The reminder that is meant by a number in the list, an id or words.

    Raises:
        UserError: None is, or several are.
    """
    wanted = " ".join(which.casefold().removeprefix("#").split())
    if wanted.isdecimal() and 0 < int(wanted) <= len(reminders):
        return reminders[int(wanted) - 1]
    found = [each for each in reminders if each.id.casefold() == wanted]
    found = found or [each for each in reminders if wanted in " ".join(each.text.casefold().split())]
    if len(found) == 1:
        return found[0]
    if not reminders:
        raise UserError("You have no reminders here.")
    if not found:
        raise UserError(
            f"None of your reminders says “{which.strip()}”; `/reminder list` shows them with their numbers."
        )
    some = "\n".join(
        f"- {told(each, request.channel)} ({say_when(each.due, zone_of(profile), request.received)})"
        for each in found[:5]
    )
    raise UserError(f"Several of your reminders say that; choose one by its number in `/reminder list`:\n{some}")


def _not_yours() -> UserError:
    return UserError("That reminder is another person's, or was erased.")


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]
