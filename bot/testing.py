"""A kit for testing plugins: push a line in, look at the answer.

from bot.testing import Testbed

async def test_rolls_a_die(tmp_path):
    async with Testbed(tmp_path) as bed:
        assert "🎲" in (await bed.say("/roll sides:6")).text
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from bot.app import App
from bot.body import Body
from bot.config import Config, ModelsConfig, PluginsConfig, Store
from bot.models.registry import ModelRegistry
from bot.models.tasks import Task
from bot.platform import Limits
from bot.platforms.memory import SERVER, MemoryPlatform
from bot.plugin import Plugin
from bot.request import (
    ADMIN,
    Attachment,
    Channel,
    ChannelKind,
    Message,
    MessageSeen,
    Origin,
    Person,
    Request,
    new_id,
)
from bot.settings import ChannelSettings

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

__all__ = ["SERVER", "FakeClock", "Testbed"]


class FakeClock:
    """A clock that stands still until it is moved."""

    def __init__(self, now: datetime = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)) -> None:
        self.now = now

    def __call__(self) -> datetime:
        """The time it shows."""
        return self.now

    def advance(self, by: timedelta) -> None:
        """Move it on."""
        self.now += by


class _GivenModels(ModelRegistry):
    """The installed models, and those that a test hands in."""

    def __init__(self, config: ModelsConfig) -> None:
        super().__init__(config)
        self.given: dict[Task, object] = {}

    async def provide(self, task: Task, settings: ChannelSettings) -> object:
        return self.given.get(task) or await super().provide(task, settings)

    def name(self, task: Task, settings: ChannelSettings) -> str:
        return type(self.given[task]).__name__ if task in self.given else super().name(task, settings)


class Testbed:
    """A whole Atelier with a platform in memory, a store in a file and a clock that stands still.

    Args:
        folder: Where the store goes.
        plugins: Plugins to load besides those that come with Atelier.
        config: The configuration; a fresh SQLite store and no web server by default.
        limits: The platform's limits.
    """

    __test__ = False

    def __init__(
        self,
        folder: Path,
        *plugins: Plugin,
        config: Config | None = None,
        limits: Limits | None = None,
    ) -> None:
        self.clock = FakeClock()
        self.platform = MemoryPlatform(limits)
        self.ana = Person("test:ana", "Ana")
        self.admin = Person("test:admin", "Adam", roles=frozenset({ADMIN}))
        self.config = config or Config(
            store=Store(url=f"sqlite+aiosqlite:///{folder / 'atelier.db'}"),
            models=ModelsConfig(dir=folder / "models"),
            plugins=PluginsConfig(),
        )
        self._extra = plugins
        self._models = _GivenModels(self.config.models)
        self.app = App(self.config, lambda app: [self.platform], clock=self.clock, models=self._models)

    async def __aenter__(self) -> Self:
        await self.app.start()
        for plugin in self._extra:
            await self.app.plugins.add(plugin)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.app.stop(grace=0)

    @property
    def shown(self) -> dict[str, dict[str, Body]]:
        """The latest body of each message, by channel and message id."""
        return self.platform.shown

    def use_chat(self, model: BaseChatModel) -> None:
        """Serve chat by this model from now on."""
        self.use(Task.CHAT, model)

    def use(self, task: Task, model: object) -> None:
        """Serve a task by this model from now on; it is what the task's type promises."""
        self._models.given[task] = model

    def request(
        self,
        line: str,
        *,
        person: Person | None = None,
        channel: str | Channel = "general",
        attachments: Sequence[Attachment] = (),
        reply_to: Message | None = None,
    ) -> Request:
        """A request as a platform would make it."""
        place = channel if isinstance(channel, Channel) else Channel(channel, SERVER, ChannelKind.CHANNEL, channel)
        return Request(
            origin=Origin(self.platform.name, message=new_id()),
            person=person or self.ana,
            channel=place,
            text=line,
            attachments=tuple(attachments),
            reply_to=reply_to,
            received=self.clock(),
        )

    async def say(
        self,
        line: str,
        *,
        person: Person | None = None,
        channel: str | Channel = "general",
        attachments: Sequence[Attachment] = (),
        reply_to: Message | None = None,
        choices: Sequence[str] = (),
    ) -> Body:
        """Say something to Atelier and wait for the complete answer.

        Args:
            line: A command line, or free text.
            person: Who says it; `ana` by default.
            channel: Where; in the test server unless it is a `Channel`.
            attachments: Files that come with it.
            reply_to: The message it replies to.
            choices: Answers to the questions it asks, in order.
        """
        request = self.request(line, person=person, channel=channel, attachments=attachments, reply_to=reply_to)
        running = self.app.dispatcher.submit(request)
        waiting = list(choices)
        while not running.task.done():
            change = asyncio.ensure_future(self.platform.changed.wait())
            await asyncio.wait({running.task, change}, return_when=asyncio.FIRST_COMPLETED)
            change.cancel()
            question = running.reply.body.question
            if question is not None:
                if not waiting or waiting[0] not in question.choices:
                    running.task.cancel()
                    raise AssertionError(f"asked {question}, and {waiting or 'no answer'} was given")
                # Otherwise it is not shown yet.
                if running.reply.choose(waiting[0]):
                    waiting.pop(0)
        await running.task
        return running.reply.body

    async def post(
        self,
        channel: str,
        person: Person,
        text: str,
        *,
        sent: datetime | None = None,
        reply_to: str | None = None,
        from_bot: bool = False,
    ) -> Message:
        """Put a message into the channel's history, as if somebody wrote it."""
        message = Message(
            id=new_id(),
            channel=channel,
            author=person.id,
            author_name=person.name,
            text=text,
            sent=sent or self.clock(),
            reply_to=reply_to,
            from_bot=from_bot,
            link=f"https://chat.test/{channel}/{len(self.platform.messages.get(channel, []))}",
        )
        self.platform.messages.setdefault(channel, []).append(message)
        place = Channel(channel, SERVER, ChannelKind.CHANNEL, channel)
        await self.app.receive(MessageSeen(Origin(self.platform.name, message=message.id), place, message))
        return message
