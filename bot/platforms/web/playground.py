"""The playground as a platform: a chat in the browser with the sample workspace."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from bot.body import Body
from bot.commands import Command
from bot.config import Web
from bot.platform import Address, Audience, Limits, MessageRef
from bot.platforms.workspace import LOCAL, Workspace
from bot.request import Channel, Message, Receive
from bot.values import ChannelRef, User

if TYPE_CHECKING:
    from bot.platforms.web.conversation import Conversation
    from bot.platforms.web.server import Running

Ready = Callable[[], Awaitable[dict[str, bool]]]
"""The parts of the application, and whether each is ready."""

Metrics = Callable[[], Awaitable[str]]
"""Prometheus' text format."""


class Playground:
    """A `Platform` in the browser.

    Args:
        config: Where it listens, and the password.
        workspace: What it shows.
        ready: What `/readyz` answers.
        metrics: What `/metrics` answers.
    """

    def __init__(
        self, config: Web, workspace: Workspace, ready: Ready | None = None, metrics: Metrics | None = None
    ) -> None:
        self.name = LOCAL
        self.limits = Limits()
        self.workspace = workspace
        self._config = config
        self._ready = ready
        self._metrics = metrics
        self._commands: tuple[Command, ...] = ()
        self._conversation: Conversation | None = None
        self._running: Running | None = None

    @property
    def url(self) -> str:
        """Where to look, once it has started."""
        port = self._running.port if self._running else self._config.port
        host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(self._config.host, self._config.host)  # noqa: S104 - shown, not bound
        return f"http://{f'[{host}]' if ':' in host and not host.startswith('[') else host}:{port}"

    async def start(self, receive: Receive) -> None:
        """Listen, and hand what people do to `receive`; returns once pages are served.

        Raises:
            ConfigError: The host needs a password, or the port is taken.
        """
        # The web libraries take most of a second to import, so only a process that serves pages pays for them.
        from bot.platforms.web.conversation import Conversation
        from bot.platforms.web.server import Running, check_host, listen
        from bot.platforms.web.site import build_site

        check_host(self._config)
        listener = listen(self._config)
        self._conversation = Conversation(self.workspace)
        self._conversation.commands = self._commands
        self._conversation.receive = receive
        self._running = Running(build_site(self._config, self._conversation, self._ready, self._metrics), listener)
        await self._running.start()

    async def stop(self) -> None:
        """Close every page's connection and stop listening."""
        if self._conversation is not None:
            self._conversation.receive = None
        if self._running is not None:
            await self._running.stop()
            self._running = None

    async def publish(self, commands: Sequence[Command]) -> None:
        """Offer these commands, and no others, for completion."""
        self._commands = tuple(sorted(commands, key=lambda command: command.name))
        if self._conversation is not None:
            self._conversation.commands = self._commands

    async def post(self, address: Address, body: Body, key: str) -> MessageRef:
        """Show an answer in every open page that may see it."""
        return await self.workspace.post(address, body, key)

    async def resume(self, address: Address, key: str, ref: MessageRef | None, asked: datetime) -> MessageRef | None:
        """Nothing: by its key an answer is posted once."""
        return None

    async def edit(self, ref: MessageRef, body: Body) -> MessageRef:
        """Replace what an answer shows."""
        return await self.workspace.edit(ref, body)

    async def delete(self, ref: MessageRef) -> None:
        """Remove an answer."""
        await self.workspace.delete(ref)

    async def deleted(self, channel: str, message: str) -> bool:
        """Never: nobody can delete here while Atelier is away."""
        return False

    async def listening(self) -> bool:
        """Always."""
        return True

    async def catch_up(self, since: datetime) -> None:
        """Nothing: nobody can write here while Atelier is away."""

    async def forget(self, person: str) -> None:
        """Drop what this process remembers of a person's messages."""
        self.workspace.forget(person)

    async def history(self, channel: str, since: datetime | None, limit: int) -> list[Message]:
        """The channel's last messages, oldest first."""
        return await self.workspace.history(channel, since, limit)

    async def threads(self, channel: str, since: datetime) -> list[str]:
        """The channel's threads in which something was written since then."""
        return await self.workspace.threads(channel, since)

    async def channels(self, server: str | None) -> list[ChannelRef]:
        """The workspace's channels."""
        return await self.workspace.channels(server)

    async def place(self, channel: str) -> Channel | None:
        """The channel, thread or direct conversation with this id."""
        return self.workspace.channel(channel)

    async def readable(self, channel: str, audience: Audience) -> bool:
        """Whether all of the audience may read a channel."""
        return await self.workspace.readable(channel, audience)

    async def direct(self, person: str) -> Channel:
        """A person's direct conversation with Atelier.

        Raises:
            UserError: There is no such person.
        """
        return await self.workspace.direct(person)

    async def find_person(self, text: str, server: str | None) -> User | None:
        """Who is meant by a mention or name."""
        return await self.workspace.find_person(text, server)

    async def find_channel(self, text: str, server: str | None) -> ChannelRef | None:
        """Which channel is meant by a mention or name."""
        return await self.workspace.find_channel(text, server)
