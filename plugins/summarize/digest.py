"""Makes a digest of a window: its topics, by the best that the installed models can do."""

from __future__ import annotations

from collections.abc import AsyncIterator

from bot import Person, Progress

from .answer import Means, Worded, worded
from .digesting import extracted, interest_of
from .group import Group
from .telling import FEW, TOPICS, Digest
from .window import Window, groups
from .wording import Reader


async def digest_of(
    window: Window, reader: Reader, means: Means, person: Person | None
) -> AsyncIterator[Progress | Digest]:
    """What a digest tells.

    Args:
        window: What was said.
        reader: Whom it is for.
        means: What there is to make it with.
        person: What concerns this person comes first; None where it is for everyone.

    Yields:
        Progress, then the digest.
    """
    if len(window.all) < FEW:
        yield Digest(window)
        return
    parted: list[Group] = []
    async for step in groups(window, means.meanings):
        if isinstance(step, Progress):
            yield step
        else:
            parted = step
    interest = None if person is None else await interest_of(person, reader.profile, window, means.embeddings)
    found = await extracted(parted, window, means.embeddings, reader.length, interest)
    told, rest = found[: TOPICS[reader.length]], found[TOPICS[reader.length] :]
    words = Worded(told, "")
    async for written in worded(told, reader, means):
        if isinstance(written, Progress):
            yield written
        else:
            words = written
    mentioned = () if interest is None else [each for each in window.all if interest.mentioned(each)]
    ids = frozenset((message.channel, message.id) for message in mentioned)
    yield Digest(window, tuple(words.topics), tuple(rest), words.closing, ids)
