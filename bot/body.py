"""What an answer shows, and what a command may say to make it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from bot.cited import Cited


@dataclass(frozen=True, slots=True)
class File:
    """A picture, audio or document to post.

    Attributes:
        name: File name with extension.
        data: The bytes.
        media_type: Such as `image/png`.
        alt: What it shows, for those who cannot see or hear it.
        caption: A line shown with it.
        draft: Whether a later one of the same name takes its place.
    """

    name: str
    data: bytes = field(repr=False)
    media_type: str
    alt: str = ""
    caption: str = ""
    draft: bool = False


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a long job is.

    Attributes:
        done: From 0 to 1; None when nobody can tell.
        note: A few words, such as "loading the model".
    """

    done: float | None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Choice:
    """A question with buttons; the command waits for the answer.

    Yield it and receive the chosen text: `picked = yield Choice("Sure?", ("Yes", "No"))`.

    Attributes:
        question: Shown above the buttons.
        choices: Button labels, at least one.
    """

    question: str
    choices: tuple[str, ...]


LINE_CHARS = 88
"""The longest line of a button: the platforms keep it with the button, and Discord keeps no more."""


@dataclass(frozen=True, slots=True)
class Button:
    """A button that outlives a restart: pressing it sends `line` as the person who pressed.

    The request that it makes replies to the message it stands under.

    Attributes:
        label: What it says.
        line: A command line, such as `/digest now`.

    Raises:
        ValueError: The line is longer than `LINE_CHARS`; keep what it needs in `Storage` and name the key.
    """

    label: str
    line: str

    def __post_init__(self) -> None:
        """Refuse what a platform would cut."""
        if len(self.line) > LINE_CHARS:
            raise ValueError(f"a button's line has at most {LINE_CHARS} characters, not {len(self.line)}: {self.line}")


@dataclass(frozen=True, slots=True)
class Card:
    """A titled box of fields.

    Attributes:
        title: One line.
        fields: Pairs of name and value, in order.
        buttons: Shown under it.
        text: Markdown above the fields.
    """

    title: str
    fields: tuple[tuple[str, str], ...] = ()
    buttons: tuple[Button, ...] = ()
    text: str = ""


@dataclass(frozen=True, slots=True)
class Forward:
    """Answer by another command: in the same reply, as the same person, with the same permissions.

    Attributes:
        command: Full command name.
        options: Its options.
    """

    command: str
    options: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Silence:
    """Nothing at all: the answer ends without a word, and what was shown of it is taken back.

    A scheduled command yields it when there is nothing worth a message; its run counts as done.
    """


class State(StrEnum):
    """Where an answer stands."""

    WORKING = "working"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Body:
    """Everything one visible answer shows at this moment; an edit replaces all of it.

    Attributes:
        text: Markdown, from the beginning.
        files: In the order they were shown.
        cards: In the order they were shown.
        progress: The latest; None when there is none to show.
        question: The choice being waited for.
        buttons: Under the finished answer.
        mention: Who is told of it by a mention (`Person.id`); nobody else is, whatever the text says.
        state: Whether more will come.
        request_id: Which request it answers; the Cancel button and choices carry it.
        cited: The pieces of the text that tell of messages, each with the place in the text where it begins.
        files_stay: Whether its files are those that the answer shows already; they stay, and their bytes are not here.
    """

    text: str = ""
    files: tuple[File, ...] = ()
    cards: tuple[Card, ...] = ()
    progress: Progress | None = None
    question: Choice | None = None
    buttons: tuple[Button, ...] = ()
    mention: str | None = None
    state: State = State.WORKING
    request_id: str | None = None
    cited: tuple[tuple[int, Cited], ...] = ()
    files_stay: bool = False

    def adding(self, piece: str | Cited) -> Body:
        """The same with more text, which takes the place of the progress."""
        if isinstance(piece, str):
            return replace(self, text=self.text + piece, progress=None)
        text, at, cited = self.text + piece.text, len(self.text), self.cited
        if cited and not piece.instead:
            begins, last = cited[-1]
            if (begins + len(last.text), last.sources, last.instead) == (at, piece.sources, ""):
                # What a model writes comes word by word.
                at, cited, piece = begins, cited[:-1], replace(last, text=last.text + piece.text)
        return replace(self, text=text, cited=(*cited, (at, piece)), progress=None)
