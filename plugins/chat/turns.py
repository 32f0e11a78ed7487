"""Which messages belong to a conversation, and how a model reads them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from bot import ChannelKind, Message, Request

from .quoting import one_line

NAME = 64
"""The longest name: it is chosen by its owner, and must not be long enough to give orders."""


@dataclass(frozen=True, slots=True)
class Conversation:
    """What was said before a message that is answered.

    Attributes:
        messages: Oldest first.
        key: What it begins with where it is a chain of replies or a branch; empty where it is the place's own.
        left_out: The ids of messages that are here but belong to another branch.
    """

    messages: tuple[Message, ...]
    key: str = ""
    left_out: frozenset[str] = frozenset()


def conversation(messages: Sequence[Message], request: Request) -> Conversation:
    """What belongs to the conversation that a message goes on with.

    In a direct message or a thread that is all of it, except for what came between an answer and a reply to it: who
    replies to an older answer goes on from there. In a channel it is the chain of replies that the message hangs on; or
    where it replies to nothing, what was said to and by Atelier, for other talk there is nobody's request.

    Args:
        messages: The channel's, oldest first.
        request: The message that is being answered.
    """
    if request.channel.kind is not ChannelKind.CHANNEL:
        found = _branch(messages, request.reply_to)
    elif request.reply_to is not None:
        found = _chain(messages, request.reply_to)
    else:
        answered = {message.reply_to for message in messages if message.own}
        found = Conversation(tuple(each for each in messages if each.own or each.id in answered or _calls(each.text)))
    kept = tuple(message for message in found.messages if message.text.strip())
    return Conversation(kept, found.key, found.left_out)


def _chain(messages: Sequence[Message], end: Message) -> Conversation:
    """What a message replies to, what that replies to, and so on."""
    by_id = {message.id: message for message in messages} | {end.id: end}
    chain: dict[str, Message] = {}
    link: Message | None = end
    while link is not None and link.id not in chain:
        chain[link.id] = link
        link = by_id.get(link.reply_to) if link.reply_to else None
    # In their order, as a later part of a long answer replies to nothing.
    ordered = sorted(chain.values(), key=lambda message: (message.sent, message.id))
    return Conversation(tuple(ordered), key=ordered[0].id)


def _branch(messages: Sequence[Message], replied: Message | None) -> Conversation:
    """All that was said, without what came between an answer and a reply to it."""
    places = {message.id: place for place, message in enumerate(messages)}
    path: list[Message] = []
    key = ""
    place = len(messages) - 1
    if replied is not None and replied.id not in places:
        # From before all that is known: what came since has nothing to do with it.
        return Conversation((replied,), replied.id, frozenset(places))
    if replied is not None and replied.own:
        end = _end_of_answer(messages, places[replied.id])
        if end < place:
            key, place = replied.id, end
    while place >= 0:
        message = messages[place]
        path.append(message)
        place -= 1
        target = places.get(message.reply_to or "")
        if target is None or message.from_bot or not messages[target].own or _marks_thread(message):
            continue
        end = _end_of_answer(messages, target)
        if end < place:
            key, place = key or messages[target].id, end
    here = {message.id for message in path}
    return Conversation(tuple(reversed(path)), key, frozenset(places.keys() - here))


def _end_of_answer(messages: Sequence[Message], place: int) -> int:
    """Where the last part of an answer is: only the first one of a long answer replies to its question."""
    while place + 1 < len(messages):
        following = messages[place + 1]
        if not following.own or following.reply_to is not None:
            break
        place += 1
    return place


def _marks_thread(message: Message) -> bool:
    """Whether it replies to what its thread is about, as all of that thread do on some platforms."""
    return message.thread is not None and message.thread.rpartition(":")[2] == message.reply_to


def spoken(name: str, text: str) -> str:
    """A message as a model reads it."""
    return f"{one_line(name, NAME)}: {text}"


class Turn(NamedTuple):
    """What is said by people, or by the assistant."""

    by_people: bool
    text: str


def as_turns(messages: Sequence[Message]) -> list[Turn]:
    """The turns of a conversation; nobody speaks for another.

    Args:
        messages: Oldest first.
    """
    names = {one_line(message.author_name, NAME) for message in messages} - {""}
    # What several people say in a row becomes one message, where such a line would look like another's.
    alike = re.compile(rf"^(?=(?:{'|'.join(map(re.escape, sorted(names)))}): )", re.MULTILINE) if names else None
    turns: list[Turn] = []
    for message in messages:
        if message.own:
            turns.append(Turn(by_people=False, text=message.text))
            continue
        first, newline, rest = message.text.partition("\n")
        rest = alike.sub("  ", rest) if alike else rest
        turns.append(Turn(by_people=True, text=spoken(message.author_name, first + newline + rest)))
    return turns


def _calls(text: str) -> bool:
    start = text.lstrip().casefold()
    return start.startswith(("@atelier", "/chat"))
