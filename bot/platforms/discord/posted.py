"""Looks up what was posted on Discord by a process that could not note it any more."""

from __future__ import annotations

import re
from collections.abc import Container, Sequence
from datetime import datetime, timedelta

import discord
import structlog

from bot.platforms.discord.ways import DEAD_TOKEN, ORIGINAL, ByMessage, ByToken, Way

log = structlog.get_logger(__name__)

MOST = 200
"""Messages that are looked through."""

FURTHER = 20
"""Messages that a long answer may have."""

FULL = 1_000
"""Characters of a message after which an answer may go on in another."""

AT_ONCE = timedelta(seconds=15)
"""How soon the message that goes on with another follows it."""

_HEADING = re.compile(r"\*\*[^*\n]+\*\*|[^\n]*")


async def posted(way: Way, me: int, known: Sequence[int] = (), others: Container[str] = ()) -> Sequence[int]:
    """The ids of the messages that an answer has, as far as they can be told from others.

    Args:
        way: In which it was posted, if it was.
        me: Discord's id of the bot.
        known: Those that are known.
        others: The first messages of other answers.
    """
    try:
        if isinstance(way, ByToken):
            known = known or await _original(way)
            way.response = known[0] if known else way.response
            return [*known, *(id_ for id_ in await followups(way) if id_ not in known)] if known else ()
        if isinstance(way, ByMessage):
            known = known or await _reply(way, me)
            return [*known, *await _further(way, me, known[-1], others)] if known else ()
    except discord.HTTPException as error:
        if not isinstance(error, discord.Forbidden | discord.NotFound) and error.code not in DEAD_TOKEN:
            raise
        # Then its key has to do.
        log.info("an earlier answer cannot be looked up", place=way.place, error=error.text)
    return known


async def _original(way: ByToken) -> Sequence[int]:
    if way.silent:
        # The original is the message with the button, and what follows it has no name.
        return ()
    original = await way.interaction.followup.fetch_message(ORIGINAL)
    way.response = original.id
    way.private = way.private or original.flags.ephemeral
    return () if original.flags.loading else (original.id,)


async def followups(way: ByToken) -> Sequence[int]:
    """The messages after the first, which reply to it, in order.

    What only one person sees is in no history, and what replies to a button's message may be another answer's: those
    cannot be found.
    """
    if way.private or way.silent or not way.reach or way.response is None:
        return ()
    client = way.interaction.client
    first, found = discord.Object(way.response), list[int]()
    channel = client.get_partial_messageable(int(way.place))
    async for message in channel.history(after=first, limit=MOST, oldest_first=True):
        reference = message.reference
        if message.author == client.user and reference is not None and reference.message_id == first.id:
            found.append(message.id)
    return found


async def _reply(way: ByMessage, me: int) -> Sequence[int]:
    question = way.reply_to.message_id if way.reply_to is not None else None
    if question is None:
        return ()
    async for message in way.channel.history(after=discord.Object(question), limit=MOST, oldest_first=True):
        reference = message.reference
        if message.author.id == me and reference is not None and reference.message_id == question:
            return (message.id,)
    return ()


async def alike(way: ByMessage, me: int, text: str, asked: datetime, others: Container[str]) -> Sequence[int]:
    """The ids of the messages of an answer that replies to nothing: by how it begins, it is known from others.

    Discord itself knows a message by its nonce for a few minutes only.

    Args:
        way: In which it was posted, if it was.
        me: Discord's id of the bot.
        text: What it shows.
        asked: It was not posted before.
        others: The first messages of other answers.
    """
    heading = _heading(text)
    after = discord.Object(discord.utils.time_snowflake(asked))
    try:
        async for message in way.channel.history(after=after, limit=MOST, oldest_first=True):
            own = message.author.id == me and message.reference is None and str(message.id) not in others
            if own and heading and _heading(message.content) == heading:
                return [message.id, *await _further(way, me, message.id, others)]
    except (discord.Forbidden, discord.NotFound) as error:
        log.info("an earlier answer cannot be looked up", place=way.place, error=error.text)
    return ()


def _heading(text: str) -> str:
    found = _HEADING.match(text)
    return found[0].strip() if found else ""


async def _further(way: ByMessage, me: int, last: int, others: Container[str]) -> Sequence[int]:
    """The messages that go on with a long one: ours, at once after it, in reply to nothing."""
    found, before = list[int](), None
    async for message in way.channel.history(after=discord.Object(last - 1), limit=FURTHER, oldest_first=True):
        if before is not None:
            soon = message.created_at - before.created_at < AT_ONCE
            if message.author.id != me or message.reference is not None or not soon or str(message.id) in others:
                break
            found.append(message.id)
        if len(message.content) < FULL:
            break
        before = message
    return found
