"""`/find`: what was said in this channel, by its words and by its meaning."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import datetime
from typing import Annotated

from bot import (
    Cited,
    Discretion,
    Embeddings,
    History,
    Message,
    Plugin,
    Profile,
    Progress,
    Range,
    Request,
    User,
    UserError,
    Wanted,
    count,
)
from plugins.find.meaning import near
from plugins.find.words import quoted, wanted_words

plugin = Plugin("find", "Find what was said in this channel.")

MOST = 8
"""How many messages are shown."""

ENOUGH = 3
"""With fewer that have the words, messages that mean the same are looked for."""

READ = 300
"""How many messages are read for their meaning."""


@plugin.command(
    examples=[
        "/find words:release date",
        '/find words:"login page" from:Dana since:last week',
        "find the message about the database migration",
    ],
    repeatable=True,
)
async def find(
    words: Annotated[str, Range(1, 300)],
    history: History,
    discretion: Discretion,
    embeddings: Embeddings | None,
    profile: Profile,
    request: Request,
    from_: User | None = None,
    since: datetime | None = None,
) -> AsyncIterator[str | Cited | Progress]:
    """Find messages of this channel: those that have the words, then those that mean much the same.

    Args:
        words: What to look for; in quotes exactly so.
        from_: Who wrote it.
        since: How far back, such as `last week`.
    """
    wanted = Wanted(wanted_words(words), author=from_.id if from_ else None, since=since)
    # More, for some is left out.
    found = await discretion.open(await history.search(wanted, 3 * MOST))
    exact = found[::-1][:MOST]
    alike: list[Message] = []
    if len(exact) < ENOUGH and embeddings is not None:
        recent = await (history.recent(READ) if since is None else history.since(since, READ))
        there = {message.id for message in exact}
        anyone = Wanted(author=wanted.author)
        read = [each for each in await discretion.open(recent) if each.id not in there and anyone.fits(each)]
        async for step in near(words, read, embeddings, MOST - len(exact)):
            if isinstance(step, Progress):
                yield step
            else:
                alike = step
    if not exact and not alike:
        raise UserError(f"I find nothing about “{words.strip()}” in what I can read of this channel.")
    if exact:
        yield f"{count(len(exact), 'message')} with these words, newest first:\n\n"
        for piece in _quoted(exact, wanted.words, profile, request):
            yield piece
    if alike:
        yield "\n\nNear in meaning:\n\n" if exact else "No message has these words; these are near in meaning:\n\n"
        for piece in _quoted(alike, (), profile, request):
            yield piece


def _quoted(messages: Sequence[Message], words: Sequence[str], profile: Profile, request: Request) -> Iterator[Cited]:
    for number, message in enumerate(messages):
        yield Cited("\n\n" * (number > 0) + quoted(message, words, profile, request), (message,))
