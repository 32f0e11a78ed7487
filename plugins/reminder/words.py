"""How reminders are told: times and lists in words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, tzinfo

from bot import Channel, ChannelKind, Reminder, Repeat

LINE = 120
"""Characters of a reminder in a list."""

OFTEN = {Repeat.DAILY: "every day", Repeat.WEEKDAYS: "every weekday", Repeat.WEEKLY: "every week"}


def say_when(due: datetime, zone: tzinfo, now: datetime) -> str:
    """When it is, as the person's clock and calendar have it: `tomorrow at 09:00 (Europe/Berlin)`."""
    local = due.astimezone(zone)
    distance = (local.date() - now.astimezone(zone).date()).days
    near = {-1: "yesterday", 0: "today", 1: "tomorrow"}.get(distance)
    year = f" {local.year}" if local.year != now.astimezone(zone).year else ""
    day = f"{local:%A}" if near is None and 1 < distance < 7 else near or f"{local:%a} {local.day} {local:%B}{year}"
    return f"{day} at {local:%H:%M} ({zone})"


def often(repeat: Repeat | None) -> str:
    """How often it comes again, after a comma; nothing for once."""
    return f", {OFTEN[repeat]}" if repeat else ""


def told(reminder: Reminder, here: Channel) -> str:
    """What a reminder says, as all who read along in a channel may see it."""
    return reminder.text if here.kind is ChannelKind.DM or reminder.channel.id == here.id else "one of another channel"


def listed(reminders: Sequence[Reminder], zone: tzinfo, now: datetime) -> str:
    """Reminders by number."""
    return "\n".join(
        f"{number}. {say_when(each.due, zone, now)}{often(each.repeat)}: {_line(each.text)}{_place(each)}"
        for number, each in enumerate(reminders, 1)
    )


def _line(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= LINE else f"{line[: LINE - 1].rstrip()}…"


def _place(reminder: Reminder) -> str:
    return "" if reminder.channel.server is None else f" (in #{reminder.channel.name})"
