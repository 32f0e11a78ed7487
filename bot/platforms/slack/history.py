"""What was said in a channel or thread, read from Slack."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.platforms.slack.incoming import WRITTEN, Incoming
from bot.platforms.slack.lists import PAGE
from bot.platforms.slack.payloads import Page, SlackMessage
from bot.platforms.slack.places import Place
from bot.platforms.slack.web import SlackRefused, Web
from bot.request import Message

MOST_REPLIES = 5_000
"""A thread is told from its beginning, so all of it is read to find its end; this much and no more."""

LOOKED_BACK = timedelta(days=7)
"""How long before a time threads may have begun in which something was written since."""

MOST_LOOKED_AT = 5_000
"""How many messages are looked at for threads; a longer time is looked at in part."""


async def read_history(web: Web, incoming: Incoming, place: Place, since: datetime | None, limit: int) -> list[Message]:
    """The last `limit` messages, none older than `since`, oldest first.

    Raises:
        SlackRefused: The bot may not read there; the text says what to do.
    """
    found = await read_messages(web, place, since, limit)
    return [await incoming.read(message, place.channel) for message in found]


async def read_messages(web: Web, place: Place, since: datetime | None, limit: int) -> list[SlackMessage]:
    """The same as Slack tells it.

    Raises:
        SlackRefused: The bot may not read there; the text says what to do.
    """
    if limit <= 0:
        return []
    oldest = f"{since.timestamp():.6f}" if since else None
    found = await (_channel(web, place, oldest, limit) if place.thread is None else _thread(web, place, oldest))
    return [message for message in found if since is None or float(message.ts) >= since.timestamp()][-limit:]


async def find_threads(web: Web, channel: str, since: datetime) -> list[str]:
    """The ids of a channel's threads in which something was written since then.

    Slack tells of them by the messages that they hang on, so those of some days before are looked at, too.

    Raises:
        SlackRefused: The bot may not read there; the text says what to do.
    """
    found = await read_messages(web, Place(channel), since - LOOKED_BACK, MOST_LOOKED_AT)
    begun = [message for message in found if message.thread_ts == message.ts]
    going = [one for one in begun if one.latest_reply is None or float(one.latest_reply) >= since.timestamp()]
    return [f"{channel}:{one.ts}" for one in going]


async def is_gone(web: Web, channel: str, ts: str) -> bool:
    """Whether a message was deleted; where others hang on it, Slack leaves a sign in its place.

    Raises:
        SlackRefused: The bot may not read there.
        SlackFailed: Slack did not answer.
    """
    try:
        answer = await web.call("conversations.replies", channel=channel, ts=ts, limit=1)
    except SlackRefused as error:
        if error.error == "thread_not_found":
            return True
        raise
    return any(message.ts == ts and message.subtype == "tombstone" for message in Page.model_validate(answer).messages)


async def _channel(web: Web, place: Place, oldest: str | None, limit: int) -> list[SlackMessage]:
    """Told newest first."""
    found: list[SlackMessage] = []
    cursor: str | None = None
    while len(found) < limit:
        answer = await web.call(
            "conversations.history", channel=place.channel, oldest=oldest, limit=min(limit, PAGE), cursor=cursor
        )
        page = Page.model_validate(answer)
        found += [message for message in page.messages if message.subtype in WRITTEN]
        cursor = page.next
        if not cursor:
            break
    return found[:limit][::-1]


async def _thread(web: Web, place: Place, oldest: str | None) -> list[SlackMessage]:
    """Told oldest first."""
    found: list[SlackMessage] = []
    cursor: str | None = None
    while len(found) < MOST_REPLIES:
        answer = await web.call(
            "conversations.replies", channel=place.channel, ts=place.thread, oldest=oldest, limit=PAGE, cursor=cursor
        )
        page = Page.model_validate(answer)
        found += [message for message in page.messages if message.subtype in WRITTEN]
        cursor = page.next
        if not cursor:
            break
    return found
