"""Reads a stretch of time in some channels, and parts what was said there into topics."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from bot import Channels, Discretion, History, Meanings, Message, Progress, Request, UserError, count, unmarked

from .group import Group
from .grouping import group
from .interpreting import language_of
from .sentences import says_something, split

MOST = 10_000
"""Messages of a channel that are read; of more the last ones."""

ELSEWHERE = "another channel"
"""What a channel is called whose name nobody knows."""

BATCH = 512
"""Messages whose meaning is asked for between two reports of progress."""


@dataclass(frozen=True)
class Window:
    """What was said in a stretch of time.

    Attributes:
        start: Where it begins.
        end: Where it ends.
        channels: What the channels are called, as Markdown, by their ids.
        messages: What may be told of, in order, by the channel's id.
        unread: What could not be read, in sentences.
    """

    start: datetime
    end: datetime
    channels: Mapping[str, str]
    messages: Mapping[str, tuple[Message, ...]] = field(repr=False)
    unread: tuple[str, ...] = ()

    @cached_property
    def all(self) -> list[Message]:
        """The messages of all channels, in order."""
        found = [message for messages in self.messages.values() for message in messages]
        return sorted(found, key=lambda message: (message.sent, message.id))

    @cached_property
    def ends(self) -> tuple[datetime, datetime]:
        """When its first and its last message were sent."""
        return self.all[0].sent, self.all[-1].sent

    @cached_property
    def places(self) -> dict[tuple[str, str], str]:
        """What each message's channel is called, by the channel or thread that it is in and its id."""
        return {
            (message.channel, message.id): self.channels[channel]
            for channel, messages in self.messages.items()
            for message in messages
        }

    @property
    def several(self) -> bool:
        """Whether it is about more than one channel."""
        return len(self.channels) > 1


async def read(
    ids: Sequence[str],
    start: datetime,
    end: datetime,
    *,
    request: Request,
    history: History,
    channels: Channels,
    discretion: Discretion,
) -> Window:
    """Read what was said and may be told of.

    Args:
        ids: The channels; none is the one that is asked in.
        start: Where the stretch of time begins.
        end: Where it ends.
        request: Says where it is asked.
        history: Of the channel that is asked in.
        channels: The others.
        discretion: Leaves out what may not be told of.

    Raises:
        UserError: No channel can be read.
    """
    here = request.channel
    ids = list(dict.fromkeys(ids)) or [here.id]
    names = {here.id: f"#{unmarked(here.name)}" if here.server else "this conversation"}
    if any(each != here.id for each in ids):
        names |= {each.id: f"#{unmarked(each.name)}" for each in await channels.all()}
    messages: dict[str, tuple[Message, ...]] = {}
    unread: dict[str, None] = {}
    for each in ids:
        try:
            said = history if each == here.id else await channels.history(each)
            found = await said.between(start, end, MOST, threads=True)
        except UserError as error:
            unread[str(error)] = None
            continue
        messages[each] = tuple(await discretion.open(found))
        if len(found) >= MOST:
            unread[f"Of {names.get(each, ELSEWHERE)} only the last {MOST:,} messages are told of."] = None
    if not messages:
        raise UserError(" ".join(unread))
    return Window(start, end, {each: names.get(each, ELSEWHERE) for each in messages}, messages, tuple(unread))


async def groups(window: Window, meanings: Meanings) -> AsyncIterator[Progress | list[Group]]:
    """Part a window into topics; those of one channel never mix with another's.

    Args:
        window: What was said.
        meanings: Tells meanings apart.

    Yields:
        Progress, then the topics; what says nothing by itself may be in one or in none.
    """
    total = sum(map(len, window.messages.values()))
    done = 0
    told: list[Group] = []
    for messages in window.messages.values():
        # Not the reader's: what a message means is kept by its sentences, whoever reads them.
        language = await language_of([message.text for message in messages])
        pieces = await asyncio.to_thread(_pieces, messages, language or "en")
        vectors = []
        for at in range(0, len(messages), BATCH):
            if total > BATCH:
                yield Progress(done / total, f"reading {count(total, 'message')}")
            vectors += await meanings.of(messages[at : at + BATCH], pieces[at : at + BATCH])
            done += len(messages[at : at + BATCH])
        found = [
            Group(
                tuple(messages[place] for place in places),
                tuple(pieces[place] for place in places),
                tuple(vectors[place] for place in places),
            )
            for places in await asyncio.to_thread(group, messages, vectors)
        ]
        found = [each for each in found if any(each.pieces)]
        grouped = {(message.channel, message.id) for each in found for message in each.messages}
        # Links that nobody said anything about are a topic of their own.
        alone = [message for message in messages if (message.channel, message.id) not in grouped]
        if links := [message for message in alone if _links(message)]:
            shown = [(" ".join(message.text.split()),) for message in links]
            found.append(Group(tuple(links), tuple(shown), tuple(await meanings.of(links, shown))))
        told += found
    yield told


def _links(message: Message) -> bool:
    return "://" in message.text and not message.text.lstrip().startswith("```")


def _pieces(messages: Sequence[Message], language: str) -> list[tuple[str, ...]]:
    return [
        tuple(sentence for sentence in split(message.text, language) if says_something(sentence))
        for message in messages
    ]
