"""What the local workspace shows: entries, how they change, and which of them speak to Atelier."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from bot.body import Body, Card, File
from bot.platforms.sample import LOCAL
from bot.request import Channel, Message, Person

ATELIER = Person(f"{LOCAL}:atelier", "Atelier")
"""Who writes Atelier's answers."""

_MENTION = re.compile(rf"(?<!\w)@{ATELIER.name}\b[,:]?\s*", re.IGNORECASE)
_LINE = re.compile(r"/\w")


class MessageLog(Protocol):
    """Keeps what people and Atelier write, so that it is there after a restart."""

    async def record(self, platform: str, channel: Channel, message: Message) -> None:
        """Keep a message; one that is there already stays as it is."""

    async def recent(self, platform: str, channel: str, *, since: datetime | None, limit: int) -> list[Message]:
        """The last `limit` messages, none older than `since`, oldest first."""

    async def edit(self, platform: str, channel: str, message_id: str, text: str, edited: datetime) -> None:
        """Change a message's text."""

    async def delete(self, platform: str, channel: str, message_id: str) -> None:
        """Forget a message."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A message as the workspace shows it.

    Attributes:
        message: Who wrote what, and when.
        body: For Atelier's answers of this run, all they show; None for everything else.
        files: What the person attached.
        private_to: Only this person may see it.
        command: Whether it is a command line, which is shown but is no part of the conversation.
        sample: Whether it belongs to the sample conversation.
        chosen: The button that was pressed to answer the body's question.
        asked: The questions that were answered, each with the choice, in order.
    """

    message: Message
    body: Body | None = None
    files: tuple[File, ...] = ()
    private_to: str | None = None
    command: bool = False
    sample: bool = False
    chosen: str | None = None
    asked: tuple[tuple[str, str], ...] = ()

    def showing(self, body: Body) -> Entry:
        """The entry once its answer shows `body`; a question that this no longer asks stays with its answer."""
        if body.files_stay and self.body is not None:
            body = replace(body, files=self.body.files)
        before = self.body.question if self.body else None
        asked, chosen = self.asked, self.chosen
        if before is not None and before != body.question:
            if chosen in before.choices:
                asked = (*asked, (before.question, chosen))
            chosen = None
        message = replace(self.message, text=as_text(body))
        return replace(self, message=message, body=body, asked=asked, chosen=chosen)

    def visible_to(self, person: str | None) -> bool:
        """Whether this person may see it; None may see what is there for everyone."""
        return self.private_to is None or self.private_to == person


@dataclass(frozen=True, slots=True)
class Change:
    """Something that happened in a channel.

    Attributes:
        channel: The channel's id.
        message_id: Which message.
        entry: As it is now; None when it was deleted.
        new: Whether it was not there before.
    """

    channel: str
    message_id: str
    entry: Entry | None
    new: bool = False


Watch = Callable[[Change], None]
"""Is told of every change."""


def naming(body: Body, people: Mapping[str, Person]) -> Body:
    """An answer that says in words whom it mentions.

    Args:
        body: The answer.
        people: Who is here, by id.
    """
    person = people.get(body.mention or "")
    return body if person is None else replace(body, text=f"@{person.name}\n{body.text}".rstrip())


def is_line(text: str) -> bool:
    """Whether a text is a command line; what only begins with a slash is none."""
    return _LINE.match(text) is not None


def mentions(text: str) -> bool:
    """Whether a text speaks to Atelier by name."""
    return _MENTION.search(text) is not None


def unmentioned(text: str) -> str:
    """A text without Atelier's name."""
    return _MENTION.sub("", text).strip()


def as_text(body: Body) -> str:
    """An answer in words alone, for the conversation's history: files and cards are named, not shown."""
    parts = [body.text, *(card_text(card) for card in body.cards)]
    parts += [f"[{file.name}: {file.alt or file.caption or file.media_type}]" for file in body.files]
    return "\n\n".join(part for part in parts if part)


def card_text(card: Card) -> str:
    """A card as Markdown."""
    lines = [f"**{card.title}**", card.text, *(f"- **{name}:** {value}" for name, value in card.fields)]
    return "\n".join(line for line in lines if line)
