"""What was asked on Slack while nobody listened, read from the history."""

from __future__ import annotations

from datetime import datetime

import structlog

from bot.platforms.slack.history import read_messages
from bot.platforms.slack.lists import joined
from bot.platforms.slack.places import Place
from bot.platforms.slack.receiving import Parts
from bot.platforms.slack.web import SlackRefused
from bot.request import Receive

log = structlog.get_logger(__name__)

MOST = 500
"""Messages of a channel that are looked through."""


async def catch_up(parts: Parts, receive: Receive, since: datetime) -> None:
    """Ask what was asked in the bot's channels, and in the threads that began there since.

    Args:
        parts: Read the channels.
        receive: Takes what was asked.
        since: Nothing older is read.
    """
    for channel in [each.id for each in await joined(parts.web)]:
        try:
            found = await read_messages(parts.web, Place(channel), since, MOST)
            threads = [message.ts for message in found if message.thread_ts == message.ts]
            for thread in threads:
                replies = await read_messages(parts.web, Place(channel, thread), since, MOST)
                found += [message for message in replies if message.ts != thread]
        except SlackRefused as error:
            log.info("a channel is not caught up", channel=channel, error=error.error)
            continue
        for message in found:
            request = await parts.incoming.missed(message, channel)
            if request is not None:
                await receive(request)
