"""The direct conversation with a person."""

from __future__ import annotations

from bot.platforms.slack.web import Web


async def open_direct(web: Web, user: str) -> str:
    """Open it, if it is not open.

    Args:
        web: Where.
        user: Slack's id of the person.

    Returns:
        Slack's id of the conversation.

    Raises:
        SlackRefused: There can be none; the text says why.
        SlackFailed: Slack did not answer.
    """
    answer = await web.call("conversations.open", users=user)
    channel = answer["channel"]
    assert isinstance(channel, dict)
    return str(channel["id"])
