"""A platform that is signed in to a Slack on the loopback interface."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest
from pydantic import SecretStr

from bot.platforms.slack import Slack
from bot.platforms.slack.web import Web
from bot.request import Event
from tests.servers.slack import SlackServer


@dataclass
class Client:
    """The platform, its server, and what it received."""

    slack: SlackServer
    platform: Slack
    events: list[Event] = field(default_factory=list)

    async def receive(self, event: Event) -> None:
        self.events.append(event)
        self.slack.workspace.note()

    async def received(self, kind: type[Event]) -> Event:
        found = lambda: next((event for event in self.events if isinstance(event, kind)), None)  # noqa: E731
        return await self.slack.workspace.until(found)


@pytest.fixture
async def slack(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[SlackServer]:
    for variable in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"):
        monkeypatch.delenv(variable, raising=False)
    async with SlackServer() as server:
        yield server


@pytest.fixture
async def web(slack: SlackServer) -> AsyncIterator[Web]:
    found = Web(slack.bot_token, slack.api_url)
    yield found
    await found.close()


@pytest.fixture
async def client(slack: SlackServer) -> AsyncIterator[Client]:
    platform = Slack(
        bot_token=SecretStr(slack.bot_token),
        app_token=SecretStr(slack.app_token),
        api_url=slack.api_url,
        ping_seconds=0.2,
    )
    found = Client(slack, platform)
    await platform.start(found.receive)
    yield found
    await platform.stop()
