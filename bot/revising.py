"""Takes out of posted answers what may be told no more, and notices what was changed while Atelier was down."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import timedelta
from typing import TypeAlias

import structlog

from bot.errors import TooLate, UserError
from bot.platform import MessageRef, Platform
from bot.request import Channel, ChannelDeleted, ChannelKind, Message, MessageDeleted, MessageEdited, Origin, Receive
from bot.store.cited import CitedAnswers
from bot.store.citing import Outdated, Told, words_of

log = structlog.get_logger(__name__)

EVERY = timedelta(minutes=1)
"""How often it is looked whether answers are to be brought up to date that could not be at once."""

MOST_TOLD = 5_000
"""How many of the messages that answers tell of are looked at again after a start, the newest ones."""

MOST_READ = 1_000
"""How many messages of each channel are read for that."""

TRIES, PAUSE_SECONDS = 10, 60.0
"""How often, and how many seconds apart, it is tried to read a channel of a platform that is away."""


class Revising:
    """Brings posted answers up to date; one that is too old to be changed is removed.

    Args:
        answers: What is kept of them.
        platforms: Where they stand, by name.
        writing: What writes an answer at this moment, if something does.
    """

    def __init__(
        self,
        answers: CitedAnswers,
        platforms: Mapping[str, Platform],
        writing: Callable[[MessageRef], asyncio.Task[None] | None],
    ) -> None:
        self._answers = answers
        self._platforms = platforms
        self._writing = writing
        self._turn = asyncio.Lock()

    async def run(self) -> None:
        """Edit every answer that shows what it should not; what a platform does not take is tried again later."""
        async with self._turn:
            await self._answers.heed()
            for answer in await self._answers.outdated(self._platforms):
                if (writing := self._writing(answer.ref)) is None:
                    await self._revise(answer)
                else:
                    # One that is written anew will be kept anew; one that was just kept is as it was.
                    writing.remove_done_callback(self._again)
                    writing.add_done_callback(self._again)

    def _again(self, written: asyncio.Task[None]) -> None:
        self._answers.on_change()

    async def _revise(self, answer: Outdated) -> None:
        platform = self._platforms[answer.platform]
        try:
            try:
                ref = await platform.edit(answer.ref, answer.body)
            except TooLate:
                # Better no answer than one that goes on telling what it may not.
                log.info("answer removed: it is too old to be changed", channel=answer.ref.channel)
                await platform.delete(answer.ref)
                await self._answers.removed(answer)
                return
        except Exception as error:
            # Whatever a platform has against it, what was to vanish stands there still.
            log.warning("answer not brought up to date yet", channel=answer.ref.channel, error=repr(error))
            await self._answers.postpone(answer)
        else:
            await self._answers.shown(answer, ref)


KeptChannels: TypeAlias = Callable[[str], Awaitable[Sequence[Channel]]]
"""Fetches the channels of a platform of which something is kept."""


class Rereading:
    """Looks at what answers tell of once more, for it may have changed while nobody listened.

    Args:
        answers: What is kept of them.
        platforms: By name.
        receive: Takes in what has changed.
        kept: The channels of a platform of which something else is kept.
        pause: Seconds until what could not be read is read again.
    """

    def __init__(
        self,
        answers: CitedAnswers,
        platforms: Mapping[str, Platform],
        receive: Receive,
        kept: KeptChannels,
        pause: float = PAUSE_SECONDS,
    ) -> None:
        self._answers = answers
        self._platforms = platforms
        self._receive = receive
        self._kept = kept
        self._pause = pause

    async def run(self) -> None:
        """Hand over every edit and deletion that the platforms' histories tell of."""
        await asyncio.gather(*(self._reread(platform) for platform in self._platforms.values()))

    async def find_deleted(self, event: ChannelDeleted) -> None:
        """Hand over what went with a channel and was not told of: its archived threads are not."""
        platform = self._platforms[event.origin.platform]
        told_of = await self._answers.told(platform.name, MOST_TOLD)
        # What only one person reads says not in which server it was said.
        servers = (event.channel.server, None)
        for place in {told.channel for told in told_of if told.channel.server in servers}:
            await self._persist(platform, place)

    async def _reread(self, platform: Platform) -> None:
        places = {place.id: place for place in await self._kept(platform.name)}
        told_of: dict[str, list[Told]] = defaultdict(list)
        for told in await self._answers.told(platform.name, MOST_TOLD):
            places.setdefault(told.channel.id, told.channel)
            told_of[told.channel.id].append(told)
        for key, place in places.items():
            await self._persist(platform, place, told_of[key])

    async def _persist(self, platform: Platform, place: Channel, told_of: Sequence[Told] = ()) -> None:
        """Look what became of a channel and of messages in it; a platform that is away is asked again."""
        for _ in range(TRIES):
            try:
                # A conversation outside of servers cannot be deleted; one that is not found is one of others.
                if place.kind is not ChannelKind.DM and await platform.deleted(place.id):
                    await self._receive(ChannelDeleted(Origin(platform.name), place))
                elif told_of:
                    await self._compare(platform, place, told_of)
                break
            except UserError as error:
                log.info("what answers tell of may not be read", channel=place.id, reason=str(error))
                break
            except Exception as error:
                # The platform is away; its own library has many names for that.
                log.info("what answers tell of not read yet", channel=place.id, error=repr(error))
                await asyncio.sleep(self._pause)

    async def _compare(self, platform: Platform, place: Channel, told_of: Sequence[Told]) -> None:
        first = min(told.sent for told in told_of)
        messages = await platform.history(place.id, first, MOST_READ)
        known = {message.id: message for message in messages}
        # What is older than what was read is not known to be gone.
        begin = messages[0].sent if len(messages) >= MOST_READ else first
        for told in told_of:
            origin = Origin(platform.name, message=told.id)
            now = known.get(told.id)
            if now is not None and _edited(now, told):
                await self._receive(MessageEdited(origin, place, now))
            # The history of some platforms leaves out what their events tell of.
            elif now is None and told.sent >= begin and await platform.deleted(place.id, told.id):
                await self._receive(MessageDeleted(origin, place, told.id))


def _edited(message: Message, told: Told) -> bool:
    """Whether people changed it; names in it may be spelled anew."""
    return message.edited is not None and words_of(message.text) != told.words
