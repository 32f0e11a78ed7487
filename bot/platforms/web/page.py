"""The playground's page: one object for each open tab."""

from __future__ import annotations

import json
from dataclasses import replace
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from nicegui import Client, ui
from nicegui.events import GenericEventArguments

from bot.platforms.web.composer import Composer
from bot.platforms.web.conversation import Conversation
from bot.platforms.web.dialogs import about_sample, edit_message
from bot.platforms.web.fragments import fragment
from bot.platforms.web.listing import Listing
from bot.platforms.web.messages import Clockface, colour, initials
from bot.platforms.workspace import Change
from bot.request import Channel, ChannelKind, Person

_BROWSER = """
const told = Intl.DateTimeFormat(undefined, {hour: "numeric"}).resolvedOptions();
return [told.timeZone, Boolean(told.hour12), localStorage.getItem("atelier-theme") || "auto"];
"""

_ACT = """(event) => {
  const button = event.target.closest("[data-act]");
  if (!button || atelier.act(button, event)) return;
  const {act, id, value} = button.dataset;
  emit({act, id: id || "", value: value || ""});
}"""

NOT_HERE = "This message is not here: it was deleted, is older than what is shown, or is not yours to read."

_THEMES = {"auto": (None, "brightness_auto"), "light": (False, "light_mode"), "dark": (True, "dark_mode")}


class Page:
    """What one tab shows, and for whom.

    Args:
        conversation: Between the tabs and the core.
        person: Who speaks.
        channel: Which channel is open.
        message: The id of the message to begin at; empty for the newest.
    """

    def __init__(self, conversation: Conversation, person: Person, channel: Channel, message: str = "") -> None:
        self.conversation = conversation
        self.workspace = conversation.workspace
        self.person = person
        self.channel = channel
        self.message = message
        self.zone: str | None = None
        self.unread: set[str] = set()

    async def build(self, client: Client) -> None:
        """Lay the page out, then fill it once the browser has told its time zone."""
        ui.add_head_html(
            '<link rel="stylesheet" href="/assets/style.css"><script src="/assets/playground.js"></script>'
        )
        self.dark = ui.dark_mode(None)
        with ui.element("div").classes("app"):
            with ui.element("aside").classes("rail").props('aria-label="Channels"'):
                self._rail()
            ui.element("div").classes("veil").on("click", js_handler="() => atelier.rail(false)")
            with ui.element("div").classes("room"):
                self.top = ui.html("").classes("top").on("click", self._act, js_handler=_ACT)
                with ui.element("div").classes("scroll").props('id=scroll tabindex=0 role=log aria-label="Messages"'):
                    self.listing = Listing(self.conversation)
                self.composer = Composer(self.conversation, self.person, self.channel)
        self.listing.root.on("click", self._act, js_handler=_ACT)
        await client.connected()
        zone, twelve, theme = await ui.run_javascript(_BROWSER, timeout=10) or ("UTC", False, "auto")
        if client.is_deleted:  # the tab was closed meanwhile
            return
        self._use_theme(theme)
        try:
            self.listing.clock = Clockface(ZoneInfo(zone or "UTC"), bool(twelve))
            self.zone = zone or None
        except (ZoneInfoNotFoundError, ValueError):  # a browser with newer zones than this machine knows
            self.listing.clock = Clockface(ZoneInfo("UTC"), bool(twelve))
        self.person = replace(self.person, zone=self.zone)
        client.on_delete(self.workspace.watch(self._changed))
        await self._show(self.message)

    def _rail(self) -> None:
        ui.html(fragment("parts.html", "brand", self.workspace.sample.name)).classes("bare")
        self.nav = ui.html("").classes("nav").on("click", self._act, js_handler=_ACT)
        with ui.element("div").classes("foot"):
            with ui.element("div").classes("row"):
                dialog = about_sample(self.workspace.sample)
                ui.button("About this sample", icon="info_outline", color=None, on_click=dialog.open).props(
                    "flat dense no-caps"
                ).classes("quiet")
                self.theme = (
                    ui.button(icon="brightness_auto", color=None, on_click=self._next_theme)
                    .props("flat dense round")
                    .classes("quiet")
                )
            with ui.button(color=None).props("flat no-caps aria-haspopup=menu").classes("who"):
                self.who = ui.html("").classes("bare")
                with ui.menu().props('anchor="top left" self="bottom left"').classes("people"):
                    for person in self.workspace.people.values():
                        with ui.menu_item(on_click=lambda person=person: self._speak_as(person)).props("role=menuitem"):
                            ui.html(_card(person, self.workspace.sample.roles[person.id])).classes("bare")

    async def open(self, channel: Channel, message: str = "") -> None:
        """Go to another channel, or to a message there."""
        self.channel = channel
        await self._show(message)

    async def _speak_as(self, person: Person) -> None:
        self.person = replace(person, zone=self.zone)
        if not self.workspace.readable_by(person, self.channel):
            self.channel = self.workspace.dm(person)
        await self._show()

    async def _show(self, message: str = "") -> None:
        """Fill in everything that depends on the person and the channel, and go to a message."""
        channel, person = self.channel, self.person
        self.unread.discard(channel.id)
        short = person.id.rpartition(":")[2]
        shown = "dm" if channel.kind is ChannelKind.DM else channel.id
        ui.navigate.history.replace(f"/?channel={shown}&as={short}")
        ui.page_title(f"{_title(channel)} – Atelier")
        self.who.content = _card(person, "you speak as")
        self.top.content = self._heading()
        self._navigation()
        self.composer.turn_to(person, channel)
        entries = await self.workspace.entries(channel.id, person.id)
        if (channel, person) != (self.channel, self.person):  # the next click came before the messages
            return
        self.composer.suggest(entries)
        self.listing.show(entries, person, channel)
        ui.run_javascript(f"atelier.opened({json.dumps(self._there(message))})")

    def _there(self, message: str) -> str:
        """The message if it is shown; says so if not."""
        if not message or self.listing.has(message):
            return message
        self._miss()
        return ""

    def _miss(self) -> None:
        ui.notify(NOT_HERE, position="top")

    def _navigation(self) -> None:
        channels = self.workspace.sample.channels.values()
        items = []
        for channel in channels:
            if channel.kind is ChannelKind.CHANNEL:
                items.append(self._item(channel, "#", channel.id))
                open_here = channel.id in (self.channel.id, self.channel.parent)
                items += [self._item(one, "↳", one.id) for one in channels if open_here and one.parent == channel.id]
        direct = self._item(self.workspace.dm(self.person), "✦", "dm")
        self.nav.content = fragment("parts.html", "navigation", items, direct)

    def _item(self, channel: Channel, mark: str, value: str) -> dict[str, object]:
        here, unread = channel.id == self.channel.id, channel.id in self.unread
        return {"name": channel.name, "mark": mark, "value": value, "here": here, "unread": unread}

    def _heading(self) -> str:
        channel = self.channel
        topics = {
            ChannelKind.CHANNEL: self.workspace.sample.topics.get(channel.id, ""),
            ChannelKind.THREAD: f"Thread in #{channel.parent}",
            ChannelKind.DM: "Only you and Atelier read this",
        }
        label = self.workspace.sample.name
        return fragment("parts.html", "heading", _title(channel), topics[channel.kind], channel.parent, label)

    async def _act(self, event: GenericEventArguments) -> None:
        """A button inside the messages or the rail was pressed."""
        act, message_id, value = (str(event.args.get(name, "")) for name in ("act", "id", "value"))
        talk, person, channel = self.conversation, self.person, self.channel
        match act:
            case "open":
                await self._go(value, message_id)
            case "line":
                await talk.press(person, channel, message_id, value)
            case "choose":
                await talk.choose(person, channel, message_id, value)
            case "cancel":
                await talk.cancel(person, channel, message_id)
            case "menu":
                await talk.run_on(person, channel, value, message_id)
            case "delete":
                await talk.delete(person, channel, message_id)
            case "edit":
                entry = self.workspace.find(channel.id, message_id)
                if entry is not None:
                    edit_message(entry.message.text, lambda text: talk.change(person, channel, message_id, text))
            case "reply":
                entry = self.workspace.find(channel.id, message_id)
                if entry is not None:
                    self.composer.answer(entry.message)

    async def _go(self, name: str, message: str) -> None:
        """Follow a link to a channel, a thread, the direct conversation, or a message there."""
        target = self.workspace.dm(self.person) if name == "dm" else self.workspace.channel(name)
        if target is None or not self.workspace.readable_by(self.person, target):
            self._miss()
        elif message and target == self.channel:
            ui.run_javascript(f"atelier.jump({json.dumps(self._there(message))})")
        else:
            await self.open(target, message)

    def _changed(self, change: Change) -> None:
        """Something happened in the workspace, here or in another tab."""
        if change.channel == self.channel.id:
            if change.entry is None or change.entry.visible_to(self.person.id):
                self.listing.change(change)
                if change.new:
                    self.composer.stop_suggesting()
            return
        changed = self.workspace.channel(change.channel)
        if changed is None or not self.workspace.readable_by(self.person, changed):
            return
        if changed.parent == self.channel.id:
            self.listing.thread_changed(changed.id)
        if change.new and change.entry is not None and change.entry.visible_to(self.person.id):
            self.unread.add(changed.id)
            self._navigation()

    def _use_theme(self, name: str) -> None:
        self.theme_name = name if name in _THEMES else "auto"
        self.dark.value, icon = _THEMES[self.theme_name]
        self.theme.props(f'icon={icon} aria-label="Theme: {self.theme_name}" title="Theme: {self.theme_name}"')

    def _next_theme(self) -> None:
        names = list(_THEMES)
        self._use_theme(names[(names.index(self.theme_name) + 1) % len(names)])
        ui.run_javascript(f'localStorage.setItem("atelier-theme", "{self.theme_name}")')


def _title(channel: Channel) -> str:
    return f"# {channel.name}" if channel.kind is ChannelKind.CHANNEL else channel.name


def _card(person: Person, line: str) -> str:
    line += " · admin" if person.is_admin else ""
    return fragment("parts.html", "person", person.name, initials(person.name), colour(person.id), line)
