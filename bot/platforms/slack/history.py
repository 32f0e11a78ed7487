"""What was said in a channel or thread, read from Slack."""

from __future__ import annotations

from datetime import datetime

from bot.platforms.slack.incoming import WRITTEN, Incoming
from bot.platforms.slack.payloads import Page, SlackMessage
from bot.platforms.slack.places import Place
from bot.platforms.slack.web import SlackRefused, Web
from bot.request import Message

PAGE = 200
"""Messages asked for at once; Slack recommends no more."""

MOST_REPLIES = 5_000
"""A thread is told from its beginning, so all of it is read to find its end; this much and no more."""


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
