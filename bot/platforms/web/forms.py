"""A command's options as a form: one field for each, by its kind."""

from __future__ import annotations

import inspect
from collections.abc import Callable

from nicegui import ui
from nicegui.events import UploadEventArguments

from bot.body import File
from bot.commands import Command
from bot.options import Kind, Option
from bot.platforms.files import attachment, media_type
from bot.platforms.web.conversation import FILE_BYTES, Conversation
from bot.platforms.web.picker import file_picker, pick_button
from bot.request import Channel, Person
from bot.wording import figure, size

LANGUAGES = ["English", "Deutsch", "Español", "Français", "Italiano", "Nederlands", "Polski", "Português", "Türkçe"]
"""Suggested in a language field; any other tag or name can be typed."""


class OptionForm:
    """A window that asks for a command's options and runs it.

    Args:
        conversation: Takes the command.
        person: Who runs it.
        channel: Where.
        command: Which.
    """

    def __init__(self, conversation: Conversation, person: Person, channel: Channel, command: Command) -> None:
        self._conversation = conversation
        self._person = person
        self._channel = channel
        self._command = command
        self._values: dict[str, Callable[[], object]] = {}
        self._problems: dict[str, ui.label] = {}
        self._files: dict[str, File] = {}
        with ui.dialog() as self._dialog, ui.card().classes("window form").props(f'aria-label="/{command.name}"'):
            ui.label(f"/{command.name}").classes("title")
            ui.label(command.about).classes("about")
            for option in command.options:
                with ui.element("div").classes("field").props(f"data-option={option.name}"):
                    self._field(option)
                    if option.help:
                        ui.label(option.help).classes("help")
                    self._problems[option.name] = ui.label().classes("problem").props("role=alert")
            with ui.row().classes("end"):
                ui.button("Cancel", on_click=self._dialog.close).props("flat no-caps")
                ui.button("Run", on_click=self._run).props("unelevated no-caps")
        self._dialog.on("hide", self._dialog.delete)

    def open(self) -> None:
        """Show it."""
        self._dialog.open()

    def _field(self, option: Option) -> None:
        label = f"{option.name}{' *' if option.required else ''}"
        if option.kind is Kind.ATTACHMENT:
            self._upload(option, label)
            return
        element = self._widget(option, label)
        if not isinstance(element, ui.switch):
            element.props("outlined dense")
        element.classes("wide").on("keydown.enter", self._run).mark(f"option-{option.name}")
        self._values[option.name] = lambda: _value(option, element.value)

    def _widget(self, option: Option, label: str) -> ui.select | ui.switch | ui.number | ui.input:
        workspace = self._conversation.workspace
        clearable = not option.required
        match option.kind:
            case _ if option.choices:
                return ui.select({choice: str(choice) for choice in option.choices}, label=label, clearable=clearable)
            case Kind.BOOLEAN:
                return ui.switch(label, value=bool(option.default))
            case Kind.INTEGER | Kind.NUMBER:
                low, high = (option.range.min, option.range.max) if option.range else (None, None)
                precision = 0 if option.kind is Kind.INTEGER else None
                number = ui.number(label, min=low, max=high, precision=precision, placeholder=_default(option))
                return number.props(f'suffix="{_range(low, high)}"')
            case Kind.USER:
                people = {person.id: person.name for person in workspace.people.values()}
                return ui.select(people, label=label, with_input=True, clearable=clearable)
            case Kind.CHANNEL:
                channels = {channel.id: channel.name for channel in workspace.sample.channels.values()}
                return ui.select(channels, label=label, with_input=True, clearable=clearable)
            case Kind.LANGUAGE:
                return ui.input(label, placeholder="de, pt-BR or Deutsch", autocomplete=LANGUAGES)
            case Kind.DATE | Kind.TIME:
                return ui.input(label).props(f"type={option.kind} stack-label")
            case Kind.MOMENT:
                return ui.input(label, placeholder="yesterday 9am, or 2026-03-01 08:30")
            case _:
                return self._text(option, label)

    def _text(self, option: Option, label: str) -> ui.input:
        element = ui.input(label, placeholder=_default(option))
        if option.range and option.range.max is not None:
            element.props(f"maxlength={int(option.range.max)} counter")
        if option.suggest is not None:
            suggest = option.suggest

            async def offer() -> None:
                found = suggest(str(element.value or ""))
                element.set_autocomplete(await found if inspect.isawaitable(found) else found)

            element.on_value_change(offer)
            element.on("focus", offer)
        return element

    def _upload(self, option: Option, label: str) -> None:
        async def uploaded(event: UploadEventArguments) -> None:
            name = event.file.name
            self._files[option.name] = File(name, await event.file.read(), media_type(name, event.file.content_type))
            chosen.text = f"{name} · {size(event.file.size())}"
            upload.reset()

        def refused() -> None:
            self._problems[option.name].text = f"A file can have up to {size(FILE_BYTES)}."

        ui.label(label)
        upload = file_picker(on_upload=uploaded, on_rejected=refused)
        with ui.row().classes("picked"):
            pick_button(upload, "Choose a file", icon="attach_file").props("outline no-caps")
            chosen = ui.label()

        def value() -> object:
            file = self._files.get(option.name)
            return None if file is None else attachment(file)

        self._values[option.name] = value

    async def _run(self) -> None:
        options = {name: value() for name, value in self._values.items()}
        missing = [option.name for option in self._command.options if option.required and options[option.name] is None]
        for name, label in self._problems.items():
            label.text = "This is needed." if name in missing else ""
        if missing:
            ui.run_javascript(f"atelier.mend('[data-option={missing[0]}]')")
            return
        self._dialog.close()
        given = {name: value for name, value in options.items() if value is not None}
        await self._conversation.run(self._person, self._channel, self._command, given)


def _value(option: Option, given: object) -> object:
    """What was filled in; None for nothing, and for a switch that was left as it is by default."""
    if given is None or given == "":
        return None
    if option.kind is Kind.BOOLEAN:
        return None if given == bool(option.default) and not option.required else bool(given)
    if option.kind is Kind.INTEGER and isinstance(given, float):
        return int(given)
    return given


def _default(option: Option) -> str | None:
    return None if option.required or option.default in (None, "") else str(option.default)


def _range(low: float | None, high: float | None) -> str:
    if low is None:
        return "" if high is None else f"up to {figure(high)}"
    return f"from {figure(low)}" if high is None else f"{figure(low)}–{figure(high)}"
