"""Lists that Slack tells in pages."""

from __future__ import annotations

from typing import TypeVar

from bot.platforms.slack.payloads import Listed, Page, SlackChannel
from bot.platforms.slack.web import Web

PAGE = 200
"""Entries asked for at once; Slack recommends no more."""

L = TypeVar("L", bound=Listed)


async def all_pages(web: Web, method: str, kind: type[L], **arguments: str | bool) -> list[L]:
    """Every page of a list.

    Args:
        web: Where it is.
        method: Which list.
        kind: What its pages hold.
        arguments: What else the method is told.

    Raises:
        SlackRefused: The bot may not read it.
        SlackFailed: Slack did not answer.
    """
    pages: list[L] = []
    cursor: str | None = None
    while cursor != "":
        pages.append(kind.model_validate(await web.call(method, limit=PAGE, cursor=cursor, **arguments)))
        cursor = pages[-1].next
    return pages


async def joined(web: Web) -> list[SlackChannel]:
    """The channels that the bot is in; group conversations and archived channels are left out.

    Raises:
        SlackRefused: The bot may not read it.
        SlackFailed: Slack did not answer.
    """
    types = "public_channel,private_channel"
    pages = await all_pages(web, "users.conversations", Page, types=types, exclude_archived=True)
    return [channel for page in pages for channel in page.channels]
