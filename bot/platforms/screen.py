"""What the terminal shows: an answer as it grows, progress, cards and files."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import dropwhile
from pathlib import Path
from textwrap import indent
from typing import TYPE_CHECKING, TextIO

from bot.body import Body, Card, Choice, File, Progress, State
from bot.platforms.message_links import is_in
from bot.wording import size

if TYPE_CHECKING:
    from markdown_it.token import Token
    from rich.console import Console
    from rich.markdown import Markdown
    from rich.progress import Progress as Bar
    from rich.progress import TaskID
    from rich.text import Text

_LINE_BREAK = re.compile(r"(?<=\S)\n(?=\S)")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
"""Answers quote what others wrote, which must not steer the terminal."""


class Screen:
    """Shows one answer.

    Args:
        stdout: Takes the answer: Markdown as it is while it grows; rendered when it comes whole and people read it.
        stderr: Takes the progress, when it is a terminal.
        playground: Where the playground is; links to it need not tell where they lead.
    """

    def __init__(self, stdout: TextIO, stderr: TextIO, playground: str | None = None) -> None:
        self._stdout = stdout
        self._stderr = stderr
        self._playground = playground
        self._printed = ""
        self._rendered = False
        self._bar: tuple[Bar, TaskID] | None = None

    def print(self, text: str) -> None:
        """Show words of our own."""
        self._stdout.write(text)
        self._stdout.flush()

    def show(self, body: Body) -> None:
        """Show what is new of an answer."""
        self._show_progress(body.progress)
        text = body.text
        if text and not self._printed and body.state is not State.WORKING and self._stdout.isatty():
            self._console().print(self._markdown(text))
            self._printed, self._rendered = text, True
            return
        if not text.startswith(self._printed):  # it was rewritten: what is on the screen no longer holds
            self.print("\n\n")
            self._printed = ""
        self.print(_plain(text[len(self._printed) :]))
        self._printed = text

    def ask(self, question: Choice) -> None:
        """Show a question with its choices."""
        listed = "  ".join(f"{number}) {choice}" for number, choice in enumerate(question.choices, 1))
        self.print("\n")
        if self._stdout.isatty():
            self._console().print(self._markdown(question.question))
        else:
            self.print(f"{question.question}\n")
        self.print(f"{listed}\n> ")

    def finish(self, body: Body, saved: Sequence[Path | None]) -> None:
        """Show what comes after the text of a complete answer: cards and files."""
        self.hide_progress()
        if self._printed and not self._rendered:
            self.print("\n")
        for card in body.cards:
            self._show_card(card)
        for file, path in zip(body.files, saved, strict=True):
            about = f"{file.name} ({size(len(file.data))}){': ' if file.alt else ''}{file.alt}"
            self.print(f"{_plain(about)}\n")
            if file.caption:
                caption = self._cell(self._console(), file.caption).plain
                self.print(f"{indent(caption, '  ')}\n")
            self.print(f"  {f'saved as {path}' if path else 'add --out DIR to save it'}\n")

    def complain(self, problem: str) -> None:
        """Say on standard error what went wrong."""
        self._stderr.write(f"{problem}\n")

    def hide_progress(self) -> None:
        """Take the progress bar away."""
        if self._bar is not None:
            self._bar[0].stop()
            self._bar = None

    def _show_progress(self, progress: Progress | None) -> None:
        if progress is None or not self._stderr.isatty():
            self.hide_progress()
            return
        if self._bar is None:
            from rich.console import Console
            from rich.progress import BarColumn, Progress, TextColumn

            bar = Progress(
                TextColumn("{task.description}", markup=False),
                BarColumn(),
                console=Console(file=self._stderr),
                transient=True,
            )
            bar.start()
            self._bar = bar, bar.add_task("")
        bar, task = self._bar
        done = progress.done
        bar.update(task, description=progress.note, total=None if done is None else 1.0, completed=done or 0.0)

    def _show_card(self, card: Card) -> None:
        from rich import box
        from rich.table import Table
        from rich.text import Text

        console = self._console()
        console.print(Text(_plain(card.title), style="bold"))
        if card.text:
            console.print(self._cell(console, card.text))
        if card.fields:
            table = Table(box=box.ROUNDED, show_header=False)
            for name, value in card.fields:
                table.add_row(Text(_plain(name)), self._cell(console, value))
            console.print(table)
        for button in card.buttons:
            console.print(Text(f"{button.label}: {button.line}"))

    def _console(self) -> Console:
        from rich.console import Console

        return Console(file=self._stdout, highlight=False)

    def _markdown(self, text: str) -> Markdown:
        from rich.markdown import Markdown

        # Two blanks before a line's end keep it; people write messages line by line.
        markdown = Markdown(_LINE_BREAK.sub("  \n", _plain(text)))
        for block in markdown.parsed:
            block.children = list(self._telling(block.children or ()))
        return markdown

    def _telling(self, tokens: Iterable[Token]) -> Iterator[Token]:
        """A line in which each link tells where it leads, but for those to messages: their words say enough."""
        from markdown_it.token import Token

        address = ""
        for token in tokens:
            yield token
            if token.type == "link_open":
                address = str(token.attrs["href"])
            elif token.type == "link_close" and not is_in(address, self._playground):
                yield Token("text", "", 0, content=f" ({address})")

    def _cell(self, console: Console, text: str) -> Text:
        """Markdown no wider than its words, which alone it would fill with blanks to the edge of the screen."""
        from rich.text import Text

        with console.capture() as captured:
            console.print(self._markdown(text))
        lines = Text.from_ansi(captured.get()).split()
        for line in lines:
            line.rstrip()
        return Text("\n").join(dropwhile(lambda line: not line, lines))  # there is an empty one above a list


def as_json(body: Body, saved: Sequence[Path | None]) -> str:
    """A complete answer as one JSON object.

    Args:
        body: The answer.
        saved: Where each of its files lies; None for one that was not saved.
    """
    answer = {
        "text": body.text,
        "files": [_file(file, path) for file, path in zip(body.files, saved, strict=True)],
        "cards": [
            {
                "title": card.title,
                "text": card.text,
                "fields": [{"name": name, "value": value} for name, value in card.fields],
                "buttons": [{"label": button.label, "line": button.line} for button in card.buttons],
            }
            for card in body.cards
        ],
        "state": body.state.value,
        "request_id": body.request_id,
    }
    return json.dumps(answer, ensure_ascii=False)


def _file(file: File, path: Path | None) -> dict[str, object]:
    return {
        "name": file.name,
        "media_type": file.media_type,
        "size": len(file.data),
        "alt": file.alt,
        "caption": file.caption,
        "path": str(path) if path else None,
    }


def _plain(text: str) -> str:
    return _CONTROL.sub("", text)
