"""The list of messages of the open channel, kept up to date in place."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC

from nicegui import ui

from bot.platforms.web.conversation import Conversation
from bot.platforms.web.fragments import fragment
from bot.platforms.web.messages import Clockface, Parts, Shown, Thread, place, render
from bot.platforms.workspace import Change, Entry
from bot.request import Channel, ChannelKind, Person, utc_now


@dataclass
class Row:
    """One message on the screen."""

    shown: Shown
    html: dict[str, ui.html] = field(default_factory=dict)


class Listing:
    """The messages that one person sees in one channel.

    Args:
        conversation: Where they come from.
    """

    def __init__(self, conversation: Conversation) -> None:
        self._conversation = conversation
        self._workspace = conversation.workspace
        self.clock = Clockface(UTC)
        self.root = ui.element("div").classes("messages")
        self._rows: dict[str, Row] = {}
        self._last: Entry | None = None
        self._person: Person | None = None
        self._channel: Channel | None = None

    def show(self, entries: list[Entry], person: Person, channel: Channel) -> None:
        """Show these entries and no others."""
        self._person, self._channel = person, channel
        self._clear()
        with self.root:
            self._opening(channel)
            for entry in entries:
                self._append(entry)

    def has(self, message_id: str) -> bool:
        """Whether a message is shown."""
        return message_id in self._rows

    def change(self, change: Change) -> None:
        """Follow a change in the channel."""
        row = self._rows.get(change.message_id)
        if change.entry is not None and row is not None:
            row.shown = self._place(change.entry, row.shown)
            self._fill(row)
        elif change.entry is not None:
            with self.root:
                self._append(change.entry)
        elif row is not None:  # what follows may need a heading now
            entries = [other.shown.entry for other in self._rows.values() if other is not row]
            channel = self._channel
            self._clear()
            with self.root:
                if channel is not None:
                    self._opening(channel)
                for entry in entries:
                    self._append(entry)

    def thread_changed(self, thread: str) -> None:
        """Count a thread's replies anew."""
        for row in self._rows.values():
            if row.shown.thread is not None and row.shown.thread.id == thread:
                row.shown = self._place(row.shown.entry, row.shown)
                self._fill(row)

    def _clear(self) -> None:
        self.root.clear()
        self._rows.clear()
        self._last = None

    def _opening(self, channel: Channel) -> None:
        """What stands above the first message."""
        if channel.kind is ChannelKind.DM:
            ui.html(fragment("parts.html", "welcome"))
            return
        title = f"#{channel.name}" if channel.kind is ChannelKind.CHANNEL else channel.name
        topic = self._workspace.sample.topics.get(channel.id, f"A thread in #{channel.parent}")
        ui.html(fragment("parts.html", "beginning", title, topic))

    def _append(self, entry: Entry) -> None:
        before = self._last
        if before is None or self._day(before) != self._day(entry):
            before = None
            label = self.clock.day(entry.message.sent, utc_now())
            ui.html(fragment("parts.html", "day", label))
        shown = place(entry, before, self._find, self._thread(entry))
        row = Row(shown)
        kinds = {"post": True, "first": shown.first, "secret": entry.private_to is not None, "joined": shown.joined}
        kind = " ".join(name for name, holds in kinds.items() if holds)
        with ui.element("article").classes(kind).props(f'data-message="{entry.message.id}"').mark("message"):
            for name in ("head", "text", "files", "controls", "tools"):
                row.html[name] = ui.html("").classes(f"{name} prose" if name == "text" else name)
        self._rows[entry.message.id] = row
        self._last = entry
        self._fill(row)

    def _fill(self, row: Row) -> None:
        assert self._person is not None
        conversation = self._conversation
        parts: Parts = render(row.shown, self._person, self.clock, conversation.file_url, conversation.on_messages())
        for name, element in row.html.items():
            element.content = getattr(parts, name)

    def _place(self, entry: Entry, old: Shown) -> Shown:
        """The entry in the place that it has already."""
        return replace(old, entry=entry, thread=self._thread(entry))

    def _find(self, message_id: str) -> Entry | None:
        return self._workspace.find(self._channel.id, message_id) if self._channel else None

    def _thread(self, entry: Entry) -> Thread | None:
        opened = self._workspace.sample.threads.get(entry.message.id)
        if opened is None:
            return None
        return Thread(opened, self._workspace.sample.channels[opened].name, self._workspace.count(opened))

    def _day(self, entry: Entry) -> object:
        return entry.message.sent.astimezone(self.clock.zone).date()
