"""What an answer shows, laid out as messages that Discord takes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import TypeAlias

from bot.body import Body, Card, File, State

MESSAGE_CHARS = 2000
MOST_PAGES = 5
"""An answer with more text than this is completed by a file."""

MOST_FILES = 10
MOST_BOXES = 10
MOST_FIELDS = 25
MOST_BUTTONS = 25
BOX_CHARS = 6000
"""Characters in all boxes of a message together."""

TITLE_CHARS, TEXT_CHARS, NAME_CHARS, VALUE_CHARS, LABEL_CHARS, ID_CHARS = 256, 4000, 256, 1024, 80, 100

WHOLE = "answer.md"
REST_COMES = "-# The rest comes in a file."
REST_BELOW = "-# The rest is in the file answer.md."

BLANK = "\N{ZERO WIDTH SPACE}"
"""Discord refuses what is empty."""

BAR = 10

Split: TypeAlias = Callable[[str, int], Iterable[str]]
"""Markdown, in pieces of at most so many characters, in Discord's own form, made one by one."""


@dataclass(frozen=True)
class Press:
    """A button: what it says, and what comes back when it is pressed."""

    label: str
    id: str
    stops: bool = False


@dataclass(frozen=True)
class Box:
    """An embed."""

    title: str = ""
    text: str = ""
    fields: tuple[tuple[str, str], ...] = ()

    @property
    def size(self) -> int:
        """Its characters, as Discord counts them."""
        return len(self.title) + len(self.text) + sum(len(name) + len(value) for name, value in self.fields)


@dataclass(frozen=True)
class Page:
    """One message; the files on it may stay, though their bytes are not at hand any more."""

    text: str = ""
    boxes: tuple[Box, ...] = ()
    files: tuple[File, ...] = field(default=())
    presses: tuple[Press, ...] = ()
    stays: bool = False


def pages(body: Body, split: Split, margin: int = 0) -> list[Page]:
    """The messages that show an answer; cards, files and buttons come with the last text.

    Args:
        body: The answer.
        split: Splits Markdown.
        margin: Characters to leave free in each message.
    """
    below, files = _below(body), body.files
    room = MESSAGE_CHARS - margin
    # What stands below comes and goes; pages that are full must not change with it.
    full = room - max(len(below) + len(REST_COMES) + 1, len(REST_BELOW)) - 2
    texts = list(islice(split(body.text, full), MOST_PAGES + 1)) if body.text.strip() else []
    if len(texts) > MOST_PAGES:
        texts = texts[:MOST_PAGES]
        if body.state is State.WORKING:
            below = f"{REST_COMES}\n{below}".strip()
        else:
            below = REST_BELOW
            files = (File(WHOLE, body.text.encode(), "text/markdown", alt="The whole answer"), *files)
    found = [Page(text) for text in texts if text] or [Page()]
    found[-1] = replace(found[-1], text=f"{found[-1].text}\n\n{below}".strip() if below else found[-1].text)
    for file in files:
        if len(found[-1].files) == MOST_FILES:
            found.append(Page())
        text = f"{found[-1].text}\n{file.caption}".strip()
        if file.caption and len(text) <= room:
            found[-1] = replace(found[-1], text=text)
        found[-1] = replace(found[-1], files=(*found[-1].files, file))
    for card in body.cards:
        for box in boxes(card, split):
            _add_box(found, box)
    lines = [*(button for card in body.cards for button in card.buttons), *body.buttons]
    for number, button in enumerate(lines):
        # A button bears its line, so that it outlives a restart; the number tells apart two with the same one.
        _add_press(found, Press(cut(button.label, LABEL_CHARS), f"line:{number}:{button.line}"))
    for press in _controls(body):
        _add_press(found, press)
    if found[0] == Page():
        found[0] = Page("…")
    found = [page if page.text or page.boxes or page.files else replace(page, text=BLANK) for page in found]
    return [replace(page, stays=True) for page in found] if body.files_stay else found


def boxes(card: Card, split: Split) -> list[Box]:
    """A card as boxes: one, or as many as its text and fields need."""
    texts = list(split(card.text, TEXT_CHARS)) if card.text.strip() else [""]
    found = [Box(text=text) for text in texts]
    found[0] = replace(found[0], title=cut(card.title, TITLE_CHARS))
    for name, value in card.fields:
        values = list(split(value, VALUE_CHARS)) if value.strip() else [BLANK]
        for position, part in enumerate(values):
            entry = (BLANK if position else cut(name, NAME_CHARS) or BLANK, part)
            last = found[-1]
            if len(last.fields) == MOST_FIELDS or last.size + len(entry[0]) + len(entry[1]) > BOX_CHARS:
                found.append(Box(fields=(entry,)))
            else:
                found[-1] = replace(last, fields=(*last.fields, entry))
    return [box if box != Box() else Box(text=BLANK) for box in found]


def _below(body: Body) -> str:
    """What stands under the text while it is written: the progress, and the question."""
    lines = []
    if body.progress is not None:
        bar = ""
        if body.progress.done is not None:
            full = round(max(0.0, min(body.progress.done, 1.0)) * BAR)
            bar = f"{'▰' * full}{'▱' * (BAR - full)} {round(body.progress.done * 100)} % "
        note = " ".join(body.progress.note.split())
        lines.append(f"-# {bar}{cut(note, 150)}".rstrip() if bar or note else "-# …")
    if body.question is not None:
        lines.append(f"**{cut(' '.join(body.question.question.split()), 500)}**")
    return "\n".join(lines)


def _controls(body: Body) -> list[Press]:
    if body.state is not State.WORKING or body.request_id is None:
        return []
    choices = body.question.choices if body.question else ()
    asked = [Press(cut(choice, LABEL_CHARS), f"pick:{body.request_id}:{at}") for at, choice in enumerate(choices)]
    return [*asked, Press("Cancel", f"stop:{body.request_id}", stops=True)]


def _add_box(found: list[Page], box: Box) -> None:
    last = found[-1]
    if len(last.boxes) == MOST_BOXES or sum(one.size for one in last.boxes) + box.size > BOX_CHARS:
        found.append(Page(boxes=(box,)))
    else:
        found[-1] = replace(last, boxes=(*last.boxes, box))


def _add_press(found: list[Page], press: Press) -> None:
    if len(found[-1].presses) == MOST_BUTTONS:
        found.append(Page())
    found[-1] = replace(found[-1], presses=(*found[-1].presses, press))


def cut(text: str, limit: int) -> str:
    """At most so many characters of a text, with a mark where more followed."""
    return text if len(text) <= limit else f"{text[: limit - 1]}…"
