"""A running Atelier in a Slack on the loopback interface, by the real client."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

import pytest
from pydantic import SecretStr

from bot import Attachment, Card, ChannelRef, Choice, File, History, Message, Plugin, Progress, Request, User, UserError
from bot.app import App
from bot.body import Button
from bot.config import Config, ModelsConfig, Platforms, PluginsConfig, Store, Web
from bot.platforms.slack import Slack
from tests.servers.slack import Posted, SlackServer

PICTURE = b"\x89PNG\r\n\x1a\n picture"


@dataclass
class House:
    """A running Atelier in a workspace, and a plugin that the test steers."""

    slack: SlackServer
    platform: Slack
    app: App
    gates: list[asyncio.Event] = field(default_factory=lambda: [asyncio.Event() for _ in range(3)])
    runs: list[str] = field(default_factory=list)

    async def answer(self, channel: str, text: str, where: Callable[[Posted], bool] = lambda message: True) -> Posted:
        """The bot's message that shows `text`."""
        workspace = self.slack.workspace
        return await workspace.until(
            lambda: next((m for m in workspace.by_bot(channel) if text in m.shown and where(m)), None)
        )

    async def press(self, user: str, answer: Posted, label: str) -> None:
        """Press a button of an answer once it is kept."""
        await self.ended()
        await self.slack.presses(user, answer, label)

    async def ended(self) -> None:
        """Wait until all answers are kept, which is some milliseconds after they are shown."""
        if running := [running.task for running in self.app.dispatcher._running.values()]:
            await asyncio.wait(running)

    def plugin(self) -> Plugin:
        plugin = Plugin("probe", "For tests.")
        self._add_answers(plugin)
        self._add_inputs(plugin)
        return plugin

    def _add_answers(self, plugin: Plugin) -> None:

        @plugin.command(free_text=True, again=True, more="and then")
        async def echo(request: Request, text: str) -> str:
            self.runs.append(text)
            return f"{request.person.name} said: {text}"

        @plugin.command(again=True)
        async def stream() -> AsyncIterator[str]:
            for gate, word in zip(self.gates, ("one ", "two ", "<!channel> three"), strict=True):
                yield word
                await gate.wait()

        @plugin.command(private=True)
        async def whisper(text: str = "psst") -> AsyncIterator[str | File]:
            yield f"Only for you: {text}"
            if text == "file":
                yield File("secret.txt", b"secret", "text/plain")

        @plugin.command
        async def ask() -> AsyncIterator[Choice | str]:
            picked = yield Choice("Tea or coffee?", ("Tea", "Coffee"))
            yield f"Here is your {picked}."

        @plugin.command
        async def brew() -> AsyncIterator[Progress]:
            yield Progress(0.5, "brewing")
            await self.gates[0].wait()

        @plugin.command(again=True)
        async def draw() -> AsyncIterator[str | File]:
            yield "Look:"
            yield File("fox.png", PICTURE, "image/png", alt="A fox in the snow")

        @plugin.command
        async def board() -> Card:
            return Card("Board", (("open", "3"),), (Button("Again", "/echo text:pressed"),), "All of it")

        @plugin.command
        async def long() -> str:
            return "\n\n".join(f"Paragraph {number}. " + "word " * 150 for number in range(12))

        @plugin.command
        async def refuse() -> str:
            raise UserError("Not today.")

    def _add_inputs(self, plugin: Plugin) -> None:
        @plugin.command
        async def whois(user: User, channel: ChannelRef) -> str:
            return f"{user.id} {user.name} in {channel.id} {channel.name}"

        @plugin.command
        async def recall(history: History) -> str:
            return " / ".join(f"{message.author_name}: {message.text}" for message in await history.recent())

        @plugin.command
        async def size(file: Attachment) -> str:
            return f"{file.name} has {len(await file.read())} bytes"

        @plugin.menu("Count words")
        async def count(message: Message) -> str:
            return f"{len(message.text.split())} words by {message.author_name}"


@asynccontextmanager
async def house_in(
    folder: Path, slack: SlackServer, mode: Literal["socket", "http"] = "socket", connections: int = 2
) -> AsyncIterator[House]:
    platform = Slack(
        bot_token=SecretStr(slack.bot_token),
        app_token=SecretStr(slack.app_token),
        signing_secret=SecretStr(slack.signing_secret),
        mode=mode,
        api_url=slack.api_url,
        port=0,
        connections=connections,
        ping_seconds=0.2,
    )
    platform.limits = replace(platform.limits, edits_per_second=50)
    config = Config(
        store=Store(url=f"sqlite+aiosqlite:///{folder / 'atelier.db'}"),
        models=ModelsConfig(dir=folder / "models"),
        plugins=PluginsConfig(disabled=["chat"]),
        platforms=Platforms(web=Web(enabled=False)),
    )
    app = App(config, lambda app: [platform])
    house = House(slack, platform, app)
    await app.start()
    try:
        await app.plugins.add(house.plugin())
        await app.publish()
        if mode == "http":
            slack.request_url = platform.url
        yield house
    finally:
        await app.stop(grace=0)


@pytest.fixture
async def slack(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[SlackServer]:
    for variable in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"):
        monkeypatch.delenv(variable, raising=False)
    async with SlackServer() as server:
        yield server


@pytest.fixture
async def house(tmp_path: Path, slack: SlackServer) -> AsyncIterator[House]:
    async with house_in(tmp_path, slack) as found:
        yield found
