"""Where people write: the text box, command completion, attachments and suggestions."""

from __future__ import annotations

from collections.abc import Sequence

from nicegui import ui
from nicegui.events import GenericEventArguments, MultiUploadEventArguments

from bot.body import File
from bot.commands import Command
from bot.platforms.files import media_type
from bot.platforms.web.conversation import BEGIN_WITH, FILE_BYTES, Conversation
from bot.platforms.web.forms import OptionForm
from bot.platforms.web.fragments import fragment
from bot.platforms.web.picker import file_picker, pick_button
from bot.platforms.workspace import ATELIER, Entry
from bot.request import Channel, ChannelKind, Message, Person
from bot.wording import size

MAX_FILES = 10

_KEYS = "(event) => atelier.key(event, emit)"
_PICK = """(event) => {
  const item = event.target.closest("[data-name]");
  if (item) { event.preventDefault(); emit(item.dataset.name); }
}"""


class Composer:
    """The text box of one tab.

    Args:
        conversation: Takes what is written.
        person: Who speaks.
        channel: Where.
    """

    def __init__(self, conversation: Conversation, person: Person, channel: Channel) -> None:
        self._conversation = conversation
        self._person = person
        self._channel = channel
        self._matches: list[Command] = []
        self._selected = 0
        self._read_last = ""
        self._files: list[File] = []
        self._answered: Message | None = None
        with ui.element("div").classes("composer"):
            self._chips = ui.element("div").classes("chips").props('aria-label="Suggestions"')
            self._list = ui.html("").classes("completions").on("mousedown", self._picked, js_handler=_PICK)
            self._answering = ui.element("div").classes("answering")
            self._attached = ui.element("div").classes("attached")
            with ui.element("form").classes("box").on("submit.prevent", js_handler="() => {}"):
                self._upload = file_picker(on_uploads=self._uploaded, on_rejected=_too_large)
                pick_button(self._upload, icon="add").props(
                    'flat round dense aria-label="Attach files" title="Attach files"'
                )
                self._text = (
                    ui.textarea(on_change=lambda event: self._read(event.value or ""))
                    .props("autogrow borderless dense input-class=write rows=1")
                    .props("role=combobox aria-expanded=false aria-controls=completions aria-autocomplete=list")
                    .classes("text")
                    .on("keydown", self._key, js_handler=_KEYS)
                    .mark("composer")
                )
                ui.button(color=None, icon="send").props(
                    'flat round dense type=button aria-label="Send" title="Send"'
                ).classes("send").on("click", self._key, js_handler="() => atelier.send(emit)")
        self.turn_to(person, channel)

    def turn_to(self, person: Person, channel: Channel) -> None:
        """Write as somebody, somewhere."""
        if channel != self._channel:
            self.answer(None)
        self._person, self._channel = person, channel
        name = f"#{channel.name}" if channel.kind is ChannelKind.CHANNEL else channel.name
        # No longer than fits a phone, where a placeholder is cut off without a sign.
        place = "this thread" if channel.kind is ChannelKind.THREAD else name
        hint = "/ for commands" if channel.kind is ChannelKind.DM else f"/ or @{ATELIER.name.lower()}"
        self._text.props["placeholder"] = f"Message {place} · {hint}"
        self._text.props["aria-label"] = f"Message {name} as {person.name}"
        self._complete("")

    def suggest(self, entries: Sequence[Entry]) -> None:
        """Offer ways to begin, until somebody has begun: the sample's own messages do not count."""
        self.stop_suggesting()
        if not all(entry.sample for entry in entries):
            return
        direct = self._channel.kind is ChannelKind.DM
        mention = "" if direct else f"@{ATELIER.name.lower()} "
        known = {command.name for command in self._conversation.offered(self._person)}
        lines = [f"/{name}" for name in BEGIN_WITH if name in known]
        if direct:
            lines = [line for line in lines if line != "/summarize"]
            lines.insert(0, "What can you do?")
        else:
            lines.insert(1, f"{mention}What was decided about the release?")
        with self._chips:
            for line in lines:
                ui.button(line, color=None, on_click=lambda line=line: self._say(line)).props(
                    "no-caps outline dense rounded"
                )

    def stop_suggesting(self) -> None:
        """Offer no ways to begin any more."""
        self._chips.clear()

    def answer(self, message: Message | None) -> None:
        """Answer a message with what is written next, or not."""
        self._answered = message
        self._answering.clear()
        if message is None:
            return
        with self._answering:
            ui.label(f"Replying to {message.author_name}")
            ui.button(color=None, icon="close", on_click=lambda: self.answer(None)).props(
                'flat round dense size=xs aria-label="Do not reply"'
            )
        ui.run_javascript("atelier.focus()")

    async def _key(self, event: GenericEventArguments) -> None:
        """Enter, and while commands are offered the arrows, Tab and Escape."""
        key, text = str(event.args["key"]), str(event.args["text"])
        self._read(text)  # a key may arrive before what was typed before it
        match key:
            case "ArrowDown" | "ArrowUp" if self._matches:
                step = 1 if key == "ArrowDown" else -1
                self._selected = (self._selected + step) % len(self._matches)
                self._show_matches()
            case "Escape":
                self._complete("")
            case "Enter" | "Tab" if self._matches:
                exact = self._conversation.command_of(text)
                command = self._matches[self._selected]
                complete = exact is command and text.strip().removeprefix("/").lower() == command.name
                if key == "Enter" and complete and not any(option.required for option in command.options):
                    await self._say(text)
                else:
                    await self._choose(command)
            case "Enter":
                await self._say(text)

    async def _say(self, text: str) -> None:
        if not text.strip() and not self._files:
            return
        files, answered = tuple(self._files), self._answered
        self._files.clear()
        self._show_files()
        self.answer(None)
        self._complete("")
        self.stop_suggesting()
        await self._conversation.send(
            self._person, self._channel, text, files, answered.id if answered is not None else None
        )

    def _read(self, text: str) -> None:
        """Offer commands for what was typed, once: what arrives again opens no list that was closed."""
        if text != self._read_last:
            self._read_last = text
            self._complete(text)

    def _complete(self, text: str) -> None:
        """Offer the commands that what was typed can become."""
        self._matches = []
        self._selected = 0
        hint: Command | None = None
        if text.startswith("/") and "\n" not in text:
            self._matches = self._conversation.matching(self._person, text[1:])
            if not self._matches:
                hint = self._conversation.command_of(text)
        self._show_matches(hint)

    def _show_matches(self, hint: Command | None = None) -> None:
        rows = bool(self._matches)
        if rows:
            self._list.content = fragment("parts.html", "completions", self._matches, self._selected)
            ui.run_javascript("atelier.reveal('#completions .selected')")
        elif hint is not None:
            self._list.content = fragment("parts.html", "hint", hint.usage, hint.about)
        else:
            self._list.content = ""
        self._text.props(f"aria-expanded={'true' if rows else 'false'}")
        self._text.props["aria-activedescendant"] = f"completion-{self._selected}" if rows else ""

    async def _picked(self, event: GenericEventArguments) -> None:
        command = next((command for command in self._matches if command.name == event.args), None)
        if command is not None:
            await self._choose(command)

    async def _choose(self, command: Command) -> None:
        """Take a command: with a form if it has options, at once if not."""
        self._text.value = ""
        self._complete("")
        if command.options:
            OptionForm(self._conversation, self._person, self._channel, command).open()
        else:
            await self._say(f"/{command.name}")

    async def _uploaded(self, event: MultiUploadEventArguments) -> None:
        for upload in event.files:
            data = await upload.read()
            self._files.append(File(upload.name, data, media_type(upload.name, upload.content_type)))
        if len(self._files) > MAX_FILES:
            del self._files[MAX_FILES:]
            ui.notify(f"At most {MAX_FILES} files go with one message.")
        self._upload.reset()
        self._show_files()

    def _show_files(self) -> None:
        self._attached.clear()
        with self._attached:
            for file in self._files:
                with ui.element("span").classes("attachment"):
                    ui.label(f"{file.name} · {size(len(file.data))}")
                    ui.button(color=None, icon="close", on_click=lambda file=file: self._remove(file)).props(
                        f'flat round dense size=xs aria-label="Remove {_plain(file.name)}"'
                    )

    def _remove(self, file: File) -> None:
        self._files.remove(file)
        self._show_files()


def _too_large() -> None:
    ui.notify(f"A file can have up to {size(FILE_BYTES)}.")


def _plain(name: str) -> str:
    return name.replace('"', "'")
