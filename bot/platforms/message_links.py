"""Where a message of the local workspace can be opened: an address within the playground."""

from __future__ import annotations

import re
from urllib.parse import quote, unquote

from bot.platforms.sample import LOCAL
from bot.request import Person

_PART = r"[\w.~:%-]+"
_LINK = re.compile(rf"/\?channel=({_PART})&message=({_PART})", re.ASCII)
_LABEL = r"(?<!\\)\[((?:\\.|\[[^\[\]\n]*\]|[^\[\]\\\n])*)\]"
_WRITTEN = re.compile(rf"{_LABEL}\(({_LINK.pattern})\)", re.ASCII)
_BEGUN = re.compile(r"\[{1,2}[^\[\]\n]*(?:\]{1,2}(?:\([^()\s]*)?)?$")


def message_link(channel: str, message: str) -> str:
    """The address of a message: without a host, for the playground may be known by several.

    Args:
        channel: The id of its channel or thread.
        message: Its id.
    """
    return f"/?channel={quote(channel, safe=':')}&message={quote(message, safe=':')}"


def message_at(link: str) -> tuple[str, str] | None:
    """The ids of the channel and the message that an address leads to; None if it is no message's."""
    found = _LINK.fullmatch(link)
    return None if found is None else (unquote(found[1]), unquote(found[2]))


def seen_by(link: str, person: Person) -> str:
    """The address as it opens for a person, who may read what others may not."""
    return f"{link}&as={quote(person.id.removeprefix(f'{LOCAL}:'), safe=':')}"


def for_elsewhere(text: str, playground: str | None, person: Person) -> str:
    """Markdown whose links to messages can be opened outside the playground.

    Args:
        text: As written for the playground.
        playground: Its address; None leaves only the links' words.
        person: Who opens them.
    """
    if playground is None:
        return _WRITTEN.sub(r"\1", text)
    return _WRITTEN.sub(lambda found: f"[{found[1]}]({playground}{seen_by(found[2], person)})", text)


def is_in(address: str, playground: str | None) -> bool:
    """Whether an address leads to a message in the playground at that address."""
    return playground is not None and address.startswith(f"{playground}/?channel=")


def without_begun(text: str) -> str:
    """A text that is being written, without the link that it has only begun."""
    return _BEGUN.sub("", text)
