"""How reminders are told."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, tzinfo

from bot import Channel, ChannelKind, Reminder, Repeat, say_when, shortened

LINE = 120
"""Characters of a reminder in a list."""

OFTEN = {Repeat.DAILY: "every day", Repeat.WEEKDAYS: "every weekday", Repeat.WEEKLY: "every week"}


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
    return shortened(" ".join(text.split()), LINE)


def _place(reminder: Reminder) -> str:
    return "" if reminder.channel.server is None else f" (in #{reminder.channel.name})"
