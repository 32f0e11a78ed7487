"""Finds again what was posted, where Slack's answer was lost or Atelier's process ended before it came."""

from __future__ import annotations

from collections.abc import Container, Sequence
from datetime import datetime, timedelta
from itertools import islice

from bot.platforms.slack.lists import PAGE
from bot.platforms.slack.payloads import Page, SlackMessage
from bot.platforms.slack.places import Place
from bot.platforms.slack.web import Json, Web

EVENT = "atelier_answer"
"""The type of the metadata that our messages carry; people do not see it."""

SKEW = timedelta(minutes=1)
"""How far Slack's clock and ours may be apart."""

LOOKED_THROUGH = 5_000
"""How many messages of a channel or thread are read for it; a digest may have been posted a day ago."""


def mark(key: str) -> Json:
    """The metadata of the messages of one answer."""
    return {"event_type": EVENT, "event_payload": {"key": key}}


async def find_posted(
    web: Web, place: Place, key: str, since: datetime, *, known: Sequence[str] = (), others: Container[str] = ()
) -> tuple[str, ...]:
    """The messages of the answer with this key, in order.

    A stream bears no mark until it ends, so one of ours in the thread that bears none is taken for the answer's.

    Args:
        web: Where to look.
        place: Where it was posted.
        key: What it was posted under.
        since: It was not posted before.
        known: Those that are known already.
        others: Messages that are another answer's.

    Raises:
        SlackRefused: The bot may not read there.
        SlackFailed: Slack did not answer.
    """
    found = [message for message in await _said(web, place, since - SKEW) if message.user == web.user]
    ours = {*known, *(message.ts for message in found if _key_of(message) == key)}
    if not ours and place.thread is not None:
        # What the thread hangs on is told in any case, and is no stream.
        bare = (one for one in found if one.metadata is None and not one.files and one.ts != place.thread)
        open_ = (one.ts for one in bare if one.ts not in others)
        ours.update(islice(open_, 1))
    return tuple(sorted(ours, key=float))


async def thread_of(web: Web, channel: str, ts: str) -> Place:
    """The thread that a message stands in; the channel for one that stands in none.

    Raises:
        SlackRefused: The bot may not read there.
        SlackFailed: Slack did not answer.
    """
    answer = await web.call("conversations.replies", channel=channel, ts=ts, limit=1)
    (first, *_) = Page.model_validate(answer).messages
    thread = first.thread_ts or first.ts
    return Place(channel, thread if thread != ts else None)


async def _said(web: Web, place: Place, since: datetime) -> list[SlackMessage]:
    """What was said there since then, with what only apps see."""
    where: Json = {"channel": place.channel, "limit": PAGE, "include_all_metadata": True}
    where["oldest"] = f"{since.timestamp():.6f}"
    method = "conversations.history" if place.thread is None else "conversations.replies"
    found: list[SlackMessage] = []
    cursor: str | None = None
    while cursor != "" and len(found) < LOOKED_THROUGH:
        page = Page.model_validate(await web.call(method, ts=place.thread, cursor=cursor, **where))
        found += page.messages
        cursor = page.next
    return found


def _key_of(message: SlackMessage) -> str | None:
    if message.metadata is None or message.metadata.event_type != EVENT:
        return None
    return str(message.metadata.event_payload.get("key"))
