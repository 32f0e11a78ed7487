"""How one message of the list looks: its HTML in four parts, so that an answer that grows leaves its buttons alone."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from zlib import crc32

from bot.body import File, Progress, State
from bot.platforms.web.fragments import fragment
from bot.platforms.web.markdown import to_line
from bot.platforms.workspace import Entry
from bot.request import Person
from bot.wording import size

COLOURS = 9
"""How many colours of avatars the style sheet has."""

GROUP = timedelta(minutes=5)
"""Messages by the same person within this time share one heading."""

_PICTURES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp", "image/avif"})

FileUrl = Callable[[str, str, int], str]
"""From channel, message id and the file's number to its address."""


@dataclass(frozen=True, slots=True)
class Clockface:
    """How times are told in one browser.

    Attributes:
        zone: The browser's time zone.
        twelve: Whether it tells hours as 9:05 PM.
    """

    zone: tzinfo
    twelve: bool = False

    def time(self, moment: datetime) -> str:
        """The time of day."""
        local = moment.astimezone(self.zone)
        return local.strftime("%I:%M %p").lstrip("0") if self.twelve else f"{local:%H:%M}"

    def day(self, moment: datetime, now: datetime) -> str:
        """The day, for a divider."""
        day, today = moment.astimezone(self.zone).date(), now.astimezone(self.zone).date()
        if day == today:
            return "Today"
        if day == today - timedelta(days=1):
            return "Yesterday"
        return f"{day:%A}, {day.day} {day:%B}" + (f" {day.year}" if day.year != today.year else "")

    def full(self, moment: datetime) -> str:
        """Date and time, for a tooltip."""
        local = moment.astimezone(self.zone)
        return f"{local:%A} {local.day} {local:%B %Y}, {self.time(moment)}"


@dataclass(frozen=True, slots=True)
class Thread:
    """A thread that a message opened."""

    id: str
    name: str
    count: int


@dataclass(frozen=True, slots=True)
class Shown:
    """A message in its place in the list.

    Attributes:
        entry: What is shown.
        first: Whether it has a heading of its own.
        quoted: The message it answers, unless that stands right above.
        asker: Who asked for this answer; only they get its Cancel button and choices.
        thread: The thread it opened.
        joined: Whether it goes on with the private block above it.
    """

    entry: Entry
    first: bool = True
    quoted: Entry | None = None
    asker: str | None = None
    thread: Thread | None = None
    joined: bool = False


@dataclass(frozen=True, slots=True)
class Parts:
    """The HTML of one message."""

    head: str
    text: str
    files: str
    controls: str
    tools: str


def place(
    entry: Entry, before: Entry | None, find: Callable[[str], Entry | None], thread: Thread | None = None
) -> Shown:
    """Decide how an entry follows the one before it.

    Args:
        entry: What is shown.
        before: The entry above it.
        find: Looks an entry of the channel up.
        thread: The thread it opened.
    """
    message = entry.message
    answered = find(message.reply_to) if message.reply_to else None
    above = answered is not None and before is not None and answered.message.id == before.message.id
    quoted = answered if message.reply_to and not (above and message.from_bot) else None
    grouped = (
        before is not None
        and before.message.author == message.author
        and before.private_to == entry.private_to
        and not message.from_bot
        and quoted is None
        and message.sent - before.message.sent < GROUP
    )
    joined = above and before is not None and entry.private_to is not None and before.private_to == entry.private_to
    return Shown(entry, not grouped, quoted, answered.message.author if answered else None, thread, joined)


def colour(person: str) -> int:
    """The colour of a person's avatar: always the same one."""
    return crc32(person.encode()) % COLOURS


def initials(name: str) -> str:
    """One or two letters that stand for a name."""
    words = re.findall(r"\w+", name)
    return "".join(word[0] for word in (words[:1] + words[1:][-1:])).upper() or "?"


def file_kind(file: File) -> str:
    """How a file is shown: picture, audio or document."""
    if file.media_type in _PICTURES:
        return "picture"
    # A browser plays no MIDI: its player would be a dead one.
    plays = file.media_type.startswith("audio/") and "midi" not in file.media_type
    return "audio" if plays else "document"


def render(shown: Shown, viewer: Person, clock: Clockface, url: FileUrl, menu: Sequence[str] = ()) -> Parts:
    """The HTML of a message as one person sees it in one browser.

    Args:
        shown: The message in its place.
        viewer: Who looks.
        clock: How times are told.
        url: Makes the addresses of its files.
        menu: Commands offered on a message.
    """
    entry, message, body = shown.entry, shown.entry.message, shown.entry.body
    mine = shown.asker in (None, viewer.id)
    working = body is not None and body.state is State.WORKING
    progress = body.progress if body else None
    values: dict[str, object] = {
        "id": message.id,
        "viewer": viewer,
        "first": shown.first,
        "name": message.author_name,
        "initials": "A" if message.from_bot else initials(message.author_name),
        "colour": colour(message.author),
        "bot": message.from_bot,
        "iso": message.sent.isoformat(),
        "clock": clock.time(message.sent),
        "full": clock.full(message.sent),
        "quote": _quote(shown.quoted),
        "private": entry.private_to is not None and shown.first and not shown.joined,
        "asked": entry.asked,
        "command": entry.command,
        "text": body.text if body else message.text,
        "edited": message.edited is not None and not message.from_bot,
        "working": working,
        "stoppable": working and (mine or viewer.is_admin),
        "cards": body.cards if body else (),
        "buttons": body.buttons if body else (),
        "progress": progress,
        "percent": _percent(progress),
        "question": body.question if body and mine else None,
        "request_id": body.request_id if body else None,
        "own": message.author == viewer.id and not entry.sample,
        "thread": shown.thread,
    }
    files = [
        {
            "kind": file_kind(file),
            "name": file.name,
            "alt": file.alt or file.caption or file.name,
            "caption": file.caption,
            "size": size(len(file.data)),
            "url": url(message.channel, message.id, number),
            # A draft has an address of its own, or the browser would go on showing it.
            "version": f"?draft={len(file.data)}" if file.draft else "",
        }
        for number, file in enumerate(body.files if body else entry.files)
    ]
    return Parts(
        head=fragment("message.html", "head", values),
        text=fragment("message.html", "text", values),
        files=fragment("message.html", "files", files) + fragment("message.html", "cards", values),
        controls=fragment("message.html", "controls", values),
        tools=fragment("message.html", "tools", values, menu),
    )


def _quote(quoted: Entry | None) -> dict[str, str] | None:
    if quoted is None:
        return None
    return {"id": quoted.message.id, "name": quoted.message.author_name, "line": to_line(quoted.message.text)}


def _percent(progress: Progress | None) -> int:
    return 0 if progress is None or progress.done is None else round(100 * min(max(progress.done, 0.0), 1.0))
