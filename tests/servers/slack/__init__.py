"""A Slack on the loopback interface, for tests: the Web API, Socket Mode and signed HTTP events.

    async with SlackServer() as slack:
        platform = Slack(bot_token=slack.bot_token, app_token=slack.app_token, api_url=slack.api_url, …)
        await platform.start(receive)
        await slack.says("U_ANA", "C_GENERAL", f"<@{slack.workspace.bot}> hello")
        answer = await slack.answer("C_GENERAL")

It is written from the documentation at docs.slack.dev and enforces what that says: tokens, scopes, length limits, the
pace in a channel, acknowledgement within three seconds, retries.
"""

from __future__ import annotations

from tests.servers.slack.server import SlackServer
from tests.servers.slack.sockets import Delivery
from tests.servers.slack.workspace import Posted, Workspace

__all__ = ["Delivery", "Posted", "SlackServer", "Workspace"]
